"""A write that nobody looked at before: within guard rails it approves itself, beyond them the run waits for a person."""

from __future__ import annotations

from collections.abc import Iterator

from smartsync_core.errors import NeedsPerson
from smartsync_core.model.access import Role
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import ActionKind
from smartsync_core.model.run import Run, RunState
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.past import cell_totals
from smartsync_core.orchestrator.rights import takes
from smartsync_core.orchestrator.write import approve

__all__ = ["MOST_MADE", "MOST_ROWS", "approve_unattended"]

MOST_ROWS = 10_000
MOST_MADE = 1_000
"""Tasks, deals and notes: more of them reach people at once than anybody should who was not told."""

_MADE = (ObjectName.TASKS, ObjectName.DEALS, ObjectName.NOTES)


@takes(Role.OPERATOR)
def approve_unattended(ctx: Context, run_id: str, *, first: int = 0, max_calls: int | None = None) -> None:
    """As `approve`. Raises NeedsPerson, and leaves the run as it is, where its plan is one that a person has to look at."""
    run = ctx.runs.get(run_id)
    beyond = list(_beyond(ctx, run)) if run.state is RunState.PREVIEWED else []
    if beyond:
        raise NeedsPerson(
            f"This waits for a person: {'; '.join(beyond)}.",
            hint="Its preview stands in History, where it can be written.",
            code="waits_for_person",
        )
    approve(ctx, run_id, shown=False, first=first, max_calls=max_calls)


def _beyond(ctx: Context, run: Run) -> Iterator[str]:
    if run.row_count > MOST_ROWS:
        yield f"it has {run.row_count} rows, more than {MOST_ROWS}"
    counts = ctx.results.action_counts(run.id)
    if archived := sum(kinds.get(ActionKind.ARCHIVE.value, 0) for kinds in counts.values()):
        yield f"it deletes records ({archived})"
    made = sum(counts.get(name, {}).get(ActionKind.CREATE.value, 0) for name in _MADE)
    if made > MOST_MADE:
        yield f"it makes {made} tasks, deals and notes, more than {MOST_MADE}"
    if emptied := cell_totals(ctx, run.id).get("emptied", 0):
        yield f"it empties values ({emptied})"
    if unsure := {one.row for one in ctx.results.reasons(run.id) if one.code == "ambiguous"}:
        yield f"two records could be meant in some rows ({len(unsure)})"
