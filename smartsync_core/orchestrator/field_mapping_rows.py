"""A standing mapping on real rows: what it makes of the last file that had such a column."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from smartsync_core.mapping.drafts import DraftBuilder
from smartsync_core.mapping.standing import all_steps
from smartsync_core.mapping.transforms import CannotRead, Chain
from smartsync_core.mapping.words import header_key
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.mapping import Certainty, ColumnMatch, FieldMapping, RecordType, Step, Target
from smartsync_core.model.run import ImportOptions
from smartsync_core.model.table import RawRow
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.context import Context

__all__ = ["Changed", "look"]

_RECORD_TYPES = {ObjectName.CONTACTS: RecordType.CONTACTS, ObjectName.COMPANIES: RecordType.COMPANIES}
_LOOK_BACK = 200  # imports searched for such a column
_LOOKED_AT = 500  # rows in which different values are searched


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A cell of an earlier file on its way: as it stands, and as it would be sent. `note` says why not, or what to know."""

    row: int
    before: str
    sent: str
    note: str


def look(
    ctx: Context, connection_id: str, mapping: FieldMapping, fields: AccountFields, *, limit: int = 6
) -> tuple[str, list[Changed]]:
    """The newest file of this account that has such a column, and what would become of its first different cells.

    ("", []) where there is none. Raises BadInput where a step does not stand.
    """
    key = header_key(mapping.source)
    for run in ctx.runs.recent(_LOOK_BACK):
        if run.integration_id != connection_id or run.kind != "import":
            continue
        columns = ctx.uploads.get(run.upload_id).columns
        place = next((place for place, name in enumerate(columns) if header_key(name) == key), None)
        if place is not None:
            return run.file_name, _tried(ctx, run.upload_id, columns, place, mapping, fields, limit)
    return "", []


def _tried(
    ctx: Context,
    upload_id: str,
    columns: Sequence[str],
    place: int,
    mapping: FieldMapping,
    fields: AccountFields,
    limit: int,
) -> list[Changed]:
    steps = all_steps(mapping)
    chain = Chain(steps, {header: number for number, header in enumerate(columns)})
    builder = DraftBuilder(_alone(columns, place, mapping.target, steps), fields.schemas, fields.owners())
    first: dict[str, RawRow] = {}
    for row in ctx.uploads.rows(upload_id, limit=_LOOKED_AT):
        first.setdefault(row.cells[place], row)
    return [_changed(row, place, chain, builder, mapping.target) for row in list(first.values())[:limit]]


def _alone(columns: Sequence[str], place: int, target: Target, steps: tuple[Step, ...]) -> ImportOptions:
    """An import of that one column; the others are there only to be looked into."""
    matches = [
        ColumnMatch(
            index=number,
            header=header,
            target=target if number == place else None,
            certainty=Certainty.SURE if number == place else Certainty.NONE,
            reason="",
            steps=steps if number == place else (),
        )
        for number, header in enumerate(columns)
    ]
    return ImportOptions(record_type=_RECORD_TYPES[target.object], columns=tuple(matches), keys=())


def _changed(row: RawRow, place: int, chain: Chain, builder: DraftBuilder, target: Target) -> Changed:
    try:
        chain.run(row.cells[place], row.cells)
    except CannotRead as why:
        return Changed(row=row.number, before=row.cells[place], sent="", note=str(why))
    draft = builder.build(replace(row, extra=()))[0]
    names = ("firstname", "lastname") if target.property == Target.FULL_NAME else (target.property,)
    notes = [problem.message for problem in draft.problems if problem.code != "nothing_to_import"]
    return Changed(
        row=row.number,
        before=row.cells[place],
        sent=" · ".join(draft.values[name] for name in names if name in draft.values),
        note=" ".join(notes),
    )
