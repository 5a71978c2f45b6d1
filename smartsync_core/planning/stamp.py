"""Stamping: every record that an import creates or changes carries its name and day, so that lists can be built from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from smartsync_core.model.crm import Field, FieldType, Schema
from smartsync_core.model.plan import Change

__all__ = ["carries_stamp", "stamp_fields", "stamp_values", "stamped"]

_NAME, _DAY = "smartsync_import", "smartsync_imported_on"


def stamp_fields() -> list[Field]:
    return [
        Field(
            name=_NAME,
            label="Last import",
            type=FieldType.STRING,
            custom=True,
            group="smartsync",
            description="The import that created or changed this record last.",
        ),
        Field(
            name=_DAY,
            label="Last import on",
            type=FieldType.DATE,
            custom=True,
            group="smartsync",
            description="The day of that import.",
        ),
    ]


def carries_stamp(schema: Schema) -> bool:
    """Whether both of our fields are there."""
    return {_NAME, _DAY} <= schema.fields.keys()


def stamp_values(name: str, day: date, schema: Schema) -> dict[str, str]:
    """What a stamp writes: property → text. Empty without a name, and where the account lacks our two fields."""
    if not name or not carries_stamp(schema):
        return {}
    return {_NAME: name, _DAY: day.isoformat()}


def stamped(
    changes: tuple[Change, ...], live: Mapping[str, str | None], stamp: Mapping[str, str]
) -> tuple[Change, ...]:
    """With the stamp, where anything is written at all: a stamp alone is no reason to write."""
    if not changes:
        return ()
    named = {change.field for change in changes}
    marks = (
        Change(field=name, old=live.get(name), new=value)
        for name, value in stamp.items()
        if name not in named and live.get(name) != value
    )
    return (*changes, *marks)
