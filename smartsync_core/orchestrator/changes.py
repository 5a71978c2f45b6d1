"""The audit list as a person reads it: who changed what, and which one it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, cast

from smartsync_core.errors import NotFound
from smartsync_core.orchestrator.context import Context

__all__ = ["Made", "all_changes", "changes", "how_many"]

_AT_ONCE = 1_000

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
    return list(islice(_made(ctx, min(limit, _AT_ONCE)), limit))


def all_changes(ctx: Context) -> Iterator[Made]:
    """The same ones without a limit, read by the thousand."""
    return _made(ctx, _AT_ONCE)


def how_many(ctx: Context) -> int:
    return ctx.audit.count()


def _made(ctx: Context, at_once: int) -> Iterator[Made]:
    @cache
    def named(kind: str, subject_id: str) -> str:
        try:
            if kind == "run":
                return ctx.runs.get(subject_id).file_name
            return ctx.connections.get(subject_id).name
        except NotFound:
            return ""

    offset = 0
    while found := ctx.audit.recent(at_once, offset):
        offset += len(found)
        for row in found:
            what, details = str(row["what"]), cast(Mapping[str, Any], row["details"] or {})
            told = next((str(details[name]) for name in _NAMES if details.get(name)), "")
            yield Made(
                at=cast(datetime, row["at"]),
                who=str(row["who"]),
                what=what,
                subject=told or named(what.partition(".")[0], str(row["subject_id"] or "")),
                details=details,
            )
