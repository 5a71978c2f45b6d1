"""Single-record calls: create, read, change, archive, list, merge, privacy deletion (contract §4.3, §4.7)."""

from __future__ import annotations

from typing import Any

from smartsync_core.twins.hubspot.call import Answer, Call
from smartsync_core.twins.hubspot.errors import invalid, not_found, wrong_shape
from smartsync_core.twins.hubspot.object_types import ObjectType, object_type
from smartsync_core.twins.hubspot.portal import Portal
from smartsync_core.twins.hubspot.reading import (
    associations_of,
    folded,
    found,
    located,
    shown_names,
    unique_key,
    with_history,
)
from smartsync_core.twins.hubspot.records import Record, Shelf
from smartsync_core.twins.hubspot.writing import Writer

PAGE, PAGE_WITH_HISTORY = 100, 50


def create(portal: Portal, call: Call) -> Answer:
    kind, body = object_type(call.params["type"]), call.object_body()
    writer = Writer(portal, kind)
    return Answer(201, writer.apply(writer.new(body.get("properties", {}), body.get("associations"))))


def read(portal: Portal, call: Call) -> Answer:
    kind = object_type(call.params["type"])
    shelf = portal.shelf(kind)
    record = _asked_for(portal, shelf, call)
    names = shown_names(shelf, call.names("properties"))
    body = with_history(portal, shelf, record, names, call.names("propertiesWithHistory"))
    linked = associations_of(portal, kind, record.id, call.names("associations"))
    if linked:
        body["associations"] = linked
    return Answer(200, body)


def change(portal: Portal, call: Call) -> Answer:
    kind = object_type(call.params["type"])
    shelf = portal.shelf(kind)
    record = _live(portal, shelf, call.params["id"], call.text("idProperty"))
    if record is None:
        raise not_found()
    writer = Writer(portal, kind)
    return Answer(200, writer.apply(writer.change(record, call.object_body().get("properties", {}))))


def archive(portal: Portal, call: Call) -> Answer:
    """204 in any case, also for an id that never was."""
    kind = object_type(call.params["type"])
    record = portal.shelf(kind).live.get(call.params["id"])
    if record is not None:
        portal.archive(kind, record, portal.clock.now_ms())
    return Answer(204)


def page(portal: Portal, call: Call) -> Answer:
    """The list endpoint; its cursor is the last id shown."""
    kind = object_type(call.params["type"])
    shelf = portal.shelf(kind)
    history = call.names("propertiesWithHistory")
    limit = call.number("limit", 10, PAGE_WITH_HISTORY if history else PAGE)
    after = call.text("after") or "0"
    if not after.isdecimal():
        raise invalid(f"Invalid cursor: {after}")
    names, asked = shown_names(shelf, call.names("properties")), call.names("associations")
    pool = shelf.archived if call.flag("archived") else shelf.live
    results: list[dict[str, Any]] = []
    more = False
    for record_id in shelf.ids_after(int(after)):
        record = pool.get(record_id)
        if record is None:
            continue
        if len(results) == limit:
            more = True
            break
        shown = with_history(portal, shelf, record, names, history)
        linked = associations_of(portal, kind, record.id, asked)
        results.append({**shown, "associations": linked} if linked else shown)
    body: dict[str, Any] = {"results": results}
    if more:
        body["paging"] = call.next_page(results[-1]["id"])
    return Answer(200, body)


def gdpr_delete(portal: Portal, call: Call) -> Answer:
    """Remove a contact for ever; its address, known or not, cannot be used again."""
    kind = object_type(call.params["type"])
    if kind.name != "contacts":
        raise not_found()
    shelf, body = portal.shelf(kind), call.object_body()
    object_id, id_property = body.get("objectId"), body.get("idProperty") or ""
    if not isinstance(object_id, str):
        raise wrong_shape("java.lang.String", object_id)
    if id_property:
        record = located(shelf, unique_key(portal, shelf, id_property), object_id)
        if id_property == "email":
            portal.block_email(folded("email", object_id))
    else:
        record = shelf.resolve(object_id) or shelf.archived.get(object_id)
    if record is not None:
        _forget(portal, shelf, kind, record)
    return Answer(204)


def _forget(portal: Portal, shelf: Shelf, kind: ObjectType, record: Record) -> None:
    now_ms = portal.clock.now_ms()
    for name in ("email", "hs_additional_emails"):
        for address in record.properties.get(name, "").split(";"):
            if address:
                portal.block_email(address)
    touched = portal.links.detach((kind.name, record.id))
    shelf.retire(record, None, now_ms)
    portal.touch(touched, now_ms)


def _asked_for(portal: Portal, shelf: Shelf, call: Call) -> Record:
    given, id_property = call.params["id"], call.text("idProperty")
    if id_property:
        unique_key(portal, shelf, id_property)
    record = found(shelf, id_property, given, archived=call.flag("archived"))
    if record is None and not id_property and not call.flag("archived"):
        record = shelf.resolve(given)
    if record is None:
        raise not_found()
    return record


def _live(portal: Portal, shelf: Shelf, record_id: str, id_property: str) -> Record | None:
    if id_property:
        return located(shelf, unique_key(portal, shelf, id_property), record_id)
    return shelf.resolve(record_id)
