"""The application opened for one command, and the wait for a run; where the app has the data open, through it."""

from __future__ import annotations

import argparse
import signal
import sys
import time
from contextlib import AbstractContextManager
from itertools import count
from types import TracebackType

from smartsync_core.cli import printing
from smartsync_core.cli.through_app import application_here, forward
from smartsync_core.errors import InUse, NeedsPerson
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.history import progress
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application

__all__ = ["Opened", "at_a_terminal", "interrupt", "through_app", "wait"]

_POLL_S, _POLL_AT_MOST_S = 0.02, 0.3  # soon at first: most commands are short
_LOOKS_BETWEEN_DOUBTS = 20


class Opened(AbstractContextManager[Context]):
    """The application for one command; with `engine`, runs left open are finished first. Inside the app, that one."""

    def __init__(self, *, engine: bool) -> None:
        self._engine = engine

    def __enter__(self) -> Context:
        self._is_ours = application_here() is None
        if (found := application_here()) is not None:
            return found.context
        self._application = Application(Settings.from_env())
        if self._engine:
            signal.signal(signal.SIGTERM, interrupt)
            self._finish(self._application.start())
        return self._application.context

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._is_ours:
            self._application.stop()

    def _finish(self, runs: list[Run]) -> None:
        for run in runs:
            print(f"Finishing import {run.id} of {run.file_name} first.", file=sys.stderr)
            wait(self._application.context, run.id)


def interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt


def through_app(options: argparse.Namespace, error: InUse) -> int | None:
    """The exit code of the app that did it; None where it cannot: there is none, or it is about this terminal's own keys."""
    settings = Settings.from_env()
    own_keys = options.command == "secrets" and settings.keys
    return None if options.command == "restore" or own_keys else forward(settings, options, error.holder)


def wait(ctx: Context, run_id: str) -> None:
    """Until the run is not being worked on any more."""
    for look in count():
        ctx.engine.must_be_open()
        if not ctx.runs.state(run_id).open:
            break
        if look % _LOOKS_BETWEEN_DOUBTS == _LOOKS_BETWEEN_DOUBTS - 1 and not _under_way(ctx, run_id):
            raise NeedsPerson(
                f"The work on import {run_id} ended without a result.",
                hint=f"`resume {run_id}` takes it up again.",
            )
        if sys.stderr.isatty():
            printing.progress_line(progress(ctx, ctx.runs.get(run_id)))
        time.sleep(min(_POLL_S * (look + 1), _POLL_AT_MOST_S))
    if sys.stderr.isatty():
        print(file=sys.stderr)


def _under_way(ctx: Context, run_id: str) -> bool:
    return any(ctx.engine.open_ids(f"{name}-{run_id}") for name in ("write", "preview", "undo", "repair"))


def at_a_terminal() -> bool:
    return application_here() is None and sys.stdin.isatty()
