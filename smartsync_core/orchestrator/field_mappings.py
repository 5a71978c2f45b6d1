"""Standing mappings of an account: where columns and keys of a name always go. Saved in versions, checked against its fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from smartsync_core.errors import BadInput
from smartsync_core.mapping.headers import Reading
from smartsync_core.mapping.standing import Standing, faults, field_fault, standing_for
from smartsync_core.mapping.text import quoted
from smartsync_core.mapping.words import header_key
from smartsync_core.model.access import Role
from smartsync_core.model.crm import ObjectName, Schema
from smartsync_core.model.mapping import (
    Certainty,
    ColumnMatch,
    FieldMapping,
    Policy,
    RecordType,
    Target,
)
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.rights import takes

__all__ = ["keep_columns", "refuse_gone", "save", "standing_faults", "standing_of", "with_standing"]


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
        if header not in chosen
        or (header in standing.places and chosen[header] == standing.places[header].target)
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


@takes(Role.ADMIN)
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


@takes(Role.ADMIN)
def keep_columns(
    ctx: Context,
    connection_id: str,
    matches: Sequence[ColumnMatch],
    policies: Mapping[str, Policy],
    fields: AccountFields,
) -> int:
    """Every column that an import sends somewhere as a standing mapping, besides those of other names; how many."""
    going = [one for one in matches if one.target is not None and one.certainty is Certainty.SURE]
    kept = [_of_match(one, policies) for one in going]
    named = {header_key(one.source) for one in kept}
    for name in fields.schemas:  # of the others too: a column that goes elsewhere now goes there no more
        before = ctx.field_mappings.of(connection_id, name)
        new = [one for one in kept if one.target.object is name]
        others = [
            one
            for one in before
            if header_key(one.source) not in named and not field_fault(one.target, fields.schemas)
        ]
        if new or len(others) < len(before):
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


def standing_faults(mappings: Sequence[FieldMapping], fields: AccountFields) -> list[str]:
    """Of those that stand, why one can no longer be kept: the account changed since."""
    return [
        f"{quoted(one.source)}: {fault}"
        for one in mappings
        for fault in faults(one, fields.schemas, fields.owners())
    ]
