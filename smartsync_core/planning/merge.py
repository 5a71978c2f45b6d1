"""Several rows that are one record: the first non-blank value counts, disagreement is said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from smartsync_core.model.crm import Schema
from smartsync_core.model.plan import Draft, Reason
from smartsync_core.planning.compare import same

__all__ = ["merge_values"]


def merge_values(
    drafts: Sequence[Draft],
    schema: Schema,
    words: Mapping[str, str],
    survivors: frozenset[tuple[int, str]] = frozenset(),
) -> tuple[dict[str, str], list[Reason]]:
    """Values of the record, and one reason per cell of another row that says something else, in a person's `words`.

    `survivors`: (row, property) whose value a person chose; they count before the first one.
    """
    merged: dict[str, str] = {}
    origin: dict[str, int] = {}
    for draft in drafts:
        for name, value in draft.values.items():
            chosen = (draft.row, name) in survivors
            if name not in merged or (chosen and (origin[name], name) not in survivors):
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
        if draft.row != origin[name] and not same(schema.fields.get(name), merged[name], value)
    ]
    return merged, reasons
