"""The back-test: learns from older deals, measures on later ones, and would rather say nothing than something false."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from smartsync_core.scoring.backtest import BackTest, Deals, Verdict, back_test
from smartsync_core.scoring.measures import auc, calibration, lift, off_by
from smartsync_core.scoring.points import Numbers, Truths, logistic

INDUSTRIES = ("Software", "Retail", "Mining", "Farming")


def history(deals: int = 1500, *, signal: float = 1.0, seed: int = 3) -> Deals:
    """Won more often in software and by larger companies; the office they called from says nothing."""
    chance = np.random.default_rng(seed)
    industry = chance.integers(0, len(INDUSTRIES), deals)
    people = np.exp(chance.normal(4, 1, deals))
    odds = signal * (1.4 * (industry == 0) - 0.9 * (industry == 2) + 0.8 * (np.log(people) - 4)) - 0.5
    return Deals(
        won=chance.random(deals) < 1 / (1 + np.exp(-odds)),
        days=tuple(date(2024, 1, 1) + timedelta(days=int(day)) for day in chance.integers(0, 700, deals)),
        columns={
            "Industry": [INDUSTRIES[one] for one in industry],
            "Employees": [None if number % 17 == 0 else float(one) for number, one in enumerate(people)],
            "Office": [f"Office {one}" for one in chance.integers(0, 6, deals)],
        },
    )


def plain_regression(deals: Deals, found: BackTest) -> float:
    """AUC on the later deals of a logistic regression over the raw columns, unrounded."""
    assert found.until is not None
    older = np.array([day <= found.until for day in deals.days])
    people = [one if one is not None else np.nan for one in deals.columns["Employees"]]
    size = np.log(np.array(people, dtype=float))
    size = np.where(np.isnan(size), np.nanmean(size), size)
    dummies = [np.array([one == name for one in deals.columns["Industry"]]) for name in INDUSTRIES[1:]]
    x = np.column_stack([np.ones(len(deals.won)), size, *dummies]).astype(float)
    weights = logistic(x[older], deals.won[older], ridge=1e-6)
    return auc((x @ weights)[~older], deals.won[~older])


@pytest.fixture(scope="module")
def found() -> BackTest:
    return back_test(history())


def test_a_set_with_signal_comes_close_to_a_plain_logistic_regression(found: BackTest) -> None:
    assert found.verdict is Verdict.PROPOSAL
    assert found.measures is not None
    assert found.measures.auc.value >= plain_regression(history(), found) - 0.02
    assert found.measures.auc.low > 0.5
    assert found.measures.brier < found.measures.brier_of_base_rate
    assert found.measures.lift_10 > 1.3
    assert found.measures.off_by < 0.1


def test_the_points_say_what_the_deals_say_and_are_whole(found: BackTest) -> None:
    points = {(one.column, one.value): one.points for one in found.proposal}
    assert points["Industry", "Software"] > 0 > points["Industry", "Mining"]
    bands = [one.points for one in found.proposal if one.column == "Employees"]
    assert bands[-1] != bands[0]
    assert all(isinstance(one.points, int) for one in found.proposal)


def test_it_is_measured_on_later_deals_than_it_learnt_from(found: BackTest) -> None:
    assert found.until is not None
    days = history().days
    assert (found.learnt_from, found.tried_on) == (
        sum(day <= found.until for day in days),
        sum(day > found.until for day in days),
    )
    assert 0.2 < found.tried_on / found.deals < 0.4


@pytest.mark.parametrize("seed", range(4))
def test_where_the_outcomes_are_shuffled_it_finds_no_signal(seed: int) -> None:
    deals = history(seed=seed)
    shuffled = np.random.default_rng(seed).permutation(deals.won)
    found = back_test(replace(deals, won=shuffled))
    assert found.verdict is Verdict.NO_SIGNAL
    assert found.proposal == ()
    assert found.measures is None


@pytest.mark.parametrize("deals", [0, 120, 399])
def test_too_few_deals_are_refused_with_the_counts(deals: int) -> None:
    found = back_test(history(deals))
    assert found.verdict is Verdict.TOO_FEW
    assert found.why.startswith(f"{deals} closed deals")


def test_too_few_of_the_rarer_kind_are_refused() -> None:
    deals = history()
    won = np.zeros(len(deals.won), dtype=bool)
    won[:60] = True
    assert back_test(replace(deals, won=won)).verdict is Verdict.TOO_FEW


def test_a_handful_of_numbers_gives_no_points() -> None:
    deals = history()
    few = [float(won) for won in deals.won[:9]] + [None] * (len(deals.won) - 9)
    found = back_test(replace(deals, columns={**deals.columns, "Visits": few}))
    assert found.passed_over["Visits"] == "it is hardly ever filled"
    assert "Visits" not in {one.column for one in found.proposal}


def test_a_column_that_was_filled_afterwards_is_named_and_left_out() -> None:
    deals = history()
    reason = ["" if won else "Too dear" for won in deals.won]
    paid = [float(won) * 900 + number % 5 for number, won in enumerate(deals.won)]
    found = back_test(replace(deals, columns={**deals.columns, "Reason": reason, "Paid": paid}))
    assert set(found.leaking) == {"Paid"}
    assert found.passed_over["Reason"] == "it says the same everywhere"
    assert not {one.column for one in found.proposal} & {"Paid", "Reason"}

    told = [f"Reason {number % 3}" if not won else "" for number, won in enumerate(deals.won)]
    assert "Told" in back_test(replace(deals, columns={**deals.columns, "Told": told})).leaking


def test_a_card_that_ranks_as_well_is_kept() -> None:
    deals = history()
    industry, people = deals.columns["Industry"], deals.columns["Employees"]
    size = np.array([np.log(float(one)) - 4 if one is not None else 0 for one in people])
    card = np.array([{"Software": 14, "Mining": -9}.get(str(one), 0) for one in industry]) + 8 * size
    assert back_test(replace(deals, card=card)).verdict is Verdict.NO_GAIN
    worse = back_test(replace(deals, card=-card))
    assert worse.verdict is Verdict.PROPOSAL
    assert worse.gain is not None
    assert worse.gain.low > 0


def test_half_of_the_deals_on_the_last_day_are_what_the_older_half_is_tried_on() -> None:
    deals = history()
    last = date(2026, 1, 31)
    found = back_test(replace(deals, days=(*deals.days[:750], *[last] * 750)))
    assert found.verdict is Verdict.PROPOSAL
    assert (found.learnt_from, found.tried_on) == (750, 750)
    assert found.until == max(deals.days[:750])


@pytest.mark.parametrize("before", [0, 300])
def test_where_nearly_all_closed_on_the_last_day_it_says_that_and_not_too_few(before: int) -> None:
    deals = history()
    found = back_test(replace(deals, days=(*deals.days[:before], *[date(2026, 1, 31)] * (1500 - before))))
    assert found.verdict is Verdict.NO_LATER
    assert found.why.startswith("Too many of the deals were closed on the last day, 2026-01-31")


def test_bands_of_a_proposal_have_their_ends(found: BackTest) -> None:
    bands = [one for one in found.proposal if one.column == "Employees"]
    assert all(one.low is not None or one.high is not None for one in bands)
    assert all(one.low is None and one.high is None for one in found.proposal if one.column == "Industry")


def test_the_same_deals_give_the_same_answer() -> None:
    deals = history(600)
    assert back_test(deals) == back_test(deals)


def test_measures_by_hand() -> None:
    points: Numbers = np.array([1.0, 2.0, 2.0, 3.0])
    won: Truths = np.array([False, False, True, True])
    assert auc(points, won) == 0.875
    assert lift(points, won, 0.25) == 2.0
    bins = calibration(np.array([0.1, 0.1, 0.9, 0.9]), won, bins=2)
    assert [(one.deals, one.came) for one in bins] == [(2, 0.0), (2, 1.0)]
    assert off_by(bins) == pytest.approx(0.1)
