"""Fields in HubSpot: which of ours are missing, making them, and adding options to a list that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from smartsync_core.connectors.base import lacking_options
from smartsync_core.connectors.hubspot import wire
from smartsync_core.connectors.hubspot.session import Session, chunks
from smartsync_core.errors import NeedsPerson
from smartsync_core.model.crm import Field, FieldType, ObjectName, Option, Provision, Schema

__all__ = ["add_options", "compare", "make"]

_GROUP_LABEL: Final = "SmartSync"
_HOLDS: Final = {
    FieldType.STRING: "text",
    FieldType.NUMBER: "numbers",
    FieldType.DATE: "dates",
    FieldType.DATETIME: "moments",
    FieldType.BOOL: "yes or no",
    FieldType.ENUMERATION: "choices",
    FieldType.PHONE: "phone numbers",
}


def compare(wanted: Mapping[ObjectName, Sequence[Field]], there: Mapping[ObjectName, Schema]) -> Provision:
    """What is there and what would be added. NeedsPerson where a field of that name cannot serve."""
    for object_name, fields in wanted.items():
        for field in fields:
            _serves(object_name, field, there[object_name].fields.get(field.name))
    return Provision(
        present={
            name: tuple(f.name for f in fields if f.name in there[name]) for name, fields in wanted.items()
        },
        added={
            name: tuple(f.name for f in fields if f.name not in there[name])
            for name, fields in wanted.items()
        },
        options=lacking_options(wanted, there),
    )


def make(session: Session, object_name: ObjectName, fields: Sequence[Field]) -> None:
    """Make these fields; one that somebody else made meanwhile is as good."""
    if not fields:
        return
    for group in sorted({field.group or wire.GROUP for field in fields}):
        body = {"name": group, "label": _GROUP_LABEL, "displayOrder": -1}
        session.post(session.paths.properties(object_name, "/groups"), body, expect=(409,))
    for batch in chunks(fields, session.limits["batch_size"]):
        _make_batch(session, object_name, batch)


def add_options(session: Session, object_name: ObjectName, name: str, options: Sequence[Option]) -> None:
    """Behind those that are there. HubSpot takes the whole list only, so it is read right before it is written back."""
    path = session.paths.properties(object_name, f"/{name}")
    held = wire.json_list(session.get(path).body, "options")
    values = {str(one.get("value")) for one in held}
    last = max((order for one in held if isinstance(order := one.get("displayOrder"), int)), default=-1)
    new = [one for one in options if one.value not in values]
    if not new:
        return
    body = [*held, *(wire.option(one, last + place) for place, one in enumerate(new, start=1))]
    answer = session.patch(path, {"options": body})
    kept = {str(one.get("value")) for one in wire.json_list(answer.body, "options")}
    if not kept >= values | {one.value for one in new}:
        raise NeedsPerson(
            f"HubSpot did not keep the choices of {name} as they were sent.",
            hint="Look at the list in HubSpot.",
            connector="hubspot",
            object_name=object_name,
        )


def _make_batch(session: Session, object_name: ObjectName, batch: Sequence[Field]) -> None:
    body = {"inputs": [wire.property_definition(field) for field in batch]}
    answer = session.post(session.paths.properties(object_name, "/batch/create"), body, expect=(400, 409))
    if not answer.ok and len(batch) > 1:  # refused as a whole: nothing says which were made
        for field in batch:
            _make_batch(session, object_name, [field])
        return
    for error in wire.json_list(answer.body, "errors") if answer.ok else [answer.body]:
        if error.get("category") != "OBJECT_ALREADY_EXISTS":
            raise NeedsPerson(
                f"HubSpot did not add the fields to {object_name}: {error.get('message') or 'no reason given'}",
                hint="Ask your HubSpot admin, or go on without our fields.",
                connector="hubspot",
                object_name=object_name,
            )


def _serves(object_name: ObjectName, wanted: Field, held: Field | None) -> None:
    """Text takes every value. Name, type and `unique` of a field are fixed when it is made."""
    if held is None:
        return
    if wanted.unique and not held.unique:
        why = "its values need not be unique"
    elif held.type not in (wanted.type, FieldType.STRING):
        why = f"it holds {_HOLDS[held.type]}, where ours holds {_HOLDS[wanted.type]}"
    elif wanted.writable and not held.writable:
        why = "nothing can be written to it"
    else:
        return
    raise NeedsPerson(
        f"HubSpot has a field “{wanted.name}” on {object_name} already, and {why}.",
        hint="If nothing needs that field, delete it in HubSpot, then add our fields again; without them, imports work too.",
        code="field_differs",
        connector="hubspot",
        object_name=object_name,
    )
