"""What stands behind a bar: as many rows, values and imports as it shows, by queries of their own."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from smartsync_core.store.behind import Behind
from smartsync_core.store.charts import Charts
from smartsync_core.store.database import Database
from smartsync_core.store.orgs import DEFAULT_ORG_ID as ORG
from tests.store.two_months import NOW, SINCE, UNDONE, ZONE


@pytest.fixture
def behind(database: Database) -> Behind:
    return Behind(database, ORG, ZONE)


def test_behind_a_week_are_the_imports_with_rows_of_that_outcome(
    behind: Behind, charts: Charts, asked: sa.Connection
) -> None:
    found = charts.landed(SINCE - timedelta(days=365))
    assert {one.undone for one in found} == {True, False}
    for one in found:
        imports = behind.landed(one.week, one.outcome, undone=one.undone)
        assert sum(each.number for each in imports) == one.rows
        assert (UNDONE in {each.run_id for each in imports}) == one.undone


def test_behind_a_reason_are_its_imports_and_all_its_rows_also_those_corrected_since(
    behind: Behind, charts: Charts, asked: sa.Connection
) -> None:
    found = charts.why(SINCE, limit=99)
    corrected = set()
    for one in found:
        assert sum(each.number for each in behind.why(SINCE, one)) == one.rows
        rows = behind.why_rows(SINCE, one, limit=one.rows + 5)
        assert len({(each.run_id, each.row) for each in rows}) == len(rows) == one.rows
        parts = [behind.why_rows(SINCE, one, limit=7, offset=offset) for offset in range(0, one.rows, 7)]
        assert [each for part in parts for each in part] == rows
        for each in rows:
            corrected.add(each.corrected)
            table = "run_first_reasons" if each.corrected else "run_reasons"
            query = f"SELECT message FROM {table} WHERE run_id = :run AND row_no = :row AND code = :code AND field = :field"
            given = {"run": each.run_id, "row": each.row, "code": one.code, "field": one.field}
            assert each.message in asked.execute(sa.text(query), given).scalars().all()
            now = "SELECT outcome FROM run_rows WHERE run_id = :run AND row_no = :row"
            assert each.outcome == asked.execute(sa.text(now), given).scalar_one()
    assert corrected == {True, False}


def test_behind_an_age_are_the_imports_that_wait_so_long(
    behind: Behind, charts: Charts, asked: sa.Connection
) -> None:
    edges = zip(("<1", "1-3", "3-7", ">7"), pairwise([0, 1, 3, 7, 9_999]), strict=True)
    ages = {name: (timedelta(days=low), timedelta(days=high)) for name, (low, high) in edges}
    approved = dict(map(tuple, asked.execute(sa.text("SELECT id, approved_at FROM runs"))))
    for one in charts.waiting(NOW):
        imports = behind.waiting(NOW, one.days)
        assert sum(each.number for each in imports) == one.rows
        youngest, oldest = ages[one.days]
        assert all(youngest <= NOW - approved[each.run_id] < oldest for each in imports)


def test_behind_a_size_are_its_imports_the_slowest_first(
    behind: Behind, charts: Charts, asked: sa.Connection
) -> None:
    for one in charts.took(SINCE):
        imports = behind.took(SINCE, one.most_rows)
        assert len(imports) == one.imports
        assert [each.total_s for each in imports] == sorted((each.total_s for each in imports), reverse=True)
        for each in imports:
            query = """
                SELECT extract(epoch FROM finished_at - u.created_at) FROM runs JOIN uploads AS u ON u.id = runs.upload_id
                WHERE runs.id = :run"""
            assert each.total_s == float(asked.execute(sa.text(query), {"run": each.run_id}).scalar_one())
            assert 0 <= each.waiting_s <= each.total_s


def test_behind_what_was_done_to_a_field_are_as_many_values_as_the_bar_shows(
    behind: Behind, charts: Charts, asked: sa.Connection
) -> None:
    for one in charts.cells(SINCE, NOW):
        for effect in ("filled", "replaced", "emptied"):
            imports = behind.cells(SINCE, one.object, one.field, effect)
            assert sum(each.number for each in imports) == getattr(one, effect)
            assert all(each.number for each in imports)
