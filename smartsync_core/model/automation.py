"""What an import does besides its rows: companies researched, tasks, deals and notes made, owners given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from smartsync_core.model.score import NextAction

__all__ = ["DealPlace", "Extra", "Findings", "Forecast"]


class Extra(StrEnum):
    """Off until ticked for the import."""

    ENRICH = "enrich"  # sources are asked about the companies; without it what is known already counts
    SCORES = "scores"  # the lead score and what follows from it, in our own fields
    TASKS = "tasks"
    DEALS = "deals"
    NOTES = "notes"
    OWNERS = "owners"


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What a run goes by for one company. `overall` None = not enough known: nothing is set in motion."""

    company: str  # its key: "domain:acme.example"
    name: str
    overall: int | None
    summary: str
    values: Mapping[str, str] = field(default_factory=dict)  # property of ours → text
    signals: tuple[str, ...] = ()
    next_actions: tuple[str, ...] = ()
    action: NextAction | None = None  # the first with a day
    country: str = ""
    industry: str = ""
    at: datetime  # UTC
    failed: tuple[str, ...] = ()  # sources that could not be reached, so that what was known counts


@dataclass(frozen=True, kw_only=True)
class DealPlace:
    """Where new deals of an account begin: ids."""

    pipeline: str
    stage: str


@dataclass(frozen=True, kw_only=True)
class Forecast:
    """What the research of a run will take. `to_ask` of its companies are not known freshly.

    `asks` are questions to websites and the register; job boards come on top where a site names one. `tokens` and `cost` are the
    LLM's, 0 and "" where none is set or it costs nothing.
    """

    companies: int
    to_ask: int
    seconds: float
    asks: int = 0
    tokens: int = 0
    cost: str = ""
