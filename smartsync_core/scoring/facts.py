"""Which evidence counts on a day: nothing from the future, nothing twice, and one answer per question."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from smartsync_core.model.evidence import Evidence
from smartsync_core.model.score import Overruled, Topic
from smartsync_core.scoring.card import Kind, ScoreCard

__all__ = ["Facts", "facts"]


@dataclass(frozen=True)
class Facts:
    on: date
    by_field: dict[str, tuple[Evidence, ...]]  # newest first; one piece unless the field is one of events
    overruled: tuple[Overruled, ...]

    def all(self, field: str) -> tuple[Evidence, ...]:
        return self.by_field.get(field, ())

    def value(self, field: str) -> str:
        """The newest value, "" for none."""
        found = self.all(field)
        return found[0].value if found else ""

    def any(self, *fields: str) -> tuple[Evidence, ...]:
        """Newest first."""
        return tuple(sorted((e for field in fields for e in self.all(field)), key=_newest))

    def age(self, evidence: Evidence) -> int:
        return (self.on - evidence.as_of).days


def facts(card: ScoreCard, evidence: Iterable[Evidence], on: date) -> Facts:
    """Where two sources answer one question differently, the better believed wins, then the newer; the loser is listed."""
    known = {one.id: one for one in evidence if one.as_of <= on}
    by_field: dict[str, list[Evidence]] = {}
    for one in known.values():
        by_field.setdefault(one.field, []).append(one)
    chosen, overruled = {}, []
    events = _event_fields(card)
    for field, found in sorted(by_field.items()):
        if field in events:
            chosen[field] = tuple(sorted(found, key=_newest))
            continue
        ranked = sorted(found, key=_believed)
        chosen[field] = (ranked[0],)
        overruled += _losers(field, ranked)
    return Facts(on, chosen, tuple(overruled))


def _event_fields(card: ScoreCard) -> set[str]:
    rules = [rule for topic in Topic for rule in card.subscores[topic].rules]
    return {rule.field for rule in rules if rule.kind is Kind.EVENT} | {"outreach"}


def _losers(field: str, ranked: Sequence[Evidence]) -> list[Overruled]:
    winner = ranked[0]
    return [
        Overruled(field=field, evidence=one.id, by=winner.id)
        for one in ranked[1:]
        if one.value != winner.value
    ]


def _newest(one: Evidence) -> tuple[int, str]:
    return -one.as_of.toordinal(), one.id


def _believed(one: Evidence) -> tuple[int, int, str]:
    return int(one.tier), *_newest(one)
