"""Asked before every request of a run whether it may leave: a cap on calls holds, and a wish to halt is felt at once."""

from __future__ import annotations

from threading import Lock
from typing import cast

from smartsync_core.engine import Engine
from smartsync_core.errors import StopRun
from smartsync_core.model.run import Run
from smartsync_core.store.wishes import Wishes

__all__ = ["Gate", "Halted"]


class Halted(StopRun):
    """Nothing more of the run may be sent for now; what was sent is on record."""


class Gate:
    """Of one session. Outside a run it lets everything through, but of one that `looks_only` no request that writes."""

    def __init__(self, wishes: Wishes, engine: Engine, *, looks_only: bool = False) -> None:
        self._looks_only = looks_only
        self._wishes = wishes
        self._engine = engine
        self._lock = Lock()
        self._run: Run | None = None
        self._made = 0
        self._heeds = False

    def watch(self, run: Run, *, heeds: bool = False) -> None:
        """From now on the requests are this run's; those that write end at a wish to pause or stop, where it `heeds` one."""
        with self._lock:
            made = sum(run.calls.values())
            if (
                run.max_calls is not None
            ):  # a killed process may have made more than it could put into the store
                made = max(made, cast(int, self._engine.get_note(_note(run))) or 0)
            self._run, self._heeds, self._made = run, heeds, max(self._made, made)

    def ask(self, writes: bool) -> None:
        """Raises Halted; else the request counts as made."""
        if writes and self._looks_only:
            raise Halted("This account is only looked at.")
        run = self._run
        if run is not None and writes and self._heeds and (wish := self._wishes.get(run.id)):
            raise Halted(f"It was asked to {wish.value}.")
        with self._lock:
            if run is not None and run.max_calls is not None:
                if self._made >= run.max_calls:
                    raise Halted(f"The cap of {run.max_calls} calls is reached.")
                self._engine.put_note(_note(run), self._made + 1)
            self._made += 1


def _note(run: Run) -> str:
    return f"calls {run.id}"
