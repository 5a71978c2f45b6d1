"""A person's own word on one column, as written on a command line: "Column=[contacts.|companies.]property"."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rapidfuzz import process

from smartsync_core.errors import BadInput
from smartsync_core.mapping.text import quoted
from smartsync_core.mapping.words import COMPANYS_OWN, header_key
from smartsync_core.model.crm import ObjectName, Schema
from smartsync_core.model.mapping import RecordType, Target

__all__ = ["find_column", "find_property", "parse_override"]

_LISTED = 20  # columns of a file that are named
_OBJECTS = {
    "contacts": ObjectName.CONTACTS,
    "contact": ObjectName.CONTACTS,
    "companies": ObjectName.COMPANIES,
    "company": ObjectName.COMPANIES,
}


def parse_override(
    text: str, columns: Sequence[str], schemas: Mapping[ObjectName, Schema], record_type: RecordType
) -> tuple[str, Target | None]:
    """(header as in the file, target); None = leave the column out ("Column="). Raises BadInput naming what comes nearest."""
    header, equals, wanted = text.rpartition("=")
    if not equals:
        raise BadInput(
            f"{quoted(text)} does not say where a column goes.",
            hint='Write it as "Column=property", or "Column=" to leave it out.',
            code="bad_override",
        )
    column = find_column(header, columns)
    if not wanted.strip():
        return column, None
    target = find_property(wanted.strip(), schemas, record_type)
    if target.property != Target.FULL_NAME and not schemas[target.object].fields[target.property].writable:
        raise BadInput(
            f"The column {quoted(column)} cannot go to {target}: the CRM fills that field itself.",
            hint=f'Choose another field, or leave the column out with "{column}=".',
            code="read_only",
        )
    return column, target


def find_column(wanted: str, columns: Sequence[str]) -> str:
    """The column of that name: as written, else in any case and spacing when only one fits."""
    if wanted in columns:
        return wanted
    key = header_key(wanted)
    found = [column for column in columns if header_key(column) == key]
    if len(found) == 1 and key:
        return found[0]
    raise BadInput(
        f"The file has no column {quoted(wanted.strip())}.",
        hint=_nearest(wanted, columns, "Its columns", most=_LISTED),
        code="unknown_column",
    )


def find_property(wanted: str, schemas: Mapping[ObjectName, Schema], record_type: RecordType) -> Target:
    """A property by name or label, with or without its object before it.

    Without, and in rows that hold both, it is the person's, but for the company's own (name, domain, website, industry,
    revenue, employees). Raises BadInput where there is none.
    """
    prefix, dot, rest = wanted.partition(".")
    named = _OBJECTS.get(prefix.strip().casefold()) if dot else None
    name = rest.strip() if named else wanted
    if named and named not in record_type.objects:
        raise BadInput(
            f"{quoted(wanted)} is a field of {named}, and the rows are {record_type}.",
            hint="Choose “both” as what is in each row, or another field.",
            code="unknown_property",
        )
    objects = (named,) if named else record_type.objects
    found = [
        target for target in (_in_schema(name, schemas[object_name]) for object_name in objects) if target
    ]
    if not found:
        known = (field for object_name in objects for field in schemas[object_name].fields)
        raise BadInput(
            f"The CRM's {' and '.join(objects)} have no field {quoted(name)}.",
            hint=_nearest(name, sorted(set(known)), "Fields with a similar name"),
            code="unknown_property",
        )
    companys = [
        target
        for target in found
        if target.object is ObjectName.COMPANIES and target.property in COMPANYS_OWN
    ]
    return companys[0] if companys else found[0]


def _in_schema(name: str, schema: Schema) -> Target | None:
    """By internal name, then by label; in any case."""
    if name.casefold() == Target.FULL_NAME and schema.object is ObjectName.CONTACTS:
        return Target(object=schema.object, property=Target.FULL_NAME)
    if name in schema:
        return Target(object=schema.object, property=name)
    folded = name.casefold()
    by_name = [field.name for field in schema.fields.values() if field.name.casefold() == folded]
    by_label = [field.name for field in schema.fields.values() if field.label.casefold() == folded]
    found = by_name or by_label
    return Target(object=schema.object, property=found[0]) if len(found) == 1 else None


def _nearest(wanted: str, names: Iterable[str], lead: str, *, most: int = 0) -> str:
    """The three that come nearest; with `most`, so many of them, the nearest first, and how many there are besides."""
    known = list(names)
    near = [name for name, _, _ in process.extract(wanted, known, processor=str.casefold, limit=most or 3)]
    besides = f" and {len(known) - most} more" if most and len(known) > most else ""
    return f"{lead}: {', '.join(map(quoted, near))}{besides}." if near else ""
