"""What scoring says of one company: points with their evidence, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

__all__ = [
    "Assignment",
    "Assumption",
    "Contribution",
    "Lift",
    "NextAction",
    "Overruled",
    "Score",
    "Share",
    "Signal",
    "Stage",
    "StageSuggestion",
    "SubScore",
    "Topic",
]


class Topic(StrEnum):
    """The four sub-scores."""

    FIT = "fit"
    ENGAGEMENT = "engagement"
    GROWTH = "growth"
    FINANCIAL = "financial"


class Stage(StrEnum):
    """Stages of a deal in their order; the last two stand aside."""

    NEW = "new"
    CONTACTED = "contacted"
    ENGAGED = "engaged"
    QUALIFIED = "qualified"
    PROPOSAL = "proposal"
    NEGOTIATION = "negotiation"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, kw_only=True)
class Contribution:
    """Whole points that one rule gives, and why. Rule "limit" is what the bounds 0 and 100 take away or add."""

    rule: str
    points: int
    text: str
    evidence: tuple[str, ...] = ()
    as_of: date | None = None
    age_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class SubScore:
    """`value` = `start` + all contributions, or None while too little is known."""

    topic: Topic
    value: int | None
    start: int
    contributions: tuple[Contribution, ...]
    checks: tuple[str, ...]  # checks that evidence answers
    open_checks: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Share:
    """Whole points of the overall score that come from one sub-score, or that a knock-out takes away."""

    name: str
    points: int


@dataclass(frozen=True, kw_only=True)
class Overruled:
    """Evidence that another, better believed or newer, contradicts."""

    field: str
    evidence: str
    by: str


@dataclass(frozen=True, kw_only=True)
class Signal:
    """A fact worth a salesperson's attention."""

    text: str
    evidence: tuple[str, ...]
    as_of: date
    age_days: int


@dataclass(frozen=True, kw_only=True)
class Assumption:
    """One thing that, were it so, would add points to a sub-score."""

    rule: str
    check: str
    topic: Topic
    text: str
    points: int


@dataclass(frozen=True, kw_only=True)
class Lift:
    """The fewest assumptions found that bring the score to `target`; `overall` is where they end."""

    target: int
    steps: tuple[Assumption, ...]
    overall: int | None
    reaches: bool


@dataclass(frozen=True, kw_only=True)
class NextAction:
    rule: str
    text: str
    reason: str
    due_at: datetime | None  # None: nothing to be done by a date
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StageSuggestion:
    """Only ever a suggestion; `unknown` names what qualification would still ask."""

    stage: Stage
    reason: str
    evidence: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """`owner` "" = nobody; `changes` is false where the record has an owner already, who keeps it."""

    owner: str
    rule: str
    card: str
    changes: bool


@dataclass(frozen=True, kw_only=True)
class Score:
    """`overall` is None while not enough is known, and then nothing may be set in motion."""

    card: str  # name and version
    card_sha256: str
    evidence_sha256: str
    as_of: datetime
    overall: int | None
    shares: tuple[Share, ...]  # add up to `overall`
    low: int | None  # with every open check at its worst
    high: int | None  # … at its best
    grid: str  # "A1"; "A–" while engagement is unknown, "" while fit is
    subscores: tuple[SubScore, ...]
    known_checks: int
    all_checks: int
    knock_outs: tuple[str, ...]
    missing: str  # why there is no overall, in a sentence; "" if there is one
    overruled: tuple[Overruled, ...]
    signals: tuple[Signal, ...]

    def of(self, topic: Topic) -> SubScore:
        return next(sub for sub in self.subscores if sub.topic is topic)
