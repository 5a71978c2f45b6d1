"""The score card: weights, checks, rules, ICP and owners as a versioned YAML text. A mistake is one sentence."""

from __future__ import annotations

import hashlib
import math
from enum import StrEnum
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError, model_validator

from smartsync_core.errors import BadInput
from smartsync_core.model.score import Topic
from smartsync_core.scoring.mistakes import sentences
from smartsync_core.scoring.words import folded

__all__ = [
    "AS_SHIPPED",
    "ActionRule",
    "Band",
    "Check",
    "IcpField",
    "Kind",
    "KnockOut",
    "Rule",
    "ScoreCard",
    "Step",
    "loaded",
    "parse",
    "standard",
    "standard_text",
]

Points = Annotated[StrictInt, Field(ge=-100, le=100)]


_Count = Annotated[StrictInt, Field(ge=1)]


def _unsaid(value: object) -> bool:
    """Left out of what a card says, so that cards from before there was such a part keep their digest."""
    return not value


class Kind(StrEnum):
    CHOICE = "choice"
    BANDS = "bands"
    YEARS = "years"  # bands over the whole years since a date
    ICP = "icp"
    OPENINGS = "openings"
    EVENT = "event"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Band(_Part):
    to: float | None = None  # numbers below it; None = all others
    give: Points


class Rule(_Part):
    id: str
    field: str
    kind: Kind
    points: dict[str, Points] | tuple[Band, ...] = ()
    each: Points = 0
    cap: Annotated[StrictInt, Field(ge=0, le=100)] | None = None  # of all its points together, either sign
    half_life: Annotated[StrictInt, Field(ge=1)] | None = None  # days
    text: str
    signal: str = ""
    lift: str = ""

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Rule:
        by_value = self.kind in (Kind.CHOICE, Kind.ICP)
        by_number = self.kind in (Kind.BANDS, Kind.YEARS)
        if (by_value and not isinstance(self.points, dict)) or (by_number and isinstance(self.points, dict)):
            raise ValueError(f"rule {self.id} is of kind {self.kind} and needs another table of points")
        if (by_value or by_number) and not self.points:
            raise ValueError(f"rule {self.id} is of kind {self.kind} and needs a table of points")
        if isinstance(self.points, tuple) and self.points:
            ends = [band.to for band in self.points]
            closed = [end for end in ends[:-1] if end is not None]
            if ends[-1] is not None or len(closed) != len(ends) - 1 or closed != sorted(set(closed)):
                raise ValueError(f"the bands of rule {self.id} must rise, and only the last has no end")
        if self.kind is Kind.EVENT and not self.each:
            raise ValueError(f"rule {self.id} is of kind event and needs each")
        return self

    def extremes(self) -> tuple[int, int]:
        """The least and the most that it can give; 0 lies between."""
        if isinstance(self.points, dict):
            given = list(self.points.values())
        elif self.points:
            given = [band.give for band in self.points]
        elif self.kind is Kind.OPENINGS:
            given = [self.cap or 100]
        else:
            given = [self.each if self.cap is None else max(-self.cap, min(self.cap, self.each))]
        return min(0, *given), max(0, *given)


class Check(_Part):
    topic: Topic
    fields: tuple[str, ...] = Field(min_length=1)
    ask: str


class Subject(_Part):
    start: Annotated[StrictInt, Field(ge=0, le=100)]
    rules: tuple[Rule, ...] = Field(min_length=1)


class KnockOut(_Part):
    field: str
    values: tuple[str, ...]
    text: str


class KnownFrom(_Part):
    checks_per_subscore: Annotated[StrictInt, Field(ge=1)]
    checks: Annotated[StrictInt, Field(ge=1)]


class Grid(_Part):
    fit: tuple[StrictInt, StrictInt]
    engagement: tuple[StrictInt, StrictInt]


IcpField = Literal["industry", "employees", "country"]


class Icp(_Part):
    industry: dict[Literal["primary", "secondary", "excluded"], tuple[str, ...]] = {}
    employees: dict[Literal["core", "adjacent"], tuple[tuple[StrictInt, StrictInt | None], ...]] = {}
    country: dict[Literal["covered"], tuple[str, ...]] = {}

    @model_validator(mode="after")
    def _says_one_thing_of_each(self) -> Icp:
        listed = [folded(name) for names in self.industry.values() for name in names]
        twice = next((name for name in listed if listed.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"the industry {twice} is listed twice; leave it in one list")
        sizes = sorted(
            (low, math.inf if high is None else high)
            for ranges in self.employees.values()
            for low, high in ranges
        )
        for low, high in sizes:
            if high < low:
                raise ValueError(f"the size from {low} to {high} ends before it begins")
        for (_, end), (begin, _) in pairwise(sizes):
            if begin <= end:
                raise ValueError(f"two sizes hold {begin} people; let them not overlap")
        return self

    def says(self, field: str) -> bool:
        """Whether anything was decided about the field; if not, it is unknown whatever the evidence."""
        return any(getattr(self, field, {}).values())


class Territory(_Part):
    owner: str
    countries: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()


class Owners(_Part):
    accounts: dict[str, str] = {}  # company key -> owner
    territories: tuple[Territory, ...] = ()
    pool: tuple[str, ...] = ()
    capacity: _Count = 50
    capacities: dict[str, _Count] = Field(
        default={}, exclude_if=_unsaid
    )  # of those who have one of their own

    def room(self, owner: str) -> int:
        """How many companies that person is given at most."""
        return self.capacities.get(owner, self.capacity)


ActionRule = Literal[
    "inbound", "best_cell", "signal", "decision_maker", "proposal", "re_engage", "coverage", "nurture"
]


class Step(_Part):
    """One rule for what to do next. `within` is hours for `inbound`, nothing for `nurture`, working days else."""

    rule: ActionRule
    within: _Count


AS_SHIPPED = (
    Step(rule="inbound", within=4),
    Step(rule="best_cell", within=2),
    Step(rule="signal", within=2),
    Step(rule="decision_maker", within=5),
    Step(rule="proposal", within=1),
    Step(rule="re_engage", within=5),
    Step(rule="coverage", within=5),
    Step(rule="nurture", within=5),
)
"""The rules and their order where the card names none."""


class ScoreCard(_Part):
    name: str
    version: Annotated[StrictInt, Field(ge=1)]
    target: Annotated[StrictInt, Field(ge=1, le=100)] = 70
    weights: dict[Topic, Annotated[StrictInt, Field(ge=1)]]
    known_from: KnownFrom
    grid: Grid
    knock_out_cap: Annotated[StrictInt, Field(ge=0, le=100)]
    icp: Icp = Icp()
    owners: Owners = Owners()
    checks: dict[str, Check]
    subscores: dict[Topic, Subject]
    knock_outs: tuple[KnockOut, ...] = ()
    next_actions: tuple[Step, ...] = Field(default=(), exclude_if=_unsaid)  # in their order; () = as shipped
    qualifies_at: Annotated[StrictInt, Field(ge=1, le=100)] | None = Field(default=None, exclude_if=_unsaid)

    @model_validator(mode="after")
    def _is_whole(self) -> ScoreCard:
        for topic in Topic:
            if topic not in self.weights or topic not in self.subscores:
                raise ValueError(f"{topic} needs a weight and its rules")
            fields = [rule.field for rule in self.subscores[topic].rules]
            twice = sorted({field for field in fields if fields.count(field) > 1})
            if twice:
                raise ValueError(f"two rules of {topic} read {twice[0]}; one fact counts once")
        ids = [rule.id for topic in Topic for rule in self.subscores[topic].rules]
        if len(ids) != len(set(ids)):
            raise ValueError(f"two rules are called {next(i for i in ids if ids.count(i) > 1)}")
        for rule in self.subscores[Topic.FIT].rules:
            if rule.kind is Kind.ICP and rule.field not in Icp.model_fields:
                raise ValueError(f"rule {rule.id} asks the ICP about {rule.field}, which it does not hold")
        steps = [step.rule for step in self.next_actions]
        if len(steps) != len(set(steps)):
            raise ValueError(
                f"{next(s for s in steps if steps.count(s) > 1)} stands twice among next_actions"
            )
        return self

    @property
    def steps(self) -> tuple[Step, ...]:
        return self.next_actions or AS_SHIPPED

    @property
    def label(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def sha256(self) -> str:
        """Of what it says, not of how the text is laid out."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def loaded(text: str) -> Any:
    """What the YAML says, unchecked. Raises BadInput where it is none."""
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark else ""
        raise BadInput(f"The score card is not readable YAML{where}.", hint="Correct that line.") from None


@lru_cache(maxsize=32)
def parse(text: str) -> ScoreCard:
    """Read a score card; the same text only once, as that takes longer than a score.

    Raises BadInput with a sentence per mistake, where it stands and what to do.
    """
    try:
        return ScoreCard.model_validate(loaded(text))
    except ValidationError as error:
        raise BadInput(sentences(error), hint="Correct it and save again.") from None


def standard_text() -> str:
    return files("smartsync_core.scoring").joinpath("standard.yaml").read_text(encoding="utf-8")


@cache
def standard() -> ScoreCard:
    """The card that SmartSync starts with; it knows no ICP."""
    return parse(standard_text())
