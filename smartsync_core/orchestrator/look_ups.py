"""Look-ups that are under way: one per company, whoever asked for it; each can be waited for, and left behind."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from smartsync_core.errors import RetryLater

__all__ = ["LookUp", "LookUps"]

_LOG = logging.getLogger(__name__)
_CLOSING_S = 2.0
_BREATHER_S = 10.0
_HINT = "Look the company up again in a moment."

T = TypeVar("T")


@dataclass(eq=False)
class LookUp(Generic[T]):
    """`pending` is what has not answered yet, by name. The work heeds `stop` before it writes."""

    pending: frozenset[str] = frozenset()
    stop: threading.Event = field(default_factory=threading.Event)
    _done: threading.Event = field(default_factory=threading.Event)
    _result: T | None = None
    _error: Exception | None = None

    def answered(self, name: str) -> None:
        self.pending -= {name}

    def result(self, timeout_s: float | None = None) -> T | None:
        """None while there is none yet. Raises what ended the work."""
        self._done.wait(timeout_s)
        if self._error is not None:
            raise self._error
        return self._result

    def join(self, timeout_s: float | None = None) -> None:
        self._done.wait(timeout_s)

    def work(self, work: Callable[[LookUp[T]], T]) -> None:
        """Never raises: whoever waits for the result is told, once it `ended`."""
        try:
            self._result = work(self)
        except Exception as error:  # noqa: BLE001 - the outermost edge of a thread
            self.failed(error)
            _LOG.warning("A look-up ended early: %s", error, exc_info=error)

    def failed(self, error: Exception) -> None:
        self._error = error

    def ended(self) -> None:
        self.pending = frozenset()
        self._done.set()


class LookUps:
    def __init__(self) -> None:
        self._under_way: dict[str, LookUp[Any]] = {}
        self._lock = threading.Lock()

    def start(
        self, key: str, work: Callable[[LookUp[T]], T], *, behind: bool, pending: Iterable[str]
    ) -> LookUp[T]:
        """Begin, or join the one that is under way. `behind`: in a thread of its own; else in this one, to its end.

        `pending` holds until the work knows better. Where no thread can be had, whoever waits for it is told.
        """
        with self._lock:
            there = self._under_way.get(key)
            mine = there or self._under_way.setdefault(key, LookUp(frozenset(pending)))
        if there is None and behind:
            self._start_thread(key, mine, work)
        elif there is None:
            self._run(key, mine, work)
        return mine

    def under_way(self, key: str) -> LookUp[Any] | None:
        with self._lock:
            return self._under_way.get(key)

    def close(self) -> None:
        """End all of them; what a source says from now on is not noted."""
        with self._lock:
            under_way = list(self._under_way.values())
        for one in under_way:
            one.stop.set()
        for one in under_way:
            one.join(_CLOSING_S)

    def _start_thread(self, key: str, mine: LookUp[T], work: Callable[[LookUp[T]], T]) -> None:
        try:
            threading.Thread(target=self._run, args=(key, mine, work), name="look-up", daemon=True).start()
        except RuntimeError as error:
            _LOG.warning("No look-up could begin: %s", error)
            mine.failed(
                RetryLater("This computer can begin no more work at once.", after_s=_BREATHER_S, hint=_HINT)
            )
            self._end(key, mine)

    def _run(self, key: str, mine: LookUp[T], work: Callable[[LookUp[T]], T]) -> None:
        try:
            mine.work(work)
        finally:
            self._end(key, mine)

    def _end(self, key: str, mine: LookUp[Any]) -> None:
        with self._lock:
            self._under_way.pop(key, None)
        mine.ended()  # not sooner: who waited for it may begin one of his own
