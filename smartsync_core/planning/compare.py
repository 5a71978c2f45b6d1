"""Are two values of a field the same? Compared in canonical form: sets unordered, numbers as numbers, instants as UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

from smartsync_core.model.crm import Field, FieldType

__all__ = ["blank", "canonical", "same"]


def blank(value: str | None) -> bool:
    return value is None or value.strip() == ""


def same(field: Field | None, ours: str | None, theirs: str | None) -> bool:
    """Whether both mean the same for this field; None and "" are both "empty"."""
    if ours == theirs or (blank(ours) and blank(theirs)):
        return True
    return canonical(field, ours) == canonical(field, theirs)


def canonical(field: Field | None, value: str | None) -> object:
    """A comparable form of `value`; text that does not parse as the field's type stands for itself."""
    if value is None or blank(value):
        return None
    text = value.strip()
    if field is None:
        return text
    if field.multi:
        return frozenset(part.strip() for part in text.split(";") if part.strip())
    if field.name == "email":
        return text.casefold()
    reader = _READERS.get(field.type)
    return reader(text) if reader else text


def _number(text: str) -> object:
    try:
        return Decimal(text)
    except InvalidOperation:
        return text


def _instant(text: str) -> object:
    if text.lstrip("-").isdigit() and len(text) > 9:  # ms since 1970
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _day(text: str) -> object:
    moment = _instant(text)
    return moment.date() if isinstance(moment, datetime) else moment


_READERS = {
    FieldType.NUMBER: _number,
    FieldType.DATETIME: _instant,
    FieldType.DATE: _day,
    FieldType.BOOL: str.casefold,
}
