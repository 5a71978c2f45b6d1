"""Every number of the charts, beside a query of its own: written apart, row by row, without a word shared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from importlib import import_module
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from smartsync_core.store.charts import Charts
from smartsync_core.store.database import Database
from smartsync_core.store.tables import metadata
from tests.store.two_months import NOW, REAL, SINCE, UNDONE, ZONE, two_months


def number(conn: sa.Connection, query: str, **given: object) -> Any:
    return conn.execute(sa.text(query), given).scalar_one()


def test_did_it_land_counts_each_row_in_its_week_and_outcome(charts: Charts, asked: sa.Connection) -> None:
    found = charts.landed(SINCE)
    assert {one.undone for one in found} == {True, False}
    for one in found:
        undone = "" if one.undone else "NOT"
        query = f"""
            SELECT count(*) FROM run_rows WHERE outcome = :outcome AND run_id {undone} IN ('{UNDONE}') AND run_id IN (
                SELECT runs.id {REAL} AND crm_integrations.kind IN ('production', 'sandbox') AND approved_at >= :since
                AND CAST(timezone('{ZONE}', approved_at) AS DATE) BETWEEN :monday AND :sunday)"""
        week = {"monday": one.week, "sunday": one.week + timedelta(days=6)}
        assert one.rows == number(asked, query, outcome=one.outcome, since=SINCE, **week)
        first = number(asked, f"{query} AND repair IS NULL", outcome=one.outcome, since=SINCE, **week)
        assert one.first_pass == first
        assert one.week.weekday() == 0
    every = "SELECT count(*) FROM run_rows WHERE run_id IN (SELECT runs.id " + REAL
    every += " AND crm_integrations.kind <> 'practice' AND approved_at >= :since)"
    assert sum(one.rows for one in found) == number(asked, every, since=SINCE)


def test_why_not_counts_rows_by_what_was_said_at_their_first_try(
    charts: Charts, asked: sa.Connection
) -> None:
    found = charts.why(SINCE, limit=99)
    assert {one.recipe for one in found} == {"", "Fair"}
    assert "rows_disagree" not in {one.code for one in found}, "a remark keeps no row from landing"
    assert [one.rows for one in found] == sorted((one.rows for one in found), reverse=True)
    for one in found:
        own = f"""
            SELECT DISTINCT w.run_id, w.row_no FROM {{table}} AS w
            JOIN run_rows AS r ON r.run_id = w.run_id AND r.row_no = w.row_no
            WHERE w.code = :code AND w.field = :field AND r.run_id IN (
                SELECT runs.id {REAL} AND crm_integrations.kind <> 'practice' AND approved_at >= :since
                AND (options ->> 'recipe_name') = :recipe) AND {{which}}"""
        waits = own.format(
            table="run_reasons",
            which="r.repair IS NULL AND (r.outcome = 'blocked' OR r.outcome = 'failed' OR r.outcome = 'in_doubt')",
        )
        mended = own.format(table="run_first_reasons", which="r.repair = 1")
        query = f"SELECT count(*) FROM ({waits} UNION {mended}) AS both_of_them"
        given = {"code": one.code, "field": one.field, "recipe": one.recipe, "since": SINCE}
        assert one.rows == number(asked, query, **given)
    assert charts.why(SINCE) == found[:8]


def test_waiting_on_people_counts_open_rows_by_age(charts: Charts, asked: sa.Connection) -> None:
    edges = dict(zip(("<1", "1-3", "3-7", ">7"), pairwise([0, 1, 3, 7, 9_999]), strict=True))
    found = charts.waiting(NOW)
    assert [one.days for one in found] == list(edges)
    for one in found:
        youngest, oldest = (NOW - timedelta(days=days) for days in edges[one.days])
        query = f"""
            SELECT count(*) FROM run_rows WHERE outcome IN ('blocked', 'failed', 'in_doubt') AND run_id <> '{UNDONE}'
            AND run_id IN (SELECT runs.id {REAL} AND crm_integrations.kind <> 'practice'
                           AND approved_at <= :youngest AND approved_at > :oldest)"""
        assert one.rows == number(asked, query, youngest=youngest, oldest=oldest)
    assert sum(one.rows for one in found) > 0


def test_file_to_crm_time_tells_machine_from_waiting(charts: Charts, asked: sa.Connection) -> None:
    found = charts.took(SINCE)
    assert len(found) > 1
    for one in found:
        lowest = {100: 0, 1_000: 100, 10_000: 1_000, 0: 10_000}[one.most_rows]
        chosen = f"""
            SELECT extract(epoch FROM finished_at - u.created_at) AS total,
                   extract(epoch FROM runs.created_at - u.created_at)
                   + extract(epoch FROM approved_at - planned_at) + waited_s AS idle
            FROM runs JOIN uploads AS u ON u.id = runs.upload_id
            WHERE runs.id IN (SELECT runs.id {REAL} AND crm_integrations.kind <> 'practice')
            AND state = 'done' AND approved_at >= :since AND runs.row_count > :lowest AND runs.row_count <= :highest"""
        given = {"since": SINCE, "lowest": lowest, "highest": one.most_rows or 10**9}
        rows = [(float(total), float(idle)) for total, idle in asked.execute(sa.text(chosen), given)]
        assert one.imports == len(rows)
        totals = [total for total, _ in rows]
        machine, idle = [total - idle for total, idle in rows], [idle for _, idle in rows]
        measured = [one.median_s, one.p90_s, one.machine_median_s, one.machine_p90_s]
        measured += [one.waiting_median_s, one.waiting_p90_s]
        wanted = [between(values, share) for values in (totals, machine, idle) for share in (0.5, 0.9)]
        assert measured == pytest.approx(wanted)


def test_what_it_did_to_our_data_counts_cells_and_regrets(charts: Charts, asked: sa.Connection) -> None:
    found = charts.cells(SINCE, NOW)
    assert {one.field for one in found} == {"phone", "lastname"}, "the others tell nothing of who or whose"
    assert sum(one.regretted for one in found) > 0
    for one in found:
        lines = f"""
            FROM crm_sync_logs AS l WHERE operation = 'update' AND status = 'success' AND l.created_at >= :since
            AND run_id IN (SELECT runs.id {REAL} AND crm_integrations.kind <> 'practice')"""
        old, new = f"(before ->> '{one.field}')", f"(after ->> '{one.field}')"
        for counted, effect in (
            (one.filled, f"{old} IS NULL AND {new} IS NOT NULL"),
            (one.replaced, f"{old} IS NOT NULL AND {new} IS NOT NULL"),
            (one.emptied, f"{old} IS NOT NULL AND {new} IS NULL"),
        ):
            assert counted == number(asked, f"SELECT count(*) {lines} AND {effect}", since=SINCE)
        judged = f"""
            SELECT count(*) {lines} AND {old} IS NOT NULL AND {new} IS NOT NULL AND l.integration_id = 'b'
            AND l.created_at BETWEEN :early AND :late"""
        days = {"early": NOW - timedelta(days=28), "late": NOW - timedelta(days=14)}
        assert one.judged == number(asked, judged, since=SINCE, **days)
        changed = f"""{judged} AND crm_record_id IN (
            SELECT record_id FROM webhook_changes AS w WHERE field = '{one.field}' AND source = 'CRM_UI' AND object_type = '0-1'
            AND w.occurred_at > l.created_at AND w.occurred_at <= l.created_at + INTERVAL '336 hours')"""
        assert one.regretted == number(asked, changed, since=SINCE, **days)


def test_the_pace_is_that_of_the_ledger(charts: Charts, asked: sa.Connection) -> None:
    found = charts.pace(SINCE)
    assert sum(one.sent for one in found) > 0
    for one in found:
        lines = f"""
            FROM crm_sync_logs WHERE integration_id IN ('a', 'b') AND created_at >= :since
            AND CAST(timezone('{ZONE}', created_at) AS DATE) BETWEEN :monday AND :sunday"""
        week = {"since": SINCE, "monday": one.week, "sunday": one.week + timedelta(days=6)}
        assert one.sent == number(asked, f"SELECT count(*) {lines}", **week)
        assert one.succeeded == number(asked, f"SELECT count(*) {lines} AND status = 'success'", **week)
        for column, measured in (("duration_ms", one.sync), ("enrichment_time_ms", one.enrichment)):
            query = sa.text(f"SELECT {column} {lines} AND {column} IS NOT NULL")
            values = [float(value) for value in asked.execute(query, week).scalars()]
            assert measured == pytest.approx([between(values, share) for share in (0.5, 0.9, 0.99)])


def between(values: Sequence[float], share: float) -> float:
    """The percentile, straight between the two values around it."""
    ordered, place = sorted(values), share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def test_imports_that_were_settled_before_are_counted_by_the_migration_as_all_others_are(
    database: Database,
) -> None:
    two_months(database)
    before = _counted(database)
    assert all(before.values())
    with database.write() as conn:
        for table in (*before, "need_assignees"):
            conn.execute(sa.text(f"DROP TABLE {table}"))
    with database.write() as conn, Operations.context(MigrationContext.configure(conn)):
        import_module("smartsync_core.store.migrations.versions.0020_settled_counts").upgrade()
    assert _counted(database) == before


def _counted(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.read() as conn:
        return {
            name: sorted(map(tuple, conn.execute(sa.select(metadata.tables[name]))))
            for name in ("settled_outcomes", "settled_reasons", "settled_cells")
        }
