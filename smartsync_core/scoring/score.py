"""Sub-scores, and the overall score over those that are known."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime

from smartsync_core.model.evidence import Evidence
from smartsync_core.model.score import Contribution, Score, Share, SubScore, Topic
from smartsync_core.scoring.card import Check, ScoreCard
from smartsync_core.scoring.facts import Facts, facts
from smartsync_core.scoring.rules import apply, understood
from smartsync_core.scoring.signals import signals

__all__ = ["evidence_digest", "overall", "score"]


def score(card: ScoreCard, evidence: Iterable[Evidence], as_of: datetime) -> Score:
    """Score one company as of a moment. The order of the evidence does not matter."""
    evidence = list(evidence)
    known = facts(card, evidence, as_of.date())
    subscores = tuple(_subscore(card, topic, known) for topic in Topic)
    outs = _knock_outs(card, known)
    values = {sub.topic: sub.value for sub in subscores}
    answered = sum(len(sub.checks) for sub in subscores)
    missing = _missing(card, values, answered)
    total = None if missing else overall(card, values, knocked_out=bool(outs))
    low, high = (None, None) if total is None else _range(card, subscores, total, bool(outs))
    return Score(
        card=card.label,
        card_sha256=card.sha256,
        evidence_sha256=evidence_digest(evidence),
        as_of=as_of,
        overall=total,
        shares=() if total is None else _shares(card, values, total),
        low=low,
        high=high,
        grid=_grid(card, values),
        subscores=subscores,
        known_checks=answered,
        all_checks=len(card.checks),
        knock_outs=outs,
        missing=missing,
        overruled=known.overruled,
        signals=signals(card, known),
    )


def evidence_digest(evidence: Iterable[Evidence]) -> str:
    """Of the facts, whatever their order and however often they were fetched."""
    return hashlib.sha256("\n".join(sorted({one.id for one in evidence})).encode()).hexdigest()


def overall(card: ScoreCard, values: Mapping[Topic, int | None], *, knocked_out: bool = False) -> int:
    """The weighted mean of the known sub-scores, half rounded up; a knock-out caps it."""
    mean = _mean(card, values)
    return min(mean, card.knock_out_cap) if knocked_out else mean


def _mean(card: ScoreCard, values: Mapping[Topic, int | None]) -> int:
    known = {topic: value for topic, value in values.items() if value is not None}
    weight = sum(card.weights[topic] for topic in known)
    total = sum(card.weights[topic] * value for topic, value in known.items())
    return (2 * total + weight) // (2 * weight) if weight else 0


def _subscore(card: ScoreCard, topic: Topic, known: Facts) -> SubScore:
    subject = card.subscores[topic]
    given = [one for rule in subject.rules for one in apply(rule, card.icp, known)]
    total = subject.start + sum(one.points for one in given)
    bounded = max(0, min(100, total))
    if bounded != total:
        given.append(Contribution(rule="limit", points=bounded - total, text="Scores end at 0 and at 100"))
    checks = {name: check for name, check in card.checks.items() if check.topic is topic}
    answered = tuple(name for name, check in checks.items() if _answered(card, check, known))
    enough = len(answered) >= card.known_from.checks_per_subscore
    return SubScore(
        topic=topic,
        value=bounded if enough else None,
        start=subject.start,
        contributions=tuple(given),
        checks=answered,
        open_checks=tuple(name for name in checks if name not in answered),
    )


def _answered(card: ScoreCard, check: Check, known: Facts) -> bool:
    rules = {rule.field: rule for rule in card.subscores[check.topic].rules}
    return any(
        field not in rules or understood(rules[field], card.icp, one)
        for field in check.fields
        for one in known.all(field)
    )


def _missing(card: ScoreCard, values: Mapping[Topic, int | None], answered: int) -> str:
    if values[Topic.FIT] is None:
        return "Not enough known: how well it fits is open."
    if all(value is None for topic, value in values.items() if topic is not Topic.FIT):
        return "Not enough known: only its fit is known."
    if answered < card.known_from.checks:
        return (
            f"Not enough known: {answered} of {len(card.checks)} checks, {card.known_from.checks} are needed."
        )
    return ""


def _shares(card: ScoreCard, values: Mapping[Topic, int | None], total: int) -> tuple[Share, ...]:
    """Whole points that add up to `total`: each sub-score's, rounded down, and the rest to the largest remainders."""
    known = {topic: value for topic, value in values.items() if value is not None}
    weight = sum(card.weights[topic] for topic in known)
    points = {topic: card.weights[topic] * value // weight for topic, value in known.items()}
    mean = _mean(card, values)
    by_rest = sorted(known, key=lambda topic: (-(card.weights[topic] * known[topic] % weight), topic))
    for topic in by_rest[: mean - sum(points.values())]:
        points[topic] += 1
    shares = [Share(name=topic, points=value) for topic, value in points.items()]
    return (*shares, Share(name="knock-out", points=total - mean)) if total != mean else tuple(shares)


def _range(
    card: ScoreCard, subscores: tuple[SubScore, ...], total: int, knocked_out: bool
) -> tuple[int, int]:
    """The overall score with every open check at its worst, and at its best."""
    ends = []
    for which in (0, 1):
        values: dict[Topic, int | None] = {sub.topic: _end(card, sub, which) for sub in subscores}
        ends.append(overall(card, values, knocked_out=knocked_out))
    return min(ends[0], total), max(ends[1], total)


def _end(card: ScoreCard, sub: SubScore, which: int) -> int:
    fields = {field for name in sub.open_checks for field in card.checks[name].fields}
    read = {field for name in sub.checks for field in card.checks[name].fields}
    rules = [rule for rule in card.subscores[sub.topic].rules if rule.field in fields - read]
    total = sub.start + sum(one.points for one in sub.contributions)
    return max(0, min(100, total + sum(rule.extremes()[which] for rule in rules)))


def _knock_outs(card: ScoreCard, known: Facts) -> tuple[str, ...]:
    return tuple(
        out.text for out in card.knock_outs if any(one.value in out.values for one in known.all(out.field))
    )


def _grid(card: ScoreCard, values: Mapping[Topic, int | None]) -> str:
    fit, engagement = values[Topic.FIT], values[Topic.ENGAGEMENT]
    if fit is None:
        return ""
    letter = "ABC"[sum(fit < bound for bound in card.grid.fit)]
    return letter + ("–" if engagement is None else "123"[sum(engagement < b for b in card.grid.engagement)])
