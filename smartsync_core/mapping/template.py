"""The columns of an empty sheet that is matched for sure when it comes back filled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from smartsync_core.mapping.choices import OWNER_FIELDS
from smartsync_core.mapping.cleaning import COUNTRY_FIELDS, DOMAIN_FIELDS, EMAIL_FIELDS, WEBSITE_FIELDS
from smartsync_core.mapping.headers import match_columns
from smartsync_core.mapping.words import CONCEPTS, Concept
from smartsync_core.model.crm import Field, FieldType, ObjectName, Owner, Schema
from smartsync_core.model.mapping import Certainty, ColumnMatch, ColumnProfile, RecordType, Target

__all__ = ["TemplateColumn", "template_columns"]

_OURS = "smartsync"  # the group of our own fields, which no sheet fills


@dataclass(frozen=True, kw_only=True)
class TemplateColumn:
    """`example` is one value as a sheet may hold it."""

    header: str
    object: ObjectName
    field: Field
    example: str


def template_columns(
    schemas: Mapping[ObjectName, Schema], record_type: RecordType, owners: Sequence[Owner]
) -> list[TemplateColumn]:
    """The everyday fields, what a new record must have, and the account's own fields; persons first.

    A header that would not lead back to its field for sure is left out.
    """
    wanted: dict[str, TemplateColumn] = {}
    for name in record_type.objects:
        for field in _fields(schemas[name], name, record_type):
            header = field.label if field.label not in wanted else f"Company {field.label.lower()}"
            example = _example(field, owners)
            wanted.setdefault(
                header, TemplateColumn(header=header, object=name, field=field, example=example)
            )
    columns = list(wanted.values())
    profiles = [
        ColumnProfile(header=one.header, index=place, distinct=(one.example,), filled=1.0)
        for place, one in enumerate(columns)
    ]
    matches = match_columns(profiles, schemas, record_type, owners, {})
    return [one for one, match in zip(columns, matches, strict=True) if _leads_back(one, match)]


def _leads_back(column: TemplateColumn, match: ColumnMatch) -> bool:
    there = Target(object=column.object, property=column.field.name)
    return match.certainty is Certainty.SURE and match.target == there


def _fields(schema: Schema, name: ObjectName, record_type: RecordType) -> Iterator[Field]:
    """Each once: everyday ones in the order of our words, then required ones and the account's own.

    Where a row holds both, what is the company's matter stands with the company only.
    """
    concepts = [
        concept for concept in CONCEPTS if record_type is not RecordType.BOTH or name in _homes(concept)
    ]
    everyday = [word for concept in concepts for word in concept.properties(name)]
    own = sorted(one.name for one in schema.fields.values() if one.required or one.custom)
    for known in dict.fromkeys([*everyday, *own]):
        field = schema.fields.get(known)
        if field is not None and field.writable and field.group != _OURS:
            yield field


def _homes(concept: Concept) -> tuple[ObjectName, ...]:
    return (ObjectName.COMPANIES,) if concept.home is ObjectName.COMPANIES else tuple(ObjectName)


_BY_NAME = (
    (EMAIL_FIELDS, "ada@example.com"),
    (DOMAIN_FIELDS, "example.com"),
    (WEBSITE_FIELDS, "https://www.example.com"),
    (COUNTRY_FIELDS, "United Kingdom"),
    ({"firstname"}, "Ada"),
    ({"lastname"}, "Alder"),
    ({"name", "company"}, "Alder Foods Ltd"),
    ({"jobtitle"}, "Sales Manager"),
    ({"address"}, "1 High Street"),
    ({"city"}, "London"),
    ({"zip"}, "EC1A 1BB"),
)
_BY_TYPE = {
    FieldType.NUMBER: "1200",
    FieldType.DATE: "2026-03-31",
    FieldType.DATETIME: "2026-03-31 14:30",
    FieldType.BOOL: "yes",
    FieldType.PHONE: "+44 20 7946 0001",
}


def _example(field: Field, owners: Sequence[Owner]) -> str:
    """ "" for a choice or an owner where there is none."""
    if field.name in OWNER_FIELDS:
        return next((one.email for one in owners if one.active and one.email), "")
    if field.options:
        return next((one.label for one in field.options if not one.hidden), "")
    return next((example for names, example in _BY_NAME if field.name in names), _BY_TYPE.get(field.type, ""))
