"""Standing mappings of an account: where columns and keys of a name always go. Saved in versions, checked against its fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from smartsync_core.errors import BadInput
from smartsync_core.mapping.drafts import DraftBuilder
from smartsync_core.mapping.headers import Reading, field_of
from smartsync_core.mapping.standing import Standing, all_steps, faults, field_fault, rivals, standing_for
from smartsync_core.mapping.text import quoted
from smartsync_core.mapping.transforms import TRANSFORMS, CannotRead, Chain
from smartsync_core.mapping.words import header_key
from smartsync_core.model.crm import ObjectName, Schema
from smartsync_core.model.mapping import (
    Certainty,
    ColumnMatch,
    FieldMapping,
    Policy,
    RecordType,
    Step,
    Target,
)
from smartsync_core.model.run import ImportOptions
from smartsync_core.model.table import RawRow
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.context import Context
from smartsync_core.store.field_mappings import MappingVersion

__all__ = [
    "Changed",
    "FieldMapping",
    "MappingVersion",
    "differences",
    "keep_columns",
    "look",
    "refuse_gone",
    "save",
    "standing_of",
    "twice",
    "with_standing",
]

_RECORD_TYPES = {ObjectName.CONTACTS: RecordType.CONTACTS, ObjectName.COMPANIES: RecordType.COMPANIES}
_POLICIES = {
    Policy.FILL: "only fills what is empty",
    Policy.OVERWRITE: "replaces what is there",
    Policy.NEVER: "never touches records that are there",
}
_LOOKED_AT = 500  # rows of the last file in which different values are searched


# Used by imports and calls


def standing_of(
    ctx: Context,
    connection_id: str,
    columns: Sequence[str],
    schemas: Mapping[ObjectName, Schema],
    record_type: RecordType,
) -> Standing:
    """What the account's mappings come to for these columns."""
    if not connection_id:
        return Standing()
    mappings = [one for name in record_type.objects for one in ctx.field_mappings.of(connection_id, name)]
    return standing_for(mappings, columns, schemas, record_type)


def with_standing(reading: Reading, standing: Standing, chosen: Mapping[str, Target | None]) -> Reading:
    """What a person says of this file goes before; steps go along only with the field that they were meant for."""
    steps = {
        header: steps
        for header, steps in standing.steps.items()
        if header not in chosen or chosen[header] == standing.places[header].target
    }
    return replace(
        reading,
        steps=steps | dict(reading.steps),
        copies=standing.copies | dict(reading.copies),
        standing=standing.places,
    )


def refuse_gone(standing: Standing, chosen: Mapping[str, Target | None]) -> None:
    """Where nobody is asked: raises BadInput for a column whose field the account has no more."""
    for header, name in standing.gone.items():
        if header not in chosen:
            raise BadInput(
                f"This account sends {quoted(header)} to {quoted(name)}, a field that it no longer has.",
                hint="Correct it on the screen “Fields and columns”, or say where the column goes.",
                code="property_vanished",
            )


# Kept and changed


def save(
    ctx: Context,
    connection_id: str,
    object_name: ObjectName,
    mappings: Sequence[FieldMapping],
    fields: AccountFields,
) -> int:
    """These instead of those that there were; the version's number. Raises BadInput for the first one that cannot be kept."""
    _refuse_same(mappings)
    for mapping in mappings:
        if found := faults(mapping, fields.schemas, fields.owners()):
            raise BadInput(f"{quoted(mapping.source)}: {found[0]}", code="bad_field_mapping")
    version = ctx.field_mappings.save(connection_id, object_name, mappings, by=ctx.user)
    ctx.audit.record(
        who=ctx.user,
        what="field_mappings.saved",
        subject_id=connection_id,
        details={"object": object_name.value, "version": version, "mappings": len(mappings)},
    )
    return version


def keep_columns(
    ctx: Context,
    connection_id: str,
    matches: Sequence[ColumnMatch],
    policies: Mapping[str, Policy],
    fields: AccountFields,
) -> int:
    """Every column that an import sends somewhere as a standing mapping, besides those of other names; how many."""
    going = [one for one in matches if one.target is not None and one.certainty is Certainty.SURE]
    for name in {one.target.object for one in going if one.target is not None}:
        new = [_of_match(one, policies) for one in going if one.target and one.target.object is name]
        named = {header_key(one.source) for one in new}
        others = [
            one
            for one in ctx.field_mappings.of(connection_id, name)
            if header_key(one.source) not in named and not field_fault(one.target, fields.schemas)
        ]
        save(ctx, connection_id, name, [*others, *new], fields)
    return len(going)


def _of_match(match: ColumnMatch, policies: Mapping[str, Policy]) -> FieldMapping:
    assert match.target is not None
    return FieldMapping(
        source=match.column, target=match.target, steps=match.steps, policy=policies.get(str(match.target))
    )


def _refuse_same(mappings: Sequence[FieldMapping]) -> None:
    seen = set()
    for one in mappings:
        pair = (header_key(one.source), one.target)
        if pair in seen:
            raise BadInput(
                f"{quoted(one.source)} goes to {quoted(one.target.property)} twice.",
                hint="Take one of the two lines out.",
                code="bad_field_mapping",
            )
        seen.add(pair)


# Told


def differences(
    before: Sequence[FieldMapping], after: Sequence[FieldMapping], schemas: Mapping[ObjectName, Schema]
) -> list[str]:
    """What one version says otherwise than the one before it, a sentence per column and field."""
    old, new = ({(header_key(one.source), one.target): one for one in side} for side in (before, after))
    said = []
    for key, one in new.items():
        words = f"{quoted(one.source)} → {_label(one.target, schemas)}"
        if key not in old:
            said.append(f"Added: {words}.{_how(one)}")
        elif old[key] != one:
            said.append(f"Changed: {words}.{_how(one)} Before:{_how(old[key])}")
    gone = [one for key, one in old.items() if key not in new]
    return said + [f"Taken out: {quoted(one.source)} → {_label(one.target, schemas)}." for one in gone]


def twice(mappings: Sequence[FieldMapping], schemas: Mapping[ObjectName, Schema]) -> list[str]:
    """A warning per field to which several columns go."""
    return [
        f"{' and '.join(map(quoted, sources))} both go to {_label(target, schemas)}: of a file that has them all, "
        "only the first is imported."
        for target, sources in rivals(mappings)
    ]


def _how(mapping: FieldMapping) -> str:
    parts = [TRANSFORMS[step.name].label if step.name in TRANSFORMS else step.name for step in mapping.steps]
    told = [", ".join(parts)] if parts else []
    if mapping.policy is not None:
        told.append(_POLICIES[mapping.policy])
    if mapping.default:
        told.append(f"blank cells become {quoted(mapping.default)}")
    return f" {'; '.join(told) or 'as it stands'}."


def _label(target: Target, schemas: Mapping[ObjectName, Schema]) -> str:
    known = target.property == Target.FULL_NAME or target.property in schemas[target.object]
    return field_of(target, schemas).label if known else target.property


# Looked at on real rows


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
    for run in ctx.runs.recent(_LOOKED_AT):
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
