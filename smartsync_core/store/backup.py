"""The whole database as one file, taken while it is used; and such a file put in the place of what is there."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from smartsync_core.errors import BadInput, NeedsPerson
from smartsync_core.store.database import Database

__all__ = ["ask_to_rewrite", "copy_to", "put_back", "rewrite_if_asked"]


_WISH = "rewrite"  # an empty file in the data folder
_AT_ONCE = 1 << 20  # bytes of a file in memory


def copy_to(database: Database, target: Path) -> None:
    """All of it as it is at one moment. The file is there whole or not at all. Raises BadInput where it cannot be."""
    _refuse_a_server(database.is_duckdb)
    if target.exists():
        raise BadInput(f"{target} is there already.", hint="Choose another name, or remove it first.")
    try:
        # in a folder that nobody else may enter: what the engine writes is readable from its first byte on
        with TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
            unfinished = Path(folder) / "part"
            _copy(database, unfinished)
            unfinished.chmod(0o600)
            unfinished.replace(target)
    except (DBAPIError, OSError) as error:
        raise BadInput(
            f"{target} cannot be written: {_reason(error)}", hint="Choose another place."
        ) from error


def ask_to_rewrite(data_dir: Path) -> None:
    """What was taken out of rows still stands in free places of the file: they are to go as soon as nobody has it open."""
    (data_dir / _WISH).touch(mode=0o600)


def rewrite_if_asked(url: str, data_dir: Path) -> None:
    """The file holds from now on what its rows hold, and nothing else. Nobody may have it open; a server does that by itself."""
    wish, at = data_dir / _WISH, sa.make_url(url)
    if not wish.exists():
        return
    place = Path(at.database or "")
    if at.get_backend_name() == "duckdb" and place.exists():
        _rewrite(url, place)
    wish.unlink(missing_ok=True)


def _rewrite(url: str, place: Path) -> None:
    database = Database(url)
    try:
        with TemporaryDirectory(dir=place.parent, prefix=f".{place.name}.") as folder:
            new = Path(folder) / "new"
            _copy(database, new)
            database.close()
            new.chmod(place.stat().st_mode)
            new.replace(place)
    finally:
        database.close()


def put_back(url: str, source: Path) -> Path | None:
    """The database at `url` becomes that of `source`; where what was there is kept now, None when nothing was.

    Nobody may have it open. Raises BadInput for a file that is no backup; then nothing has changed.
    """
    at = sa.make_url(url)
    _refuse_a_server(at.get_backend_name() == "duckdb")
    place, new = Path(at.database or ""), Path(f"{at.database}.new")
    if not source.is_file():
        raise BadInput(f"There is no file {source}.", hint="Give the file that `backup` wrote.")
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.exists():
        Database(url).close()  # says who has it open
    new.unlink(missing_ok=True)
    try:
        with (
            source.open("rb") as held,
            os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copied,
        ):
            shutil.copyfileobj(held, copied, _AT_ONCE)
        _check(new, source)
        return _exchange(place, new)
    finally:
        new.unlink(missing_ok=True)


def _copy(database: Database, target: Path) -> None:
    name = f"copy_{uuid4().hex}"
    quoted = str(target).replace("'", "''")
    with database.engine.connect() as conn:
        mine = conn.exec_driver_sql("SELECT current_database()").scalar_one()
        conn.commit()
        conn.exec_driver_sql(f"ATTACH '{quoted}' AS {name}")
        conn.commit()
        try:
            conn.exec_driver_sql(f'COPY FROM DATABASE "{mine}" TO {name}')
            conn.commit()
        finally:
            conn.rollback()
            conn.exec_driver_sql(f"DETACH {name}")
            conn.commit()


def _check(copy: Path, source: Path) -> None:
    try:
        database = Database(f"duckdb:///{copy}")
    except Exception as error:
        raise BadInput(
            f"{source} is no backup of SmartSync.", hint="Give the file that `backup` wrote."
        ) from error
    try:
        if not sa.inspect(database.engine).has_table("alembic_version"):
            raise BadInput(f"{source} is no backup of SmartSync.", hint="Give the file that `backup` wrote.")
        try:
            database.migrate()
        except NeedsPerson as error:
            raise BadInput(
                f"{source} was made by a newer SmartSync than this one.", hint="Upgrade this one first."
            ) from error
    finally:
        database.close()


def _exchange(place: Path, new: Path) -> Path | None:
    """What was there goes aside, with what the engine knew of it: work that was open begins again."""
    kept = None
    for old in (place, place.with_suffix(".engine.sqlite")):
        aside = old.with_name(f"{old.stem}.before-{datetime.now(UTC):%Y%m%d-%H%M%S}{old.suffix}")
        for end in ("", "-wal", "-shm", ".wal"):
            found = Path(f"{old}{end}")
            if found.exists():
                found.replace(f"{aside}{end}")
        kept = aside if old == place and aside.exists() else kept
    new.replace(place)
    return kept


def _refuse_a_server(is_duckdb: bool) -> None:
    if not is_duckdb:
        raise BadInput(
            "The data are in PostgreSQL.", hint="Back it up and restore it with pg_dump and pg_restore."
        )


def _reason(error: DBAPIError | OSError) -> str:
    cause = str(error.orig) if isinstance(error, DBAPIError) else (error.strerror or str(error))
    return next(iter(cause.splitlines()), "no reason given")
