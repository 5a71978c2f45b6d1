"""Times of the API's calls, kept per hour: the same percentiles as of the calls themselves."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

from smartsync_core.store.call_times import CallTimes
from smartsync_core.store.database import Database
from smartsync_core.store.orgs import DEFAULT_ORG_ID as ORG

MONDAY = datetime(2026, 11, 16, 10, tzinfo=UTC)  # 23:00 of that Monday in Auckland


def test_percentiles_are_those_of_all_calls_of_a_week_whenever_they_were_handed_over(
    database: Database,
) -> None:
    dice, times = random.Random(3), CallTimes(database, ORG)
    calls = [dice.choice([4, 12, 35, 120, 480]) for _ in range(301)]
    for part in (calls[:100], calls[100:101], calls[101:]):
        times.add(Counter((MONDAY + timedelta(hours=place % 3), ms) for place, ms in enumerate(part)))
    ordered = sorted(calls)
    (week,) = times.weeks(MONDAY - timedelta(days=1))
    assert week.week == date(2026, 11, 16)
    assert week.calls == 301
    assert week.ms == (ordered[150], ordered[270], ordered[297]), "the 151st, 271st and 298th of 301"


def test_a_call_counts_in_the_week_of_the_time_zone(database: Database) -> None:
    times = CallTimes(database, ORG)
    times.add({(MONDAY - timedelta(days=1), 5): 1})  # Sunday in London, Sunday 23:00 in Auckland
    times.add({(MONDAY - timedelta(hours=21), 7): 1})  # Sunday 13:00 in London, Monday 02:00 in Auckland
    since = MONDAY - timedelta(days=30)
    assert [one.week for one in times.weeks(since)] == [date(2026, 11, 9)]
    weeks = times.weeks(since, "Pacific/Auckland")
    assert [(one.week, one.calls) for one in weeks] == [(date(2026, 11, 9), 1), (date(2026, 11, 16), 1)]


def test_calls_before_the_time_that_is_looked_at_do_not_count(database: Database) -> None:
    times = CallTimes(database, ORG)
    times.add({(MONDAY - timedelta(days=8), 5): 1})
    assert times.weeks(MONDAY - timedelta(days=7)) == []
