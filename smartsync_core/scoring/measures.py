"""How well numbers rank what happened, and how far foretold chances agree with it. Intervals by resampling, always the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Bin", "Interval", "auc", "between", "brier", "calibration", "lift", "off_by"]

Numbers = npt.NDArray[np.float64]
Truths = npt.NDArray[np.bool_]

_RESAMPLES = 1_000
_SEED = 7


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A measure, and the bounds of 95 of 100 resamples of the same deals."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Deals of like chances: how often it was foretold on average, and how often it came."""

    deals: int
    foretold: float
    came: float


def auc(points: Numbers, won: Truths) -> float:
    """The chance that a won deal ranks above a lost one; equal points count half."""
    ordered, place = np.unique(points, return_inverse=True)
    counts = np.bincount(place, minlength=len(ordered))
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    wins = int(won.sum())
    losses = len(won) - wins
    return float((ranks[won].sum() - wins * (wins + 1) / 2) / (wins * losses))


def between(measure: Callable[[npt.NDArray[np.intp]], float], won: Truths) -> Interval:
    """`measure` is given the places of the deals to be looked at. Each resample keeps the number of won and lost ones."""
    chance = np.random.default_rng(_SEED)
    wins, losses = np.flatnonzero(won), np.flatnonzero(~won)
    drawn = [
        measure(np.concatenate([chance.choice(wins, len(wins)), chance.choice(losses, len(losses))]))
        for _ in range(_RESAMPLES)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return Interval(value=measure(np.arange(len(won))), low=float(low), high=float(high))


def lift(points: Numbers, won: Truths, share: float) -> float:
    """How many times as often the best `share` was won as all were; deals of the same points count in proportion."""
    most = max(round(share * len(won)), 1)
    edge = np.sort(points)[-most]
    above, at = points > edge, points == edge
    taken = won[above].sum() + won[at].mean() * (most - above.sum())
    return float(taken / most / won.mean())


def brier(chances: Numbers, won: Truths) -> float:
    return float(((chances - won) ** 2).mean())


def calibration(chances: Numbers, won: Truths, bins: int = 10) -> list[Bin]:
    """By rising chances, in bins of equal size."""
    order = np.argsort(chances, kind="stable")
    return [
        Bin(deals=len(part), foretold=float(chances[part].mean()), came=float(won[part].mean()))
        for part in np.array_split(order, bins)
        if len(part)
    ]


def off_by(bins: list[Bin]) -> float:
    """By how much foretold and came differ on average (ECE)."""
    return sum(one.deals * abs(one.foretold - one.came) for one in bins) / sum(one.deals for one in bins)
