"""Workflows, steps and transactions when nothing crashes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
import sqlalchemy as sa

from smartsync_core.engine import Engine, WorkflowState
from smartsync_core.errors import NeedsPerson, StopRun
from smartsync_core.settings import Settings
from smartsync_core.store.database import Database
from tests.engine.conftest import NewEngine
from tests.engine.ledger_job import LedgerJob, booked


@pytest.fixture
def launched(new_engine: NewEngine) -> Callable[..., Engine]:
    """Launch an engine with these workflows; each gets the engine as its first argument."""

    def launch(**workflows: Callable[..., Any]) -> Engine:
        engine = new_engine()
        for name, function in workflows.items():
            engine.workflow(name, lambda *args, function=function: function(engine, *args))
        engine.launch()
        return engine

    return launch


def test_the_same_job_runs_on_either_database(database: Database, tmp_path: Path) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    engine = Engine(
        Settings.from_env({"SMARTSYNC_DATA_DIR": str(tmp_path), "SMARTSYNC_DATABASE_URL": url}), database
    )
    LedgerJob(engine, tmp_path / "journal")
    engine.launch()
    try:
        engine.start("book", "book-1", 2)
        assert engine.wait("book-1", timeout_s=30) == 2
        assert booked(database) == {"batch 0": 2, "batch 1": 2}
    finally:
        engine.stop()


def test_a_result_is_there_for_whoever_asks_later_also_after_a_restart(
    launched: Callable[..., Engine],
) -> None:
    def answer(engine: Engine, n: int) -> dict[str, int]:
        return {"n": n}

    engine = launched(answer=answer)
    engine.start("answer", "a-1", 7)
    assert engine.wait("a-1", timeout_s=30) == {"n": 7}
    engine = launched(answer=answer)
    assert engine.wait("a-1") == {"n": 7}
    assert engine.status("a-1") is WorkflowState.DONE
    assert engine.status("a-2") is None


def test_a_workflow_that_is_started_twice_runs_once(launched: Callable[..., Engine]) -> None:
    runs: list[int] = []
    engine = launched(count=lambda engine: runs.append(1))
    for _ in range(3):
        engine.start("count", "c-1")
        engine.wait("c-1", timeout_s=30)
    assert runs == [1]


def test_a_failure_is_told_in_its_own_words(launched: Callable[..., Engine]) -> None:
    def refuse(engine: Engine) -> None:
        raise NeedsPerson("The token was refused.")

    engine = launched(refuse=refuse)
    engine.start("refuse", "r-1")
    with pytest.raises(StopRun, match=r"^The token was refused\.$"):
        engine.wait("r-1", timeout_s=30)
    assert engine.status("r-1") is WorkflowState.FAILED


def test_a_transaction_that_fails_writes_nothing(launched: Callable[..., Engine], duckdb: Database) -> None:
    def rename(conn: sa.Connection, name: str) -> None:
        conn.execute(sa.text("UPDATE orgs SET name = :name"), {"name": name})
        raise ValueError("no")

    engine = launched(rename=lambda engine: engine.transaction("rename", rename, "Half done"))
    engine.start("rename", "r-1")
    with pytest.raises(StopRun, match="no"):
        engine.wait("r-1", timeout_s=30)
    with duckdb.read() as conn:
        assert conn.exec_driver_sql("SELECT name FROM orgs").scalar() == "My organisation"


def test_one_at_a_time_runs_in_a_partition_and_others_go_on_beside(launched: Callable[..., Engine]) -> None:
    free = {"first": Event(), "beside": Event(), "direct": Event()}
    begun = {name: Event() for name in (*free, "second")}

    def hold(engine: Engine, name: str) -> None:
        begun[name].set()
        if name in free:
            assert free[name].wait(30)

    engine = launched(hold=hold)
    engine.start("hold", "h-first", "first", partition="account a")
    assert begun["first"].wait(30)
    engine.start("hold", "h-second", "second", partition="account a")
    engine.start("hold", "h-beside", "beside", partition="account b")
    engine.start("hold", "h-direct", "direct")
    assert begun["beside"].wait(30)
    assert begun["direct"].wait(30)
    assert engine.status("h-second") is WorkflowState.QUEUED
    assert engine.open_ids("h-") == ["h-first", "h-second", "h-beside", "h-direct"]
    assert engine.open_ids("other-") == []
    for event in free.values():
        event.set()
    engine.wait("h-second", timeout_s=30)
    assert begun["second"].is_set()


def test_waiting_ends_when_the_time_is_over(launched: Callable[..., Engine]) -> None:
    free = Event()
    engine = launched(hold=lambda engine: free.wait(30))
    engine.start("hold", "h-1")
    with pytest.raises(TimeoutError):
        engine.wait("h-1", timeout_s=0.05)
    free.set()


def test_small_work_is_done_at_once_without_a_record_of_it(launched: Callable[..., Engine]) -> None:
    def work(engine: Engine, n: int) -> list[object]:
        halves = engine.steps("half", lambda m: m / 2, [(n,), (n + 1,)], in_flight=2)
        return [engine.on_record, engine.step("same", lambda: n), *halves]

    engine = launched(work=work)
    assert engine.do("work", "w-1", 4) == [False, 4, 2.0, 2.5]
    assert (engine.status("w-1"), engine.open_ids("")) == (None, [])
    engine.start("work", "w-2", 4)
    assert engine.wait("w-2", timeout_s=30) == [True, 4, 2.0, 2.5]


def test_what_is_done_aside_goes_on_when_nobody_waits_and_a_stop_waits_for_it(
    launched: Callable[..., Engine],
) -> None:
    free, ended = Event(), Event()

    def hold(engine: Engine) -> None:
        assert free.wait(30)
        ended.set()

    engine = launched(hold=hold)
    work = engine.aside(engine.do, "hold", "h-1")
    with pytest.raises(TimeoutError):
        work.result(0.05)
    assert engine.open_ids("h-") == ["h-1"]
    free.set()
    engine.stop()
    assert ended.is_set()
    with pytest.raises(StopRun, match="SmartSync is closing"):
        engine.aside(engine.do, "hold", "h-2")


def test_small_work_that_fails_says_so_in_its_own_words(launched: Callable[..., Engine]) -> None:
    def refuse(engine: Engine) -> None:
        raise NeedsPerson("The token was refused.")

    engine = launched(refuse=refuse)
    with pytest.raises(StopRun, match=r"^The token was refused\.$"):
        engine.do("refuse", "r-1")


def test_once_the_engine_stops_small_work_goes_no_further(launched: Callable[..., Engine]) -> None:
    begun, free = Event(), Event()

    def hold(engine: Engine) -> None:
        begun.set()
        assert free.wait(30)
        engine.checkpoint()

    engine = launched(hold=hold)
    with ThreadPoolExecutor(1) as pool:
        doing = pool.submit(engine.do, "hold", "h-1")
        assert begun.wait(30)
        stopping = Thread(target=engine.stop)
        stopping.start()
        free.set()
        with pytest.raises(StopRun, match="SmartSync is closing"):
            doing.result()
        stopping.join()
    with pytest.raises(StopRun, match="SmartSync is closing"):
        engine.do("hold", "h-2")


def test_notes_outlive_the_engine(new_engine: NewEngine) -> None:
    engine = new_engine()
    engine.launch()
    assert engine.get_note("sends") is None
    engine.put_note("sends", [1.5, 2.25])
    engine.put_note("sends", [3.0])
    assert new_engine().get_note("sends") == [3.0]


def test_finished_work_is_forgotten_after_a_time_and_open_work_is_not(
    launched: Callable[..., Engine],
) -> None:
    release = Event()

    def quick(engine: Engine) -> None:
        return None

    def slow(engine: Engine) -> str:
        engine.step("wait", release.wait, 30)
        return "done"

    engine = launched(quick=quick, slow=slow)
    engine.start("quick", "quick-1")
    engine.start("slow", "slow-1")
    engine.wait("quick-1", timeout_s=30)
    now = datetime.now(UTC)
    assert engine.forget(now - timedelta(days=30)) == 0
    assert engine.status("quick-1") is WorkflowState.DONE
    assert engine.forget(now + timedelta(minutes=1)) == 1
    assert engine.status("quick-1") is None
    release.set()
    assert engine.wait("slow-1", timeout_s=30) == "done"


def test_a_second_one_in_a_process_is_refused_and_leaves_the_first_alone(
    launched: Callable[..., Engine], settings: Settings, duckdb: Database
) -> None:
    first = launched(answer=lambda engine: "here")
    second = Engine(settings, duckdb)
    for use in (second.launch, lambda: second.workflow("answer", str)):
        with pytest.raises(RuntimeError, match="another engine runs"):
            use()
    second.stop()
    first.start("answer", "a-1")
    assert first.wait("a-1", timeout_s=30) == "here"
