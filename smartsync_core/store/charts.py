"""The numbers behind the charts of History: one query each, over all imports that wrote; practice accounts never count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from smartsync_core.model.crm import AccountKind
from smartsync_core.model.plan import NOTE_CODES
from smartsync_core.model.run import RunState
from smartsync_core.store.cells import KEY_FIELDS
from smartsync_core.store.database import Database
from smartsync_core.store.inbox import open_imports
from smartsync_core.store.repairs import OPEN
from smartsync_core.store.tables import (
    crm_integrations,
    crm_sync_logs,
    run_first_reasons,
    run_reasons,
    run_rows,
    runs,
    uploads,
)

__all__ = ["CellsOfField", "Charts", "ImportCount", "Landed", "Pace", "Took", "Waits", "Why"]


@dataclass(frozen=True, kw_only=True)
class Landed:
    """Rows of imports that were approved in one week."""

    week: date  # its Monday
    outcome: str
    undone: bool  # the whole import was taken back since
    rows: int
    first_pass: int  # of them without a repair


@dataclass(frozen=True, kw_only=True)
class Why:
    """Rows that did not land at their first try, by what was said of them."""

    code: str
    field: str  # "" = the whole row
    recipe: str  # "" = none
    rows: int
    example: str


@dataclass(frozen=True, kw_only=True)
class ImportCount:
    """An import behind a bar, and how many of its rows are in it."""

    run_id: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Rows that wait for a person, by the days since their import was approved."""

    days: str  # "<1" | "1-3" | "3-7" | ">7"
    rows: int


@dataclass(frozen=True, kw_only=True)
class Took:
    """Finished imports of one size: from the upload to the last row read back, in seconds."""

    most_rows: int  # of the band; 0 = no bound
    imports: int
    median_s: float
    p90_s: float
    machine_median_s: float
    machine_p90_s: float
    waiting_median_s: float  # for a person, or for a new day of the CRM's limit
    waiting_p90_s: float


@dataclass(frozen=True, kw_only=True)
class CellsOfField:
    """What imports did to one field of records that were there. `judged` ⊂ replaced: at least 14 days ago, in accounts that
    tell of changes; `regretted` ⊂ judged: a person changed it again within 14 days."""

    object: str
    field: str
    filled: int
    replaced: int
    emptied: int
    judged: int
    regretted: int


@dataclass(frozen=True, kw_only=True)
class Pace:
    """What was sent in one week, by the ledger. Times in ms; None where nothing was measured."""

    week: date
    sent: int
    succeeded: int
    sync: tuple[float | None, float | None, float | None]  # p50, p90, p99
    enrichment: tuple[float | None, float | None, float | None]


BANDS = (100, 1_000, 10_000, 0)


class Charts:
    """Bound to one org. `zone` names the time zone whose weeks and days count."""

    def __init__(self, database: Database, org_id: str, zone: str = "UTC") -> None:
        self._database = database
        self._org_id = org_id
        self._zone = zone

    def landed(self, since: datetime) -> list[Landed]:
        """Rows per week, outcome and whether they were taken back; oldest week first."""
        r = run_rows
        week, undone = self._week(runs.c.approved_at).label("week"), self._undone().label("undone")
        chosen = (
            sa.select(runs.c.id, week, undone)
            .select_from(self._imports())
            .where(*self._written(since))
            .subquery()
        )
        query = (
            sa.select(
                chosen.c.week,
                r.c.outcome,
                chosen.c.undone,
                sa.func.count().label("n"),
                sa.func.count().filter(r.c.repair.is_(None)).label("first"),
            )
            .select_from(r.join(chosen, chosen.c.id == r.c.run_id))
            .where(r.c.org_id == self._org_id, r.c.outcome.is_not(None))
            .group_by(chosen.c.week, r.c.outcome, chosen.c.undone)
            .order_by(chosen.c.week, r.c.outcome, chosen.c.undone)
        )
        with self._database.read() as conn:
            return [
                Landed(
                    week=one.week,
                    outcome=one.outcome,
                    undone=one.undone,
                    rows=one.n,
                    first_pass=one.first,
                )
                for one in conn.execute(query)
            ]

    def landed_imports(self, week: date, outcome: str) -> list[ImportCount]:
        """The imports of a week with rows of that outcome, most rows first."""
        r = run_rows
        query = self._counted(
            r.join(runs, runs.c.id == r.c.run_id).join(
                crm_integrations, crm_integrations.c.id == runs.c.integration_id
            ),
            sa.func.count(),
            r.c.outcome == outcome,
            self._week(runs.c.approved_at) == week,
            *self._written(None),
        )
        return self._import_counts(query)

    def why(self, since: datetime, limit: int = 8) -> list[Why]:
        """The most frequent reasons of rows that did not land at their first try, the most rows first."""
        said = self._said(since)
        count = sa.func.count(sa.distinct(said.c.run_id + ":" + sa.cast(said.c.row_no, sa.String)))
        query = (
            sa.select(
                said.c.code,
                said.c.field,
                said.c.recipe,
                count.label("n"),
                sa.func.min(said.c.message).label("example"),
            )
            .group_by(said.c.code, said.c.field, said.c.recipe)
            .order_by(count.desc(), said.c.code, said.c.field, said.c.recipe)
            .limit(limit)
        )
        with self._database.read() as conn:
            return [
                Why(code=one.code, field=one.field, recipe=one.recipe, rows=one.n, example=one.example)
                for one in conn.execute(query)
            ]

    def why_imports(self, since: datetime, why: Why) -> list[ImportCount]:
        """The imports behind one of `why`, most rows first."""
        said = self._said(since)
        count = sa.func.count(sa.distinct(said.c.row_no))
        query = (
            sa.select(said.c.run_id, count.label("n"))
            .where(said.c.code == why.code, said.c.field == why.field, said.c.recipe == why.recipe)
            .group_by(said.c.run_id)
            .order_by(count.desc(), said.c.run_id)
        )
        return self._import_counts(query)

    def waiting(self, now: datetime) -> list[Waits]:
        """All four ages, the youngest first."""
        age_s = _seconds(sa.literal(now, sa.TIMESTAMP(timezone=True)) - runs.c.approved_at)
        day = 86_400
        bucket = sa.case(
            (age_s < day, "<1"), (age_s < 3 * day, "1-3"), (age_s < 7 * day, "3-7"), else_=">7"
        ).label("days")
        joined = run_rows.join(runs, runs.c.id == run_rows.c.run_id).join(
            crm_integrations, crm_integrations.c.id == runs.c.integration_id
        )
        query = (
            sa.select(bucket, sa.func.count().label("n"))
            .select_from(joined)
            .where(*open_imports(self._org_id), _REAL)
            .group_by(bucket)
        )
        with self._database.read() as conn:
            found = {row.days: row.n for row in conn.execute(query)}
        return [Waits(days=days, rows=found.get(days, 0)) for days in ("<1", "1-3", "3-7", ">7")]

    def took(self, since: datetime) -> list[Took]:
        """Sizes that occur, the smallest first."""
        began = sa.func.least(uploads.c.created_at, runs.c.created_at)
        total = _seconds(runs.c.finished_at - began)
        waiting = (
            sa.func.coalesce(runs.c.waited_s, 0.0)
            + _seconds(runs.c.approved_at - runs.c.planned_at)
            + _seconds(runs.c.created_at - began)
        )
        band = sa.case(*((runs.c.row_count <= most, most) for most in BANDS if most), else_=0)
        chosen = (
            sa.select(band.label("band"), total.label("total"), waiting.label("waiting"))
            .select_from(self._imports().join(uploads, uploads.c.id == runs.c.upload_id))
            .where(*self._written(since), runs.c.state == RunState.DONE.value, runs.c.planned_at.is_not(None))
            .subquery()
        )
        machine = chosen.c.total - chosen.c.waiting
        query = sa.select(
            chosen.c.band,
            sa.func.count().label("n"),
            *(
                _percentile(share, value)
                for value in (chosen.c.total, machine, chosen.c.waiting)
                for share in (0.5, 0.9)
            ),
        ).group_by(chosen.c.band)
        with self._database.read() as conn:
            rows = conn.execute(query).all()
        found = [
            Took(
                most_rows=row[0],
                imports=row[1],
                median_s=row[2],
                p90_s=row[3],
                machine_median_s=row[4],
                machine_p90_s=row[5],
                waiting_median_s=row[6],
                waiting_p90_s=row[7],
            )
            for row in rows
        ]
        return sorted(found, key=lambda one: BANDS.index(one.most_rows))

    def cells(self, since: datetime, now: datetime) -> list[CellsOfField]:
        """Fields that say who a record is and whose, of records that were there; the most changed first."""
        fields = _FIELDS_DUCKDB if self._database.is_duckdb else _FIELDS_POSTGRESQL
        given = {"org": self._org_id, "since": since, "now": now, "fields": KEY_FIELDS, "people": _PEOPLE}
        query = sa.text(_CELLS.format(fields=fields)).bindparams(
            sa.bindparam("fields", expanding=True), sa.bindparam("people", expanding=True)
        )
        with self._database.read() as conn:
            return [CellsOfField(**row) for row in conn.execute(query, given).mappings()]

    def pace(self, since: datetime) -> list[Pace]:
        """Oldest week first. Sends in doubt count as sent until their answer is known."""
        log = crm_sync_logs
        week = self._week(log.c.created_at).label("week")
        query = (
            sa.select(
                week,
                sa.func.count().label("sent"),
                sa.func.count().filter(log.c.status == "success").label("succeeded"),
                *(_percentile(share, log.c.duration_ms) for share in _SHARES),
                *(_percentile(share, log.c.enrichment_time_ms) for share in _SHARES),
            )
            .select_from(log.join(crm_integrations, crm_integrations.c.id == log.c.integration_id))
            .where(log.c.org_id == self._org_id, log.c.created_at >= since, _REAL)
            .group_by(week)
            .order_by(week)
        )
        with self._database.read() as conn:
            return [
                Pace(
                    week=row[0],
                    sent=row[1],
                    succeeded=row[2],
                    sync=(row[3], row[4], row[5]),
                    enrichment=(row[6], row[7], row[8]),
                )
                for row in conn.execute(query)
            ]

    # Private

    def _imports(self) -> sa.Join:
        return runs.join(crm_integrations, crm_integrations.c.id == runs.c.integration_id)

    def _written(self, since: datetime | None) -> tuple[sa.ColumnElement[bool], ...]:
        here = (
            runs.c.org_id == self._org_id,
            runs.c.kind == "import",
            runs.c.approved_at.is_not(None),
            _REAL,
        )
        return here if since is None else (*here, runs.c.approved_at >= since)

    def _undone(self) -> sa.ColumnElement[bool]:
        undo = runs.alias("undo")
        return sa.exists().where(
            undo.c.undo_of == runs.c.id, undo.c.state == RunState.DONE.value, undo.c.part.is_(None)
        )

    def _week(self, column: sa.ColumnElement[datetime]) -> sa.ColumnElement[date]:
        return sa.cast(sa.func.date_trunc("week", sa.func.timezone(self._zone, column)), sa.Date)

    def _said(self, since: datetime) -> sa.Subquery:
        """What is, or was at first, said of each row that did not land at its first try."""
        r, now, first = run_rows, run_reasons, run_first_reasons
        waits = sa.and_(r.c.repair.is_(None), r.c.outcome.in_([one.value for one in OPEN]))
        recipe = sa.func.coalesce(runs.c.options["recipe_name"].as_string(), "").label("recipe")
        parts = []
        for said, which in ((now, waits), (first, r.c.repair.is_not(None))):
            parts.append(
                sa.select(r.c.run_id, r.c.row_no, said.c.code, said.c.field, said.c.message, recipe)
                .select_from(
                    r.join(runs, runs.c.id == r.c.run_id)
                    .join(crm_integrations, crm_integrations.c.id == runs.c.integration_id)
                    .join(said, sa.and_(said.c.run_id == r.c.run_id, said.c.row_no == r.c.row_no))
                )
                .where(*self._written(since), which, said.c.code.not_in(sorted(NOTE_CODES)))
            )
        return sa.union_all(*parts).subquery()

    def _counted(
        self, joined: sa.FromClause, count: sa.ColumnElement[int], *where: sa.ColumnElement[bool]
    ) -> sa.Select[tuple[str, int]]:
        return (
            sa.select(run_rows.c.run_id, count.label("n"))
            .select_from(joined)
            .where(*where)
            .group_by(run_rows.c.run_id)
            .order_by(count.desc(), run_rows.c.run_id)
        )

    def _import_counts(self, query: sa.Select[tuple[str, int]]) -> list[ImportCount]:
        with self._database.read() as conn:
            return [ImportCount(run_id=row.run_id, rows=row.n) for row in conn.execute(query)]


_REAL = crm_integrations.c.kind != AccountKind.PRACTICE.value
_SHARES = (0.5, 0.9, 0.99)


def _seconds(interval: sa.ColumnElement[Any]) -> sa.ColumnElement[float]:
    return sa.func.coalesce(sa.cast(sa.extract("epoch", interval), sa.Double), 0.0)


def _percentile(share: float, value: sa.ColumnElement[float]) -> sa.ColumnElement[float]:
    return sa.func.percentile_cont(share).within_group(value)


_PEOPLE: Sequence[str] = ("CRM", "CRM_UI", "MOBILE_ANDROID", "MOBILE_IOS")
"""Sources of a change, as HubSpot's webhooks name them, that are a person at a screen."""

_FIELDS_DUCKDB = "SELECT l.*, unnest(json_keys(l.after)) AS field FROM line AS l"
_FIELDS_POSTGRESQL = "SELECT l.*, k AS field FROM line AS l, json_object_keys(l.after) AS k"

_CELLS = """
WITH line AS (
    SELECT l.integration_id, l.sync_type, l.crm_record_id, l.before, l.after, l.created_at
    FROM crm_sync_logs AS l
    JOIN runs ON runs.id = l.run_id AND runs.kind = 'import'
    JOIN crm_integrations AS a ON a.id = l.integration_id AND a.kind <> 'practice'
    WHERE l.org_id = :org AND l.created_at >= :since AND l.operation = 'update' AND l.status = 'success'
),
cell AS ({fields}),
told AS (
    SELECT integration_id, sync_type, crm_record_id, field, created_at,
           before ->> field AS old, after ->> field AS new
    FROM cell WHERE field IN :fields
),
replaced AS (
    SELECT t.sync_type, t.field,
           count(*) AS judged,
           count(*) FILTER (WHERE EXISTS (
               SELECT 1 FROM webhook_changes AS w
               WHERE w.org_id = :org AND w.integration_id = t.integration_id
                 AND w.record_id = t.crm_record_id AND w.field = t.field
                 AND w.source IN :people AND w.occurred_at > t.created_at
                 AND w.occurred_at <= t.created_at + INTERVAL '14 days')) AS regretted
    FROM told AS t
    WHERE old IS NOT NULL AND new IS NOT NULL
      AND created_at <= CAST(:now AS TIMESTAMPTZ) - INTERVAL '14 days'
      AND created_at >= CAST(:now AS TIMESTAMPTZ) - INTERVAL '28 days'
      AND EXISTS (SELECT 1 FROM webhook_changes AS w WHERE w.org_id = :org AND w.integration_id = t.integration_id)
    GROUP BY t.sync_type, t.field
)
SELECT t.sync_type AS object, t.field,
       count(*) FILTER (WHERE old IS NULL AND new IS NOT NULL) AS filled,
       count(*) FILTER (WHERE old IS NOT NULL AND new IS NOT NULL) AS replaced,
       count(*) FILTER (WHERE new IS NULL) AS emptied,
       coalesce(max(r.judged), 0) AS judged, coalesce(max(r.regretted), 0) AS regretted
FROM told AS t LEFT JOIN replaced AS r ON r.sync_type = t.sync_type AND r.field = t.field
GROUP BY t.sync_type, t.field
ORDER BY count(*) DESC, t.sync_type, t.field"""
