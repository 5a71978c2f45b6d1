"""What stands behind a bar of a chart of History: its imports, and the rows of a reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import NOTE_CODES
from smartsync_core.store import charted
from smartsync_core.store.charts import Why
from smartsync_core.store.database import Database
from smartsync_core.store.inbox import waiting_imports
from smartsync_core.store.ledger import SYNC_TYPE
from smartsync_core.store.runs import taken_back
from smartsync_core.store.settled import FIRST, OPEN
from smartsync_core.store.tables import (
    run_first_reasons,
    run_reasons,
    run_rows,
    runs,
    settled_cells,
    settled_outcomes,
    settled_reasons,
    uploads,
)

__all__ = ["Behind", "ImportCount", "ImportTime", "RowBehind"]

_OPEN = [one.value for one in OPEN]


@dataclass(frozen=True, kw_only=True)
class ImportCount:
    """An import behind a bar, and how many of its rows, or values, are in it."""

    run_id: str
    number: int


@dataclass(frozen=True, kw_only=True)
class ImportTime:
    """An import behind a bar, and how long it took, in seconds."""

    run_id: str
    total_s: float
    waiting_s: float  # of it


@dataclass(frozen=True, kw_only=True)
class RowBehind:
    """A row that did not land at its first try, and what became of it."""

    run_id: str
    file_name: str
    approved_at: datetime
    row: int
    message: str
    outcome: str
    corrected: bool  # it was sent again since


class Behind:
    """Bound to one org. Imports stand in the order of what the bar counts, the most first."""

    def __init__(self, database: Database, org_id: str, zone: str = "UTC") -> None:
        self._database = database
        self._org_id = org_id
        self._zone = zone

    def landed(self, week: date, outcome: str, *, undone: bool) -> list[ImportCount]:
        """Of one `Charts.landed`."""
        o = settled_outcomes
        here = (o.c.outcome == outcome, charted.week(self._zone, runs.c.approved_at) == week)
        return self._counts(o, o.c.rows, *self._written(), *here, taken_back() if undone else ~taken_back())

    def why(self, since: datetime, why: Why) -> list[ImportCount]:
        w = settled_reasons
        return self._counts(w, w.c.rows, *self._written(since), w.c.told == FIRST, *_said(w, why))

    def why_rows(self, since: datetime, why: Why, *, limit: int, offset: int = 0) -> list[RowBehind]:
        """As many as the bar says, corrected since or not: the newest import first, then in row order."""
        said = sa.union_all(*self._told_at_first(since, why)).subquery()
        query = (
            sa.select(
                said.c.run_id,
                uploads.c.name,
                runs.c.approved_at,
                said.c.row_no,
                sa.func.min(said.c.message).label("message"),
                said.c.outcome,
                said.c.repair,
            )
            .select_from(
                said.join(runs, runs.c.id == said.c.run_id).join(uploads, uploads.c.id == runs.c.upload_id)
            )
            .group_by(
                said.c.run_id,
                uploads.c.name,
                runs.c.approved_at,
                said.c.row_no,
                said.c.outcome,
                said.c.repair,
            )
            .order_by(runs.c.approved_at.desc(), said.c.run_id, said.c.row_no)
            .limit(limit)
            .offset(offset)
        )
        with self._database.read() as conn:
            return [
                RowBehind(
                    run_id=one.run_id,
                    file_name=one.name,
                    approved_at=one.approved_at,
                    row=one.row_no,
                    message=one.message,
                    outcome=one.outcome or "",
                    corrected=one.repair is not None,
                )
                for one in conn.execute(query)
            ]

    def waiting(self, now: datetime, days: str) -> list[ImportCount]:
        """With rows that wait for a person since so many days, one of charted.AGES."""
        o = settled_outcomes
        here = (
            o.c.org_id == self._org_id,
            o.c.outcome.in_(_OPEN),
            charted.age(now) == days,
            charted.REAL,
            *waiting_imports(),
        )
        return self._counts(o, o.c.rows, *here)

    def took(self, since: datetime, most_rows: int) -> list[ImportTime]:
        """Of one size, one of charted.BANDS."""
        total, waiting = charted.total_s(), charted.waiting_s()
        query = (
            sa.select(runs.c.id, total.label("total"), waiting.label("waiting"))
            .select_from(charted.imports().join(uploads, uploads.c.id == runs.c.upload_id))
            .where(*charted.finished(self._org_id, since), charted.band() == most_rows)
            .order_by(total.desc(), runs.c.id)
        )
        with self._database.read() as conn:
            return [
                ImportTime(run_id=one.id, total_s=one.total, waiting_s=one.waiting)
                for one in conn.execute(query)
            ]

    def cells(self, since: datetime, object_name: ObjectName, field: str, effect: str) -> list[ImportCount]:
        """That filled, replaced or emptied (`effect`) values of a field."""
        c = settled_cells
        number = {"filled": c.c.filled, "replaced": c.c.replaced, "emptied": c.c.emptied}[effect]
        here = (c.c.object == SYNC_TYPE[object_name], c.c.field == field, number > 0)
        return self._counts(c, number, *self._written(since), *here)

    # Private

    def _written(self, since: datetime | None = None) -> tuple[sa.ColumnElement[bool], ...]:
        return charted.written(self._org_id, since)

    def _counts(
        self, counted: sa.Table, number: sa.ColumnElement[int], *where: sa.ColumnElement[bool]
    ) -> list[ImportCount]:
        total, run_id = sa.func.sum(number), counted.c.run_id
        query = sa.select(run_id, total.label("n")).select_from(charted.imports(counted)).where(*where)
        with self._database.read() as conn:
            found = conn.execute(query.group_by(run_id).order_by(total.desc(), run_id))
            return [ImportCount(run_id=row.run_id, number=int(row.n)) for row in found]

    def _told_at_first(
        self, since: datetime, why: Why
    ) -> Iterator[sa.Select[tuple[str, int, str, str, int]]]:
        """As the counts were made: what is said of rows that wait, what was said before the first repair of the others."""
        r = run_rows
        waits = sa.and_(r.c.repair.is_(None), r.c.outcome.in_(_OPEN))
        for said, which in ((run_reasons, waits), (run_first_reasons, r.c.repair.is_not(None))):
            joined = said.join(r, sa.and_(said.c.run_id == r.c.run_id, said.c.row_no == r.c.row_no))
            chosen = sa.select(runs.c.id).select_from(charted.imports()).where(*self._written(since))
            yield (
                sa.select(r.c.run_id, r.c.row_no, said.c.message, r.c.outcome, r.c.repair)
                .select_from(joined)
                .where(r.c.org_id == self._org_id, which, said.c.code.not_in(sorted(NOTE_CODES)))
                .where(said.c.code == why.code, said.c.field == why.field)
                .where(r.c.run_id.in_(chosen.where(charted.recipe() == why.recipe)))
            )


def _said(counted: sa.Table, why: Why) -> tuple[sa.ColumnElement[bool], ...]:
    return counted.c.code == why.code, counted.c.field == why.field, charted.recipe() == why.recipe
