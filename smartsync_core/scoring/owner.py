"""Whose company it is: the first of some ordered rules. An owned record is never moved; the same input gives the same owner."""

from __future__ import annotations

from collections.abc import Mapping

from smartsync_core.model.score import Assignment
from smartsync_core.scoring.card import ScoreCard, Territory
from smartsync_core.scoring.words import folded

__all__ = ["assign"]


def assign(
    card: ScoreCard,
    *,
    company: str = "",
    country: str = "",
    industry: str = "",
    held: str = "",
    loads: Mapping[str, int] | None = None,
) -> Assignment:
    """`held` is who owns it in the CRM, `loads` how many companies each person has; one at capacity gets no more."""
    if held:
        return Assignment(owner=held, rule="held", card=card.label, changes=False)
    loads = loads or {}
    free = [name for name in card.owners.pool if loads.get(name, 0) < card.owners.room(name)]
    for rule, owner in _candidates(card, company, country.casefold(), folded(industry)):
        if loads.get(owner, 0) < card.owners.room(owner):
            return Assignment(owner=owner, rule=rule, card=card.label, changes=True)
    if free:
        least = min(free, key=lambda name: (loads.get(name, 0), name))
        return Assignment(owner=least, rule="least loaded", card=card.label, changes=True)
    return Assignment(owner="", rule="unassigned", card=card.label, changes=False)


def _candidates(card: ScoreCard, company: str, country: str, industry: str) -> list[tuple[str, str]]:
    """(rule, owner), the most particular rule first."""
    found = [("named account", owner) for name, owner in card.owners.accounts.items() if name == company]
    kinds = (("territory and industry", True, True), ("territory", True, False), ("industry", False, True))
    for rule, by_country, by_industry in kinds:
        found += [
            (rule, one.owner)
            for one in card.owners.territories
            if _covers(one, by_country, by_industry, country, industry)
        ]
    return found


def _covers(one: Territory, by_country: bool, by_industry: bool, country: str, industry: str) -> bool:
    if bool(one.countries) != by_country or bool(one.industries) != by_industry:
        return False
    in_country = country in {name.casefold() for name in one.countries} or not by_country
    return in_country and (industry in map(folded, one.industries) or not by_industry)
