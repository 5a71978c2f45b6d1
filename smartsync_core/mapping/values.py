"""A column's distinct values beside the choices that its field takes: which are none, and what they may mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smartsync_core.mapping.choices import OWNER_FIELDS, Options, Owners, parts_of, value_key
from smartsync_core.mapping.suggestion import suggested
from smartsync_core.mapping.text import tidy
from smartsync_core.model.crm import Field, FieldType, Owner

__all__ = ["Choice", "ValueLine", "choices_of", "takes_choices", "value_lines"]


@dataclass(frozen=True, kw_only=True)
class Choice:
    value: str  # the CRM's
    label: str


@dataclass(frozen=True, kw_only=True)
class ValueLine:
    """One distinct value. `choice` None = nobody has said yet what it means; "" = left blank."""

    text: str
    rows: int
    choice: str | None
    suggested: str  # the CRM's value that it resembles, for a person to confirm; "" for none
    why: str  # half a sentence: why it cannot be taken as it is


def takes_choices(field: Field) -> bool:
    """Whether it takes one of a list: options of its own, or the account's owners."""
    return field.name in OWNER_FIELDS or (field.type is FieldType.ENUMERATION and bool(field.options))


def choices_of(field: Field, owners: Sequence[Owner]) -> list[Choice]:
    """What a person may choose, as they should see it."""
    if field.name in OWNER_FIELDS:
        active = [one for one in owners if one.active]
        return [
            Choice(value=one.id, label=f"{one.name} ({one.email})" if one.email else one.name)
            for one in active
        ]
    return [Choice(value=one.value, label=one.label or one.value) for one in field.options if not one.hidden]


def value_lines(
    field: Field, owners: Sequence[Owner], counts: Mapping[str, int], known: Mapping[str, str]
) -> list[ValueLine]:
    """The values that are no choice by themselves, most rows first. `counts`: rows per cell; `known`: what was said before."""
    by_owner = field.name in OWNER_FIELDS
    people, options = Owners(owners), Options(field)
    spoken = _spoken(field, owners)
    lines = []
    for text, rows in _parts(field, counts).items():
        if (people.id_of(text) if by_owner else options.value_of(text)) is not None:
            continue
        lines.append(
            ValueLine(
                text=text,
                rows=rows,
                choice=known.get(value_key(text)),
                suggested="" if by_owner and people.shared(text) else suggested(value_key(text), spoken),
                why=people.why_not(text) if by_owner else "is not among its choices",
            )
        )
    return sorted(lines, key=lambda line: (-line.rows, line.text.casefold()))


def _parts(field: Field, counts: Mapping[str, int]) -> dict[str, int]:
    """Rows per single value; spellings that fold to one are one."""
    first: dict[str, str] = {}
    rows: dict[str, int] = {}
    for cell, number in counts.items():
        for part in parts_of(tidy(cell), multi=field.multi):
            text = first.setdefault(value_key(part), part)
            rows[text] = rows.get(text, 0) + number
    rows.pop("", None)
    return rows


def _spoken(field: Field, owners: Sequence[Owner]) -> dict[str, str]:
    """What a value is called → the CRM's value; a name of several people suggests nobody."""
    if field.name not in OWNER_FIELDS:
        return {
            value_key(word): one.value
            for one in field.options
            if not one.hidden
            for word in (one.value.replace("_", " "), one.label)
        }
    named = [
        (value_key(word), one.id) for one in owners if one.active for word in (one.name, one.email) if word
    ]
    words = [word for word, _ in named]
    return {word: owner for word, owner in named if words.count(word) == 1}
