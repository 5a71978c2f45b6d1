"""The companies that were looked up, for a list."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from smartsync_core.orchestrator.context import Context

__all__ = ["CompanyLine", "companies"]


@dataclass(frozen=True, kw_only=True)
class CompanyLine:
    """A company with its last score, as it was given then."""

    key: str
    called: str  # its domain, number or name
    overall: int | None
    grid: str
    card: str
    as_of: datetime


def companies(ctx: Context, *, limit: int = 200) -> list[CompanyLine]:
    """Newest first."""
    return [
        _line(stored.company, json.loads(stored.result), stored.as_of.astimezone(UTC))
        for stored in ctx.research.latest(limit)
    ]


def _line(key: str, said: dict[str, object], as_of: datetime) -> CompanyLine:
    overall = said["overall"]
    return CompanyLine(
        key=key,
        called=key.partition(":")[2],
        overall=overall if isinstance(overall, int) else None,
        grid=str(said["grid"]),
        card=str(said["card"]),
        as_of=as_of,
    )
