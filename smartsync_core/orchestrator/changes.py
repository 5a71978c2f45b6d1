"""The audit list as a person reads it: who changed what, and which one it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from smartsync_core.errors import NotFound
from smartsync_core.orchestrator.context import Context

__all__ = ["Made", "changes"]

_NAMES = ("name", "file", "card", "place")  # details under which a thing is known


@dataclass(frozen=True, kw_only=True)
class Made:
    """One line of it. `subject`: what it was done to, by its name; "" where that is the whole of it."""

    at: datetime
    who: str
    what: str  # noun.verb
    subject: str
    details: Mapping[str, Any]


def changes(ctx: Context, *, limit: int = 50) -> list[Made]:
    """Newest first."""

    @cache
    def named(kind: str, subject_id: str) -> str:
        try:
            if kind == "run":
                return ctx.runs.get(subject_id).file_name
            return ctx.connections.get(subject_id).name
        except NotFound:
            return ""

    found = []
    for row in ctx.audit.recent(limit):
        what, details = str(row["what"]), cast(Mapping[str, Any], row["details"] or {})
        told = next((str(details[name]) for name in _NAMES if details.get(name)), "")
        found.append(
            Made(
                at=cast(datetime, row["at"]),
                who=str(row["who"]),
                what=what,
                subject=told or named(what.partition(".")[0], str(row["subject_id"] or "")),
                details=details,
            )
        )
    return found
