"""What a killed or stopped process leaves behind is finished by the next: nothing lost, nothing doubled."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event

import pytest

from smartsync_core.engine import Engine, EngineStopping
from smartsync_core.settings import Settings
from smartsync_core.store.database import Database
from tests.engine.conftest import NewEngine
from tests.engine.ledger_job import BATCHES, CRASH_AT, CRASH_POINTS, LedgerJob, booked

EVERY_BATCH_ONCE = {f"batch {batch}": 2 for batch in range(BATCHES)}


@pytest.mark.parametrize("crash_point", CRASH_POINTS)
def test_a_process_killed_in_mid_run_is_taken_up_where_it_died(
    crash_point: str, tmp_path: Path, settings: Settings
) -> None:
    child = subprocess.run(
        [sys.executable, "-m", "tests.engine.ledger_job", tmp_path, crash_point],
        cwd=Path(__file__).parents[2], capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert child.returncode == -signal.SIGKILL, child.stderr.decode()

    database = Database(settings.database_url)
    engine = Engine(settings, database)
    LedgerJob(engine, tmp_path / "journal")
    engine.launch()
    try:
        assert engine.wait("book-1", timeout_s=30) == BATCHES
        assert booked(database) == EVERY_BATCH_ONCE
    finally:
        engine.stop()
        database.close()
    sent = [int(line) for line in (tmp_path / "journal").read_text().split()]
    assert sorted(set(sent)) == list(range(BATCHES))
    assert len(sent) - BATCHES == (1 if crash_point == "inside the send" else 0)
    assert sent.count(CRASH_AT) == (2 if crash_point == "inside the send" else 1)


def test_a_stop_lets_the_step_under_way_finish_and_the_next_launch_does_the_rest(
    new_engine: NewEngine, duckdb: Database, tmp_path: Path
) -> None:
    reached = Event()

    def hold_until_the_stop_began(point: str, batch: int) -> None:
        if (point, batch) == ("inside the booking", CRASH_AT):
            reached.set()
            wait_for_stop(engine)

    engine = new_engine()
    LedgerJob(engine, tmp_path / "journal", hold_until_the_stop_began)
    engine.launch()
    engine.start("book", "book-1", BATCHES)
    assert reached.wait(30)
    engine.stop()
    assert booked(duckdb) == {f"batch {batch}": 2 for batch in range(CRASH_AT + 1)}

    engine = new_engine()
    LedgerJob(engine, tmp_path / "journal")
    engine.launch()
    assert engine.open_ids("book-") == ["book-1"]
    assert engine.wait("book-1", timeout_s=30) == BATCHES
    assert booked(duckdb) == EVERY_BATCH_ONCE
    assert (tmp_path / "journal").read_text().split() == [str(batch) for batch in range(BATCHES)]


def test_a_step_that_waits_gives_way_to_a_stop_and_is_run_again(
    new_engine: NewEngine, tmp_path: Path
) -> None:
    begun: list[str] = []
    reached = Event()

    def wait_long() -> str:
        begun.append("begun")
        reached.set()
        if len(begun) == 1:
            wait_for_stop(engine)
            engine.checkpoint()
        return "answered"

    def ask() -> str:
        return engine.step("ask", wait_long)

    for life in range(2):
        engine = new_engine()
        engine.workflow("ask", ask)
        engine.launch()
        if life == 0:
            engine.start("ask", "ask-1")
            assert reached.wait(30)
            engine.stop()
    assert engine.wait("ask-1", timeout_s=30) == "answered"
    assert len(begun) == 2


def wait_for_stop(engine: Engine) -> None:
    for _ in range(3_000):
        try:
            engine.checkpoint()
        except EngineStopping:
            return
        time.sleep(0.01)
    raise AssertionError("nobody stopped the engine")
