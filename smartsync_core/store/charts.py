"""The numbers behind the charts of History: one query each, over all imports that wrote; practice accounts never count.

Rows and cells are counted when an import is settled; here they are only added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from smartsync_core.model.crm import ObjectName
from smartsync_core.store import charted
from smartsync_core.store.cells import KEY_FIELDS
from smartsync_core.store.database import Database
from smartsync_core.store.inbox import waiting_imports
from smartsync_core.store.ledger import SYNC_TYPE
from smartsync_core.store.runs import taken_back
from smartsync_core.store.settled import FIRST, OPEN
from smartsync_core.store.tables import (
    crm_integrations,
    crm_sync_logs,
    run_first_reasons,
    run_reasons,
    runs,
    settled_cells,
    settled_outcomes,
    settled_reasons,
    uploads,
)

__all__ = ["CellsOfField", "Charts", "Landed", "Pace", "Took", "Waits", "Why"]


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
class Waits:
    """Rows that wait for a person, by the days since their import was approved."""

    days: str  # one of charted.AGES
    rows: int


@dataclass(frozen=True, kw_only=True)
class Took:
    """Finished imports of one size: from the upload to the last row read back, in seconds."""

    most_rows: int  # one of charted.BANDS
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

    object: ObjectName
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


class Charts:
    """Bound to one org. `zone` names the time zone whose weeks and days count."""

    def __init__(self, database: Database, org_id: str, zone: str = "UTC") -> None:
        self._database = database
        self._org_id = org_id
        self._zone = zone

    def landed(self, since: datetime) -> list[Landed]:
        """Rows per week, outcome and whether they were taken back; oldest week first."""
        o = settled_outcomes
        week, undone = (
            charted.week(self._zone, runs.c.approved_at).label("week"),
            taken_back().label("undone"),
        )
        query = (
            sa.select(
                week,
                o.c.outcome,
                undone,
                sa.func.sum(o.c.rows).label("n"),
                sa.func.sum(o.c.first_pass).label("first"),
            )
            .select_from(charted.imports(o))
            .where(*charted.written(self._org_id, since))
            .group_by(week, o.c.outcome, undone)
            .order_by(week, o.c.outcome, undone)
        )
        with self._database.read() as conn:
            return [
                Landed(
                    week=one.week,
                    outcome=one.outcome,
                    undone=one.undone,
                    rows=int(one.n),
                    first_pass=int(one.first),
                )
                for one in conn.execute(query)
            ]

    def why(self, since: datetime, limit: int = 8) -> list[Why]:
        """The most frequent reasons of rows that did not land at their first try, the most rows first."""
        w, count, recipe = settled_reasons, sa.func.sum(settled_reasons.c.rows), charted.recipe()
        query = (
            sa.select(w.c.code, w.c.field, recipe.label("recipe"), count.label("n"))
            .select_from(charted.imports(w))
            .where(*charted.written(self._org_id, since), w.c.told == FIRST)
            .group_by(w.c.code, w.c.field, recipe)
            .order_by(count.desc(), w.c.code, w.c.field, recipe)
            .limit(limit)
        )
        with self._database.read() as conn:
            return [
                Why(
                    code=one.code,
                    field=one.field,
                    recipe=one.recipe,
                    rows=int(one.n),
                    example=self._example(conn, since, one.code, one.field, one.recipe),
                )
                for one in conn.execute(query).all()
            ]

    def waiting(self, now: datetime) -> list[Waits]:
        """All four ages, the youngest first."""
        o = settled_outcomes
        bucket = charted.age(now).label("days")
        query = (
            sa.select(bucket, sa.func.sum(o.c.rows).label("n"))
            .select_from(charted.imports(o))
            .where(o.c.org_id == self._org_id, o.c.outcome.in_([one.value for one in OPEN]))
            .where(*waiting_imports(), charted.REAL)
            .group_by(bucket)
        )
        with self._database.read() as conn:
            found = {row.days: int(row.n) for row in conn.execute(query)}
        return [Waits(days=days, rows=found.get(days, 0)) for days in charted.AGES]

    def took(self, since: datetime) -> list[Took]:
        """Sizes that occur, the smallest first."""
        chosen = (
            sa.select(
                charted.band().label("band"),
                charted.total_s().label("total"),
                charted.waiting_s().label("waiting"),
            )
            .select_from(charted.imports().join(uploads, uploads.c.id == runs.c.upload_id))
            .where(*charted.finished(self._org_id, since))
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
        return sorted(found, key=lambda one: charted.BANDS.index(one.most_rows))

    def cells(self, since: datetime, now: datetime) -> list[CellsOfField]:
        """Fields that say who a record is and whose, of records that were there; the most changed first."""
        c = settled_cells
        counts = [sa.func.sum(c.c[name]).label(name) for name in ("filled", "replaced", "emptied")]
        query = (
            sa.select(c.c.object, c.c.field, *counts)
            .select_from(charted.imports(c))
            .where(*charted.written(self._org_id, since), c.c.field.in_(KEY_FIELDS))
            .group_by(c.c.object, c.c.field)
        )
        with self._database.read() as conn:
            judged = self._judged(conn, since, now)
            found = [
                CellsOfField(
                    object=_OBJECT[one.object],
                    field=one.field,
                    filled=int(one.filled),
                    replaced=int(one.replaced),
                    emptied=int(one.emptied),
                    judged=judged.get((one.object, one.field), (0, 0))[0],
                    regretted=judged.get((one.object, one.field), (0, 0))[1],
                )
                for one in conn.execute(query)
            ]
        return sorted(
            found, key=lambda one: (-one.filled - one.replaced - one.emptied, one.object, one.field)
        )

    def _judged(
        self, conn: sa.Connection, since: datetime, now: datetime
    ) -> dict[tuple[str, str], tuple[int, int]]:
        """{object, field: (judged, regretted)}"""
        fields = _FIELDS_DUCKDB if self._database.is_duckdb else _FIELDS_POSTGRESQL
        given = {
            "org": self._org_id,
            "first": max(since, now - timedelta(days=28)),
            "last": now - timedelta(days=14),
            "fields": KEY_FIELDS,
            "people": _PEOPLE,
        }
        query = sa.text(_JUDGED.format(fields=fields)).bindparams(
            sa.bindparam("fields", expanding=True), sa.bindparam("people", expanding=True)
        )
        return {(one.sync_type, one.field): (one.judged, one.regretted) for one in conn.execute(query, given)}

    def pace(self, since: datetime) -> list[Pace]:
        """Oldest week first. Sends in doubt count as sent until their answer is known."""
        log = crm_sync_logs
        week = charted.week(self._zone, log.c.created_at).label("week")
        query = (
            sa.select(
                week,
                sa.func.count().label("sent"),
                sa.func.count().filter(log.c.status == "success").label("succeeded"),
                *(_percentile(share, log.c.duration_ms) for share in _SHARES),
                *(_percentile(share, log.c.enrichment_time_ms) for share in _SHARES),
            )
            .select_from(log.join(crm_integrations, crm_integrations.c.id == log.c.integration_id))
            .where(log.c.org_id == self._org_id, log.c.created_at >= since, charted.REAL)
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

    def _example(self, conn: sa.Connection, since: datetime, code: str, field: str, recipe: str) -> str:
        """What was said of one of these rows."""
        w = settled_reasons
        chosen = (
            sa.select(w.c.run_id, w.c.example_row)
            .select_from(charted.imports(w))
            .where(
                *charted.written(self._org_id, since), w.c.told == FIRST, w.c.code == code, w.c.field == field
            )
            .where(charted.recipe() == recipe)
            .order_by(runs.c.approved_at.desc(), w.c.run_id)
            .limit(1)
        )
        run_id, row = conn.execute(chosen).one()
        for said in (run_first_reasons, run_reasons):
            here = (said.c.org_id == self._org_id, said.c.run_id == run_id, said.c.row_no == row)
            what = (said.c.code == code, said.c.field == field)
            message: str | None = conn.execute(sa.select(said.c.message).where(*here, *what)).scalar()
            if message is not None:
                return message
        return ""


_OBJECT = {sync_type: name for name, sync_type in SYNC_TYPE.items()}
_SHARES = (0.5, 0.9, 0.99)


def _percentile(share: float, value: sa.ColumnElement[float]) -> sa.ColumnElement[float]:
    return sa.func.percentile_cont(share).within_group(value)


_PEOPLE: Sequence[str] = ("CRM", "CRM_UI", "MOBILE_ANDROID", "MOBILE_IOS")
"""Sources of a change, as HubSpot's webhooks name them, that are a person at a screen."""

_FIELDS_DUCKDB = "SELECT l.*, unnest(json_keys(l.after)) AS field FROM line AS l"
_FIELDS_POSTGRESQL = "SELECT l.*, k AS field FROM line AS l, json_object_keys(l.after) AS k"

_JUDGED = """
WITH told_of AS (SELECT DISTINCT integration_id FROM webhook_changes WHERE org_id = :org),
line AS (
    SELECT l.integration_id, l.sync_type, l.crm_record_id, l.before, l.after, l.created_at
    FROM crm_sync_logs AS l
    JOIN told_of ON told_of.integration_id = l.integration_id
    JOIN runs ON runs.id = l.run_id AND runs.kind = 'import'
    JOIN crm_integrations AS a ON a.id = l.integration_id AND a.kind <> 'practice'
    WHERE l.org_id = :org AND l.created_at >= :first AND l.created_at <= :last
      AND l.operation = 'update' AND l.status = 'success'
),
cell AS ({fields}),
replaced AS (
    SELECT integration_id, sync_type, crm_record_id, field, created_at FROM cell
    WHERE field IN :fields AND (before ->> field) IS NOT NULL AND (after ->> field) IS NOT NULL
)
SELECT t.sync_type, t.field,
       count(*) AS judged,
       count(*) FILTER (WHERE EXISTS (
           SELECT 1 FROM webhook_changes AS w
           WHERE w.org_id = :org AND w.integration_id = t.integration_id
             AND w.object_type IN (t.sync_type, CASE t.sync_type WHEN 'contact' THEN '0-1' WHEN 'company' THEN '0-2' END)
             AND w.record_id = t.crm_record_id AND w.field = t.field
             AND w.source IN :people AND w.occurred_at > t.created_at
             AND w.occurred_at <= t.created_at + INTERVAL '14 days')) AS regretted
FROM replaced AS t
GROUP BY t.sync_type, t.field"""
