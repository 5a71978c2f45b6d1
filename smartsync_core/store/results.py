"""Reads over a run: counts, rows with their outcomes, cells old → new, reasons. Nothing here writes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from smartsync_core.model.plan import ActionKind, ActionState, Outcome, Proof, Reason, StoredAction
from smartsync_core.planning.followups import CLIENT_KEY
from smartsync_core.store.database import Database
from smartsync_core.store.plans import stored_action
from smartsync_core.store.tables import plan_actions, run_edits, run_reasons, run_rows, runs, upload_rows

__all__ = ["ResultRow", "Results"]

_NOT_AS_PLANNED = (
    ActionState.FAILED,
    ActionState.STALE,
    ActionState.IN_DOUBT,
    ActionState.BLOCKED,
    ActionState.WAITING,
)
_ASSOCIATIONS = (ActionKind.LINK.value, ActionKind.UNLINK.value)


@dataclass(frozen=True, kw_only=True)
class ResultRow:
    """A row of a run: its cells as they stand now, its outcome (predicted while there is none), and why."""

    row: int
    cells: tuple[str, ...]
    predicted: str
    outcome: str  # "" while the run has not been settled
    partly: bool
    duplicate_of: int
    crm_id: str
    object: str
    proof: str
    reasons: tuple[Reason, ...]


_NOT_AS_HOPED = [
    outcome.value for outcome in (Outcome.BLOCKED, Outcome.FAILED, Outcome.IN_DOUBT, Outcome.NOT_SENT)
]


_SERVED_DUCKDB = """unnest(from_json(a.rows, '["BIGINT"]'))"""
_SERVED_POSTGRESQL = "CAST(json_array_elements_text(a.rows) AS BIGINT)"
_SOME = "AND s.row_no IN :rows"
_UNTOLD = """
WITH served AS (
    SELECT a.main_row, a.code, {served} AS row_no FROM plan_actions AS a
    WHERE a.org_id = :org AND a.run_id = :run AND a.wave < 0 AND a.state = :blocked
)
SELECT s.row_no AS row, r.field, r.code, r.message
FROM served AS s
JOIN run_reasons AS r ON r.org_id = :org AND r.run_id = :run AND r.row_no = s.main_row AND r.code = s.code
WHERE s.row_no <> s.main_row {some}
ORDER BY s.row_no, r.field, r.code, r.message
"""


class Results:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def action_counts(self, run_id: str) -> dict[str, dict[str, int]]:
        """{object: {kind or end state: n}} as planned: create, update, link, unchanged, skipped, blocked, waiting."""
        a = plan_actions
        what = sa.case((a.c.state == ActionState.PLANNED.value, a.c.kind), else_=a.c.state)
        return self._counted(run_id, what)

    def done_counts(self, run_id: str) -> dict[str, dict[str, int]]:
        """{object: {what became of it: n}}: create, update, link are those done; the others by their state."""
        a = plan_actions
        what = sa.case(
            (a.c.state == ActionState.DONE.value, a.c.kind),
            (a.c.state == ActionState.PLANNED.value, "not_sent"),
            else_=a.c.state,
        )
        return self._counted(run_id, what)

    def _counted(self, run_id: str, what: sa.ColumnElement[str]) -> dict[str, dict[str, int]]:
        a = plan_actions
        query = sa.select(a.c.object, what.label("what"), sa.func.count().label("n")).where(
            *self._of(run_id), a.c.state != ActionState.SUPERSEDED.value
        )
        counts: dict[str, dict[str, int]] = {}
        with self._database.read() as conn:
            for row in conn.execute(query.group_by(a.c.object, what)):
                counts.setdefault(row.object, {})[row.what] = row.n
        return counts

    def carried_links(self, run_id: str) -> int:
        """Planned associations that go along with the create of their contact."""
        link, contact = plan_actions.alias(), plan_actions.alias()
        query = (
            sa.select(sa.func.count())
            .select_from(
                link.join(
                    contact, sa.and_(contact.c.run_id == link.c.run_id, contact.c.id == link.c.from_action)
                )
            )
            .where(
                link.c.org_id == self._org_id,
                link.c.run_id == run_id,
                link.c.kind == ActionKind.LINK.value,
                link.c.state == ActionState.PLANNED.value,
                contact.c.kind == ActionKind.CREATE.value,
            )
        )
        with self._database.read() as conn:
            return int(conn.execute(query).scalar_one())

    def proof_counts(self, run_id: str) -> dict[str, int]:
        """Written records by what the read-back said; links are not counted."""
        a = plan_actions
        query = (
            sa.select(a.c.proof, sa.func.count().label("n"))
            .where(*self._of(run_id), a.c.kind.not_in(_ASSOCIATIONS), a.c.proof.is_not(None))
            .group_by(a.c.proof)
        )
        with self._database.read() as conn:
            found = {row.proof: row.n for row in conn.execute(query)}
        return {proof.value: found.get(proof.value, 0) for proof in Proof}

    def progress(self, run_id: str) -> tuple[int, int, int, int]:
        """(sends answered, sends in all, written records checked, written records)"""
        a = plan_actions
        query = sa.select(
            sa.func.count().filter(a.c.answered_at.is_not(None)),
            sa.func.count(),
            sa.func.count().filter(a.c.proof.is_not(None)),
            sa.func.count().filter(a.c.state == ActionState.DONE.value),
        ).where(*self._of(run_id), a.c.wave >= 0)
        with self._database.read() as conn:
            answered, sends, checked, written = conn.execute(query).one()
        return answered, sends, checked, written

    def not_as_planned(self, run_id: str) -> list[StoredAction]:
        """Sent, or meant to be sent, and ended otherwise; in id order."""
        a = plan_actions
        bad = sa.and_(a.c.wave >= 0, a.c.state.in_([state.value for state in _NOT_AS_PLANNED]))
        return self._actions(run_id, bad)

    def blocked_by_plan(self, run_id: str) -> list[StoredAction]:
        """Never meant to be sent: they need a person; in id order."""
        a = plan_actions
        return self._actions(run_id, a.c.wave < 0, a.c.state == ActionState.BLOCKED.value)

    def held_otherwise(self, run_id: str) -> list[StoredAction]:
        """Written, but the CRM holds something else."""
        return self._actions(
            run_id, plan_actions.c.proof == Proof.CHANGED.value, plan_actions.c.kind.not_in(_ASSOCIATIONS)
        )

    def not_proved(self, run_id: str) -> list[StoredAction]:
        """Done, but the read-back did not find it so: missing records, and associations that do not stand as they should."""
        a = plan_actions
        otherwise = sa.and_(a.c.proof == Proof.CHANGED.value, a.c.kind.in_(_ASSOCIATIONS))
        return self._actions(run_id, sa.or_(a.c.proof == Proof.MISSING.value, otherwise))

    def left_at_write(self, run_id: str) -> list[StoredAction]:
        """Planned to be written, and left as it is right before; in id order."""
        return self._actions(
            run_id, plan_actions.c.wave >= 0, plan_actions.c.state == ActionState.SKIPPED.value
        )

    def left_in_part(self, run_id: str) -> list[StoredAction]:
        """Of an undo: written but for what somebody had changed right before; in id order."""
        a = plan_actions
        in_part = sa.cast(a.c.refusals, sa.String).not_in(("[]", "null"))
        return self._actions(run_id, a.c.wave >= 0, a.c.state == ActionState.DONE.value, in_part)

    def changes(
        self,
        run_id: str,
        *,
        object_name: str = "",
        kind: str = "",
        search: str = "",
        limit: int = 200,
        offset: int = 0,
    ) -> list[StoredAction]:
        """Actions with cells that change, in id order; `search` looks into keys and values."""
        a = plan_actions
        where: list[sa.ColumnElement[bool]] = [
            a.c.kind.in_([ActionKind.CREATE.value, ActionKind.UPDATE.value]),
            a.c.state != ActionState.SUPERSEDED.value,
        ]
        if object_name:
            where.append(a.c.object == object_name)
        if kind:
            where.append(a.c.kind == kind)
        if search:
            text = f"%{search.lower()}%"
            where.append(
                sa.func.lower(sa.cast(a.c.changes, sa.String)).like(text)
                | sa.func.lower(a.c.key_value).like(text)
            )
        return self._actions(run_id, *where, limit=limit, offset=offset)

    def _actions(
        self, run_id: str, *where: sa.ColumnElement[bool], limit: int | None = None, offset: int = 0
    ) -> list[StoredAction]:
        query = sa.select(plan_actions).where(*self._of(run_id), *where).order_by(plan_actions.c.id)
        with self._database.read() as conn:
            return [stored_action(row) for row in conn.execute(query.limit(limit).offset(offset)).mappings()]

    def follow_ups(self, run_id: str, *, limit: int) -> list[StoredAction]:
        """The first of each kind of deals, tasks and notes that the run makes."""
        a = plan_actions
        new = (*self._of(run_id), a.c.key_field == CLIENT_KEY, a.c.kind == ActionKind.CREATE.value)
        place = sa.func.row_number().over(partition_by=a.c.object, order_by=a.c.id).label("place")
        first = sa.select(a, place).where(*new).subquery()
        query = sa.select(first).where(first.c.place <= limit).order_by(first.c.object, first.c.id)
        with self._database.read() as conn:
            return [stored_action(row) for row in conn.execute(query).mappings()]

    def reasons(self, run_id: str, rows: Sequence[int] | None = None) -> list[Reason]:
        """All reasons of a run, or of some rows (0 = the whole run); run-wide ones first."""
        r = run_reasons
        query = sa.select(r).where(r.c.org_id == self._org_id, r.c.run_id == run_id)
        if rows is not None:
            query = query.where(r.c.row_no.in_(rows))
        with self._database.read() as conn:
            found = conn.execute(query.order_by(r.c.row_no, r.c.field, r.c.code, r.c.message)).mappings()
            return [
                Reason(row=row["row_no"], field=row["field"], code=row["code"], message=row["message"])
                for row in found
            ]

    def untold(self, run_id: str, rows: Sequence[int] | None = None) -> list[Reason]:
        """What the plan says of the first row of a record that waits, for the other rows of that record, or for some of them."""
        served = _SERVED_DUCKDB if self._database.is_duckdb else _SERVED_POSTGRESQL
        query = sa.text(_UNTOLD.format(served=served, some="" if rows is None else _SOME))
        given: dict[str, Any] = {"org": self._org_id, "run": run_id, "blocked": ActionState.BLOCKED.value}
        if rows is not None:
            query = query.bindparams(sa.bindparam("rows", expanding=True))
            given["rows"] = list(rows)
        with self._database.read() as conn:
            return [Reason(**row) for row in conn.execute(query, given).mappings()]

    def not_as_hoped(self, run_id: str) -> set[int]:
        """Rows that did not land whole, by nobody's choice: they need a person, failed, or are open."""
        r = run_rows
        query = sa.select(r.c.row_no).where(
            r.c.org_id == self._org_id,
            r.c.run_id == run_id,
            sa.func.coalesce(r.c.partly, False)
            | sa.func.coalesce(r.c.outcome, r.c.predicted).in_(_NOT_AS_HOPED),
        )
        with self._database.read() as conn:
            return set(conn.execute(query).scalars())

    def rows(self, run_id: str, *, outcome: str = "", limit: int = 100, offset: int = 0) -> list[ResultRow]:
        """Rows in file order; `outcome` also finds predictions while nothing was written yet."""
        r, a, u, e = run_rows, plan_actions, upload_rows, run_edits
        stands = sa.func.coalesce(r.c.outcome, r.c.predicted)
        query = (
            sa.select(
                r, sa.func.coalesce(e.c.cells, u.c.cells).label("cells"), a.c.crm_id, a.c.object, a.c.proof
            )
            .select_from(
                r.join(runs, runs.c.id == r.c.run_id)
                .join(u, sa.and_(u.c.upload_id == runs.c.upload_id, u.c.row_no == r.c.row_no))
                .outerjoin(a, sa.and_(a.c.run_id == r.c.run_id, a.c.id == r.c.main_action))
                .outerjoin(e, sa.and_(e.c.run_id == r.c.run_id, e.c.row_no == r.c.row_no))
            )
            .where(r.c.org_id == self._org_id, r.c.run_id == run_id)
            .order_by(r.c.row_no)
            .limit(limit)
            .offset(offset)
        )
        if outcome:
            query = query.where(stands == outcome)
        with self._database.read() as conn:
            rows = conn.execute(query).mappings().all()
        why: dict[int, list[Reason]] = {}
        for reason in self.reasons(run_id, [row["row_no"] for row in rows]) if rows else ():
            why.setdefault(reason.row, []).append(reason)
        return [_result_row(row, why.get(row["row_no"], [])) for row in rows]

    def _of(self, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        return plan_actions.c.org_id == self._org_id, plan_actions.c.run_id == run_id


def _result_row(row: Any, reasons: list[Reason]) -> ResultRow:
    return ResultRow(
        row=row["row_no"],
        cells=tuple(row["cells"]),
        predicted=row["predicted"] or "",
        outcome=row["outcome"] or "",
        partly=bool(row["partly"] if row["outcome"] else row["predicted_partly"]),
        duplicate_of=row["duplicate_of"],
        crm_id=row["crm_id"] or "",
        object=row["object"] or "",
        proof=row["proof"] or "",
        reasons=tuple(reasons),
    )
