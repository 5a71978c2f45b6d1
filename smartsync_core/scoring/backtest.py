"""Would the past have told? Points learnt from older closed deals are tried on later ones; nothing is put to use here.

Too few deals, or no signal, and nothing is proposed. What is measured is never measured on the deals that were learnt from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from smartsync_core.scoring.measures import Bin, Interval, auc, between, brier, calibration, lift, off_by
from smartsync_core.scoring.points import Column, Level, Numbers, Truths, chances, learn, why_not

__all__ = ["BackTest", "Deals", "Measures", "Verdict", "back_test"]

Places = npt.NDArray[np.intp]

_FEWEST, _FEWEST_OF_RARER = 400, 100
_LEARNT_FROM = 0.7  # of the deals, the oldest
_FEWEST_SHARE = 0.4  # of the deals, that have to be older than the later ones
_LEAKS = 0.95  # a column that ranks alone as well as this was filled afterwards, or says the outcome itself
_FOLDS = 5


class Verdict(StrEnum):
    TOO_FEW = "too_few"
    NO_LATER = "no_later"  # they cannot be parted into older ones and later ones to be tried on
    NO_SIGNAL = "no_signal"
    NO_GAIN = "no_gain"  # the score card in use ranks as well, as far as these deals can tell
    PROPOSAL = "proposal"


@dataclass(frozen=True, kw_only=True)
class Deals:
    """Closed ones, in any order. `card`: what the score card in use gives each; None where it knows none of the columns."""

    won: Truths
    days: tuple[date, ...]
    columns: Mapping[str, Column]
    card: Numbers | None = None


@dataclass(frozen=True, kw_only=True)
class Measures:
    """On the later deals alone."""

    auc: Interval
    lift_10: float
    lift_20: float
    brier: float
    brier_of_base_rate: float
    off_by: float
    calibration: tuple[Bin, ...]


@dataclass(frozen=True, kw_only=True)
class BackTest:
    verdict: Verdict
    why: str
    deals: int
    won: int
    base_rate: float
    learnt_from: int = 0
    tried_on: int = 0
    until: date | None = None  # the last day that was learnt from
    leaking: Mapping[str, float] = field(default_factory=dict)  # column → what it ranks alone; left out
    passed_over: Mapping[str, str] = field(default_factory=dict)  # column → why
    measures: Measures | None = None
    card: Interval | None = None  # what the score card in use ranks of the later deals
    gain: Interval | None = None  # over the score card in use
    proposal: tuple[Level, ...] = ()


def back_test(deals: Deals) -> BackTest:
    won, number = int(deals.won.sum()), len(deals.won)
    rarer = min(won, number - won)
    told = BackTest(
        verdict=Verdict.TOO_FEW, why="", deals=number, won=won, base_rate=won / number if number else 0.0
    )
    if number < _FEWEST or rarer < _FEWEST_OF_RARER:
        why = (
            f"{number} closed deals, {rarer} of the rarer kind: {_FEWEST} and {_FEWEST_OF_RARER} are needed. "
            "Below that the score card as it is does better than points that were learnt."
        )
        return replace(told, why=why)
    order = sorted(range(number), key=deals.days.__getitem__)
    until = _until([deals.days[place] for place in order])
    if until is None:
        last = deals.days[order[-1]]
        why = (
            f"Too many of the deals were closed on the last day, {last}: those before it are too few to learn from. "
            "Is the time column the day on which each deal was closed?"
        )
        return replace(told, verdict=Verdict.NO_LATER, why=why)
    older = np.array([place for place in order if deals.days[place] <= until], dtype=np.intp)
    later = np.array([place for place in order if deals.days[place] > until], dtype=np.intp)
    told = replace(told, learnt_from=len(older), tried_on=len(later), until=until)
    if not _both(deals.won[older]) or not _both(deals.won[later]):
        why = f"Until {until}, or after it, all deals ended alike: there is nothing to compare."
        return replace(told, verdict=Verdict.NO_LATER, why=why)
    leaking, passed_over, columns = _sorted_out(deals, older)
    told = replace(told, leaking=leaking, passed_over=passed_over)
    if not columns:
        return replace(told, verdict=Verdict.NO_SIGNAL, why="No column is left to learn from.")
    return _tried(deals, columns, older, later, told)


def _until(days: Sequence[date]) -> date | None:
    """The last day to learn from, of days in order: at least one day is left, and a fair share of the deals is before it."""
    until, last = days[int(_LEARNT_FROM * len(days)) - 1], days[-1]
    if until < last:
        return until
    before = [day for day in days if day < last]
    return before[-1] if len(before) >= _FEWEST_SHARE * len(days) else None


def _tried(
    deals: Deals, columns: Mapping[str, Column], older: Places, later: Places, told: BackTest
) -> BackTest:
    learnt = learn(_at(columns, older), deals.won[older])
    points, came = learnt.of(_at(columns, later)), deals.won[later]
    ranks = between(lambda places: auc(points[places], came[places]), came)
    if ranks.low <= 0.5:
        why = (
            f"What was learnt until {told.until} ranks the later deals no better than chance "
            f"(AUC {ranks.value:.2f}, between {ranks.low:.2f} and {ranks.high:.2f}): there is no signal in these columns."
        )
        return replace(told, verdict=Verdict.NO_SIGNAL, why=why)
    foretold = chances(_unseen(columns, older, deals.won), deals.won[older], points)
    bins = calibration(foretold, came)
    measures = Measures(
        auc=ranks,
        lift_10=lift(points, came, 0.1),
        lift_20=lift(points, came, 0.2),
        brier=brier(foretold, came),
        brier_of_base_rate=brier(np.full(len(came), deals.won[older].mean()), came),
        off_by=off_by(bins),
        calibration=tuple(bins),
    )
    told = _beside_card(replace(told, measures=measures), deals.card, later, points, came)
    if told.verdict is not Verdict.PROPOSAL:
        return told
    return replace(told, proposal=tuple(level for level in learnt.levels if level.points))


def _beside_card(
    told: BackTest, card: Numbers | None, later: Places, points: Numbers, came: Truths
) -> BackTest:
    if card is None:
        return replace(told, verdict=Verdict.PROPOSAL, why="Later deals are ranked better than by chance.")
    given = card[later]
    ranks = between(lambda places: auc(given[places], came[places]), came)
    gain = between(lambda places: auc(points[places], came[places]) - auc(given[places], came[places]), came)
    told = replace(told, card=ranks, gain=gain)
    if gain.low > 0:
        why = f"Later deals are ranked better than by the score card in use (AUC {gain.value:+.2f})."
        return replace(told, verdict=Verdict.PROPOSAL, why=why)
    why = (
        "The score card in use may rank later deals just as well "
        f"(AUC {gain.value:+.2f}, between {gain.low:+.2f} and {gain.high:+.2f}): keep it."
    )
    return replace(told, verdict=Verdict.NO_GAIN, why=why)


def _sorted_out(deals: Deals, older: Places) -> tuple[dict[str, float], dict[str, str], dict[str, Column]]:
    """Columns that leak, with what they rank alone; that can give no points, with the reason; and all others."""
    leaking, passed_over, left = dict[str, float](), dict[str, str](), dict[str, Column]()
    for name, values in deals.columns.items():
        here = _at({name: values}, older)
        if reason := why_not(here[name]):
            passed_over[name] = reason
            continue
        alone = auc(_unseen({name: values}, older, deals.won), deals.won[older])
        if max(alone, _filled_alone(here[name], deals.won[older])) > _LEAKS:
            leaking[name] = max(alone, _filled_alone(here[name], deals.won[older]))
        else:
            left[name] = values
    return leaking, passed_over, left


def _filled_alone(values: Column, won: Truths) -> float:
    """What it ranks that a cell is filled at all: a reason of loss stands at lost deals only."""
    filled = np.array([value not in (None, "") for value in values], dtype=float)
    alone = auc(filled, won)
    return max(alone, 1 - alone)


def _unseen(columns: Mapping[str, Column], places: Places, won: Truths) -> Numbers:
    """Points of deals, each by what was learnt from the others."""
    points = np.zeros(len(places))
    for fold in range(_FOLDS):
        mine = np.arange(len(places)) % _FOLDS == fold
        learnt = learn(_at(columns, places[~mine]), won[places[~mine]])
        points[mine] = learnt.of(_at(columns, places[mine]))
    return points


def _at(columns: Mapping[str, Column], places: Places) -> dict[str, Column]:
    return {name: [values[place] for place in places] for name, values in columns.items()}


def _both(won: Truths) -> bool:
    return bool(won.any()) and not bool(won.all())
