"""Recovery: runs that a crash or a stop left open go on by themselves; those between two steps are started again."""

from __future__ import annotations

from datetime import UTC, datetime

from smartsync_core.model.run import Run, RunState
from smartsync_core.orchestrator import preview, undo, write
from smartsync_core.orchestrator.context import Context

__all__ = ["recover"]


def recover(ctx: Context) -> list[Run]:
    """Make sure that every open run has a workflow under way; those runs. Call once, after the engine was launched."""
    runs = ctx.runs.open_ones()
    for run in runs:
        if run.state is RunState.RUNNING:
            if not any(ctx.engine.open_ids(f"{name}-{run.id}") for name in (write.WORKFLOW, write.REPAIR)):
                write.begin(ctx, run)
            continue
        name = undo.WORKFLOW if run.undo_of else preview.WORKFLOW
        if not ctx.engine.open_ids(f"{name}-{run.id}"):
            ctx.engine.start(name, f"{name}-{run.id}-{datetime.now(UTC):%Y%m%d%H%M%S%f}", run.id)
    return runs
