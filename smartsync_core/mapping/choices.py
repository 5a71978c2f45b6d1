"""Cells that must be one of a list: the CRM's options, yes or no, an owner."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from smartsync_core.mapping.text import tidy
from smartsync_core.model.crm import Field, Owner

__all__ = ["OWNER_FIELDS", "Options", "Owners", "bool_text", "parts_of", "settled", "value_key"]

OWNER_FIELDS = frozenset({"hubspot_owner_id", "OwnerId"})
_TRUE = frozenset({"true", "yes", "y", "1", "on", "x", "ja", "oui", "si", "sí"})
_FALSE = frozenset({"false", "no", "n", "0", "off", "nein", "non"})
_SEPARATOR = re.compile(r"\s*;\s*")


def bool_text(text: str) -> str | None:
    word = text.casefold()
    return "true" if word in _TRUE else "false" if word in _FALSE else None


def value_key(text: str) -> str:
    """Two texts of one key mean the same choice."""
    return tidy(text).casefold()


def parts_of(text: str, *, multi: bool) -> list[str]:
    """The single values in a cell; a field that takes several parts them by ";"."""
    return [part for part in _SEPARATOR.split(text) if part] if multi else [text]


def settled(text: str, values: Mapping[str, str], *, multi: bool) -> str:
    """The cell with each value that a person gave a choice to replaced by it ("" leaves it out)."""
    if not values:
        return text
    return ";".join(filter(None, (values.get(value_key(part), part) for part in parts_of(text, multi=multi))))


class Options:
    """The options of one field, found by internal value or by label, in any case; a label of two options finds none."""

    def __init__(self, field: Field) -> None:
        self._multi = field.multi
        self._exact = {option.value for option in field.options}
        self._by_value = _unambiguous((option.value, option.value) for option in field.options)
        self._by_label = _unambiguous(
            (option.label, option.value) for option in field.options if not option.hidden
        )
        self.labels = tuple(option.label or option.value for option in field.options if not option.hidden)

    def value_of(self, text: str) -> str | None:
        """The internal value, several joined by ";" where the field takes several; None when any part is no option."""
        parts = parts_of(text, multi=self._multi)
        found = [self._one(part) for part in parts]
        return (
            None if None in found or not found else ";".join(dict.fromkeys(value for value in found if value))
        )

    def _one(self, text: str) -> str | None:
        if text in self._exact:
            return text
        folded = text.casefold()
        return self._by_value.get(folded) or self._by_label.get(folded)


def _unambiguous(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    found: dict[str, set[str]] = {}
    for name, value in pairs:
        found.setdefault(tidy(name).casefold(), set()).add(value)
    return {name: next(iter(values)) for name, values in found.items() if len(values) == 1}


class Owners:
    """Owners found by e-mail, id or full name, in any case. Only active ones; a name that two share finds nobody."""

    def __init__(self, owners: Sequence[Owner]) -> None:
        self._by: dict[str, set[str]] = {}
        self._inactive: set[str] = set()
        for owner in owners:
            for name in (owner.id, owner.email, tidy(owner.name)):
                if not name:
                    continue
                if owner.active:
                    self._by.setdefault(name.casefold(), set()).add(owner.id)
                else:
                    self._inactive.add(name.casefold())

    def id_of(self, text: str) -> str | None:
        found = self._by.get(text.casefold(), set())
        return next(iter(found)) if len(found) == 1 else None

    def shared(self, text: str) -> bool:
        """Whether several active owners go by it."""
        return len(self._by.get(text.casefold(), ())) > 1

    def why_not(self, text: str) -> str:
        """Half a sentence about a text that `id_of` does not know."""
        if self.shared(text):
            return "is the name of several owners"
        return (
            "is an owner who is no longer active"
            if text.casefold() in self._inactive
            else "is no owner in the CRM"
        )
