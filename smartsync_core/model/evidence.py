"""Evidence: one fact about a company, with where it was read, when, and in which words."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

__all__ = ["Evidence", "Tier"]


class Tier(IntEnum):
    """How far a source is believed where two disagree; the lower number wins."""

    REGISTRY = 1
    FIRST_PARTY = 2  # the company's own site and job board
    NEWS = 3
    OURS = 4  # the sheet and the CRM


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """`value` is text as the score card reads it; `quote` is the source's own wording of it."""

    source: str  # "sheet", "crm", "website", "companies_house", "greenhouse" …
    field: str  # "industry", "employees", "openings" …
    value: str
    as_of: date  # the day the fact holds for; not when we looked
    fetched_at: datetime  # UTC
    tier: Tier
    url: str = ""
    quote: str = ""
    sha256: str = ""  # of the body that it was read from

    def __post_init__(self) -> None:
        if self.fetched_at.tzinfo is None:
            raise ValueError("fetched_at needs a time zone")

    @property
    def id(self) -> str:
        """The same fact has the same id, whenever it is fetched again."""
        said = [self.source, self.url, self.field, self.value, self.as_of.isoformat()]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]
