"""What a score card says, line by line in plain words, and where two of them differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from smartsync_core.scoring.card import ActionRule, Band, Kind, Rule, ScoreCard
from smartsync_core.scoring.stage import QUALIFYING_FIT

__all__ = ["ACTIONS", "Changed", "band_words", "changes", "range_words", "rule_words"]

ACTIONS: Mapping[ActionRule, str] = MappingProxyType(
    {
        "inbound": "It asked for contact and nobody answered: call",
        "best_cell": "It fits well and is engaged, and there was no meeting: schedule a call",
        "signal": "It fits well, there is a fresh signal, and nobody was in touch: write",
        "decision_maker": "No decision maker is known: find one",
        "proposal": "The proposal is silent for a week: follow up",
        "re_engage": "The last touch is over 30 days ago: get in touch again",
        "coverage": "Less than half is known: confirm its number and website",
        "nurture": "It fits poorly: keep in touch by mail, no call",
    }
)
"""When each rule for what to do next holds, and what it says."""


@dataclass(frozen=True, kw_only=True)
class Changed:
    """One line in which two cards differ; "" where a card does not have it."""

    place: str
    old: str
    new: str


def changes(old: ScoreCard, new: ScoreCard) -> list[Changed]:
    """In the order of the card."""
    before, after = dict(_lines(old)), dict(_lines(new))
    return [
        Changed(place=place, old=before.get(place, ""), new=after.get(place, ""))
        for place in dict.fromkeys([*before, *after])
        if before.get(place, "") != after.get(place, "")
    ]


def rule_words(rule: Rule) -> str:
    """What the rule looks at: “Industry”, “… people”."""
    return rule.text.replace(": {value}", "").replace("{value}", "…")


def band_words(bands: tuple[Band, ...], at: int) -> str:
    """Of one band: “below 500,000”."""
    low, high = bands[at - 1].to if at else None, bands[at].to
    if high is None:
        return f"{_number(low)} or more" if low is not None else "any number"
    return f"below {_number(high)}" if low is None else f"{_number(low)} to below {_number(high)}"


def range_words(low: int, high: int | None) -> str:
    return f"{low:,} or more" if high is None else f"{low:,} to {high:,}"


def _number(value: float) -> str:
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def _lines(card: ScoreCard) -> Iterator[tuple[str, str]]:
    yield "Target", str(card.target)
    for topic, weight in card.weights.items():
        yield f"Weight of {topic}", str(weight)
    for group, names in card.icp.industry.items():
        yield f"Industries, {group}", ", ".join(names)
    for size, sizes in card.icp.employees.items():
        yield f"People, {size}", ", ".join(range_words(low, high) for low, high in sizes)
    for covered, codes in card.icp.country.items():
        yield f"Countries, {covered}", ", ".join(codes)
    yield from _owners(card)
    for topic, subject in card.subscores.items():
        yield f"{topic.capitalize()} starts at", str(subject.start)
        for rule in subject.rules:
            for name, said in _rule(rule):
                yield f"{topic.capitalize()}: {rule_words(rule)}{name}", said
    for place, step in enumerate(card.steps, 1):
        unit = "" if step.rule == "nurture" else f", within {step.within} {_unit(step.rule, step.within)}"
        yield f"What to do next, {place}", f"{ACTIONS[step.rule]}{unit}"
    yield "Qualified from a fit of", str(card.qualifies_at or QUALIFYING_FIT)
    yield from _rest(card)


def _owners(card: ScoreCard) -> Iterator[tuple[str, str]]:
    owners = card.owners
    for company, owner in owners.accounts.items():
        yield f"Owner of {company.partition(':')[2] or company}", owner
    for place, one in enumerate(owners.territories, 1):
        covers = "; ".join(filter(None, [", ".join(one.countries), ", ".join(one.industries)]))
        yield f"Territory {place}", f"{covers or 'nothing'} → {one.owner}"
    yield "Everybody else in turn", ", ".join(owners.pool)
    yield "Companies per owner at most", str(owners.capacity)
    for owner, most in owners.capacities.items():
        yield f"Companies of {owner} at most", str(most)


def _rule(rule: Rule) -> Iterator[tuple[str, str]]:
    if isinstance(rule.points, dict):
        for value, points in rule.points.items():
            yield f", {value}", f"{points:+d}"
    else:
        for at, band in enumerate(rule.points):
            yield f", {band_words(rule.points, at)}", f"{band.give:+d}"
    if rule.kind is Kind.EVENT:
        yield ", each time", f"{rule.each:+d}"
    if rule.cap is not None:
        yield ", together at most", str(rule.cap)
    if rule.half_life is not None:
        yield ", halved every", f"{rule.half_life} days"


def _rest(card: ScoreCard) -> Iterator[tuple[str, str]]:
    """From when on a score is told, the grid and the knock-outs."""
    known, grid = card.known_from, card.grid
    yield "Facts that a part needs", str(known.checks_per_subscore)
    yield "Facts that a score needs", str(known.checks)
    yield "Fit for grid A and B", " and ".join(map(str, grid.fit))
    yield "Engagement for grid 1 and 2", " and ".join(map(str, grid.engagement))
    yield "Knocked out, a score is at most", str(card.knock_out_cap)
    for name, check in card.checks.items():
        yield f"Fact {name}", f"{check.topic}: {', '.join(check.fields)}"
    for out in card.knock_outs:
        yield f"Knock-out: {out.text}", f"{out.field}: {', '.join(out.values)}"


def _unit(rule: ActionRule, number: int) -> str:
    unit = "hour" if rule == "inbound" else "working day"
    return unit if number == 1 else f"{unit}s"
