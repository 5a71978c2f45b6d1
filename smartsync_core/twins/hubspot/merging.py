"""Merging two records into one (contract §4.7)."""

from __future__ import annotations

from smartsync_core.twins.hubspot.call import Answer, Call
from smartsync_core.twins.hubspot.errors import invalid, not_found, wrong_shape
from smartsync_core.twins.hubspot.links import End
from smartsync_core.twins.hubspot.object_types import ObjectType, object_type
from smartsync_core.twins.hubspot.portal import Portal
from smartsync_core.twins.hubspot.records import Changes, Record, rendered

MOST_MERGES = 250


def merge(portal: Portal, call: Call) -> Answer:
    """The primary's values win, the other fills its blanks; both old ids keep resolving to the survivor.

    The survivor gets a new id unless the account preserves the primary's (switch `merge_keeps_primary_id`).
    """
    kind, body = object_type(call.params["type"]), call.object_body()
    ids = (body.get("primaryObjectId"), body.get("objectIdToMerge"))
    if not all(isinstance(one, str) for one in ids):
        raise wrong_shape("java.lang.String", None)
    shelf = portal.shelf(kind)
    primary, absorbed = (shelf.resolve(str(one)) for one in ids)
    if primary is None or absorbed is None:
        raise not_found()
    if primary is absorbed:
        raise invalid("A record cannot be merged with itself")
    earlier = primary.properties.get("hs_merged_object_ids", "").split(";")
    if len(earlier) >= MOST_MERGES:
        raise invalid(f"Record {primary.id} has already been merged {MOST_MERGES} times")
    return Answer(200, rendered(_merged(portal, kind, primary, absorbed), kind, None, portal.id))


def _merged(portal: Portal, kind: ObjectType, primary: Record, absorbed: Record) -> Record:
    shelf, now_ms = portal.shelf(kind), portal.clock.now_ms()
    keeps_id = portal.switches.merge_keeps_primary_id
    survivor_id = primary.id if keeps_id else shelf.new_id()
    values = _joined(
        kind, primary, absorbed, now_ms, gone=[absorbed.id] if keeps_id else [primary.id, absorbed.id]
    )
    links = _links_of(portal, kind, primary, absorbed)
    for end in ((kind.name, primary.id), (kind.name, absorbed.id)):
        portal.links.detach(end)
    shelf.retire(absorbed, survivor_id, now_ms)
    if keeps_id:
        survivor = primary
        shelf.change(primary, values, now_ms)
    else:
        shelf.retire(primary, survivor_id, now_ms)
        values["hs_object_id"] = survivor_id
        stamped = {**primary.properties, **values}
        survivor = Record(survivor_id, stamped, primary.created_ms, now_ms, None, primary.history)
        shelf.add(survivor, now_ms)
        shelf.change(survivor, {}, now_ms)
    touched = _linked_again(portal, (kind.name, survivor_id), links)
    portal.touch(touched, now_ms)
    return survivor


def _joined(kind: ObjectType, primary: Record, absorbed: Record, now_ms: int, gone: list[str]) -> Changes:
    values = {name: value for name, value in absorbed.properties.items() if name not in primary.properties}
    merged_ids = [part for part in primary.properties.get("hs_merged_object_ids", "").split(";") if part]
    values["hs_merged_object_ids"] = ";".join([*merged_ids, *gone])
    if kind.name == "contacts":
        emails = [primary.properties.get("hs_additional_emails", ""), absorbed.properties.get("email", "")]
        emails.append(absorbed.properties.get("hs_additional_emails", ""))
        own = primary.properties.get("email", values.get("email"))
        parts = [part for text in emails for part in text.split(";") if part and part != own]
        if parts:
            values["hs_additional_emails"] = ";".join(dict.fromkeys(parts))
        values["hs_calculated_merged_vids"] = ";".join(f"{one}:{now_ms}" for one in [*merged_ids, *gone])
    return values


Kept = list[tuple[str, str, list[int]]]


def _links_of(portal: Portal, kind: ObjectType, primary: Record, absorbed: Record) -> Kept:
    """The primary's associations first, so that its primary company stays primary."""
    own = [
        (primary.id, (target, to_id, list(types)))
        for target, to_id, types in portal.links.around((kind.name, primary.id))
    ]
    other = [
        (absorbed.id, (target, to_id, list(types)))
        for target, to_id, types in portal.links.around((kind.name, absorbed.id))
    ]
    pair = {primary.id, absorbed.id}
    return [link for _, link in own + other if not (link[0] == kind.name and link[1] in pair)]


def _linked_again(portal: Portal, end: End, links: Kept) -> set[End]:
    touched: set[End] = set()
    for target, to_id, types in links:
        had_primary = portal.links.primary(end, target)
        for number in types:
            kind = portal.links.type(end[0], target, None, number)
            if kind is None or (kind.label == "Primary" and had_primary and end[0] != "companies"):
                continue
            touched |= portal.links.add(end, (target, to_id), kind)
    return touched
