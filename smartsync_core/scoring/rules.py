"""Points of one rule: whole numbers, so that what is shown adds up. Decimal throughout: no machine rounds differently."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from smartsync_core.model.evidence import Evidence
from smartsync_core.model.score import Contribution
from smartsync_core.scoring.card import Band, Icp, Kind, Rule
from smartsync_core.scoring.facts import Facts
from smartsync_core.scoring.words import bare, folded

__all__ = ["apply", "decayed", "number", "understood"]


def apply(rule: Rule, icp: Icp, facts: Facts) -> list[Contribution]:
    """What the rule gives, newest evidence first; evidence that gives nothing is not listed."""
    given, left = [], rule.cap if rule.cap is not None else 100_000
    for one in facts.all(rule.field):
        points = decayed(_points(rule, icp, one, facts.on), facts.age(one), rule.half_life)
        points = max(-left, min(left, points))
        left -= abs(points)
        if points:
            given.append(
                Contribution(
                    rule=rule.id,
                    points=points,
                    text=rule.text.replace("{value}", one.value),
                    evidence=(one.id,),
                    as_of=one.as_of,
                    age_days=facts.age(one),
                )
            )
    return given


def understood(rule: Rule, icp: Icp, evidence: Evidence) -> bool:
    """Whether the evidence answers anything: without an ICP an industry is unknown, a number must be one."""
    if rule.kind is Kind.ICP:
        return icp.says(rule.field) and (rule.field != "employees" or number(evidence.value) is not None)
    if rule.kind in (Kind.BANDS, Kind.OPENINGS):
        return number(evidence.value) is not None
    return rule.kind is not Kind.YEARS or _day(evidence.value) is not None


def decayed(points: int, age_days: int, half_life: int | None) -> int:
    """Halved every `half_life` days, rounded to a whole number, and nothing once below one."""
    if not half_life or not points:
        return points
    left = points * Decimal(2) ** (Decimal(-age_days) / half_life)
    return 0 if abs(left) < 1 else _whole(left)


def number(text: str) -> Decimal | None:
    try:
        found = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _points(rule: Rule, icp: Icp, one: Evidence, on: date) -> int:
    if not understood(rule, icp, one):
        return 0
    if rule.kind is Kind.EVENT:
        return rule.each
    if rule.kind is Kind.OPENINGS:
        return _openings(number(one.value) or Decimal(0), rule.cap or 100)
    if isinstance(rule.points, dict):
        if rule.kind is Kind.ICP:
            return rule.points.get(_group(icp, rule.field, one.value), 0)
        return _chosen(rule.points, one.value)
    measured = _years(one.value, on) if rule.kind is Kind.YEARS else number(one.value)
    return _band(rule.points, measured or Decimal(0))


def _chosen(points: Mapping[str, int], value: str) -> int:
    """As it is written, else however a CRM spells it."""
    if (given := points.get(value.casefold())) is not None:
        return given
    return next((given for name, given in points.items() if bare(name) == bare(value)), 0)


def _openings(count: Decimal, cap: int) -> int:
    return min(cap, _whole(5 * (1 + max(count, Decimal(0))).ln() / Decimal(2).ln()))


def _band(bands: tuple[Band, ...], measured: Decimal) -> int:
    return next(b.give for b in bands if b.to is None or measured < Decimal(str(b.to)))


def _group(icp: Icp, field: str, value: str) -> str:
    """The ICP's group that the value is in; "other" for none."""
    if field == "employees":
        count = number(value) or Decimal(0)
        for size, ranges in icp.employees.items():
            if any(low <= count and (high is None or count <= high) for low, high in ranges):
                return size
        return "other"
    groups: dict[str, tuple[str, ...]] = getattr(icp, field)
    for group in ("excluded", "primary", "secondary", "covered"):
        if folded(value) in map(folded, groups.get(group, ())):
            return group
    return "other"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01-01" if len(text) == 4 else text)
    except ValueError:
        return None


def _years(text: str, on: date) -> Decimal:
    day = _day(text) or on
    return Decimal(on.year - day.year - ((on.month, on.day) < (day.month, day.day)))


def _whole(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))
