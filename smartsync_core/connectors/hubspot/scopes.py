"""What a key must be allowed to do, and what it lacks, in words for a person.

Tasks, notes, calls, meetings and e-mails need no scope of their own: HubSpot grants them with contacts.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from smartsync_core.model.crm import Activity, Linkable, ObjectName

__all__ = ["ADD_FIELDS", "NEEDED", "WRITE", "hidden", "missing", "notices"]

_OBJECTS = ("contacts", "companies", "deals")

WRITE: Final = ("crm.objects.contacts.write", "crm.objects.companies.write")
"""Without these nothing can be written at all."""

ADD_FIELDS: Final = tuple(f"crm.schemas.{name}.write" for name in _OBJECTS)

NEEDED: Final = {
    **{f"crm.objects.{name}.read": f"see {name}" for name in _OBJECTS},
    **{f"crm.objects.{name}.write": f"create and change {name}" for name in _OBJECTS},
    **{f"crm.schemas.{name}.read": f"see the fields of {name}" for name in _OBJECTS},
    **{f"crm.schemas.{name}.write": f"add fields to {name}" for name in _OBJECTS},
    "crm.objects.owners.read": "see owners",
}
"""Scope: what it is for. A full run needs them all; a preview only those that see."""


def missing(scopes: Collection[str]) -> tuple[str, ...]:
    return tuple(scope for scope in NEEDED if scope not in scopes)


def hidden(scopes: Collection[str]) -> frozenset[Linkable]:
    """Types a key with these scopes does not see; HubSpot may well list their associations, but need not list all."""
    every: tuple[Linkable, ...] = (*ObjectName, *Activity)
    return frozenset(name for name in every if _seen_with(name) not in scopes)


def _seen_with(name: Linkable) -> str:
    return f"crm.objects.{name if name in _OBJECTS else 'contacts'}.read"


def notices(lacking: Collection[str]) -> tuple[str, ...]:
    return tuple(f"This key may not {NEEDED[scope]} (permission {scope})." for scope in lacking)
