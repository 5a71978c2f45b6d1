"""Parts of a score card as tables that a person edits, and back as the text of just these parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pycountry
import yaml

from smartsync_core.enrichment.identity import identify, of_key
from smartsync_core.enrichment.sources.sic import INDUSTRIES
from smartsync_core.errors import BadInput
from smartsync_core.mapping.countries import country_name
from smartsync_core.model.score import Topic
from smartsync_core.orchestrator.context import Context
from smartsync_core.scoring.card import AS_SHIPPED, ActionRule, Kind, Rule, ScoreCard
from smartsync_core.scoring.changes import ACTIONS, band_words, rule_words
from smartsync_core.scoring.stage import QUALIFYING_FIT
from smartsync_core.scoring.words import folded

__all__ = [
    "ACTIONS",
    "AS_SHIPPED",
    "QUALIFYING_FIT",
    "TITLES",
    "ActionRule",
    "Level",
    "Place",
    "ScoreCard",
    "Size",
    "actions_part",
    "as_text",
    "countries",
    "domain_of",
    "icp_part",
    "industries",
    "levels",
    "owners_part",
    "points_part",
    "weights_part",
]

TITLES = "seniority"
"""The fact that says how senior the contact is, by the job title."""

Field = Literal["points", "each", "cap", "half_life"]
Place = tuple[str, Field, str]
"""Where a number of a rule stands: the rule's id, its field, and which of the points."""
_EVENTS = frozenset({Kind.EVENT, Kind.OPENINGS})


@dataclass(frozen=True, kw_only=True)
class Level:
    """One number of a rule, and what it is given for. `number` None = there is none."""

    place: Place
    topic: Topic
    fact: str
    looks_at: str  # “Industry: …”
    when: str  # “primary”, “below 500,000”; "" where it is not one of several points
    number: int | None


@dataclass(frozen=True, kw_only=True)
class Size:
    """`high` None = and more."""

    low: int
    high: int | None
    kind: str  # core, adjacent


def industries(ctx: Context, card: ScoreCard) -> list[str]:
    """What can be sold to: names of the register, those that companies on record have, and what the card lists."""
    listed = [name for names in card.icp.industry.values() for name in names]
    seen = {folded(name): name for name in [*ctx.research.distinct("industry"), *INDUSTRIES, *listed]}
    return sorted(seen.values(), key=str.casefold)


def countries() -> dict[str, str]:
    """Names by code."""
    named = {one.alpha_2: country_name(one.alpha_2) for one in pycountry.countries}
    return dict(sorted(named.items(), key=lambda one: one[1]))


def levels(card: ScoreCard, topic: Topic) -> list[Level]:
    """Every number of the rules of a part, in their order."""
    return [level for rule in card.subscores[topic].rules for level in _levels(topic, rule)]


def icp_part(
    industry: Mapping[str, Sequence[str]], sizes: Iterable[Size], covered: Sequence[str]
) -> Mapping[str, Any]:
    people: dict[str, list[list[int | None]]] = {"core": [], "adjacent": []}
    for size in sizes:
        people[size.kind].append([size.low, size.high])
    return {
        "industry": {group: list(names) for group, names in industry.items()},
        "employees": people,
        "country": {"covered": list(covered)},
    }


def points_part(card: ScoreCard, numbers: Mapping[Place, int | None]) -> Mapping[str, Any]:
    """All sub-scores, with these numbers in their places; None takes one away."""
    said = card.model_dump(mode="json", exclude_defaults=True)["subscores"]
    rules = {rule["id"]: rule for subject in said.values() for rule in subject["rules"]}
    for (rule_id, field, which), number in numbers.items():
        rule = rules[rule_id]
        if field != "points":
            rule[field] = number
            if number is None:
                del rule[field]
        elif isinstance(rule["points"], dict):
            rule["points"][which] = number or 0
        else:
            rule["points"][int(which)]["give"] = number or 0
    return dict(said)


def weights_part(weights: Mapping[Topic, int]) -> Mapping[str, int]:
    return {topic.value: weight for topic, weight in weights.items()}


def actions_part(steps: Sequence[tuple[ActionRule, int]]) -> list[Mapping[str, Any]]:
    return [{"rule": rule, "within": within} for rule, within in steps]


def owners_part(
    *,
    accounts: Iterable[tuple[str, str]],
    territories: Iterable[tuple[str, Sequence[str], Sequence[str]]],
    people: Iterable[tuple[str, bool, int | None]],
    capacity: int,
) -> Mapping[str, Any]:
    """`accounts` are (domain, owner), `territories` (owner, countries, industries).

    `people` are (owner, whether they take companies in turn, their own limit). Raises BadInput.
    """
    known = list(people)
    return {
        "accounts": {_key(domain): owner for domain, owner in accounts},
        "territories": [
            {"owner": owner, "countries": list(codes), "industries": list(names)}
            for owner, codes, names in territories
        ],
        "pool": [owner for owner, in_turn, _ in known if in_turn],
        "capacity": capacity,
        "capacities": {owner: most for owner, _, most in known if most is not None},
    }


def as_text(parts: Mapping[str, Any]) -> str:
    """As the draft takes it."""
    return str(yaml.safe_dump(dict(parts), sort_keys=False, allow_unicode=True, width=120))


def domain_of(key: str) -> str:
    return of_key(key).domain or key


def _key(domain: str) -> str:
    found = identify(domain=domain)
    if not found.domain:
        raise BadInput(f"“{domain}” is not the domain of one company.", hint="Write it like acme.com.")
    return found.key


def _levels(topic: Topic, rule: Rule) -> Iterable[Level]:
    def level(field: Field, which: str, when: str, number: int | None) -> Level:
        place = (rule.id, field, which)
        return Level(
            place=place, topic=topic, fact=rule.field, looks_at=rule_words(rule), when=when, number=number
        )

    if isinstance(rule.points, dict):
        yield from (level("points", value, value, points) for value, points in rule.points.items())
    else:
        for at, band in enumerate(rule.points):
            yield level("points", str(at), _band(rule, at), band.give)
    if rule.kind is Kind.EVENT:
        yield level("each", "", "", rule.each)
    if rule.kind in _EVENTS:
        yield level("cap", "", "", rule.cap)
        yield level("half_life", "", "", rule.half_life)


def _band(rule: Rule, at: int) -> str:
    assert isinstance(rule.points, tuple)
    told = band_words(rule.points, at)
    return f"{told} years" if rule.kind is Kind.YEARS else told
