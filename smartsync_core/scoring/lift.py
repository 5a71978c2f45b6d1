"""What would bring a score over the target: the fewest things that, were they so, add up to it."""

from __future__ import annotations

from smartsync_core.model.score import Assumption, Lift, Score, SubScore, Topic
from smartsync_core.scoring.card import Rule, ScoreCard
from smartsync_core.scoring.score import overall

__all__ = ["lift"]


def lift(card: ScoreCard, scored: Score) -> Lift:
    """Takes the largest step first; empty where the target is reached already, or a knock-out stands against it."""
    values = {sub.topic: _unbounded(sub) for sub in scored.subscores}
    now, steps = scored.overall, []
    open_steps = [] if scored.overall is None or scored.knock_outs else _assumptions(card, scored)
    while now is not None and now < card.target and open_steps:
        best = max(open_steps, key=lambda step: (_with(card, values, step), step.points, step.rule))
        if (reached := _with(card, values, best)) <= now:
            break
        values[best.topic] = _raised(values[best.topic], best)
        open_steps.remove(best)
        steps.append(best)
        now = reached
    return Lift(
        target=card.target, steps=tuple(steps), overall=now, reaches=now is not None and now >= card.target
    )


def _assumptions(card: ScoreCard, scored: Score) -> list[Assumption]:
    """Of known sub-scores only: what an unknown one would say cannot be told from one fact."""
    found = []
    for sub in (sub for sub in scored.subscores if sub.value is not None):
        given = {one.rule: one.points for one in sub.contributions}
        for rule in (rule for rule in card.subscores[sub.topic].rules if rule.lift):
            more = rule.extremes()[1] - given.get(rule.id, 0)
            if more > 0 and (not rule.points or isinstance(rule.points, tuple) or _can_be(card, rule)):
                found.append(
                    Assumption(
                        rule=rule.id,
                        check=_check(card, sub.topic, rule),
                        topic=sub.topic,
                        text=rule.lift,
                        points=more,
                    )
                )
    return found


def _can_be(card: ScoreCard, rule: Rule) -> bool:
    return rule.kind != "icp" or card.icp.says(rule.field)


def _check(card: ScoreCard, topic: Topic, rule: Rule) -> str:
    return next((n for n, c in card.checks.items() if c.topic is topic and rule.field in c.fields), "")


def _with(card: ScoreCard, values: dict[Topic, int | None], step: Assumption) -> int:
    raised = {**values, step.topic: _raised(values[step.topic], step)}
    return overall(
        card, {topic: None if value is None else max(0, min(100, value)) for topic, value in raised.items()}
    )


def _unbounded(sub: SubScore) -> int | None:
    """Its points before the bounds: what goes beyond them has to be made up for first."""
    if sub.value is None:
        return None
    return sub.start + sum(one.points for one in sub.contributions if one.rule != "limit")


def _raised(value: int | None, step: Assumption) -> int:
    return (value or 0) + step.points
