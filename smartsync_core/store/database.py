"""The one door to the database: a DuckDB file (default) or PostgreSQL, opened, migrated, read and written.

On DuckDB the file belongs to one process, and of two transactions that write the same rows at once one fails; so
every writing transaction of this process takes one re-entrant lock, and none needs to be tried again; but for tables
that are only ever written under a name of their own (`write_apart`). Each
thread checks out its own connection: one shared between threads gives wrong answers.

A transaction costs DuckDB more than most statements in it. Where a use case looks or writes several times in a row,
`one_view` and `together` make that one transaction, whichever repositories it goes through.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from threading import Lock, RLock, local
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy.exc import DataError, DBAPIError

from smartsync_core.courtesy import give_way, in_a_hurry
from smartsync_core.errors import BadInput, InUse, NeedsPerson

__all__ = ["Database", "Transaction"]

Transaction = sa.Connection
"""What `write` opens, for those who only hand it on."""

_DUCKDB_CONFIG = {
    "memory_limit": "512MB",  # the default is 80 % of the machine; what needs more goes to the disk
    "threads": 2,
    "checkpoint_threshold": "48MB",  # of the log; the default of 16 MB costs a big import a twentieth of its time
    "autoinstall_known_extensions": False,  # never fetch code at run time
    "autoload_known_extensions": False,
}
_ALONE = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:what, 0))")
_SPEAK = sa.text("SELECT set_config('smartsync.org_id', :org_id, true)")
_HOLDER = re.compile(r"Conflicting lock is held.*?\(PID (\d+)\)", re.DOTALL)


class Database:
    """An open database. Raises NeedsPerson when it cannot be opened, naming the process that holds it."""

    def __init__(self, url: str, *, data_dir: Path | None = None) -> None:
        """`data_dir`: where the holder's `app.json` would be; default the folder of the DuckDB file."""
        self._url = sa.make_url(url)
        self.is_duckdb = self._url.get_backend_name() == "duckdb"
        self._org_id = ""
        self._here = local()  # what this thread has open: reading, writing = (organisation, connection)
        self._data_dir = data_dir or Path(self._url.database or ".").parent
        self._write_lock: AbstractContextManager[Any] = RLock() if self.is_duckdb else nullcontext()
        self._apart: dict[str, Lock] = {}  # locks of their own, by name
        self.engine = self._create_engine()
        self._probe()

    def of(self, org_id: str) -> Database:
        """The same open database, for the rows of one organisation."""
        bound = copy.copy(self)
        bound._org_id = org_id  # noqa: SLF001 - its own kind
        return bound

    def speak(self, conn: sa.Connection) -> None:
        """Say for which organisation the transaction of `conn` speaks, until it ends."""
        if self._org_id and not self.is_duckdb:
            conn.execute(_SPEAK, {"org_id": self._org_id})

    @contextmanager
    def read(self, conn: sa.Connection | None = None) -> Iterator[sa.Connection]:
        """A connection with one consistent view; what it writes is lost. With `conn`: that one."""
        if (conn := conn or self._open_here("reading")) is not None:
            yield conn
            return
        give_way()
        with self.engine.connect() as own:
            self.speak(own)
            yield own

    @contextmanager
    def write(self, conn: sa.Connection | None = None) -> Iterator[sa.Connection]:
        """A transaction: committed at the end, undone by any exception. Keep it short: other writers wait.

        With `conn`, an open transaction of the caller, that one is handed through and the caller commits. A
        `write` inside a `write` without it is a transaction of its own, unless they are `together`. DuckDB has no
        savepoints: after any database error the whole transaction is lost, so never catch one inside.
        """
        if (conn := conn or self._open_here("writing")) is not None:
            yield conn
            return
        with self.turn_to_write(), self.engine.begin() as own:
            self.speak(own)
            yield own

    @contextmanager
    def turn_to_write(self) -> Iterator[None]:
        """Whoever opens a transaction that writes by himself does it inside."""
        give_way()
        with self._write_lock, in_a_hurry():
            yield

    @contextmanager
    def write_apart(self, what: str) -> Iterator[sa.Connection]:
        """As `write`, for tables that nobody writes but under this name: it waits for no other writers, only for its like.

        It is always a transaction of its own, also inside `together`.
        """
        turn = self._apart.setdefault(what, Lock())  # on PostgreSQL too: who waits has no connection yet
        with turn, in_a_hurry(), self.engine.begin() as own:
            self.speak(own)
            self.alone(own, what)
            yield own

    @contextmanager
    def one_view(self) -> Iterator[None]:
        """All that this thread reads inside, it reads as of one moment. What is written inside is not seen: read first."""
        if self._open_here("reading") is not None:
            yield
            return
        with self.engine.connect() as conn:
            if not self.is_duckdb:  # which has no other view
                conn.execution_options(isolation_level="REPEATABLE READ")
            self.speak(conn)
            with self._keep_open(conn, "reading"):
                yield

    @contextmanager
    def together(self) -> Iterator[None]:
        """All that this thread writes inside stands or falls together, and is seen inside. Short, as every `write`."""
        with self.write() as conn, self._keep_open(conn, "reading", "writing"):
            yield

    def alone(self, conn: sa.Connection, what: str) -> None:
        """No other transaction of this organisation that says the same goes on before the one of `conn` has ended.

        For those that look before they write. DuckDB has one writer at a time anyway.
        """
        if not self.is_duckdb:
            conn.execute(_ALONE, {"what": f"{self._org_id} {what}"})

    def migrate(self) -> None:
        """Bring the schema to the newest revision; nothing else may use the database meanwhile.

        Raises NeedsPerson where it is of a revision that is not known here: nothing has changed then.
        """
        config = Config()
        config.set_main_option("script_location", "smartsync_core.store:migrations")
        try:
            with self.write() as conn:
                config.attributes["connection"] = conn
                command.upgrade(config, "head")
        except CommandError as error:
            raise NeedsPerson(
                "A newer SmartSync than this one has worked on these data.",
                hint="Start that one again, or restore a backup that was made before.",
                code="newer_data",
            ) from error

    def close(self) -> None:
        self.engine.dispose()

    def _open_here(self, what: str) -> sa.Connection | None:
        org_id, conn = getattr(self._here, what, ("", None))
        return conn if org_id == self._org_id else None

    @contextmanager
    def _keep_open(self, conn: sa.Connection, *what: str) -> Iterator[None]:
        before = dict(vars(self._here))
        vars(self._here).update(dict.fromkeys(what, (self._org_id, conn)))
        try:
            yield
        finally:
            vars(self._here).clear()
            vars(self._here).update(before)

    def _create_engine(self) -> sa.Engine:
        if not self.is_duckdb:
            engine = sa.create_engine(
                self._url, pool_size=16, max_overflow=16, pool_pre_ping=True, json_deserializer=orjson.loads
            )
            sa.event.listen(engine, "handle_error", _refuse_nul)
            return engine
        self._data_dir_of_file().mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(
            self._url,
            pool_size=16,
            max_overflow=48,
            pool_reset_on_return=None,  # `read` and `write` end what they began; once more costs as much as a statement
            json_deserializer=orjson.loads,
            connect_args={"config": dict(_DUCKDB_CONFIG)},
        )
        sa.event.listen(engine, "connect", _speak_utc)
        return engine

    def _data_dir_of_file(self) -> Path:
        return Path(self._url.database or "").parent

    def _probe(self) -> None:
        try:
            with self.engine.connect() as conn:
                conn.exec_driver_sql("SELECT 1")
        except DBAPIError as error:
            self.engine.dispose()
            raise self._cannot_open(str(error.orig)) from None

    def _cannot_open(self, cause: str) -> NeedsPerson:
        if held := _HOLDER.search(cause):
            pid = int(held[1])
            who = ", ".join(filter(None, [f"process {pid}", self._address_of(pid)]))
            return InUse(
                f"SmartSync is already open on these data ({who}): use it there, or close it first.",
                holder=self._address_of(pid),
            )
        where = self._url.database if self.is_duckdb else self._url.render_as_string(hide_password=True)
        first_line = next(iter(cause.splitlines()), "no reason given")
        return NeedsPerson(f"The database {where} cannot be opened: {first_line}", code="cannot_open")

    def _address_of(self, pid: int) -> str:
        """Where the process `pid` serves its screens, as it noted in app.json; "" when it did not."""
        try:
            noted = json.loads((self._data_dir / "app.json").read_text())
        except (OSError, ValueError):
            return ""
        return str(noted.get("address", "")) if isinstance(noted, dict) and noted.get("pid") == pid else ""


def _refuse_nul(context: sa.engine.ExceptionContext) -> None:
    """PostgreSQL has no such character, so whoever sent it is wrong, and not the statement."""
    if isinstance(context.sqlalchemy_exception, DataError) and "NUL" in str(context.original_exception):
        raise BadInput("A text holds the character NUL, which cannot be kept.", hint="Take it out.")


def _speak_utc(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.execute("SET TimeZone = 'UTC'")
