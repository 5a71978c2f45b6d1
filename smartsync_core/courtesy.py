"""Whoever waits for an answer goes first: a run that computes for long gives way to calls that are in flight.

Both share one interpreter at equal right: beside a run, a call of ten milliseconds takes several times as long, and those that
come meanwhile queue behind it. A call that is not answered after a while is work itself; no run waits for that.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Condition, local
from typing import TypeVar

__all__ = ["give_way", "giving_way", "in_a_hurry", "is_work", "served_first"]

_T = TypeVar("_T")

_TURN_S = 0.005  # that a thread computes between two waits
_WAIT_S = 0.05  # at most: a run goes on whatever is asked meanwhile
_QUICK_S = 0.25  # what a call may take and still be waited for

_came: dict[object, float] = {}  # the calls in flight, and when
_answered = Condition()
_hurried = ContextVar("hurried", default=False)
_mine = ContextVar[object]("mine", default=None)  # the call that this is part of
_here = local()  # gave_way_at: this thread's processor time


@contextmanager
def served_first() -> Iterator[None]:
    """What happens inside is a call, or a page, that somebody waits for."""
    call = object()
    _came[call] = time.monotonic()
    before = _mine.set(call)
    try:
        with in_a_hurry():
            yield
    finally:
        _mine.reset(before)
        _leave(call)


def is_work() -> None:
    """The call that this is part of does its work before it answers: nobody waits for it any more, least of all that work."""
    _leave(_mine.get())


@contextmanager
def in_a_hurry() -> Iterator[None]:
    """What happens inside gives way to nobody: others wait for it."""
    before = _hurried.set(True)
    try:
        yield
    finally:
        _hurried.reset(before)


def give_way() -> None:
    """Let calls be answered first, for a moment. Next to free where none is in flight, or after little computing."""
    if not _came or _hurried.get():
        return
    if time.thread_time() - getattr(_here, "gave_way_at", 0.0) < _TURN_S:
        return
    until = time.monotonic() + _WAIT_S
    with _answered:
        while (left_s := until - time.monotonic()) > 0 and _somebody_waits():
            _answered.wait(left_s)
    _here.gave_way_at = time.thread_time()


def giving_way(items: Iterable[_T]) -> Iterator[_T]:
    """`items`; gives way before each of them."""
    for item in items:
        give_way()
        yield item


def _leave(call: object) -> None:
    with _answered:
        if _came.pop(call, None) is not None:
            _answered.notify_all()


def _somebody_waits() -> bool:
    before = time.monotonic() - _QUICK_S
    return any(came > before for came in list(_came.values()))
