"""The fields the in-process CRM starts with: a small part of what a real account has, under the same names."""

from __future__ import annotations

from typing import Final

from smartsync_core.model.crm import Field, FieldType, ObjectName, Option, Schema

__all__ = ["ADDITIONAL", "MERGED", "STAGE", "UNIQUE_BY_NATURE", "stock_schemas"]

MERGED: Final = "hs_merged_object_ids"
STAGE: Final = "lifecyclestage"
"""Only moves forward."""

UNIQUE_BY_NATURE: Final = {(ObjectName.CONTACTS, "email")}
"""Not marked `unique`, yet no two records share a value."""

ADDITIONAL: Final = {
    (ObjectName.CONTACTS, "email"): "hs_additional_emails",
    (ObjectName.COMPANIES, "domain"): "hs_additional_domains",
}
"""Further values of a key, joined by ";"."""

_TEXT, _NUMBER, _WHEN, _LIST = FieldType.STRING, FieldType.NUMBER, FieldType.DATETIME, FieldType.ENUMERATION
_STAGES = (
    "subscriber",
    "lead",
    "marketingqualifiedlead",
    "salesqualifiedlead",
    "opportunity",
    "customer",
    "other",
)
_TRADES = ("COMPUTER_SOFTWARE", "FINANCIAL_SERVICES", "MACHINERY", "RETAIL", "CONSTRUCTION", "FOOD_BEVERAGES")
_PLACE = "phone website address city state zip country"

_TEXTS: Final = {
    ObjectName.CONTACTS: f"email firstname lastname jobtitle company industry hs_additional_emails {_PLACE}",
    ObjectName.COMPANIES: f"name domain description hs_additional_domains {_PLACE}",
    ObjectName.DEALS: "dealname dealstage pipeline",
    ObjectName.TASKS: "hs_task_subject hs_task_body",
    ObjectName.NOTES: "hs_note_body",
}
_OTHERS: Final[dict[ObjectName, dict[str, FieldType]]] = {
    ObjectName.CONTACTS: {},
    ObjectName.COMPANIES: {"numberofemployees": _NUMBER, "annualrevenue": _NUMBER},
    ObjectName.DEALS: {"amount": _NUMBER, "closedate": _WHEN},
    ObjectName.TASKS: {"hs_timestamp": _WHEN},
    ObjectName.NOTES: {"hs_timestamp": _WHEN},
}
_CHOICES: Final[dict[ObjectName, dict[str, tuple[str, ...]]]] = {
    ObjectName.CONTACTS: {"lifecyclestage": _STAGES},
    ObjectName.COMPANIES: {"lifecyclestage": _STAGES, "industry": _TRADES},
}
_REQUIRED: Final = {"dealname", "dealstage", "hs_timestamp"}
_NEEDS_ANY: Final = {
    ObjectName.CONTACTS: ("email", "firstname", "lastname"),
    ObjectName.COMPANIES: ("name", "domain"),
}


def stock_schemas() -> dict[ObjectName, Schema]:
    """A fresh schema per object."""
    return {name: _schema(name) for name in ObjectName}


def _schema(name: ObjectName) -> Schema:
    fields = [_field(text, _TEXT) for text in _TEXTS[name].split()]
    fields += [_field(text, kind) for text, kind in _OTHERS[name].items()]
    fields += [_choice(text, values) for text, values in _CHOICES.get(name, {}).items()]
    fields.append(Field(name="hubspot_owner_id", label="Owner", type=_LIST))
    fields += [
        Field(name="hs_object_id", label="Record ID", type=_NUMBER, writable=False),
        Field(name="createdate", label="Create date", type=_WHEN, writable=False),
        Field(name=MERGED, label="Merged record IDs", type=_TEXT, writable=False),
    ]
    return Schema(
        object=name,
        fields={field.name: field for field in fields},
        identity_fields=("email",) if name is ObjectName.CONTACTS else (),
        create_needs_any=_NEEDS_ANY.get(name, ()),
        merged_field=MERGED,
    )


def _field(name: str, kind: FieldType) -> Field:
    label = name.removeprefix("hs_").replace("_", " ").capitalize()
    longest = 65536 if kind is _TEXT else None
    return Field(name=name, label=label, type=kind, required=name in _REQUIRED, max_length=longest)


def _choice(name: str, values: tuple[str, ...]) -> Field:
    options = tuple(Option(value=value, label=value.replace("_", " ").capitalize()) for value in values)
    return Field(
        name=name,
        label=name.capitalize(),
        type=_LIST,
        options=options,
        closed=True,
        open_list=name != STAGE,
    )
