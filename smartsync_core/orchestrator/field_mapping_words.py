"""Standing mappings in sentences: what a version changed, what stands in the way of another; and the fields there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smartsync_core.mapping.cleaning import FULL_NAME
from smartsync_core.mapping.headers import field_of
from smartsync_core.mapping.standing import rivals
from smartsync_core.mapping.text import quoted
from smartsync_core.mapping.transforms import TRANSFORMS, options_in_words
from smartsync_core.mapping.words import header_key
from smartsync_core.model.crm import Field, ObjectName, Schema
from smartsync_core.model.mapping import FieldMapping, Policy, Step, Target
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.field_words import takes

__all__ = ["FieldLine", "differences", "places", "twice"]

_POLICIES = {
    Policy.FILL: "only fills what is empty",
    Policy.OVERWRITE: "replaces what is there",
    Policy.NEVER: "never touches records that are there",
    Policy.ADD: "adds to the choices that are there",
    Policy.REMOVE: "takes away from the choices that are there",
}


@dataclass(frozen=True, kw_only=True)
class FieldLine:
    """A field as a person looks for it; two of one label are told apart by their names."""

    target: Target
    label: str
    takes: str
    required: bool
    read_only: bool


def places(name: ObjectName, fields: AccountFields) -> list[FieldLine]:
    """Every field of the object by label, those that nothing can be sent to included."""
    known: list[Field] = sorted(fields.schema(name).fields.values(), key=lambda one: one.label.casefold())
    if name is ObjectName.CONTACTS:
        known.insert(0, FULL_NAME)
    labels = [one.label for one in known]
    return [
        FieldLine(
            target=Target(object=name, property=one.name),
            label=f"{one.label} ({one.name})" if labels.count(one.label) > 1 else one.label,
            takes=takes(one),
            required=one.required,
            read_only=not one.writable,
        )
        for one in known
    ]


def differences(
    before: Sequence[FieldMapping], after: Sequence[FieldMapping], schemas: Mapping[ObjectName, Schema]
) -> list[str]:
    """What one version says otherwise than the one before it, a sentence per column and field."""
    old, new = ({(header_key(one.source), one.target): one for one in side} for side in (before, after))
    said = []
    for key, one in new.items():
        words = f"{quoted(one.source)} → {_label(one.target, schemas)}"
        if key not in old:
            said.append(f"Added: {words} ({_how(one)})")
        elif old[key] != one:
            said.append(f"Changed: {words} ({_how(one)}; before: {_how(old[key])})")
    gone = [one for key, one in old.items() if key not in new]
    return said + [f"Taken out: {quoted(one.source)} → {_label(one.target, schemas)}" for one in gone]


def twice(mappings: Sequence[FieldMapping], schemas: Mapping[ObjectName, Schema]) -> list[str]:
    """A warning per field to which several columns go."""
    return [
        f"{' and '.join(map(quoted, sources))} both go to {_label(target, schemas)}: of a file that has them all, "
        "only the first is imported."
        for target, sources in rivals(mappings)
    ]


def _how(mapping: FieldMapping) -> str:
    parts = [_step(step) for step in mapping.steps]
    told = [", ".join(parts)] if parts else []
    if mapping.policy is not None:
        told.append(_POLICIES[mapping.policy])
    if mapping.default:
        told.append(f"blank cells become {quoted(mapping.default)}")
    return "; ".join(told) or "as it stands"


def _step(step: Step) -> str:
    label, options = (
        TRANSFORMS[step.name].label if step.name in TRANSFORMS else step.name,
        options_in_words(step),
    )
    return f"{label}: {options}" if options else label


def _label(target: Target, schemas: Mapping[ObjectName, Schema]) -> str:
    known = target.property == Target.FULL_NAME or target.property in schemas[target.object]
    return field_of(target, schemas).label if known else target.property
