"""The steps of one column: which there are, and what they make of the file's own rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from smartsync_core.errors import BadInput
from smartsync_core.mapping.drafts import DraftBuilder
from smartsync_core.mapping.transforms import (
    TRANSFORMS,
    CannotRead,
    Chain,
    Option,
    Transform,
    options_in_words,
)
from smartsync_core.model.mapping import Certainty, ColumnMatch, Step, Target
from smartsync_core.model.plan import Draft
from smartsync_core.model.run import ImportOptions
from smartsync_core.model.table import RawRow
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.import_drafts import ImportDraft

__all__ = ["Changed", "Option", "checked", "look", "options_in_words", "transforms"]

_LOOKED_AT = 500  # rows in which different values are searched


@dataclass(frozen=True, kw_only=True)
class Changed:
    """One cell on its way: as it stands, after the steps, and as it would be sent. `note` says why not, or what to know."""

    row: int
    before: str
    after: str
    sent: str
    note: str


def transforms() -> Mapping[str, Transform]:
    """All of them, by name."""
    return TRANSFORMS


def checked(ctx: Context, draft: ImportDraft, steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, if they stand for this file. Raises BadInput with one sentence."""
    Chain(steps, {header: place for place, header in enumerate(ctx.uploads.get(draft.upload_id).columns)})
    return tuple(steps)


def look(
    ctx: Context,
    draft: ImportDraft,
    fields: AccountFields,
    matches: Sequence[ColumnMatch],
    header: str,
    steps: Sequence[Step],
    *,
    limit: int = 8,
) -> list[Changed]:
    """What becomes of the first different cells of a column with these steps. Raises BadInput where one does not stand."""
    assert draft.record_type is not None
    places = {match.header: match.index for match in matches}
    chain = Chain(steps, places)
    tried = [_tried(match, steps) if match.header == header else match for match in matches]
    options = ImportOptions(record_type=draft.record_type, columns=tuple(tried), keys=())
    schemas = {name: fields.schema(name) for name in draft.record_type.objects}
    builder = DraftBuilder(options, schemas, fields.owners())
    column, target = next((match.column, match.target) for match in tried if match.header == header)
    if target is None:
        raise BadInput(f"“{header}” goes nowhere yet.", hint="Choose first where it goes.")
    rows = _different(ctx.uploads.rows(draft.upload_id, limit=_LOOKED_AT), places[header], limit)
    return [_changed(row, places[header], chain, builder.build(row), target, column) for row in rows]


def _tried(match: ColumnMatch, steps: Sequence[Step]) -> ColumnMatch:
    return replace(match, steps=tuple(steps), certainty=Certainty.SURE)


def _different(rows: Sequence[RawRow], place: int, limit: int) -> list[RawRow]:
    """One row per distinct cell; where there are too few, further rows, for steps that look into other columns."""
    first: dict[str, RawRow] = {}
    for row in rows:
        first.setdefault(row.cells[place], row)
    chosen = list(first.values())[:limit]
    chosen += [row for row in rows if row not in chosen][: limit - len(chosen)]
    return sorted(chosen, key=lambda row: row.number)


def _changed(
    row: RawRow, place: int, chain: Chain, drafts: Sequence[Draft], target: Target, column: str
) -> Changed:
    try:
        after = chain.run(row.cells[place], row.cells)
    except CannotRead:
        after = ""
    draft = next((one for one in drafts if one.object is target.object), None)
    values = draft.values if draft else {}
    names = ("firstname", "lastname") if target.property == Target.FULL_NAME else (target.property,)
    notes = [problem.message for problem in (draft.problems if draft else ()) if problem.field == column]
    return Changed(
        row=row.number,
        before=row.cells[place],
        after=after,
        sent=" · ".join(values[name] for name in names if name in values),
        note=" ".join(notes),
    )
