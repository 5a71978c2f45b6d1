"""The plan of a run as stored: actions, a verdict per row, reasons; waves of sends, their answers and read-backs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa

from smartsync_core.courtesy import giving_way
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import (
    Action,
    ActionKind,
    ActionState,
    Answer,
    Change,
    Outcome,
    Proof,
    Proved,
    Reason,
    RowVerdict,
    StoredAction,
)
from smartsync_core.planning.accounting import ActionFate, RowOutcome
from smartsync_core.planning.linking import CompanyAction
from smartsync_core.store.bulk import insert_many, one_of, update_many
from smartsync_core.store.database import Database
from smartsync_core.store.tables import plan_actions, run_drafts, run_reasons, run_rows, runs

__all__ = ["RECORDS_PER_WAVE", "OpenLink", "Plans"]

_CHUNK = 2_000
RECORDS_PER_WAVE = 800  # sent between two entries in the ledger: eight batches of 100
_LINKS_PER_WAVE = 2_000
_SENDABLE = (
    (ObjectName.CONTACTS, ActionKind.UNLINK),  # an undo: what hangs on others before what it hangs on
    (ObjectName.TASKS, ActionKind.ARCHIVE),
    (ObjectName.NOTES, ActionKind.ARCHIVE),
    (ObjectName.DEALS, ActionKind.ARCHIVE),
    (ObjectName.CONTACTS, ActionKind.ARCHIVE),
    (ObjectName.COMPANIES, ActionKind.ARCHIVE),
    (ObjectName.COMPANIES, ActionKind.CREATE),
    (ObjectName.COMPANIES, ActionKind.UPDATE),
    (ObjectName.CONTACTS, ActionKind.CREATE),
    (ObjectName.CONTACTS, ActionKind.UPDATE),
    (ObjectName.CONTACTS, ActionKind.LINK),
    (ObjectName.DEALS, ActionKind.CREATE),
    (ObjectName.TASKS, ActionKind.CREATE),
    (ObjectName.NOTES, ActionKind.CREATE),
    (ObjectName.DEALS, ActionKind.UPDATE),
    (ObjectName.TASKS, ActionKind.UPDATE),
    (ObjectName.NOTES, ActionKind.UPDATE),
)

ROW_KEY = ("org_id", "run_id", "row_no")
ACTION_KEY = ("org_id", "run_id", "id")
"""By what rows and actions are named to be changed: an id of another organisation changes nothing."""


class OpenLink(NamedTuple):
    """A link between a contact and a company of a plan that is still to be made."""

    id: int
    primary: bool
    company_id: str  # in the CRM


class Plans:
    """Bound to one org; every method speaks of one run."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    # The plan is made

    def clear_actions(self, run_id: str) -> None:
        """Forget what an interrupted planning left: actions, verdicts and their reasons."""
        with self._database.write() as conn:
            for table in (plan_actions, run_rows):
                conn.execute(sa.delete(table).where(table.c.run_id == run_id, table.c.org_id == self._org_id))
            self.drop_reasons(run_id, "plan", conn)

    def add_actions(self, run_id: str, actions: Sequence[Action], conn: sa.Connection | None = None) -> None:
        rows = [
            self._action_row(run_id, action) for action in giving_way(actions)
        ]  # before others have to wait
        with self._database.write(conn) as own:
            insert_many(own, plan_actions, rows)

    def add_rows(
        self, run_id: str, verdicts: Sequence[RowVerdict], conn: sa.Connection | None = None
    ) -> None:
        rows = [
            {
                "org_id": self._org_id,
                "run_id": run_id,
                "row_no": verdict.row,
                "main_action": verdict.main_action,
                "own": verdict.own.value if verdict.own else None,
                "duplicate_of": verdict.duplicate_of,
                "other_actions": list(verdict.other_actions),
            }
            for verdict in giving_way(verdicts)
        ]
        with self._database.write(conn) as own:
            insert_many(own, run_rows, rows)

    def predict(self, run_id: str, outcomes: Sequence[tuple[int, RowOutcome]]) -> None:
        """Keep what each row would become; never touched again once the plan is approved."""
        self._set_rows(run_id, outcomes, "predicted", "predicted_partly")

    def settle(self, run_id: str, outcomes: Sequence[tuple[int, RowOutcome]]) -> None:
        """Keep what each row became."""
        self._set_rows(run_id, outcomes, "outcome", "partly")

    def _set_rows(
        self, run_id: str, outcomes: Sequence[tuple[int, RowOutcome]], name: str, partly: str
    ) -> None:
        rows = [
            self._of_run(run_id) | {"row_no": row, name: outcome.outcome.value, partly: outcome.partly}
            for row, outcome in giving_way(outcomes)
        ]
        with self._database.write() as conn:
            update_many(conn, run_rows, ROW_KEY, rows)

    def add_reasons(
        self, run_id: str, reasons: Iterable[Reason], origin: str, conn: sa.Connection | None = None
    ) -> None:
        rows = [
            {
                "org_id": self._org_id,
                "run_id": run_id,
                "row_no": reason.row,
                "field": reason.field,
                "code": reason.code,
                "message": reason.message,
                "origin": origin,
            }
            for reason in reasons
        ]
        if rows:
            with self._database.write(conn) as own:
                insert_many(own, run_reasons, rows)

    def records(self, run_id: str) -> dict[int, StoredAction]:
        """All contacts and companies of the plan, by action id."""
        a = plan_actions
        mains = [ObjectName.CONTACTS.value, ObjectName.COMPANIES.value]
        query = sa.select(a).where(
            *self._of(run_id), a.c.object.in_(mains), a.c.kind != ActionKind.LINK.value
        )
        with self._database.read() as conn:
            return {row["id"]: stored_action(row) for row in conn.execute(query).mappings().all()}

    def last_id(self, run_id: str) -> int:
        """The highest action id of the run; 0 = none."""
        with self._database.read() as conn:
            return (
                conn.execute(sa.select(sa.func.max(plan_actions.c.id)).where(*self._of(run_id))).scalar_one()
                or 0
            )

    def hang_on(self, run_id: str, rows_of: Mapping[int, Sequence[int]]) -> None:
        """Each action of `rows_of` is needed by the first of its rows that is no duplicate."""
        r = run_rows
        asked = sorted({row for rows in rows_of.values() for row in rows})
        needs: dict[int, list[int]] = {}
        with self._database.write() as conn:
            for start in range(0, len(asked), 500):
                here = (r.c.org_id == self._org_id, r.c.run_id == run_id, r.c.duplicate_of == 0)
                query = sa.select(r.c.row_no, r.c.other_actions).where(
                    *here, r.c.row_no.in_(asked[start : start + 500])
                )
                needs |= {row.row_no: list(row.other_actions) for row in conn.execute(query)}
            touched = {}
            for action, rows in rows_of.items():
                row = next((row for row in rows if row in needs), None)
                if row is not None:
                    needs[row].append(action)
                    touched[row] = needs[row]
            changed = [
                self._of_run(run_id) | {"row_no": row, "other_actions": other}
                for row, other in touched.items()
            ]
            update_many(conn, run_rows, ROW_KEY, changed)

    def drop_reasons(self, run_id: str, origin: str, conn: sa.Connection | None = None) -> None:
        r = run_reasons
        with self._database.write(conn) as own:
            own.execute(
                sa.delete(r).where(r.c.run_id == run_id, r.c.org_id == self._org_id, r.c.origin == origin)
            )

    def assign_waves(self, run_id: str, *, first: int = 0) -> int:
        """Cut what is to be sent into waves of one object and kind, in the order of writing, after those sent already.

        With `first`, what the first rows need comes before everything else; the number of its last wave, else of the last
        one of all (-1 = there is nothing to send).
        """
        with self._database.write() as conn:
            begun = self._after_sent_waves(conn, run_id)
            if not first:
                return self._cut(conn, run_id, begun) - 1
            needed = self._needed_by_first(conn, run_id, first)
            base = self._cut(conn, run_id, begun, plan_actions.c.id.in_(needed))
            self._cut(conn, run_id, base, plan_actions.c.id.not_in(needed))
            return base - 1

    def _after_sent_waves(self, conn: sa.Connection, run_id: str) -> int:
        """The first number that no wave has of which something was sent: a wave holds one object and one kind."""
        a = plan_actions
        sent = sa.select(sa.func.max(a.c.wave)).where(
            *self._of(run_id), a.c.state != ActionState.PLANNED.value
        )
        last = conn.execute(sent).scalar_one()
        return 0 if last is None else int(last) + 1

    def _cut(self, conn: sa.Connection, run_id: str, base: int, *which: sa.ColumnElement[bool]) -> int:
        """Number waves from `base`; the number after the last one."""
        a = plan_actions
        planned = (*self._of(run_id), a.c.state == ActionState.PLANNED.value, *which)
        counts = sa.select(a.c.object, a.c.kind, sa.func.count().label("n")).where(*planned)
        found = {(row.object, row.kind): row.n for row in conn.execute(counts.group_by(a.c.object, a.c.kind))}
        for object_name, kind in _SENDABLE:
            count = found.get((object_name.value, kind.value), 0)
            if not count:
                continue
            here = (*planned, a.c.object == object_name.value, a.c.kind == kind.value)
            links = (ActionKind.LINK, ActionKind.UNLINK)
            size = _LINKS_PER_WAVE if kind in links else RECORDS_PER_WAVE
            place = (
                sa.select(a.c.id, (sa.func.row_number().over(order_by=a.c.id) - 1).label("place"))
                .where(*here)
                .subquery()
            )
            wave = sa.cast(base + sa.func.floor(place.c.place / size), sa.Integer)
            conn.execute(sa.update(a).where(*self._of(run_id), a.c.id == place.c.id).values(wave=wave))
            base += -(-count // size)
        return base

    def _needed_by_first(self, conn: sa.Connection, run_id: str, rows: int) -> list[int]:
        """Ids of the actions that the first `rows` rows with something to send hang on."""
        r, a = run_rows, plan_actions
        query = (
            sa.select(r.c.main_action, r.c.other_actions)
            .join(a, sa.and_(a.c.run_id == r.c.run_id, a.c.id == r.c.main_action))
            .where(
                r.c.org_id == self._org_id,
                r.c.run_id == run_id,
                r.c.duplicate_of == 0,
                a.c.state == ActionState.PLANNED.value,
            )
            .order_by(r.c.row_no)
            .limit(rows)
        )
        return [id_ for row in conn.execute(query) for id_ in (row.main_action, *row.other_actions)]

    # The plan is sent

    def wave(
        self, run_id: str, wave: int, states: Iterable[ActionState], conn: sa.Connection | None = None
    ) -> list[StoredAction]:
        """Actions of a wave in these states, in id order: all of one object and one kind."""
        a = plan_actions
        here = (*self._of(run_id), a.c.wave == wave, a.c.state.in_([state.value for state in states]))
        query = sa.select(a).where(*here).order_by(a.c.id)
        with self._database.read(conn) as own:
            return [stored_action(row) for row in giving_way(own.execute(query).mappings().all())]

    def phases(self, run_id: str) -> list[list[int]]:
        """Waves with something left to send or to check, phase by phase: one begins when the one before it has ended.

        Where the run is to pause after a wave, a phase ends there.
        """
        a = plan_actions
        to_send = a.c.state.in_([ActionState.PLANNED.value, ActionState.SENDING.value])
        to_check = sa.and_(a.c.state == ActionState.DONE.value, a.c.proof.is_(None))
        query = (
            sa.select(a.c.wave, a.c.object, a.c.kind)
            .where(*self._of(run_id), a.c.wave >= 0, to_send | to_check)
            .distinct()
            .order_by(a.c.wave)
        )
        with self._database.read() as conn:
            waves = conn.execute(query).all()
            pause_after = conn.execute(
                sa.select(runs.c.pause_after).where(runs.c.org_id == self._org_id, runs.c.id == run_id)
            ).scalar_one()
        last = waves[-1].wave if waves and pause_after is None else pause_after
        return [
            [row.wave for row in phase]
            for _, phase in groupby(waves, key=lambda row: (row.wave > last, row.object, row.kind))
        ]

    def unproved(self, run_id: str) -> list[int]:
        """Of each wave that was written and not read back yet, how many records."""
        a = plan_actions
        query = (
            sa.select(sa.func.count())
            .where(*self._of(run_id), a.c.wave >= 0, a.c.state == ActionState.DONE.value, a.c.proof.is_(None))
            .group_by(a.c.wave)
        )
        with self._database.read() as conn:
            return list(conn.execute(query).scalars())

    def intend(self, run_id: str, actions: Sequence[StoredAction]) -> list[StoredAction]:
        """Put on record, before a send, that it is about to be made; the actions as they stand then."""
        now = datetime.now(UTC)
        intended = [
            replace(action, state=ActionState.SENDING, attempts=action.attempts + 1, intent_at=now)
            for action in giving_way(actions)
        ]
        rows = [
            self._of_run(run_id)
            | {"id": a.id, "state": a.state.value, "attempts": a.attempts, "intent_at": now}
            for a in intended
        ]
        with self._database.write() as conn:
            update_many(conn, plan_actions, ACTION_KEY, rows)
        return intended

    def withdraw(self, run_id: str, actions: Sequence[StoredAction]) -> None:
        """Take back an intent that led to no send: the actions are as they were."""
        rows = [
            self._of_run(run_id) | {"id": a.id, "state": a.state.value, "attempts": a.attempts}
            for a in actions
        ]
        if rows:
            with self._database.write() as conn:
                update_many(conn, plan_actions, ACTION_KEY, rows)

    def answer(self, run_id: str, answers: Sequence[Answer], duration_ms: int) -> None:
        """Keep what became of sends. Answering twice writes the same."""
        now = datetime.now(UTC)
        rows = [
            self._of_run(run_id)
            | {
                "id": answer.id,
                "state": answer.state.value,
                "crm_id": answer.crm_id,
                "code": answer.code,
                "message": answer.message,
                "refusals": [list(refusal) for refusal in answer.refusals],
                "theirs": dict(answer.theirs),
                "answered_at": now,
                "duration_ms": duration_ms,
            }
            for answer in giving_way(answers)
        ]
        trimmed = [
            self._of_run(run_id) | {"id": answer.id, "changes": _change_rows(answer.changes)}
            for answer in answers
            if answer.changes is not None
        ]
        if rows:
            with self._database.write() as conn:
                update_many(conn, plan_actions, ACTION_KEY, rows)
                update_many(conn, plan_actions, ACTION_KEY, trimmed)

    def prove(self, run_id: str, proofs: Sequence[Proved], conn: sa.Connection | None = None) -> None:
        now = datetime.now(UTC)
        rows = [
            self._of_run(run_id)
            | {
                "id": proved.id,
                "proof": proved.proof.value,
                "proof_details": {name: list(pair) for name, pair in proved.details.items()},
                "proved_at": now,
            }
            for proved in giving_way(proofs)
        ]
        if rows:
            with self._database.write(conn) as own:
                update_many(own, plan_actions, ACTION_KEY, rows)

    def crm_ids(self, run_id: str, ids: Sequence[int]) -> dict[int, tuple[str, ActionState]]:
        """{action id: (CRM id or "", state)}"""
        a = plan_actions
        query = sa.select(a.c.id, a.c.crm_id, a.c.state).where(*self._of(run_id), one_of(a.c.id, ids))
        with self._database.read() as conn:
            return {row.id: (row.crm_id, ActionState(row.state)) for row in conn.execute(query).all()}

    def links_from(
        self, run_id: str, ids: Sequence[int], reached: Iterable[ActionState]
    ) -> dict[int, OpenLink]:
        """Links still to be made of these contact actions, by their ids, where the company's action is in one of `reached`."""
        link, company = plan_actions.alias(), plan_actions.alias()
        same_run = (company.c.org_id == link.c.org_id, company.c.run_id == link.c.run_id)
        query = (
            sa.select(link.c.from_action, link.c.id, link.c.is_primary, company.c.crm_id)
            .join(company, sa.and_(*same_run, company.c.id == link.c.to_action))
            .where(
                link.c.org_id == self._org_id,
                link.c.run_id == run_id,
                link.c.kind == ActionKind.LINK.value,
                link.c.state.in_([ActionState.PLANNED.value, ActionState.SENDING.value]),
                link.c.from_action.between(min(ids, default=0), max(ids, default=0)),
                company.c.state.in_([state.value for state in reached]),
                company.c.crm_id != "",
            )
        )
        asked = set(ids)
        with self._database.read() as conn:
            rows = conn.execute(query).all()
        return {row.from_action: OpenLink(*row[1:]) for row in rows if row.from_action in asked}

    # What became of it

    def fates(self, run_id: str) -> dict[int, ActionFate]:
        a = plan_actions
        query = sa.select(a.c.id, a.c.kind, a.c.state).where(*self._of(run_id))
        found: dict[int, ActionFate] = {}
        few: dict[tuple[str, str], ActionFate] = {}
        with self._database.read() as conn:
            for some in giving_way(
                conn.execute(query).partitions(_CHUNK)
            ):  # a big plan has hundreds of thousands
                for id_, kind, state in some:
                    fate = few.get((kind, state))
                    if fate is None:
                        fate = few[kind, state] = ActionFate(ActionKind(kind), ActionState(state))
                    found[id_] = fate
        return found

    def kinds_of_rows(self, run_id: str) -> list[tuple[RowVerdict, dict[int, ActionFate], int]]:
        """The rows by what their outcome hangs on: an example verdict, the fates of its actions, and how many rows are so.

        The example's row and action ids are made up.
        """
        others = _OTHERS_DUCKDB if self._database.is_duckdb else _OTHERS_POSTGRESQL
        query = sa.text(_KINDS_OF_ROWS.format(others=others))
        with self._database.read() as conn:
            found = conn.execute(query, {"org": self._org_id, "run": run_id}).all()
        return [
            (
                RowVerdict(
                    row=0,
                    main_action=1,
                    own=Outcome(own) if own else None,
                    duplicate_of=int(duplicate),
                    other_actions=tuple(range(2, 2 + len(states))),
                ),
                ({1: ActionFate(ActionKind(kind), ActionState(state))} if kind else {})
                | {2 + n: ActionFate(ActionKind.NONE, ActionState(one)) for n, one in enumerate(states)},
                rows,
            )
            for own, duplicate, kind, state, beside, rows in found
            for states in [beside.split() if beside else []]
        ]

    def verdicts(self, run_id: str) -> Iterator[list[RowVerdict]]:
        """Rows in order, ≤ 2,000 at a time."""
        r, after = run_rows, -1
        while True:
            with self._database.read() as conn:
                query = (
                    sa.select(r)
                    .where(r.c.org_id == self._org_id, r.c.run_id == run_id, r.c.row_no > after)
                    .order_by(r.c.row_no)
                    .limit(_CHUNK)
                )
                rows = conn.execute(query).mappings().all()
            if rows:
                after = rows[-1]["row_no"]
                yield [row_verdict(row) for row in giving_way(rows)]
            if len(rows) < _CHUNK:
                return

    def company_actions_of(self, run_id: str, rows: Sequence[int]) -> dict[int, CompanyAction]:
        """The company action that serves each of these rows; rows without one are left out."""
        a, d = plan_actions, run_drafts
        same_group = sa.and_(
            a.c.run_id == d.c.run_id, a.c.object == d.c.object, a.c.group_row == d.c.group_row
        )
        first, last = min(rows, default=0), max(rows, default=0)
        near = last - first < 2 * len(rows)
        query = (
            sa.select(d.c.row_no, a.c.id, a.c.state, a.c.crm_id)
            .select_from(d.join(a, same_group))
            .where(
                *self._of(run_id),
                d.c.object == ObjectName.COMPANIES.value,
                a.c.kind != ActionKind.LINK.value,
                d.c.row_no.between(first, last) if near else one_of(d.c.row_no, rows),
            )
            .order_by(a.c.id)
        )
        with self._database.read() as conn:
            return {
                row.row_no: CompanyAction(id=row.id, state=ActionState(row.state), crm_id=row.crm_id)
                for row in conn.execute(query)
            }

    def _of_run(self, run_id: str) -> dict[str, Any]:
        return {"org_id": self._org_id, "run_id": run_id}

    def _of(self, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        return plan_actions.c.org_id == self._org_id, plan_actions.c.run_id == run_id

    def _action_row(self, run_id: str, action: Action) -> dict[str, Any]:
        return {
            "org_id": self._org_id,
            "run_id": run_id,
            "id": action.id,
            "object": action.object.value,
            "kind": action.kind.value,
            "state": action.state.value,
            "main_row": action.rows[0],
            "group_row": action.group_row,
            "rows": list(action.rows),
            "crm_id": action.crm_id,
            "key_field": action.key_field,
            "key_value": action.key_value,
            "create_key": action.create_key,
            "changes": _change_rows(action.changes),
            "from_action": action.from_action,
            "to_action": action.to_action,
            "is_primary": action.primary,
            "associations": [[name.value, id_] for name, id_ in action.associations],
            "matched_by": action.matched_by,
            "code": action.code,
            "message": action.message,
            "wave": -1,
            "attempts": 0,
        }


_OTHERS_DUCKDB = """unnest(from_json(r.other_actions, '["BIGINT"]')) AS id"""
_OTHERS_POSTGRESQL = "CAST(json_array_elements_text(r.other_actions) AS BIGINT) AS id"
_KINDS_OF_ROWS = """
WITH beside AS (
    SELECT o.row_no, string_agg(DISTINCT a.state, ' ') AS states
    FROM (SELECT r.row_no, {others} FROM run_rows AS r WHERE r.org_id = :org AND r.run_id = :run) AS o
    JOIN plan_actions AS a ON a.org_id = :org AND a.run_id = :run AND a.id = o.id
    GROUP BY o.row_no
)
SELECT r.own, r.duplicate_of <> 0, a.kind, a.state, b.states, count(*)
FROM run_rows AS r
LEFT JOIN plan_actions AS a ON a.org_id = :org AND a.run_id = :run AND a.id = r.main_action
LEFT JOIN beside AS b ON b.row_no = r.row_no
WHERE r.org_id = :org AND r.run_id = :run
GROUP BY 1, 2, 3, 4, 5"""


def _change_rows(changes: Sequence[Change]) -> list[list[str | None]]:
    return [list(change) for change in changes]


def row_verdict(row: sa.RowMapping) -> RowVerdict:
    """A row of run_rows as a value."""
    return RowVerdict(
        row=row["row_no"],
        main_action=row["main_action"],
        own=Outcome(row["own"]) if row["own"] else None,
        duplicate_of=row["duplicate_of"],
        other_actions=tuple(row["other_actions"]),
    )


def stored_action(row: sa.RowMapping) -> StoredAction:
    """A row of plan_actions as a value."""
    return StoredAction(
        id=row["id"],
        object=ObjectName(row["object"]),
        kind=ActionKind(row["kind"]),
        state=ActionState(row["state"]),
        rows=tuple(row["rows"]),
        crm_id=row["crm_id"],
        key_field=row["key_field"],
        key_value=row["key_value"],
        create_key=row["create_key"],
        group_row=row["group_row"],
        changes=tuple(map(Change._make, row["changes"])),
        from_action=row["from_action"],
        to_action=row["to_action"],
        primary=row["is_primary"],
        associations=tuple((ObjectName(name), id_) for name, id_ in row["associations"] or ()),
        matched_by=row["matched_by"],
        code=row["code"],
        message=row["message"],
        wave=row["wave"],
        attempts=row["attempts"],
        intent_at=row["intent_at"],
        duration_ms=row["duration_ms"] or 0,
        refusals=tuple((name, code, message) for name, code, message in row["refusals"] or ()),
        theirs=row["theirs"] or {},
        proof=Proof(row["proof"]) if row["proof"] else None,
        proof_details={name: (sent, held) for name, (sent, held) in (row["proof_details"] or {}).items()},
        proved_at=row["proved_at"],
    )
