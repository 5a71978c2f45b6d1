"""Several rows that are one record: the first non-blank value counts, disagreement is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smartsync_core.model.crm import Schema
from smartsync_core.model.mapping import Policy
from smartsync_core.model.plan import Draft, Reason
from smartsync_core.planning.compare import same
from smartsync_core.planning.several import outcome

__all__ = ["merge_values"]


def merge_values(
    drafts: Sequence[Draft],
    schema: Schema,
    words: Mapping[str, str],
    *,
    joined: frozenset[str] = frozenset(),
    survivors: frozenset[tuple[int, str]] = frozenset(),
) -> tuple[dict[str, str], list[Reason]]:
    """Values of the record, and one reason per cell of another row that says something else, in a person's `words`.

    In a `joined` field the choices of all rows come together, and none disagrees. `survivors`: (row, property) whose
    value a person chose; they count before the first one.
    """
    merged: dict[str, str] = {}
    origin: dict[str, int] = {}
    for draft in drafts:
        for name, value in draft.values.items():
            chosen = (draft.row, name) in survivors
            if name in merged and name in joined:
                merged[name] = outcome(Policy.ADD, merged[name], value) or ""
            elif name not in merged or (chosen and (origin[name], name) not in survivors):
                merged[name], origin[name] = value, draft.row
    reasons = [
        Reason(
            row=draft.row,
            field=words.get(name, name),
            code="rows_disagree",
            message=f"Row {draft.row} says “{value}”, row {origin[name]} says “{merged[name]}”: "
            f"row {origin[name]} counts.",
        )
        for draft in drafts
        for name, value in draft.values.items()
        if name not in joined
        and draft.row != origin[name]
        and not same(schema.fields.get(name), merged[name], value)
    ]
    return merged, reasons
