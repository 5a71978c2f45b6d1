"""Evidence: one fact about a company, with where it was read, when, and in which words; and rows of ours that hold some."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from smartsync_core.model.crm import ObjectName

__all__ = ["Evidence", "OwnRow", "Tier"]


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


@dataclass(frozen=True, kw_only=True)
class OwnRow:
    """A row of an import, or a CRM record that one read. `values` by the CRM's property names."""

    object: ObjectName
    values: Mapping[str, str]
    at: datetime  # of the import, or of the reading
    place: str = ""  # "leads.csv, row 12"
    run_id: str = ""
