"""What a back-test proposes, put into the words of the score card: points of rules that read the same facts."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from smartsync_core.mapping.countries import country_code
from smartsync_core.orchestrator.backtest import fact_of
from smartsync_core.orchestrator.card_parts import as_text
from smartsync_core.scoring.card import ScoreCard
from smartsync_core.scoring.changes import Changed, changes
from smartsync_core.scoring.edit import edited
from smartsync_core.scoring.points import Level
from smartsync_core.scoring.words import bare, spoken

__all__ = ["Proposed", "proposed"]

_MOST = 100  # points that a card gives for one value
_BY_NUMBER = {"employees": 1.0, "revenue": 0.01}  # fact → its smallest step
_BY_CHOICE = frozenset(["industry", "country"])


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """`text` "" = none of the columns is a fact of which the card reads each value."""

    text: str  # of the parts that differ
    changes: list[Changed]
    unread: list[str]  # columns with points that the card cannot take


def proposed(card: ScoreCard, base: str, levels: Iterable[Level]) -> Proposed:
    """`base` is the card's text. Nothing is kept."""
    by_column: dict[str, list[Level]] = {}
    for level in levels:
        by_column.setdefault(level.column, []).append(level)
    taken = {fact: found for name, found in by_column.items() if (fact := _taken(card, name))}
    unread = [name for name in by_column if not _taken(card, name)]
    if not taken:
        return Proposed(text="", changes=[], unread=unread)
    text = as_text({"subscores": _subscores(card, taken)})
    new, _ = edited(text, base, next_version=card.version)
    return Proposed(text=text, changes=changes(card, new), unread=unread)


def _taken(card: ScoreCard, column: str) -> str:
    fact = fact_of(column)
    read = {rule.field for subject in card.subscores.values() for rule in subject.rules}
    return fact if fact in read and fact in _BY_NUMBER.keys() | _BY_CHOICE else ""


def _subscores(card: ScoreCard, taken: Mapping[str, Sequence[Level]]) -> dict[str, Any]:
    said = dict(card.model_dump(mode="json", exclude_defaults=True)["subscores"])
    for rule in (rule for subject in said.values() for rule in subject["rules"]):
        levels = taken.get(rule["field"])
        if levels is None:
            continue
        if rule["field"] in _BY_NUMBER:
            rule |= {"kind": "bands", "points": _bands(levels, _BY_NUMBER[rule["field"]])}
        else:
            rule |= {"kind": "choice", "points": _choices(rule["field"], levels)}
    return said


def _choices(fact: str, levels: Sequence[Level]) -> dict[str, int]:
    """As the card compares them, each once. Where two values are one country or industry, what was seen more often counts."""
    found: dict[str, tuple[str, int]] = {}
    for level in sorted(levels, key=lambda one: one.deals):
        name = country_code(level.value) if fact == "country" else spoken(level.value)
        if name:
            found[bare(name)] = name.casefold(), _bounded(level.points)
    return dict(found.values())


def _bands(levels: Sequence[Level], step: float) -> list[dict[str, float | int]]:
    """A band that is not among the levels gives nothing. Ours hold numbers below their end, levels those up to it.

    Of bands that end within one step the first counts: no number of the card's falls into another.
    """
    found: dict[float, int] = {}
    end = -math.inf
    for level in sorted(levels, key=lambda one: -math.inf if one.low is None else one.low):
        if level.low is not None and level.low > end:
            found.setdefault(_beyond(level.low, step), 0)
        end = math.inf if level.high is None else level.high
        found.setdefault(_beyond(end, step), _bounded(level.points))
    last = found.pop(math.inf, 0)
    return [*({"to": to, "give": points} for to, points in found.items()), {"give": last}]


def _beyond(end: float, step: float) -> float:
    if end == math.inf:
        return end
    return (math.floor(end) + 1 if step == 1 else round(end + step, 2)) + 0.0


def _bounded(points: int) -> int:
    return max(-_MOST, min(_MOST, points))
