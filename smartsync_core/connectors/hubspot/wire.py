"""HubSpot's JSON <-> our nouns. Pure: no call, no clock. What refusals and batch answers say is in answers.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from smartsync_core.model.crm import (
    Association,
    Clear,
    DealStage,
    Field,
    FieldType,
    Linkable,
    ObjectName,
    Option,
    Owner,
    Pipeline,
    Record,
    Schema,
    Version,
    Write,
    WriteKind,
)

__all__ = [
    "GROUP",
    "IDENTITY",
    "MODIFIED",
    "association_types",
    "field",
    "instant",
    "json_list",
    "keys_of",
    "linked",
    "milliseconds",
    "owner",
    "pair",
    "pipelines",
    "property_definition",
    "record",
    "schema",
    "write_input",
]

CONTACTS, COMPANIES, DEALS = ObjectName.CONTACTS, ObjectName.COMPANIES, ObjectName.DEALS
TASKS, NOTES = ObjectName.TASKS, ObjectName.NOTES

GROUP: Final = "smartsync"
"""The property group our own fields stand in."""

MODIFIED: Final = {
    name: "lastmodifieddate" if name is CONTACTS else "hs_lastmodifieddate" for name in ObjectName
}
"""The property that a change of any kind bumps; contacts spell it differently."""

# --- associations: ids defined by HubSpot, direction matters (developer docs, Associate records; the vendor's SDK) ------

_BASE_TYPE: Final[Mapping[tuple[ObjectName, Linkable], int]] = {
    (CONTACTS, COMPANIES): 279,
    (COMPANIES, CONTACTS): 280,
    (CONTACTS, DEALS): 4,
    (DEALS, CONTACTS): 3,
    (DEALS, COMPANIES): 341,
    (COMPANIES, DEALS): 342,
    (TASKS, CONTACTS): 204,
    (TASKS, COMPANIES): 192,
    (TASKS, DEALS): 216,
    (CONTACTS, TASKS): 203,
    (COMPANIES, TASKS): 191,
    (DEALS, TASKS): 215,
    (NOTES, CONTACTS): 202,
    (NOTES, COMPANIES): 190,
    (NOTES, DEALS): 214,
    (CONTACTS, NOTES): 201,
    (COMPANIES, NOTES): 189,
    (DEALS, NOTES): 213,
    (CONTACTS, CONTACTS): 449,
    (COMPANIES, COMPANIES): 450,
    (DEALS, DEALS): 451,
}
_PRIMARY_TYPE: Final[Mapping[tuple[ObjectName, Linkable], int]] = {
    (CONTACTS, COMPANIES): 1,
    (DEALS, COMPANIES): 5,
}
_PRIMARIES: Final = frozenset({1, 2, 5, 6})  # seen from either end


def association_types(from_object: ObjectName, to_object: Linkable, *, primary: bool) -> list[dict[str, Any]]:
    """The plain type, and with `primary` the primary one beside it where the pair has one."""
    ids = [_BASE_TYPE[from_object, to_object]]
    if primary and (from_object, to_object) in _PRIMARY_TYPE:
        ids.append(_PRIMARY_TYPE[from_object, to_object])
    return [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id} for type_id in ids]


def pair(association: Association) -> dict[str, Any]:
    """Both ends, as the batch calls on associations take them."""
    return {"from": {"id": association.from_id}, "to": {"id": association.to_id}}


def linked(from_object: ObjectName, to_object: Linkable, entry: Mapping[str, Any]) -> list[Association]:
    """One entry of an association batch read."""
    primary = _PRIMARY_TYPE.get((from_object, to_object))
    return [
        Association(
            from_object=from_object,
            from_id=str(entry["from"]["id"]),
            to_object=to_object,
            to_id=str(end["toObjectId"]),
            primary=any(kind.get("typeId") == primary for kind in json_list(end, "associationTypes")),
            labels=tuple(_labels(json_list(end, "associationTypes"))),
        )
        for end in json_list(entry, "to")
    ]


def _labels(types: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """What people call an association; "Primary" is HubSpot's own word."""
    for kind in types:
        stock = kind.get("category", "HUBSPOT_DEFINED") == "HUBSPOT_DEFINED"
        if not stock or (kind.get("label") and kind.get("typeId") not in _PRIMARIES):
            yield str(kind.get("label") or kind.get("typeId"))


# --- records ------------------------------------------------------------------------------------------------------------


def record(object_name: ObjectName, told: Mapping[str, Any], asked: Iterable[str]) -> Record:
    """A record with just the properties asked for; HubSpot adds many of its own."""
    values = told.get("properties") or {}
    return Record(
        object=object_name,
        id=str(told["id"]),
        properties={name: _text(values[name]) for name in asked if name in values},
        created_at=instant(told.get("createdAt")),
        updated_at=instant(told.get("updatedAt")),
        archived=bool(told.get("archived")),
        url=told.get("url") or "",
    )


def keys_of(told: Mapping[str, Any], names: Sequence[str]) -> Iterator[str]:
    """Every key value, in lower case, by which this record answers to one of the properties (lists are cut at ";")."""
    values = told.get("properties") or {}
    for name in names:
        text = (values.get(name) or "").strip().lower()
        yield from (
            (part.strip() for part in text.split(";")) if name.startswith("hs_additional_") else (text,)
        )


def write_input(write: Write) -> dict[str, Any]:
    """One input of a batch create, update or archive. The trace id makes partial success possible (contract §4.4)."""
    if write.kind is WriteKind.ARCHIVE:
        return {"id": write.id}
    told: dict[str, Any] = {
        "objectWriteTraceId": write.ref,
        "properties": {
            name: "" if isinstance(value, Clear) else value for name, value in write.properties.items()
        },
    }
    if write.kind is WriteKind.UPDATE:
        told["id"] = write.id
    elif write.associations:
        told["associations"] = [
            {
                "to": {"id": link.to_id},
                "types": association_types(write.object, link.to_object, primary=link.primary),
            }
            for link in write.associations
        ]
    return told


def _text(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or value == "" else str(value)


# --- fields -------------------------------------------------------------------------------------------------------------

_TYPES: Final = {
    "string": FieldType.STRING,
    "number": FieldType.NUMBER,
    "date": FieldType.DATE,
    "datetime": FieldType.DATETIME,
    "bool": FieldType.BOOL,
    "enumeration": FieldType.ENUMERATION,
    "phone_number": FieldType.PHONE,
}
_WIRE_TYPES: Final = {
    FieldType.STRING: ("string", "text"),
    FieldType.NUMBER: ("number", "number"),
    FieldType.DATE: ("date", "date"),
    FieldType.DATETIME: ("datetime", "date"),
    FieldType.BOOL: ("bool", "booleancheckbox"),
    FieldType.ENUMERATION: ("enumeration", "select"),
    FieldType.PHONE: ("string", "phonenumber"),
}
_YES_NO: Final = (Option(value="true", label="Yes"), Option(value="false", label="No"))
_ONE_LINE: Final = 255  # a longer text gets a box of several lines

_PRESET: Final[Mapping[ObjectName, Mapping[str, str]]] = {
    CONTACTS: {"lifecyclestage": "lead", "hs_pipeline": "contacts-lifecycle-pipeline"},
    COMPANIES: {"hs_pipeline": "companies-lifecycle-pipeline"},
    DEALS: {"pipeline": "default"},
    TASKS: {"hs_task_status": "NOT_STARTED", "hs_task_priority": "NONE", "hs_task_type": "TODO"},
}
"""What a record has before anybody wrote to it (contract §4.2, §8)."""

_PRIMARY: Final = "associatedcompanyid"
"""Setting it would change a contact's first company behind everybody's back: associations are made as such."""

_DERIVED: Final = frozenset({_PRIMARY, "createdate", "hs_analytics_source"})
"""Writable in some accounts, filled by HubSpot in all."""

_STAGES: Final = frozenset({"lifecyclestage", "hs_pipeline", "pipeline", "dealstage"})
"""Their choices are stages of a pipeline, with an order and an API of their own."""

_MERGED: Final = "hs_merged_object_ids"

_SYSTEM: Final = frozenset({"hs_object_id", "hs_createdate", "lastmodifieddate", "hs_lastmodifieddate"})
IDENTITY: Final[Mapping[ObjectName, tuple[str, ...]]] = {CONTACTS: ("email",)}
_NEEDS_ANY: Final = {CONTACTS: ("email", "firstname", "lastname"), COMPANIES: ("name", "domain")}
_REQUIRED: Final[Mapping[ObjectName, frozenset[str]]] = {
    DEALS: frozenset({"dealname", "dealstage"}),
    TASKS: frozenset({"hs_timestamp"}),
    NOTES: frozenset({"hs_timestamp"}),
}


def schema(object_name: ObjectName, told: Iterable[Mapping[str, Any]], *, text_chars: int) -> Schema:
    """The object's fields; `text_chars` is the longest text HubSpot takes."""
    required, preset = _REQUIRED.get(object_name, frozenset()), _PRESET.get(object_name, {})
    fields = [
        field(one, required=required, preset=preset, text_chars=text_chars)
        for one in told
        if not one.get("archived")
    ]
    return Schema(
        object=object_name,
        fields={one.name: one for one in fields},
        identity_fields=IDENTITY.get(object_name, ()),
        create_needs_any=_NEEDS_ANY.get(object_name, ()),
        merged_field=_MERGED if any(one.name == _MERGED for one in fields) else "",
    )


def field(
    told: Mapping[str, Any],
    *,
    required: frozenset[str] = frozenset(),
    preset: Mapping[str, str] = MappingProxyType({}),
    text_chars: int | None = None,
) -> Field:
    """One property definition. Whether it can be written is told by `readOnlyValue` alone; `calculated` says nothing."""
    name, field_type = told["name"], told.get("fieldType", "")
    kind = FieldType.PHONE if field_type == "phonenumber" else _TYPES.get(told.get("type", ""))
    options = tuple(
        Option(
            value=str(one["value"]),
            label=one.get("label") or str(one["value"]),
            hidden=bool(one.get("hidden")),
        )
        for one in json_list(told, "options")
    )
    fixed = told.get("modificationMetadata") or {}
    read_only = bool(fixed.get("readOnlyValue")) or name in _SYSTEM or name == _PRIMARY
    writable = kind is not None and not read_only and not field_type.startswith("calculation_")
    own_list = kind is FieldType.ENUMERATION and bool(options) and not told.get("externalOptions")
    return Field(
        name=name,
        label=told.get("label") or name,
        type=kind or FieldType.STRING,
        options=options,
        multi=kind is FieldType.ENUMERATION and field_type == "checkbox",
        closed=kind in (FieldType.ENUMERATION, FieldType.BOOL)
        and bool(options)
        and not told.get("externalOptions"),
        open_list=own_list and writable and not fixed.get("readOnlyOptions") and name not in _STAGES,
        writable=writable,
        unique=bool(told.get("hasUniqueValue")),
        required=name in required,
        custom=not told.get("hubspotDefined"),
        max_length=text_chars if kind in (FieldType.STRING, FieldType.PHONE) else None,
        group=told.get("groupName") or "",
        description=told.get("description") or "",
        preset=preset.get(name, ""),
        derived=name in _DERIVED,
    )


def property_definition(wanted: Field) -> dict[str, Any]:
    """The body that makes this field."""
    kind, field_type = _WIRE_TYPES[wanted.type]
    if wanted.type is FieldType.ENUMERATION and wanted.multi:
        field_type = "checkbox"
    if wanted.type is FieldType.STRING and (wanted.max_length or 0) > _ONE_LINE and not wanted.unique:
        field_type = "textarea"
    told: dict[str, Any] = {
        "name": wanted.name,
        "label": wanted.label,
        "description": wanted.description,
        "type": kind,
        "fieldType": field_type,
        "groupName": wanted.group or GROUP,
        "hasUniqueValue": wanted.unique,
        "formField": False,
    }
    options = _YES_NO if wanted.type is FieldType.BOOL else wanted.options
    if options:
        told["options"] = [option(one, place) for place, one in enumerate(options)]
    return told


def option(one: Option, place: int) -> dict[str, Any]:
    """One choice of a list, at its place."""
    return {"value": one.value, "label": one.label, "hidden": one.hidden, "displayOrder": place}


def owner(told: Mapping[str, Any]) -> Owner:
    """A person or a queue; queues have no e-mail."""
    email = told.get("email") or ""
    name = f"{told.get('firstName') or ''} {told.get('lastName') or ''}".strip()
    return Owner(id=str(told["id"]), email=email, name=name or email, active=not told.get("archived"))


def pipelines(told: Iterable[Mapping[str, Any]]) -> list[Pipeline]:
    """Those in use, and their stages, in the order in which HubSpot shows them."""
    return [
        Pipeline(
            id=str(one["id"]),
            label=str(one.get("label") or one["id"]),
            stages=tuple(
                DealStage(
                    id=str(stage["id"]),
                    label=str(stage.get("label") or stage["id"]),
                    closed=(closed := _told_of(stage, "isClosed") == "true"),
                    won=closed and _chance(_told_of(stage, "probability")) == 1.0,
                )
                for stage in _in_use(json_list(one, "stages"))
            ),
        )
        for one in _in_use(told)
    ]


def _told_of(stage: Mapping[str, Any], name: str) -> str:
    return str((stage.get("metadata") or {}).get(name)).lower()


def _chance(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def versions(told: Mapping[str, Any], properties: Sequence[str]) -> dict[str, list[Version]]:
    """Of each of these properties, the newest first."""
    held = told.get("propertiesWithHistory")
    return {name: _versions(json_list(held, name)) for name in properties}


def _versions(told: Iterable[Mapping[str, Any]]) -> list[Version]:
    found = [
        Version(value=str(one["value"]) if one.get("value") else None, at=at)
        for one in told
        if (at := instant(one.get("timestamp")))
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _in_use(told: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(
        (one for one in told if not one.get("archived")), key=lambda one: int(one.get("displayOrder") or 0)
    )


# --- small things -------------------------------------------------------------------------------------------------------


def json_list(told: object, name: str) -> list[Any]:
    """`told[name]` where both are what they should be, else []; answers are never taken on trust."""
    found = told.get(name) if isinstance(told, Mapping) else None
    return found if isinstance(found, list) else []


def instant(text: object) -> datetime | None:
    """ISO 8601 with or without milliseconds, or milliseconds since 1970."""
    if not isinstance(text, str | int) or text == "":
        return None
    if str(text).isdigit():
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    return datetime.fromisoformat(str(text)).astimezone(UTC)


def milliseconds(when: datetime) -> int:
    """Since 1970, as search filters take it."""
    return round(when.timestamp() * 1000)
