"""A workflow that sends and books, run here or as a process of its own that dies where it is told to.

python -m tests.engine.ledger_job DATA_DIR CRASH_POINT
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from dbos._sys_db import SystemDatabase

from smartsync_core.engine import Engine
from smartsync_core.settings import Settings
from smartsync_core.store.bulk import insert_many
from smartsync_core.store.database import Database
from smartsync_core.store.tables import audit

BATCHES = 6
CRASH_AT = 3  # in this batch
CRASH_POINTS = ("inside the send", "after the send", "inside the booking", "after the booking is committed")


class LedgerJob:
    """Each batch: note in a journal that it was sent (a step), then book two rows (a transaction)."""

    def __init__(
        self, engine: Engine, journal: Path, crash: Callable[[str, int], None] = lambda point, batch: None
    ) -> None:
        self._engine = engine
        self._journal = journal
        self._crash = crash
        engine.workflow("book", self.run)

    def run(self, batches: int) -> int:
        for batch in range(batches):
            self._engine.checkpoint()
            self._engine.step("send", self._send, batch)
            self._crash("after the send", batch)
            self._engine.transaction("booking", self._book, batch)
        return batches

    def _send(self, batch: int) -> int:
        with self._journal.open("a") as journal:
            journal.write(f"{batch}\n")
        self._crash("inside the send", batch)
        return batch

    def _book(self, conn: sa.Connection, batch: int) -> int:
        now = datetime.now(UTC)
        row = {
            "org_id": "o",
            "who": "job",
            "what": f"batch {batch}",
            "subject_id": None,
            "details": None,
            "at": now,
        }
        insert_many(conn, audit, [row | {"id": os.urandom(8).hex()} for _ in range(2)])
        self._crash("inside the booking", batch)
        return batch


def booked(database: Database) -> dict[str, int]:
    """How often each batch's rows are there."""
    with database.read() as conn:
        found = conn.execute(sa.select(audit.c.what, sa.func.count()).group_by(audit.c.what))
        return {what: count for what, count in found}


def main(data_dir: str, crash_point: str) -> None:
    def crash(point: str, batch: int) -> None:
        if (point, batch) == (crash_point, CRASH_AT):
            os.kill(os.getpid(), signal.SIGKILL)

    _crash_before_checkpoints(lambda batch: crash("after the booking is committed", batch))
    settings = Settings.from_env({"SMARTSYNC_DATA_DIR": data_dir})
    database = Database(settings.database_url)
    database.migrate()
    engine = Engine(settings, database)
    LedgerJob(engine, Path(data_dir) / "journal", crash)
    engine.launch()
    engine.start("book", "book-1", BATCHES)
    engine.wait("book-1", timeout_s=60)


def _crash_before_checkpoints(crash: Callable[[int], None]) -> None:
    """Between the commit of the rows and DBOS's own record of the step: no call of ours runs there."""
    original = SystemDatabase.record_operation_result

    def record(self: SystemDatabase, result: Any, *args: Any, **kwargs: Any) -> Any:
        if result["function_name"] == "booking":
            crash(int(result["output"]))
        return original(self, result, *args, **kwargs)

    SystemDatabase.record_operation_result = record  # type: ignore[method-assign]


if __name__ == "__main__":
    main(*sys.argv[1:])
