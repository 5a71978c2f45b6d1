"""Finding records and printing what a read asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smartsync_core.twins.clock import iso
from smartsync_core.twins.hubspot.association_types import PRIMARY
from smartsync_core.twins.hubspot.errors import invalid
from smartsync_core.twins.hubspot.object_types import ObjectType, object_type
from smartsync_core.twins.hubspot.portal import APP_ID, Portal
from smartsync_core.twins.hubspot.records import Record, Shelf, rendered


def unique_key(portal: Portal, shelf: Shelf, id_property: str) -> str:
    """`id_property` when records can be found by it; refused otherwise (contract §4.3)."""
    definition = shelf.catalogue.live.get(id_property)
    by_email = shelf.kind.name == "contacts" and id_property == "email"
    if by_email or (definition is not None and definition.unique):
        return id_property
    raise invalid(
        f"Unable to perform update/upsert by non-unique {shelf.kind.type_id} property {id_property}"
    )


def folded(id_property: str, value: str) -> str:
    """E-mail addresses are compared in lower case, other keys as they are."""
    return value.strip().lower() if id_property == "email" else value


def located(shelf: Shelf, id_property: str, value: str) -> Record | None:
    """A live record by unique property."""
    record_id = shelf.owner(id_property, folded(id_property, value))
    return None if record_id is None else shelf.live.get(record_id)


def found(shelf: Shelf, id_property: str, given: str, *, archived: bool = False) -> Record | None:
    """By id, or by unique property when one is named. A merged-away id finds nothing here."""
    if not archived:
        return located(shelf, id_property, given) if id_property else shelf.live.get(given)
    if not id_property:
        return shelf.archived.get(given)
    wanted = folded(id_property, given)
    return next(
        (record for record in shelf.archived.values() if record.properties.get(id_property) == wanted), None
    )


def shown_names(shelf: Shelf, asked: Iterable[str]) -> tuple[str, ...]:
    """What a read shows: the defaults if nothing was asked for, else that and the id and dates."""
    kind, wanted = shelf.kind, list(asked)
    always = (kind.created, "hs_object_id", kind.modified)
    return shelf.catalogue.shown([*wanted, *always] if wanted else kind.defaults)


def with_history(
    portal: Portal, shelf: Shelf, record: Record, names: tuple[str, ...], history: list[str]
) -> dict[str, Any]:
    """A record with `propertiesWithHistory` for the names in `history`, when there are any."""
    body = rendered(record, shelf.kind, names, portal.id)
    if history:
        body["propertiesWithHistory"] = {
            name: [_version(value, at) for value, at in record.past(name)]
            for name in shelf.catalogue.shown(history)
        }
    return body


def associations_of(portal: Portal, kind: ObjectType, record_id: str, asked: list[str]) -> dict[str, Any]:
    """The `associations` part of a single read or a list."""
    found: dict[str, Any] = {}
    for spelling in asked:
        target = object_type(spelling)
        results = [
            {"id": to_id, "type": _type_name(kind, target, number)}
            for to_id, numbers in portal.links.of((kind.name, record_id), target.name).items()
            for number in numbers
        ]
        if results:
            found[target.name] = {"results": results}
    return found


def _type_name(kind: ObjectType, target: ObjectType, number: int) -> str:
    name = f"{kind.singular}_to_{target.singular}"
    primary = PRIMARY.get((kind.name, target.name))
    return f"{name}_unlabeled" if primary is not None and number != primary else name


def _version(value: str, at_ms: int) -> dict[str, Any]:
    return {
        "value": value,
        "timestamp": iso(at_ms),
        "sourceType": "INTEGRATION",
        "sourceId": str(APP_ID),
    }
