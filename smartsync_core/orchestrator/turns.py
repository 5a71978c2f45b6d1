"""Whose turn it is: of two pieces of work about one person or company, the second begins when the first is on record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Set
from threading import Condition

__all__ = ["Turns"]


class Turns:
    """What is being worked on in this process. Safe to use from many threads."""

    def __init__(self) -> None:
        self._held: Counter[Hashable] = Counter()
        self._changed = Condition()

    def take(self, about: Set[Hashable], within_s: float) -> bool:
        """Hold all of it once nobody else holds any; False if that is not so in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._held.keys().isdisjoint(about), within_s):
                return False
            self._held.update(about)
            return True

    def hold(self, about: Set[Hashable]) -> None:
        """Of work that is under way already, whoever else holds it."""
        with self._changed:
            self._held.update(about)

    def give_back(self, about: Set[Hashable]) -> None:
        with self._changed:
            self._held.subtract(about)
            self._held += Counter()  # drops what nobody holds
            self._changed.notify_all()
