"""What of one account's values another one can hold: it may have other owners and other choices."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from smartsync_core.model.crm import Field, Value
from smartsync_core.orchestrator.context import Session
from smartsync_core.planning.automations import OWNER

__all__ = ["Fitting", "listed"]

_NAMED = 3  # values in a sentence


class Fitting:
    """From the account of `there` into that of `here`; remembers what did not fit."""

    def __init__(self, there: Session, here: Session) -> None:
        self._there, self._here = there, here
        self._lost: dict[str, dict[str, None]] = {}  # label of a field → values that are no choice here
        self._owners: dict[str, str] | None = None  # owner there → the one of the same e-mail here
        self._has_strangers = False

    def value(self, field: Field, value: Value) -> Value:
        """As much of it as fits; None = it stays empty. `field` is the one of the account it goes into."""
        if not value:
            return None
        if field.name == OWNER:
            return self._owner(value)
        if not field.closed:
            return value
        choices = {option.value for option in field.options}
        parts = value.split(";") if field.multi else [value]
        if lost := [one for one in parts if one not in choices]:
            self._lost.setdefault(field.label, {}).update(dict.fromkeys(lost))
        return ";".join(one for one in parts if one in choices) or None

    def told(self) -> list[str]:
        """A sentence per field of which something was left empty."""
        told = [
            f"{label}: {listed(values)} {'is' if len(values) == 1 else 'are'} no choice of the practice account "
            "and stayed empty in the copies."
            for label, values in self._lost.items()
        ]
        if self._has_strangers:
            told.append("Owners that the practice account does not have stayed empty in the copies.")
        return told

    def _owner(self, value: str) -> Value:
        if self._owners is None:
            ours = {one.email.casefold(): one.id for one in self._here.owners() if one.email and one.active}
            same = {one.id: ours.get(one.email.casefold(), "") for one in self._there.owners()}
            self._owners = {id_: here for id_, here in same.items() if here}
        self._has_strangers |= value not in self._owners
        return self._owners.get(value)


def listed(words: Iterable[str]) -> str:
    """`“Hot”, “Warm”, “Cold” and 2 more`."""
    known = list(words)
    more = f" and {len(known) - _NAMED:,} more" if len(known) > _NAMED else ""
    return ", ".join(f"“{one}”" for one in islice(known, _NAMED)) + more
