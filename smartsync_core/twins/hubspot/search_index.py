"""What search sees: the records as they were a while ago (contract §5: eventually consistent).

A change becomes visible `lag_ms` after it was made. While a call flaps, records changed within the last 50 s
may be shown as they were before that change, or not at all.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

UNSETTLED_MS = 50_000


class View(NamedTuple):
    """A record as it was at one moment; its properties are never changed afterwards."""

    id: str
    properties: dict[str, str]
    created_ms: int
    updated_ms: int
    archived_ms: int | None


class SearchIndex:
    def __init__(self) -> None:
        self._shown: dict[str, View] = {}
        self._before: dict[str, tuple[int, View | None]] = {}  # id → (when it changed, what it was)
        self._coming: deque[tuple[int, str, View | None]] = deque()  # (when it is shown, id, view)

    def note(self, record_id: str, view: View | None, due_ms: int) -> None:
        """Show `view` from `due_ms` on; None takes the record away."""
        self._coming.append((due_ms, record_id, view))

    def views(self, now_ms: int, flapping: Random | None) -> Iterator[View]:
        """Every record as search shows it now, in no particular order."""
        self.settle(now_ms)
        if flapping is None:
            yield from self._shown.values()
            return
        unsettled = {
            record_id: before
            for record_id, (changed_ms, before) in self._before.items()
            if now_ms - changed_ms < UNSETTLED_MS and flapping.random() < 0.5
        }
        yield from (view for record_id, view in self._shown.items() if record_id not in unsettled)
        yield from (view for view in unsettled.values() if view is not None)

    def settle(self, now_ms: int) -> None:
        """Take in what has become visible by now."""
        while self._coming and self._coming[0][0] <= now_ms:
            due_ms, record_id, view = self._coming.popleft()
            self._before[record_id] = (due_ms, self._shown.get(record_id))
            if view is None:
                self._shown.pop(record_id, None)
            else:
                self._shown[record_id] = view
