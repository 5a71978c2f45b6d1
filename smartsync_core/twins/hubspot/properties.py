"""The properties API: definitions and groups, one by one and in batches (contract §6)."""

from __future__ import annotations

import re
from typing import Any

from smartsync_core.twins.hubspot.batch import completed
from smartsync_core.twins.hubspot.call import Answer, Call
from smartsync_core.twins.hubspot.definitions import Catalogue, Definition, Group, options_of
from smartsync_core.twins.hubspot.errors import Refusal, invalid, not_found, wrong_shape
from smartsync_core.twins.hubspot.object_types import OBJECT_TYPES, object_type
from smartsync_core.twins.hubspot.portal import Portal

FIELD_TYPES: dict[str, tuple[str, ...]] = {
    "bool": ("booleancheckbox", "calculation_equation"),
    "enumeration": ("select", "radio", "checkbox", "booleancheckbox", "calculation_equation"),
    "date": ("date",),
    "datetime": ("date",),
    "number": ("number", "calculation_equation"),
    "string": ("text", "textarea", "html", "phonenumber", "file", "calculation_equation"),
    "phone_number": ("phonenumber",),
}
MOST_UNIQUE, MOST_CUSTOM, MOST_CUSTOM_IN_ALL, MOST_IN_BATCH, LONGEST_NAME = 10, 1000, 10_000, 100, 100
_NAME = re.compile(r"[a-z][a-z0-9_]*")


# -- definitions


def every(portal: Portal, call: Call) -> Answer:
    """All of them in one unpaged list."""
    catalogue = _catalogue(portal, call)
    pool = catalogue.archived if call.flag("archived") else catalogue.live
    asked = set(call.names("properties"))
    sensitivity = call.text("dataSensitivity", "non_sensitive")
    shown = [
        definition.wire()
        for definition in pool.values()
        if definition.sensitivity == sensitivity and (not asked or definition.name in asked)
    ]
    return Answer(200, {"results": shown})


def one(portal: Portal, call: Call) -> Answer:
    return Answer(
        200, _known(_catalogue(portal, call), call.params["name"], archived=call.flag("archived")).wire()
    )


def create(portal: Portal, call: Call) -> Answer:
    definition = _created(portal, call, call.object_body())
    return Answer(
        201, definition.wire(), {"Location": f"{call.host_url}{call.path.rstrip('/')}/{definition.name}"}
    )


def change(portal: Portal, call: Call) -> Answer:
    """`options` replaces the whole list; type and uniqueness of values stay what they were."""
    catalogue, body = _catalogue(portal, call), call.object_body()
    definition = _known(catalogue, call.params["name"])
    if definition.stock and body.keys() - {"options", "label", "description", "groupName", "displayOrder"}:
        raise invalid(f"Property {definition.name} is defined by HubSpot and cannot be changed")
    kind, field_type = body.get("type", definition.type), body.get("fieldType", definition.field_type)
    _check_types(kind, field_type)
    if "groupName" in body:
        _check_group(catalogue, body["groupName"])
    definition.type, definition.field_type = kind, field_type
    definition.label = body.get("label", definition.label)
    definition.description = body.get("description", definition.description)
    definition.group = body.get("groupName", definition.group)
    definition.display_order = body.get("displayOrder", definition.display_order)
    definition.hidden = body.get("hidden", definition.hidden)
    definition.form_field = body.get("formField", definition.form_field)
    if "options" in body:
        if definition.external:
            raise invalid(f"The options of property {definition.name} are kept elsewhere")
        definition.options = _options(body["options"])
        definition.__post_init__()
    definition.updated_ms = portal.clock.now_ms()
    portal.save_definition(catalogue.object_name, definition)
    return Answer(200, definition.wire())


def archive(portal: Portal, call: Call) -> Answer:
    _archive(portal, _catalogue(portal, call), call.params["name"])
    return Answer(204)


def batch_read(portal: Portal, call: Call) -> Answer:
    catalogue, archived = _catalogue(portal, call), call.object_body().get("archived") is True
    results, errors = [], []
    for item in _limited(call):
        try:
            results.append(_known(catalogue, item.get("name"), archived=archived).wire())
        except Refusal as refusal:
            errors.append(refusal.entry(name=[str(item.get("name"))]))
    return completed(portal, 200, results, errors)


def batch_create(portal: Portal, call: Call) -> Answer:
    results, errors = [], []
    for item in _limited(call):
        try:
            results.append(_created(portal, call, item).wire())
        except Refusal as refusal:
            errors.append(refusal.entry(name=[str(item.get("name"))]))
    return completed(portal, 201, results, errors)


def batch_archive(portal: Portal, call: Call) -> Answer:
    catalogue = _catalogue(portal, call)
    for item in _limited(call):
        if item.get("name") in catalogue.live:
            _archive(portal, catalogue, item["name"])
    return Answer(204)


# -- groups


def groups(portal: Portal, call: Call) -> Answer:
    return Answer(200, {"results": [group.wire() for group in _catalogue(portal, call).groups.values()]})


def group(portal: Portal, call: Call) -> Answer:
    return Answer(200, _group(_catalogue(portal, call), call.params["name"]).wire())


def create_group(portal: Portal, call: Call) -> Answer:
    catalogue, body = _catalogue(portal, call), call.object_body()
    name, label = body.get("name"), body.get("label")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or not isinstance(label, str):
        raise invalid(
            "A property group needs a name of lower-case letters, digits and underscores, and a label"
        )
    if name in catalogue.groups:
        raise Refusal(
            409,
            f"A property group named '{name}' already exists.",
            category="OBJECT_ALREADY_EXISTS",
            sub_category="Properties.GROUP_WITH_NAME_EXISTS",
        )
    made = Group(name, label, body.get("displayOrder", -1))
    catalogue.groups[name] = made
    portal.save_group(catalogue.object_name, made)
    return Answer(201, made.wire())


def change_group(portal: Portal, call: Call) -> Answer:
    catalogue, body = _catalogue(portal, call), call.object_body()
    found = _group(catalogue, call.params["name"])
    found.label = body.get("label", found.label)
    found.display_order = body.get("displayOrder", found.display_order)
    portal.save_group(catalogue.object_name, found)
    return Answer(200, found.wire())


def archive_group(portal: Portal, call: Call) -> Answer:
    catalogue = _catalogue(portal, call)
    found = _group(catalogue, call.params["name"])
    if any(definition.group == found.name for definition in catalogue.live.values()):
        raise invalid(
            f"Property group {found.name} still has active properties",
            sub_category="PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES",
        )
    del catalogue.groups[found.name]
    portal.drop_group(catalogue.object_name, found.name)
    return Answer(204)


def usage(portal: Portal, _call: Call) -> Answer:
    """How many custom properties there are and may be (properties §10)."""
    rows = [
        _used(len(portal.catalogues[kind.name].custom()), MOST_CUSTOM)
        | {"objectTypeId": kind.type_id, "singularLabel": kind.singular, "pluralLabel": kind.name}
        for kind in OBJECT_TYPES
    ]
    total = _used(sum(row["usage"] for row in rows), MOST_CUSTOM_IN_ALL)
    overall = {f"overall{name.capitalize()}": value for name, value in total.items()}
    return Answer(200, {"byObjectType": rows, **overall})


# -- inside


def _catalogue(portal: Portal, call: Call) -> Catalogue:
    return portal.catalogues[object_type(call.params["type"]).name]


def _known(catalogue: Catalogue, name: Any, *, archived: bool = False) -> Definition:
    definition = (catalogue.archived if archived else catalogue.live).get(name)
    if definition is None:
        raise not_found(f'Property "{name}" does not exist')
    return definition


def _group(catalogue: Catalogue, name: str) -> Group:
    if name not in catalogue.groups:
        raise not_found(f"Property group {name} does not exist")
    return catalogue.groups[name]


def _created(portal: Portal, call: Call, body: dict[str, Any]) -> Definition:
    catalogue = _catalogue(portal, call)
    name = _checked_name(catalogue, body)
    _check_types(body["type"], body["fieldType"])
    _check_group(catalogue, body["groupName"])
    unique = body.get("hasUniqueValue") is True
    _check_room(portal, catalogue, unique)
    now_ms = portal.clock.now_ms()
    definition = Definition(
        name=name,
        label=body["label"],
        type=body["type"],
        field_type=body["fieldType"],
        group=body["groupName"],
        description=body.get("description") or "",
        options=_yes_no_options(call, body)
        if body["type"] == "bool"
        else _options(body.get("options") or []),
        display_order=body.get("displayOrder", -1),
        unique=unique,
        hidden=body.get("hidden") is True,
        form_field=body.get("formField") is True,
        external=body.get("externalOptions") is True,
        references=body.get("referencedObjectType"),
        sensitivity=body.get("dataSensitivity") or "non_sensitive",
        formula=body.get("calculationFormula"),
        read_only=body["fieldType"] == "calculation_equation",
        created_ms=now_ms,
        updated_ms=now_ms,
    )
    catalogue.archived.pop(name, None)
    catalogue.live[name] = definition
    if unique:
        portal.shelves[catalogue.object_name].look_up_by(name)
    portal.save_definition(catalogue.object_name, definition)
    return definition


def _checked_name(catalogue: Catalogue, body: dict[str, Any]) -> str:
    for key in ("name", "label", "type", "fieldType", "groupName"):
        if not isinstance(body.get(key), str) or not body[key]:
            raise invalid(f"Some required fields were not set: [{key}]", context={"propertyName": [key]})
    name: str = body["name"]
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise invalid(
            f"Property name {name} is not valid: it must start with a letter and contain only lower-case "
            f"letters, digits and underscores, at most {LONGEST_NAME}"
        )
    if name in catalogue.live:
        raise Refusal(
            409,
            f"A property named '{name}' already exists.",
            category="OBJECT_ALREADY_EXISTS",
            sub_category="Properties.PROPERTY_WITH_NAME_EXISTS",
        )
    return name


def _check_types(kind: Any, field_type: Any) -> None:
    if field_type not in FIELD_TYPES.get(kind, ()):
        raise invalid(f"Field type {field_type} is not valid for property type {kind}")


def _check_group(catalogue: Catalogue, name: Any) -> None:
    if name not in catalogue.groups:
        raise invalid(f"Property group {name} does not exist", context={"groupName": [str(name)]})


def _check_room(portal: Portal, catalogue: Catalogue, unique: bool) -> None:
    custom = catalogue.custom()
    if len(custom) >= MOST_CUSTOM:
        raise invalid(
            f"You have reached the limit of {MOST_CUSTOM} custom properties of {catalogue.object_name}"
        )
    if not unique:
        return
    if object_type(catalogue.object_name).is_activity and not portal.switches.unique_on_activities:
        raise invalid(f"hasUniqueValue is not supported for {catalogue.object_name}")
    if sum(definition.unique for definition in custom) >= MOST_UNIQUE:
        raise invalid(
            f"You have reached the limit of {MOST_UNIQUE} unique properties of {catalogue.object_name}"
        )


def _options(given: Any) -> list[dict[str, Any]]:
    if not isinstance(given, list):
        raise wrong_shape("java.util.List<com.hubspot.properties.Option>", given)
    options = []
    for order, item in enumerate(given):
        if not isinstance(item, dict) or not item.get("label") or not isinstance(item.get("value"), str):
            raise invalid("Each option needs a label and a value")
        options.append(
            {
                "label": item["label"],
                "value": item["value"],
                "description": item.get("description") or "",
                "displayOrder": item.get("displayOrder", order),
                "hidden": item.get("hidden") is True,
            }
        )
    if len({option["value"] for option in options}) != len(options):
        raise invalid("Option values must be unique")
    return options


def _yes_no_options(call: Call, body: dict[str, Any]) -> list[dict[str, Any]]:
    """2026-09 wants exactly true and false to be given (contract §4.9); before, nothing else was kept."""
    given = _options(body.get("options") or [])
    if call.version == "2026-09" and {option["value"] for option in given} != {"true", "false"}:
        message = f"Property {body['name']} of type bool needs exactly the options true and false"
        context = {"propertyName": [body["name"]]}
        raise invalid(
            message, errors=[{"message": message, "code": "INVALID_BOOLEAN_OPTION", "context": context}]
        )
    return given or options_of((("true", "True"), ("false", "False")))


def _archive(portal: Portal, catalogue: Catalogue, name: str) -> None:
    definition = _known(catalogue, name)
    if definition.stock:
        raise invalid(f"Property {name} is defined by HubSpot and cannot be deleted")
    definition.archived_ms = portal.clock.now_ms()
    catalogue.archived[name] = catalogue.live.pop(name)
    portal.save_definition(catalogue.object_name, definition)


def _limited(call: Call) -> list[dict[str, Any]]:
    inputs = call.inputs()
    if len(inputs) > MOST_IN_BATCH:
        raise invalid(
            f"The maximum number of inputs supported in a batch is {MOST_IN_BATCH}. "
            "Please reduce the number of items and try again"
        )
    return inputs


def _used(count: int, limit: int) -> dict[str, Any]:
    return {"usage": count, "limit": limit, "percentage": round(100 * count / limit, 2)}
