"""Whoever waits for an answer goes first, and a run goes on all the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event

import pytest

from smartsync_core import courtesy
from smartsync_core.courtesy import give_way, giving_way, in_a_hurry, served_first

LONG_S = 60.0  # no test waits for it


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that waits until the calls are answered, however slow this machine is."""
    monkeypatch.setattr(courtesy, "_WAIT_S", LONG_S)
    monkeypatch.setattr(courtesy, "_QUICK_S", LONG_S)


@pytest.fixture
def beside() -> Iterator[Callable[[Callable[[], object]], Future[object]]]:
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit


def computed() -> None:
    """For longer than a turn."""
    until = time.thread_time() + 0.02
    while time.thread_time() < until:
        pass
    give_way()


@pytest.mark.usefixtures("patient")
def test_a_run_waits_until_the_call_is_answered(beside: Callable[..., Future[object]]) -> None:
    with served_first():
        run = beside(computed)
        assert not wait([run], timeout=0.1).done
    run.result()


def test_a_run_goes_on_though_a_call_is_never_answered(beside: Callable[..., Future[object]]) -> None:
    with served_first():
        beside(computed).result()


@pytest.mark.usefixtures("patient")
def test_a_call_that_takes_long_is_not_waited_for(
    beside: Callable[..., Future[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courtesy, "_QUICK_S", 0.0)
    with served_first():
        beside(computed).result()


@pytest.mark.usefixtures("patient")
def test_a_call_gives_way_to_no_other_one(beside: Callable[..., Future[object]]) -> None:
    answered = Event()

    def other() -> None:
        with served_first():
            answered.wait()

    call = beside(other)
    with served_first():
        computed()
    answered.set()
    call.result()


@pytest.mark.usefixtures("patient")
def test_who_is_waited_for_gives_way_to_nobody(beside: Callable[..., Future[object]]) -> None:
    def transaction() -> None:
        with in_a_hurry():
            computed()

    with served_first():
        beside(transaction).result()


def test_nothing_is_left_out_or_doubled() -> None:
    assert list(giving_way(range(5))) == [0, 1, 2, 3, 4]
