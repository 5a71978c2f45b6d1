"""Standing mappings of an account beside the columns of one file: which hold for it, and which cannot be kept any more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from smartsync_core.errors import BadInput
from smartsync_core.mapping.cleaning import clean_cell
from smartsync_core.mapping.headers import Place, field_of
from smartsync_core.mapping.text import quoted
from smartsync_core.mapping.transforms import TRANSFORMS, Chain, looked_into
from smartsync_core.mapping.words import header_key
from smartsync_core.model.crm import ObjectName, Owner, Schema
from smartsync_core.model.mapping import FieldMapping, Policy, RecordType, Step, Target

__all__ = ["Standing", "all_steps", "copy_name", "faults", "field_fault", "rivals", "standing_for"]


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the mappings come to for the columns of one file; all by header, policies by target ("contacts.phone")."""

    places: dict[str, Place] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)
    steps: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    policies: dict[str, Policy] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)  # the name of its field, which the account has no more


def standing_for(
    mappings: Iterable[FieldMapping],
    columns: Sequence[str],
    schemas: Mapping[ObjectName, Schema],
    record_type: RecordType,
) -> Standing:
    """A column that both objects of a row have a mapping for goes to the person's. One named twice is used twice."""
    found = Standing()
    spaces = {header: place for place, header in enumerate(columns)}
    by_object = {name: [one for one in mappings if one.target.object is name] for name in record_type.objects}
    for header in columns:
        key = header_key(header)
        named = ([one for one in of if key and header_key(one.source) == key] for of in by_object.values())
        for number, mapping in enumerate(next(filter(None, named), [])):
            name = copy_name(header, {*columns, *found.copies}) if number else header
            if number:
                found.copies[name] = header
            _put(name, mapping, found, schemas, spaces)
    return found


def _put(
    name: str,
    mapping: FieldMapping,
    into: Standing,
    schemas: Mapping[ObjectName, Schema],
    places: Mapping[str, int],
) -> None:
    fault = field_fault(mapping.target, schemas) or _step_fault(mapping, places)
    reason = f"This account sends {quoted(mapping.source)} to {_said(mapping.target, schemas)}."
    into.places[name] = Place(target=None if fault else mapping.target, reason=fault or reason)
    if not _exists(mapping.target, schemas):
        into.gone[name] = mapping.target.property
    if not fault:
        into.steps[name] = all_steps(mapping)
        if mapping.policy is not None:
            into.policies[str(mapping.target)] = mapping.policy


def all_steps(mapping: FieldMapping) -> tuple[Step, ...]:
    """The default for blanks is one of them, the last."""
    if not mapping.default:
        return mapping.steps
    return (*mapping.steps, Step(name="default", options={"value": mapping.default}))


def copy_name(header: str, taken: Iterable[str]) -> str:
    """What a further use of a column is called: "Website (2)"."""
    known, number = set(taken), 2
    while f"{header} ({number})" in known:
        number += 1
    return f"{header} ({number})"


def faults(mapping: FieldMapping, schemas: Mapping[ObjectName, Schema], owners: Sequence[Owner]) -> list[str]:
    """Why this mapping cannot be kept, in sentences; columns that its steps look into are taken to be there."""
    if not mapping.source.strip():
        return [f"{_said(mapping.target, schemas)} has no column that goes there."]
    if fault := field_fault(mapping.target, schemas):
        return [fault]
    if unknown := [step.name for step in mapping.steps if step.name not in TRANSFORMS]:
        return [f"There is no step {quoted(unknown[0])}."]
    found = [_step_fault(mapping, dict.fromkeys(looked_into(mapping.steps), 0))]
    if mapping.policy in (Policy.ADD, Policy.REMOVE) and not field_of(mapping.target, schemas).multi:
        found.append("Only to a field that takes several choices can be added, or taken from.")
    if mapping.default:
        cleaned = clean_cell(field_of(mapping.target, schemas), mapping.default, owners=owners)
        if cleaned.problem is not None and cleaned.problem.blocks:
            found.append(f"The value for blank cells does not fit. {cleaned.problem.message}")
    return [fault for fault in found if fault]


def field_fault(target: Target, schemas: Mapping[ObjectName, Schema]) -> str:
    """Why nothing can be sent to that field; "" = something can."""
    if not _exists(target, schemas):
        return f"The account no longer has a field {quoted(target.property)} on its {target.object}."
    found = field_of(target, schemas)
    return "" if found.writable else f"{found.label} is filled by the CRM itself and cannot be imported."


def rivals(mappings: Iterable[FieldMapping]) -> list[tuple[Target, list[str]]]:
    """Fields to which more than one column goes: of a file that has them all, only the first is imported."""
    by_target: dict[Target, list[str]] = {}
    for mapping in mappings:
        by_target.setdefault(mapping.target, []).append(mapping.source)
    return [(target, sources) for target, sources in by_target.items() if len(sources) > 1]


def _step_fault(mapping: FieldMapping, places: Mapping[str, int]) -> str:
    try:
        Chain(mapping.steps, places)
    except BadInput as why:
        return f"Its steps cannot be done. {why}"
    return ""


def _exists(target: Target, schemas: Mapping[ObjectName, Schema]) -> bool:
    return target.property == Target.FULL_NAME or target.property in schemas[target.object]


def _said(target: Target, schemas: Mapping[ObjectName, Schema]) -> str:
    label = field_of(target, schemas).label if _exists(target, schemas) else target.property
    return f"{label} ({target})"
