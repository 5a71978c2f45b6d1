"""Recovery: runs that a crash or a stop left open go on by themselves; those between two steps are started again."""

from __future__ import annotations

from datetime import UTC, datetime

from smartsync_core.model.run import Run, RunState
from smartsync_core.orchestrator import preview, write
from smartsync_core.orchestrator.context import Context

__all__ = ["recover"]


def recover(ctx: Context) -> list[Run]:
    """Make sure that every open run has a workflow under way; those runs. Call once, after the engine was launched."""
    runs = ctx.runs.open_ones()
    for run in runs:
        name = preview.WORKFLOW if run.state is RunState.PREVIEWING else write.WORKFLOW
        if ctx.engine.open_ids(f"{name}-{run.id}"):
            continue
        again = f"{name}-{run.id}-{datetime.now(UTC):%Y%m%d%H%M%S%f}"
        ctx.engine.start(
            name, again, run.id, **({} if name == preview.WORKFLOW else {"partition": run.integration_id})
        )
    return runs
