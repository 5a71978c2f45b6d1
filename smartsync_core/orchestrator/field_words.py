"""What a person calls a field: the column of their file that goes there, else its label. Internal names stay inside."""

from __future__ import annotations

import re
from collections.abc import Mapping

from smartsync_core.mapping.countries import COUNTRY_PLACES, country_name
from smartsync_core.model.crm import Field, FieldType, ObjectName, Schema
from smartsync_core.model.mapping import Certainty, Target
from smartsync_core.model.run import ImportOptions
from smartsync_core.orchestrator.fields import our_fields

__all__ = ["FieldWords", "readable", "takes", "usual_name"]

_USUAL = {
    "annualrevenue": "Annual revenue",
    "dealname": "Deal name",
    "dealstage": "Deal stage",
    "domain": "Company domain",
    "email": "E-mail",
    "firstname": "First name",
    "hs_lead_status": "Lead status",
    "hs_note_body": "Note",
    "hs_task_body": "Text of the task",
    "hs_task_status": "Status of the task",
    "hs_task_subject": "Task",
    "hs_task_type": "Kind of task",
    "hs_timestamp": "Day",
    "hubspot_owner_id": "Owner",
    "jobtitle": "Job title",
    "lastname": "Last name",
    "lifecyclestage": "Lifecycle stage",
    "mobilephone": "Mobile phone",
    "numberofemployees": "Number of employees",
} | {field.name: field.label for field in our_fields()[ObjectName.COMPANIES]}
_TAKES = {
    FieldType.STRING: "text",
    FieldType.NUMBER: "number",
    FieldType.DATE: "date",
    FieldType.DATETIME: "date and time",
    FieldType.BOOL: "yes or no",
    FieldType.ENUMERATION: "one of its choices",
    FieldType.PHONE: "phone number",
}
_DERIVED = {Target.FULL_NAME: ("firstname", "lastname"), "website": ("domain",)}  # one column, several fields
_INTERNAL = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def usual_name(name: str) -> str:
    """For a field whose label is not at hand: "annualrevenue" is "Annual revenue". What is no internal name stays."""
    if name in _USUAL or not _INTERNAL.fullmatch(name):
        return _USUAL.get(name, name)
    return name.replace("_", " ").capitalize()


def takes(field: Field) -> str:
    """What may stand in it."""
    return "several of its choices, with ; between" if field.multi else _TAKES[field.type]


def readable(name: str, value: str) -> str:
    """A value as a person reads it: "FR" in a field of countries is "France (FR)". What is sent stays as it is."""
    if name not in COUNTRY_PLACES or not value.isupper() or country_name(value) == value:
        return value
    return f"{country_name(value)} ({value})"


class FieldWords:
    """The words of one import. With `schemas`, fields that no column goes to have the account's own labels."""

    def __init__(self, options: ImportOptions, schemas: Mapping[ObjectName, Schema] | None = None) -> None:
        self._schemas = schemas or {}
        self._columns: dict[tuple[str, str], str] = {}
        self._sources: dict[tuple[str, str], str] = {}  # columns that give a field besides their own
        going = [one for one in options.columns if one.target and one.certainty is Certainty.SURE]
        for one in going:
            assert one.target is not None
            places = self._sources if one.copy_of else self._columns
            places.setdefault((one.target.object, one.target.property), one.column)
        for one in going:
            assert one.target is not None
            for name in _DERIVED.get(one.target.property, ()):
                self._sources.setdefault((one.target.object, name), one.column)

    def of(self, object_name: str, name: str) -> str:
        """Where to correct it in the file. "" for "": what concerns the whole record."""
        place = (object_name, name)
        return self._columns.get(place) or self._sources.get(place) or self.field(object_name, name)

    def field(self, object_name: str, name: str) -> str:
        """The field itself, where one column gives several and they stand beside each other."""
        column = self._columns.get((object_name, name))
        if column is not None or not name:
            return column or ""
        schema = self._schemas.get(ObjectName(object_name)) if object_name else None
        label = schema.fields[name].label if schema is not None and name in schema.fields else ""
        return label or usual_name(name)
