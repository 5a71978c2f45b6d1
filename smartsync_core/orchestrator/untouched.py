"""The do-not-touch list at the write: whoever came onto it since the preview is left out after all."""

from __future__ import annotations

from collections.abc import Sequence

from smartsync_core.model.plan import ActionState, Answer, StoredAction
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context

__all__ = ["without_listed"]


def without_listed(ctx: Context, run: Run, actions: Sequence[StoredAction]) -> list[StoredAction]:
    """Those that may be sent. One of which every row names somebody on the list is answered as left out."""
    if not actions or not ctx.suppressions.added_since(run.created_at):
        return list(actions)
    named = ctx.drafts.named(run.id, sorted({row for action in actions for row in action.rows}))
    emails = {value for values in named.values() for value in values if "@" in value}
    domains = {value for values in named.values() for value in values} - emails
    listed = frozenset[str]().union(*ctx.suppressions.matching(emails, domains))
    left_out = {}
    for action in actions:
        found = [sorted(named.get(row, frozenset()) & listed) for row in action.rows]
        if found and all(found):
            left_out[action.id] = found[0][0]
    ctx.plans.answer(run.id, [_left_out(a, left_out[a.id]) for a in actions if a.id in left_out], 0)
    return [action for action in actions if action.id not in left_out]


def _left_out(action: StoredAction, value: str) -> Answer:
    return Answer(
        id=action.id,
        state=ActionState.SKIPPED,
        crm_id=action.crm_id,
        code="do_not_touch",
        message=f"{value} came onto the do-not-touch list after the preview.",
    )
