"""The estimated time left: within three tenths of the truth from the first tenth on."""

from __future__ import annotations

import pytest

from smartsync_core.http.rates import Rate, RateLimiter
from smartsync_core.model.crm import Window
from smartsync_core.planning.pace import Work, left_s, weighed

WHOLE_S = 29.4
FORESEEN = Work(calls=139, records=22_000)
MEASURED = [  # of an import of 5,000 rows: seconds, calls, sends answered and records read back
    (7.3, 40, 2_600),
    (8.7, 48, 4_200),
    (10.0, 56, 5_800),
    (12.5, 72, 8_200),
    (15.8, 80, 9_000),
    (17.8, 100, 11_400),
    (20.2, 104, 13_000),
    (22.1, 114, 15_000),
    (24.3, 116, 17_000),
    (25.9, 136, 18_800),
]


@pytest.mark.parametrize(("worked_s", "calls", "records"), MEASURED)
def test_what_is_said_is_within_three_tenths_of_what_was_left(
    worked_s: float, calls: int, records: int
) -> None:
    said = left_s(worked_s, Work(calls=calls, records=records), FORESEEN)
    assert said == pytest.approx(WHOLE_S - worked_s, rel=0.3)


def test_nothing_is_said_before_anything_was_done() -> None:
    assert left_s(3.0, Work(calls=0, records=0), FORESEEN) is None


def test_a_run_that_needed_more_calls_than_foreseen_is_still_not_done() -> None:
    assert (left_s(30.0, Work(calls=150, records=11_000), FORESEEN) or 0) > 10


def test_what_is_done_has_nothing_left() -> None:
    assert left_s(30.0, FORESEEN, FORESEEN) == 0


def test_calls_of_a_narrow_window_count_for_as_many_more() -> None:
    limiter = RateLimiter({Window.APP: Rate(calls=200), Window.SEARCH: Rate(calls=50)})
    assert weighed({Window.APP: 10, Window.SEARCH: 3}, limiter) == pytest.approx(10 + 3 * 4)


def test_where_nothing_limits_all_calls_count_the_same() -> None:
    assert weighed({Window.APP: 10, Window.SEARCH: 3}, None) == 13
