"""Signals: evidence that is worth attention, in a few words, newest first."""

from __future__ import annotations

from smartsync_core.model.score import Signal, Topic
from smartsync_core.scoring.card import ScoreCard
from smartsync_core.scoring.facts import Facts
from smartsync_core.scoring.rules import apply

__all__ = ["signals"]


def signals(card: ScoreCard, facts: Facts) -> tuple[Signal, ...]:
    """Of rules that have signal words and still give points; a fact that two sub-scores count is one signal."""
    found = {}
    rules = [rule for topic in Topic for rule in card.subscores[topic].rules if rule.signal]
    for rule in rules:
        counted = {evidence for one in apply(rule, card.icp, facts) for evidence in one.evidence}
        for one in facts.all(rule.field):
            if one.id in counted:
                text = rule.signal.replace("{value}", one.value)
                found[one.id, text] = Signal(
                    text=text, evidence=(one.id,), as_of=one.as_of, age_days=facts.age(one)
                )
    return tuple(sorted(found.values(), key=lambda signal: (signal.age_days, signal.text, signal.evidence)))
