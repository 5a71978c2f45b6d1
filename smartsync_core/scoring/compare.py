"""Two score cards over the same companies: what publishing the new one would change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from smartsync_core.model.evidence import Evidence
from smartsync_core.scoring.card import ScoreCard
from smartsync_core.scoring.score import score

__all__ = ["CardDiff", "Moved", "compare_cards"]


@dataclass(frozen=True, kw_only=True)
class Moved:
    company: str
    old: int | None
    new: int | None


@dataclass(frozen=True, kw_only=True)
class CardDiff:
    """`moved` lists every company whose score changes, the largest change first."""

    target: int
    companies: int
    rise: int  # to the target or above
    fall: int  # below it
    gained: int  # had no score
    lost: int  # have none any more
    moved: tuple[Moved, ...]

    def sentence(self) -> str:
        rise = _companies(self.rise, f"rises to {self.target} or above", f"rise to {self.target} or above")
        fall = f"{self.fall} {'falls' if self.fall == 1 else 'fall'} below"
        return f"{rise}, {fall}; {len(self.moved)} of {self.companies} change."


def compare_cards(
    old: ScoreCard,
    new: ScoreCard,
    companies: Iterable[tuple[str, Sequence[Evidence]]],
    as_of: datetime,
) -> CardDiff:
    """`companies` are (key, evidence). Both cards are measured by the new one's target."""
    pairs = [
        Moved(
            company=company,
            old=score(old, evidence, as_of).overall,
            new=score(new, evidence, as_of).overall,
        )
        for company, evidence in companies
    ]
    target = new.target
    return CardDiff(
        target=target,
        companies=len(pairs),
        rise=sum(_reaches(one.new, target) and not _reaches(one.old, target) for one in pairs),
        fall=sum(_reaches(one.old, target) and not _reaches(one.new, target) for one in pairs),
        gained=sum(one.old is None and one.new is not None for one in pairs),
        lost=sum(one.old is not None and one.new is None for one in pairs),
        moved=tuple(sorted((one for one in pairs if one.old != one.new), key=_largest)),
    )


def _reaches(overall: int | None, target: int) -> bool:
    return overall is not None and overall >= target


def _largest(one: Moved) -> tuple[int, str]:
    return -abs((one.new or 0) - (one.old or 0)), one.company


def _companies(count: int, one: str, many: str) -> str:
    return f"1 company {one}" if count == 1 else f"{count} companies {many}"
