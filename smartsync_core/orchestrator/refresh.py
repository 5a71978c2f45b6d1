"""A preview made again: which rows are no longer as they were when a person looked, and in what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.moments import written
from smartsync_core.model.plan import ActionKind, Change, Reason, RowVerdict, StoredAction
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.field_words import FieldWords
from smartsync_core.orchestrator.value_words import ValueWords
from smartsync_core.store.comparison import Comparison

__all__ = ["CHANGED", "REFRESHED", "tell_changes"]

REFRESHED, CHANGED = "refreshed", "changed_since_looked"
_TOLD = 500  # rows that say in what they changed; the others are only counted
_NAMED = 12  # rows in the sentence on all of them
_WOULD = {
    ActionKind.CREATE: "to be created",
    ActionKind.UPDATE: "to be updated",
    ActionKind.NONE: "to be left as it is",
}


def tell_changes(ctx: Context, run: Run) -> None:
    """Add to the plan of `run` in what it differs from the one that it refreshes."""
    earlier = ctx.runs.get(run.refreshes)
    comparison = Comparison(ctx.database, ctx.org_id, earlier.id, run.id)
    differing = list(comparison.differing())
    rows = [now.row for _, now in differing]
    ctx.plans.add_reasons(run.id, [_summary(earlier, rows)], "plan")
    told = differing[:_TOLD]
    before = comparison.actions(earlier.id, _ids(old for old, _ in told))
    now = comparison.actions(run.id, _ids(new for _, new in told))
    words, values = FieldWords(run.options), ValueWords(ctx, [earlier, run])
    for old, new in told:
        pairs = zip(_of(old, before), _of(new, now), strict=False)
        reasons = [reason for one, other in pairs for reason in _said(new.row, one, other, words, values)]
        ctx.plans.add_reasons(
            run.id, reasons or [_reason(new.row, "", "It changed since you looked.")], "plan"
        )


def _summary(earlier: Run, rows: list[int]) -> Reason:
    looked = written(earlier.crm_read_at) if earlier.crm_read_at else "before"
    if not rows:
        message = f"Nothing changed since you looked ({looked})."
        return Reason(row=0, field="", code=REFRESHED, message=message)
    named = ", ".join(map(str, rows[:_NAMED])) + (" …" if len(rows) > _NAMED else "")
    how_many = f"{len(rows):,} {'row' if len(rows) == 1 else 'rows'}"
    message = f"{how_many} changed since you looked ({looked}): {named}."
    return Reason(row=0, field="", code=REFRESHED, message=message)


def _ids(verdicts: Iterable[RowVerdict]) -> list[int]:
    return sorted({id_ for one in verdicts for id_ in (one.main_action, *one.other_actions)} - {0})


def _of(verdict: RowVerdict, actions: dict[int, StoredAction]) -> list[StoredAction]:
    """The row's records, its main one first."""
    found = [actions[id_] for id_ in (verdict.main_action, *verdict.other_actions) if id_ in actions]
    return [one for one in found if one.kind in _WOULD]


def _said(
    row: int, old: StoredAction, new: StoredAction, words: FieldWords, values: ValueWords
) -> list[Reason]:
    if (old.kind, old.crm_id) != (new.kind, new.crm_id):
        was = _WOULD[old.kind] + (
            f" (record {old.crm_id})" if old.crm_id and new.crm_id != old.crm_id else ""
        )
        return [_reason(row, "", f"When you looked, this {_one(old)} was {was}.")]
    before = {change.field: change for change in old.changes}
    now = {change.field: change for change in new.changes}
    return [
        _reason(
            row,
            words.of(new.object, name),
            _cell(before.get(name), now.get(name), partial(_held, values, new.object)),
        )
        for name in dict.fromkeys([*before, *now])
        if before.get(name) != now.get(name)
    ]


def _cell(before: Change | None, now: Change | None, held: Callable[[Change], str]) -> str:
    if now is None:
        return "The CRM holds something else since you looked: there is nothing to write here any more."
    if before is None:
        return f"The CRM holds {held(now)} since you looked."
    return f"The CRM held {held(before)} when you looked, and holds {held(now)} now."


def _held(values: ValueWords, name: ObjectName, change: Change) -> str:
    return f"“{values.of(name, change.field, change.old)}”" if change.old else "nothing"


def _one(action: StoredAction) -> str:
    return {"contacts": "contact", "companies": "company"}.get(action.object.value, "record")


def _reason(row: int, field: str, message: str) -> Reason:
    return Reason(row=row, field=field, code=CHANGED, message=message)
