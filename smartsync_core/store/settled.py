"""The numbers of an import, counted once when it is settled: what screens would otherwise count again at each look.

Whether an import was taken back since, or into which account it went, is asked of the import itself.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from smartsync_core.model.plan import NOTE_CODES, Outcome
from smartsync_core.store.bulk import insert_many
from smartsync_core.store.database import Database
from smartsync_core.store.tables import (
    run_first_reasons,
    run_reasons,
    run_rows,
    settled_cells,
    settled_outcomes,
    settled_reasons,
)

__all__ = ["FIRST", "NOW", "OPEN", "Settled"]

OPEN = (Outcome.BLOCKED, Outcome.FAILED, Outcome.IN_DOUBT)
"""Outcomes of rows that wait for a person."""

FIRST, NOW = "first", "now"
"""What was said of rows at their first try, and what is said of rows that wait now."""

_OPEN = [one.value for one in OPEN]


class Settled:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def renew(self, run_id: str) -> None:
        """Count an import as it stands; what was counted before is forgotten."""
        with self._database.read() as conn:
            counted = {
                settled_outcomes: conn.execute(self._outcomes(run_id)).mappings().all(),
                settled_reasons: [
                    {**row, "told": told}
                    for told, query in ((FIRST, self._first(run_id)), (NOW, self._now(run_id)))
                    for row in conn.execute(query).mappings()
                ],
                settled_cells: conn.execute(*self._cells(run_id)).mappings().all(),
            }
        with self._database.write() as conn:
            for table, rows in counted.items():
                conn.execute(sa.delete(table).where(table.c.org_id == self._org_id, table.c.run_id == run_id))
                insert_many(conn, table, [{**row, "org_id": self._org_id, "run_id": run_id} for row in rows])

    def _outcomes(self, run_id: str) -> sa.Select[Any]:
        r = run_rows
        return (
            sa.select(
                r.c.outcome,
                sa.func.count().label("rows"),
                sa.func.count().filter(r.c.repair.is_(None)).label("first_pass"),
            )
            .where(*self._rows(run_id), r.c.outcome.is_not(None))
            .group_by(r.c.outcome)
        )

    def _first(self, run_id: str) -> sa.Select[*tuple[Any, ...]]:
        """Of rows that did not land at their first try, corrected since or not."""
        r, now, first = run_rows, run_reasons, run_first_reasons
        waits = sa.and_(r.c.repair.is_(None), r.c.outcome.in_(_OPEN))
        parts = [
            sa.select(r.c.row_no, said.c.code, said.c.field)
            .select_from(r.join(said, sa.and_(said.c.run_id == r.c.run_id, said.c.row_no == r.c.row_no)))
            .where(*self._rows(run_id), which, said.c.code.not_in(sorted(NOTE_CODES)))
            for said, which in ((now, waits), (first, r.c.repair.is_not(None)))
        ]
        said = sa.union_all(*parts).subquery()
        return self._counted(said.c.code, said.c.field, said.c.row_no)

    def _now(self, run_id: str) -> sa.Select[*tuple[Any, ...]]:
        """Of rows that wait; those of which nothing is said go with another row."""
        r, why = run_rows, run_reasons
        said = sa.and_(
            why.c.run_id == r.c.run_id, why.c.row_no == r.c.row_no, why.c.code.not_in(sorted(NOTE_CODES))
        )
        code, column = sa.func.coalesce(why.c.code, ""), sa.func.coalesce(why.c.field, "")
        query = self._counted(code, column, r.c.row_no)
        return query.select_from(r.outerjoin(why, said)).where(*self._rows(run_id), r.c.outcome.in_(_OPEN))

    def _counted(
        self, code: sa.ColumnElement[str], column: sa.ColumnElement[str], row: sa.ColumnElement[int]
    ) -> sa.Select[Any]:
        counted: sa.Select[*tuple[Any, ...]] = sa.select(
            code.label("code"),
            column.label("field"),
            sa.func.count(sa.distinct(row)).label("rows"),
            sa.func.min(row).label("example_row"),
        )
        return counted.group_by(code, column)

    def _cells(self, run_id: str) -> tuple[sa.TextClause, dict[str, str]]:
        names = "json_keys" if self._database.is_duckdb else "json_object_keys"
        key = f"unnest({names}(l.after))" if self._database.is_duckdb else f"{names}(l.after)"
        return sa.text(_CELLS.format(key=key)), {"org": self._org_id, "run": run_id}

    def _rows(self, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        return run_rows.c.org_id == self._org_id, run_rows.c.run_id == run_id


_CELLS = """
WITH line AS (
    SELECT l.sync_type, l.before, l.after FROM crm_sync_logs AS l
    WHERE l.org_id = :org AND l.run_id = :run AND l.operation = 'update' AND l.status = 'success'
),
cell AS (SELECT l.*, {key} AS field FROM line AS l),
told AS (SELECT sync_type AS object, field, before ->> field AS old, after ->> field AS new FROM cell)
SELECT object, field,
       count(*) FILTER (WHERE old IS NULL AND new IS NOT NULL) AS filled,
       count(*) FILTER (WHERE old IS NOT NULL AND new IS NOT NULL) AS replaced,
       count(*) FILTER (WHERE new IS NULL) AS emptied
FROM told GROUP BY object, field"""
