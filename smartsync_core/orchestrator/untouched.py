"""The do-not-touch list at the preview, and at the write: whoever came onto it in between is left out after all."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from smartsync_core.model.plan import ActionState, Answer, Draft, StoredAction, naming
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context

__all__ = ["mark_suppressed", "without_listed"]


def mark_suppressed(ctx: Context, drafts: list[Draft]) -> list[Draft]:
    """Rows with an e-mail or a domain on the do-not-touch list, marked on every object of the row."""
    named = [(draft.row, value) for draft in drafts for value in naming(draft.email, draft.domain)]
    listed = _listed(ctx, {value for _, value in named})
    if not listed:
        return drafts
    by_row = {row: value for row, value in reversed(named) if value in listed}
    return [replace(draft, suppressed=by_row.get(draft.row, "")) for draft in drafts]


def without_listed(ctx: Context, run: Run, actions: Sequence[StoredAction]) -> list[StoredAction]:
    """Those that may be sent. One of which every row names somebody on the list is answered as left out."""
    if not actions or not ctx.suppressions.added_since(run.created_at):
        return list(actions)
    named = ctx.drafts.named(run.id, sorted({row for action in actions for row in action.rows}))
    listed = _listed(ctx, frozenset().union(*named.values()))
    left_out = {}
    for action in actions:
        found = [sorted(named.get(row, frozenset()) & listed) for row in action.rows]
        if found and all(found):
            left_out[action.id] = found[0][0]
    ctx.plans.answer(run.id, [_left_out(a, left_out[a.id]) for a in actions if a.id in left_out], 0)
    return [action for action in actions if action.id not in left_out]


def _listed(ctx: Context, values: Collection[str]) -> frozenset[str]:
    """Those of them that are on the list."""
    emails = {value for value in values if "@" in value}
    return frozenset[str]().union(*ctx.suppressions.matching(emails, set(values) - emails))


def _left_out(action: StoredAction, value: str) -> Answer:
    return Answer(
        id=action.id,
        state=ActionState.SKIPPED,
        crm_id=action.crm_id,
        code="do_not_touch",
        message=f"{value} came onto the do-not-touch list after the preview.",
    )
