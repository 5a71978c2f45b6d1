"""Rows of a plan that may be one record: found by the marks they share, kept until a person says, folded where one did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

import sqlalchemy as sa

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.duplicates import LikelyPair
from smartsync_core.model.plan import Draft, MatchKind
from smartsync_core.store.bulk import insert_many, one_of
from smartsync_core.store.database import Database
from smartsync_core.store.drafts import same_key
from smartsync_core.store.tables import likely_pairs, run_drafts, run_matches

__all__ = ["Likely", "Met"]

_MOST_UNDER_A_MARK = 10  # what more records than that share, such as a switchboard, tells none of them apart

Met = tuple[Draft, str]
"""The first draft of a record, and the CRM's id of that record, "" for one that is new."""


class Likely:
    """Bound to one org; every method speaks of one run, whose drafts are grouped."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def met(self, run_id: str, object_name: ObjectName) -> Iterator[tuple[str, list[Met]]]:
        """Each mark that a few records share, with those records in row order. Rows that are not sent meet nobody."""
        d, m = run_drafts, run_matches
        marks = sa.text(_MARKS.format(each=_DUCKDB if self._database.is_duckdb else _POSTGRESQL))
        given = {"org": self._org_id, "run": run_id, "object": object_name.value, "most": _MOST_UNDER_A_MARK}
        shared = (
            marks.bindparams(**given)
            .columns(sa.column("mark", sa.String), sa.column("first_row", sa.Integer))
            .subquery("shared")
        )
        of_run = (d.c.org_id == self._org_id, d.c.run_id == run_id, d.c.object == object_name.value)
        query = (
            sa.select(
                shared.c.mark,
                d.c.row_no,
                d.c["values"],
                d.c.email,
                d.c.domain,
                d.c.name_key,
                d.c.country_key,
                sa.case((m.c.kind == MatchKind.ONE.value, m.c.crm_id), else_="").label("crm_id"),
            )
            .select_from(
                shared.join(d, sa.and_(*of_run, d.c.row_no == shared.c.first_row)).outerjoin(m, same_key())
            )
            .order_by(shared.c.mark, d.c.row_no)
        )
        with self._database.read() as conn:
            for mark, rows in groupby(conn.execute(query).mappings(), key=lambda row: row["mark"]):
                yield mark, [(_draft(object_name, row), row["crm_id"]) for row in rows]

    def keep(self, run_id: str, pairs: Sequence[LikelyPair]) -> None:
        """In place of those that were found before."""
        rows = [
            {
                "org_id": self._org_id,
                "run_id": run_id,
                "object": pair.object.value,
                "row_no": pair.row,
                "later_row": pair.later,
                "why": pair.why,
            }
            for pair in pairs
        ]
        p = likely_pairs
        with self._database.write() as conn:
            conn.execute(sa.delete(p).where(p.c.org_id == self._org_id, p.c.run_id == run_id))
            insert_many(conn, likely_pairs, rows)

    def pairs(self, run_id: str) -> list[LikelyPair]:
        """Companies first, as everywhere; then in row order."""
        p = likely_pairs
        query = sa.select(p).where(p.c.org_id == self._org_id, p.c.run_id == run_id)
        with self._database.read() as conn:
            rows = conn.execute(query.order_by(p.c.object, p.c.later_row, p.c.row_no)).mappings()
            return [
                LikelyPair(
                    object=ObjectName(row["object"]),
                    row=row["row_no"],
                    later=row["later_row"],
                    why=row["why"],
                )
                for row in rows
            ]

    def drafts(self, run_id: str, object_name: ObjectName, rows: Sequence[int]) -> dict[int, Draft]:
        """What these rows say of that object, by row."""
        d = run_drafts
        columns = (d.c.row_no, d.c["values"], d.c.email, d.c.domain, d.c.name_key, d.c.country_key)
        with self._database.read() as conn:
            query = sa.select(*columns).where(*self._of(run_id, object_name), one_of(d.c.row_no, rows))
            return {row["row_no"]: _draft(object_name, row) for row in conn.execute(query).mappings()}

    def _of(self, run_id: str, object_name: ObjectName) -> tuple[sa.ColumnElement[bool], ...]:
        d = run_drafts
        return d.c.org_id == self._org_id, d.c.run_id == run_id, d.c.object == object_name.value


_DUCKDB = """unnest(from_json(marks, '["VARCHAR"]'))"""
_POSTGRESQL = "json_array_elements_text(marks)"
_MARKS = """
SELECT mark, first_row FROM (
    SELECT mark, first_row, count(*) OVER (PARTITION BY mark) AS records
    FROM (
        SELECT DISTINCT {each} AS mark, first_row
        FROM (
            SELECT marks, min(row_no) OVER (PARTITION BY group_row) AS first_row FROM run_drafts
            WHERE org_id = :org AND run_id = :run AND object = :object AND NOT blocked AND suppressed = ''
        ) AS sent
    ) AS marked
) AS counted
WHERE records BETWEEN 2 AND :most"""


def _draft(object_name: ObjectName, row: sa.RowMapping) -> Draft:
    """As far as likeness goes by it."""
    return Draft(
        row=row["row_no"],
        object=object_name,
        values=row["values"],
        email=row["email"],
        domain=row["domain"],
        name_key=row["name_key"],
        country_key=row["country_key"],
    )
