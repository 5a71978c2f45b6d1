"""Which drafts of a plan are one record: those that reach one in the CRM, share a key, or were said to be one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import MatchKind
from smartsync_core.store.database import Database
from smartsync_core.store.drafts import drafts_of, same_key
from smartsync_core.store.tables import plan_actions, run_drafts, run_matches

__all__ = ["Grouping"]

_CHUNK = 500


class Grouping:
    """Bound to one org; every method speaks of one run.

    `awaiting`: only of its rows that a repair took up and that are not planned anew yet.
    """

    def __init__(self, database: Database, org_id: str, *, awaiting: bool = False) -> None:
        self._database = database
        self._org_id = org_id
        self._awaiting = awaiting

    def group(self, run_id: str, object_name: ObjectName) -> None:
        """Name each draft's group: rows that reach one CRM record, else (new contacts) rows of one e-mail address, which the
        CRM would not take twice, else rows of one key, else the row alone.

        A group goes by its first row. Of a repair, by that plus a number above all that the run had before, since the old
        group of that name may still have rows.
        """
        d, m = run_drafts, run_matches
        new = sa.func.coalesce(m.c.kind, MatchKind.NONE.value) == MatchKind.NONE.value
        is_contact = d.c.object == ObjectName.CONTACTS.value
        reaches = sa.case(
            (m.c.kind == MatchKind.ONE.value, "id:" + m.c.crm_id),
            (sa.and_(is_contact, new, d.c.email != ""), "email:" + d.c.email),
            (d.c.key_value != "", "key:" + d.c.key_field + ":" + d.c.key_value),
            else_="row:" + sa.cast(d.c.row_no, sa.String),
        )
        joined = d.outerjoin(m, same_key())
        first = (
            sa.select(d.c.row_no, sa.func.min(d.c.row_no).over(partition_by=reaches).label("first_row"))
            .select_from(joined)
            .where(*self._of(run_id, object_name))
            .subquery()
        )
        with self._database.write() as conn:
            above = self._highest(conn, run_id) if self._awaiting else 0
            conn.execute(
                sa.update(d)
                .where(*self._of(run_id, object_name), d.c.row_no == first.c.row_no)
                .values(group_row=first.c.first_row + above)
            )

    def _highest(self, conn: sa.Connection, run_id: str) -> int:
        """No row and no group of the run has a higher number."""
        d, a = run_drafts, plan_actions
        of_drafts = sa.select(sa.func.max(sa.func.greatest(d.c.group_row, d.c.row_no))).where(
            d.c.org_id == self._org_id, d.c.run_id == run_id
        )
        of_actions = sa.select(sa.func.max(a.c.group_row)).where(
            a.c.org_id == self._org_id, a.c.run_id == run_id
        )
        return max(conn.execute(query).scalar_one() or 0 for query in (of_drafts, of_actions))

    def groups(self, run_id: str, object_name: ObjectName, rows: Sequence[int]) -> dict[int, int]:
        """The group of each of these rows, by row."""
        d, found = run_drafts, dict[int, int]()
        with self._database.read() as conn:
            for start in range(0, len(rows), _CHUNK):
                query = sa.select(d.c.row_no, d.c.group_row).where(
                    *self._of(run_id, object_name), d.c.row_no.in_(rows[start : start + _CHUNK])
                )
                found.update({row.row_no: row.group_row for row in conn.execute(query)})
        return found

    def crm_ids(self, run_id: str, object_name: ObjectName, groups: Sequence[int]) -> dict[int, str]:
        """The one record that a group reaches in the CRM; groups that reach none are left out."""
        d, m, found = run_drafts, run_matches, dict[int, str]()
        with self._database.read() as conn:
            for start in range(0, len(groups), _CHUNK):
                query = (
                    sa.select(d.c.group_row, sa.func.max(m.c.crm_id).label("crm_id"))
                    .select_from(d.join(m, same_key()))
                    .where(
                        *self._of(run_id, object_name),
                        d.c.group_row.in_(groups[start : start + _CHUNK]),
                        m.c.kind == MatchKind.ONE.value,
                    )
                    .group_by(d.c.group_row)
                )
                found.update({row.group_row: row.crm_id for row in conn.execute(query)})
        return found

    def fold(self, run_id: str, object_name: ObjectName, into: Mapping[int, int]) -> None:
        """Let groups become part of others: group → the one it joins, which itself joins none."""
        d, groups = run_drafts, sorted(into)
        with self._database.write() as conn:
            for start in range(0, len(groups), _CHUNK):
                some = {group: into[group] for group in groups[start : start + _CHUNK]}
                here = (*self._of(run_id, object_name), d.c.group_row.in_(some))
                joined = sa.case(some, value=d.c.group_row, else_=d.c.group_row)
                conn.execute(sa.update(d).where(*here).values(group_row=joined))

    def _of(self, run_id: str, object_name: ObjectName) -> tuple[sa.ColumnElement[bool], ...]:
        return drafts_of(self._org_id, run_id, object_name, awaiting=self._awaiting)
