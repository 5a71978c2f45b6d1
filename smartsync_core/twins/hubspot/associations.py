"""Association calls, one pair at a time and in batches (contract §7)."""

from __future__ import annotations

from typing import Any

from smartsync_core.twins.clock import iso
from smartsync_core.twins.hubspot.association_types import AssociationType
from smartsync_core.twins.hubspot.call import Answer, Call
from smartsync_core.twins.hubspot.errors import Refusal, invalid, not_found, wrong_shape
from smartsync_core.twins.hubspot.links import End
from smartsync_core.twins.hubspot.object_types import ObjectType, object_type
from smartsync_core.twins.hubspot.portal import Portal

MOST_READ, MOST_ARCHIVED, PAGE = 1000, 100, 500
Pair = tuple[End, End]


# -- one pair


def put_default(portal: Portal, call: Call) -> Answer:
    source, target = _ends(call)
    touched, specs = _link_default(portal, source, target)
    portal.touch(touched, portal.clock.now_ms())
    return Answer(200, _envelope(portal, specs))


def put_labelled(portal: Portal, call: Call) -> Answer:
    source, target = _ends(call)
    if not isinstance(call.body, list):
        raise wrong_shape("java.util.List<com.hubspot.associations.AssociationSpec>", call.body)
    touched = _link_labelled(portal, source, target, call.body)
    portal.touch(touched, portal.clock.now_ms())
    return Answer(201, _labelled(portal, source, target))


def read(portal: Portal, call: Call) -> Answer:
    kind, target = object_type(call.params["type"]), object_type(call.params["to"])
    record = portal.shelf(kind).live.get(call.params["id"])
    if record is None:
        raise not_found()
    rows, after = _page(
        portal, (kind.name, record.id), target, call.text("after"), call.number("limit", PAGE, PAGE)
    )
    body: dict[str, Any] = {"results": rows}
    if after:
        body["paging"] = call.next_page(after)
    return Answer(200, body)


def delete(portal: Portal, call: Call) -> Answer:
    source, target = _ends(call)
    portal.touch(portal.links.remove(source, target), portal.clock.now_ms())
    return Answer(204)


# -- batches


def batch_default(portal: Portal, call: Call) -> Answer:
    results, errors, touched = [], [], set[End]()
    for source, target, _ in _pairs(portal, call):
        try:
            ends, specs = _link_default(portal, source, target)
        except Refusal as refusal:
            errors.append(refusal.short_entry())
            continue
        touched |= ends
        results += specs
    portal.touch(touched, portal.clock.now_ms())
    return _answer(portal, 200, results, errors)


def batch_create(portal: Portal, call: Call) -> Answer:
    results, errors, touched = [], [], set[End]()
    for source, target, item in _pairs(portal, call):
        types = item.get("types")
        if not isinstance(types, list):
            raise wrong_shape("java.util.List<com.hubspot.associations.AssociationSpec>", types)
        try:
            touched |= _link_labelled(portal, source, target, types)
        except Refusal as refusal:
            errors.append(refusal.short_entry())
            continue
        results.append(_labelled(portal, source, target))
    portal.touch(touched, portal.clock.now_ms())
    return _answer(portal, 201, results, errors)


def batch_read(portal: Portal, call: Call) -> Answer:
    """A record without associations is an entry of `errors`, a benign one."""
    kind, target = object_type(call.params["type"]), object_type(call.params["to"])
    results, errors = [], []
    for item in _limited(call, MOST_READ):
        record_id = _id(item.get("id"))
        rows, after = _page(portal, (kind.name, record_id), target, str(item.get("after") or ""), PAGE)
        if not rows:
            errors.append(_none_found(kind, target, record_id))
            continue
        row: dict[str, Any] = {"from": {"id": record_id}, "to": rows}
        if after:
            row["paging"] = {"next": {"after": after, "link": f"{call.host_url}{call.path}?after={after}"}}
        results.append(row)
    return _answer(portal, 200, results, errors)


def batch_archive(portal: Portal, call: Call) -> Answer:
    inputs = call.inputs()
    if len({_id(_part(item, "from").get("id")) for item in inputs}) > MOST_ARCHIVED:
        raise _too_many(MOST_ARCHIVED)
    kind, other = object_type(call.params["type"]), object_type(call.params["to"])
    touched: set[End] = set()
    for item in inputs:
        targets = item.get("to")
        if not isinstance(targets, list):
            raise wrong_shape("java.util.List<com.hubspot.associations.ObjectId>", targets)
        source = (kind.name, _id(_part(item, "from").get("id")))
        for target in targets:
            touched |= portal.links.remove(source, (other.name, _id(target.get("id"))))
    portal.touch(touched, portal.clock.now_ms())
    return _gone(portal, call)


def batch_labels_archive(portal: Portal, call: Call) -> Answer:
    touched: set[End] = set()
    for source, target, item in _pairs(portal, call):
        numbers = [_spec(spec)[1] for spec in item.get("types") or []]
        touched |= portal.links.remove(source, target, numbers)
    portal.touch(touched, portal.clock.now_ms())
    return _gone(portal, call)


# -- labels


def labels(portal: Portal, call: Call) -> Answer:
    source, target = object_type(call.params["type"]), object_type(call.params["to"])
    known = portal.links.types.get((source.name, target.name), [])
    ordered = sorted(known, key=lambda kind: kind.label is None)
    return Answer(200, {"results": [kind.wire for kind in ordered]})


def create_label(portal: Portal, call: Call) -> Answer:
    """A label of the portal's own; `inverseLabel` names the way back, else it carries the same label."""
    source, target, body = (
        object_type(call.params["type"]),
        object_type(call.params["to"]),
        call.object_body(),
    )
    label, name = body.get("label"), body.get("name")
    if not isinstance(label, str) or not label:
        raise invalid("label is required")
    taken = [kind.type_id for kinds in portal.links.types.values() for kind in kinds if kind.name is not None]
    there = max([*taken, 1000]) + 1
    back = there if source is target and not body.get("inverseLabel") else there + 1
    kinds = [AssociationType(source.name, target.name, there, back, label, "USER_DEFINED", str(name))]
    if back != there:
        inverse = str(body.get("inverseLabel") or label)
        kinds.append(
            AssociationType(target.name, source.name, back, there, inverse, "USER_DEFINED", str(name))
        )
    for kind in kinds:
        portal.links.know(kind)
        portal.links.save_label(kind)
    return Answer(200, {"results": [kind.wire for kind in kinds]})


# -- inside


def _link_default(portal: Portal, source: End, target: End) -> tuple[set[End], list[dict[str, Any]]]:
    _check_pair(portal, source, target)
    kind = portal.links.default(source[0], target[0])
    if kind is None:
        raise invalid(f"No default association between {source[0]} and {target[0]} exists")
    touched = portal.links.add(source, target, kind)
    if portal.switches.first_company_is_primary:
        touched |= portal.links.add_first_primary(source, target)
    there = {"from": {"id": source[1]}, "to": {"id": target[1]}, "associationSpec": kind.spec}
    back_spec = {**kind.spec, "associationTypeId": kind.inverse_id}
    back = {"from": {"id": target[1]}, "to": {"id": source[1]}, "associationSpec": back_spec}
    return touched, [there, back]


def _link_labelled(portal: Portal, source: End, target: End, specs: list[Any]) -> set[End]:
    _check_pair(portal, source, target)
    kinds = []
    for spec in specs:
        category, number = _spec(spec)
        kind = portal.links.type(source[0], target[0], category, number)
        if kind is None:
            raise invalid(
                f"{category} association type {number} does not lead from {source[0]} to {target[0]}",
                sub_category="crm.associations.INVALID_ASSOCIATION_TYPE",
            )
        kinds.append(kind)
    if not kinds:
        raise invalid("At least one association type is required")
    touched: set[End] = set()
    for kind in kinds:
        touched |= portal.links.add(source, target, kind)
    return touched


def _check_pair(portal: Portal, source: End, target: End) -> None:
    for end in (source, target):
        if portal.record(end) is None:
            raise invalid(
                f"{end[1]} is not a valid ID",
                sub_category="crm.associations.INVALID_IDENTIFIER",
                context={"id": [end[1]]},
            )
    if source == target:
        raise invalid(f"Object {source[1]} cannot be associated to itself ({source[1]})")


def _labelled(portal: Portal, source: End, target: End) -> dict[str, Any]:
    held = portal.links.of(source, target[0]).get(target[1], [])
    known = portal.links.types[source[0], target[0]]
    return {
        "fromObjectTypeId": object_type(source[0]).type_id,
        "fromObjectId": int(source[1]),
        "toObjectTypeId": object_type(target[0]).type_id,
        "toObjectId": int(target[1]),
        "labels": [kind.label for kind in known if kind.type_id in held and kind.label],
    }


def _page(
    portal: Portal, end: End, target: ObjectType, after: str, limit: int
) -> tuple[list[dict[str, Any]], str]:
    held = list(portal.links.of(end, target.name).items())
    start = int(after) if after.isdecimal() else 0
    known = {kind.type_id: kind for kind in portal.links.types.get((end[0], target.name), [])}
    rows = [
        {
            "toObjectId": int(to_id),
            "associationTypes": [known[number].wire for number in sorted(numbers) if number in known],
        }
        for to_id, numbers in held[start : start + limit]
    ]
    return rows, str(start + limit) if start + limit < len(held) else ""


def _none_found(kind: ObjectType, target: ObjectType, record_id: str) -> dict[str, Any]:
    return Refusal(
        400,
        f"No {target.singular} is associated with {kind.singular} {record_id}.",
        category="OBJECT_NOT_FOUND",
        sub_category="crm.associations.NO_ASSOCIATIONS_FOUND",
        context={
            "fromObjectId": [record_id],
            "fromObjectType": [kind.singular],
            "toObjectType": [target.singular],
        },
    ).short_entry()


def _answer(portal: Portal, status: int, results: list[Any], errors: list[Any]) -> Answer:
    portal.rng.shuffle(results)
    body = _envelope(portal, results)
    if errors:
        body |= {"numErrors": len(errors), "errors": errors}
        status = 207 if portal.switches.partial_status_207 else status
    return Answer(status, body)


def _envelope(portal: Portal, results: list[Any]) -> dict[str, Any]:
    now = iso(portal.clock.now_ms())
    return {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}


def _gone(portal: Portal, call: Call) -> Answer:
    return Answer(204) if call.version == "classic" else Answer(200, _envelope(portal, []))


def _ends(call: Call) -> Pair:
    kind, target = object_type(call.params["type"]), object_type(call.params["to"])
    return (kind.name, call.params["id"]), (target.name, call.params["toId"])


def _pairs(portal: Portal, call: Call) -> list[tuple[End, End, dict[str, Any]]]:
    kind, target = object_type(call.params["type"]), object_type(call.params["to"])
    return [
        (
            (kind.name, _id(_part(item, "from").get("id"))),
            (target.name, _id(_part(item, "to").get("id"))),
            item,
        )
        for item in _limited(call, portal.switches.association_inputs)
    ]


def _limited(call: Call, most: int) -> list[dict[str, Any]]:
    inputs = call.inputs()
    if len(inputs) > most:
        raise _too_many(most)
    return inputs


def _too_many(most: int) -> Refusal:
    return invalid(
        f"The maximum number of inputs supported in a batch is {most}. "
        "Please reduce the number of items and try again"
    )


def _part(item: dict[str, Any], name: str) -> dict[str, Any]:
    part = item.get(name)
    if not isinstance(part, dict):
        raise wrong_shape("com.hubspot.associations.ObjectId", part)
    return part


def _id(given: Any) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise wrong_shape("java.lang.String", given)
    return str(given)


def _spec(spec: Any) -> tuple[str, int]:
    try:
        return spec["associationCategory"], int(spec["associationTypeId"])
    except (KeyError, TypeError, ValueError):
        raise wrong_shape("com.hubspot.associations.AssociationSpec", spec) from None
