"""Repairs of a run: which rows are taken up again, what the run has of them already, and their new plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import (
    Action,
    ActionKind,
    ActionState,
    Reason,
    RowVerdict,
    StoredAction,
)
from smartsync_core.model.run import RunState
from smartsync_core.store.bulk import update_many
from smartsync_core.store.database import Database
from smartsync_core.store.edits import Edits
from smartsync_core.store.plans import ACTION_KEY, ROW_KEY, Plans, row_verdict, stored_action
from smartsync_core.store.runs import OPENS
from smartsync_core.store.settled import OPEN
from smartsync_core.store.tables import plan_actions, run_first_reasons, run_reasons, run_rows, runs

__all__ = ["LANDED", "Repairs", "TakenUp", "Waiting"]

LANDED = (ActionState.DONE, ActionState.UNCHANGED)
_GIVEN_UP = (
    ActionState.BLOCKED,
    ActionState.FAILED,
    ActionState.STALE,
    ActionState.IN_DOUBT,
    ActionState.WAITING,
)
_CHUNK = 500
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A row that waits for a person. `partly` = its main record landed; what hangs on it did not."""

    verdict: RowVerdict
    partly: bool


@dataclass(frozen=True, kw_only=True)
class TakenUp:
    """Rows, and the actions that their verdicts name, as they stand before they are planned anew."""

    verdicts: Mapping[int, RowVerdict]
    actions: Mapping[int, StoredAction]

    def of(self, rows: Iterable[int]) -> list[StoredAction]:
        """Actions that serve any of these rows, in id order."""
        found = [self.verdicts[row] for row in rows if row in self.verdicts]
        ids = {id_ for one in found for id_ in (one.main_action, *one.other_actions)}
        return [self.actions[id_] for id_ in sorted(ids) if id_ in self.actions]

    def landed_main(self, row: int) -> StoredAction | None:
        """The action that brought the row's main record into the CRM, or met it there; None = it is not there by this run."""
        verdict = self.verdicts.get(row)
        action = self.actions.get(verdict.main_action) if verdict else None
        stands = action is not None and action.state in LANDED and action.crm_id and row in action.rows
        return action if stands else None


class Repairs:
    """Bound to one org; every method speaks of one run."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id
        self._plans = Plans(database, org_id)
        self._edits = Edits(database, org_id)

    # Taking rows up

    def open_rows(self, run_id: str) -> dict[int, Waiting]:
        """Rows that wait for a person, by number."""
        query = sa.select(run_rows).where(
            *self._rows(run_id), run_rows.c.outcome.in_([one.value for one in OPEN])
        )
        with self._database.read() as conn:
            rows = conn.execute(query.order_by(run_rows.c.row_no)).mappings()
            return {
                row["row_no"]: Waiting(verdict=row_verdict(row), partly=bool(row["partly"])) for row in rows
            }

    def begin(
        self, run_id: str, rows: Sequence[int], cells: Mapping[int, Sequence[str]], *, who: str, at: datetime
    ) -> bool:
        """Take rows up, with those that were corrected as they stand now; False where the run is not done (any more)."""
        with self._database.write() as conn:
            self._database.alone(conn, OPENS)
            here = (runs.c.org_id == self._org_id, runs.c.id == run_id)
            run = conn.execute(sa.select(runs).where(*here)).mappings().one()
            if run["state"] != RunState.DONE.value:
                return False
            idle_s = (at - run["finished_at"]).total_seconds() if run["finished_at"] else 0.0
            calls = run["calls_app"] + run["calls_search"] + run["calls_association"]
            again = {
                "state": RunState.RUNNING.value,
                "waited_s": (run["waited_s"] or 0.0) + idle_s,
                "result": {"first_pass": run["result"]["outcomes"], "first_calls": calls, **run["result"]},
            }
            forgotten = ("message", "finished_at", "wakes_at", "pause_after", "max_calls")
            conn.execute(sa.update(runs).where(*here).values(**again, **dict.fromkeys(forgotten)))
            number = self._last(conn, run_id) + 1
            self._keep_first_reasons(conn, run_id, rows)
            conn.execute(sa.update(run_rows).where(*self._awaiting(run_id)).values(awaits_plan=False))
            marks = [
                {
                    "org_id": self._org_id,
                    "run_id": run_id,
                    "row_no": row,
                    "repair": number,
                    "awaits_plan": True,
                }
                for row in rows
            ]
            update_many(conn, run_rows, ROW_KEY, marks)
            self._edits.put(conn, run_id, cells, repair=number, who=who, at=at)
        return True

    def last(self, run_id: str) -> int:
        """The number of the newest repair; 0 = there was none."""
        with self._database.read() as conn:
            return self._last(conn, run_id)

    def awaiting(self, run_id: str) -> list[int]:
        """Rows that were taken up and are not planned anew yet, in order."""
        with self._database.read() as conn:
            query = sa.select(run_rows.c.row_no).where(*self._awaiting(run_id))
            return list(conn.execute(query.order_by(run_rows.c.row_no)).scalars())

    def release(self, run_id: str) -> None:
        """Let go of rows that could not be planned anew: they stay as they were."""
        with self._database.write() as conn:
            conn.execute(sa.update(run_rows).where(*self._awaiting(run_id)).values(awaits_plan=False))

    # Planning them anew

    def taken_up(self, run_id: str, rows: Collection[int]) -> TakenUp:
        """What the run has of these rows."""
        wanted, verdicts = sorted(rows), dict[int, RowVerdict]()
        with self._database.read() as conn:
            for some in _chunks(wanted):
                query = sa.select(run_rows).where(*self._rows(run_id), run_rows.c.row_no.in_(some))
                verdicts |= {row["row_no"]: row_verdict(row) for row in conn.execute(query).mappings()}
            ids = sorted({id_ for one in verdicts.values() for id_ in (one.main_action, *one.other_actions)})
            actions = dict[int, StoredAction]()
            for some in _chunks(ids):
                actions |= {one.id: one for one in self._actions(conn, run_id, plan_actions.c.id.in_(some))}
        return TakenUp(verdicts=verdicts, actions=actions)

    def landed(
        self, run_id: str, object_name: ObjectName, crm_ids: Collection[str]
    ) -> dict[str, StoredAction]:
        """What brought these records into the CRM, or met them there, by CRM id; of several the first."""
        a, found = plan_actions, dict[str, StoredAction]()
        with self._database.read() as conn:
            for some in _chunks(sorted(crm_ids)):
                here = (
                    a.c.object == object_name.value,
                    a.c.kind != ActionKind.LINK.value,
                    a.c.state.in_([state.value for state in LANDED]),
                    a.c.crm_id.in_(some),
                )
                for action in self._actions(conn, run_id, *here):
                    found.setdefault(action.crm_id, action)
        return found

    def planned(self, run_id: str, object_name: ObjectName, groups: Sequence[int]) -> dict[int, StoredAction]:
        """Actions that an interrupted planning stored for these groups already, by group."""
        a, found = plan_actions, dict[int, StoredAction]()
        with self._database.read() as conn:
            for some in _chunks(groups):
                here = (a.c.object == object_name.value, a.c.group_row.in_(some), a.c.group_row > 0)
                found |= {one.group_row: one for one in self._actions(conn, run_id, *here)}
        return found

    def next_id(self, run_id: str) -> int:
        """Above every action id of the run, links' negative ones too."""
        a = plan_actions
        query = sa.select(sa.func.max(sa.func.abs(a.c.id))).where(*self._of(run_id))
        with self._database.read() as conn:
            return int(conn.execute(query).scalar_one() or 0) + 1

    def drop_reasons(self, run_id: str) -> None:
        """What was said about the rows that await their new plan no longer holds."""
        r = run_reasons
        again = sa.select(run_rows.c.row_no).where(*self._awaiting(run_id))
        with self._database.write() as conn:
            conn.execute(
                sa.delete(r).where(r.c.org_id == self._org_id, r.c.run_id == run_id, r.c.row_no.in_(again))
            )

    def plan(
        self,
        run_id: str,
        actions: Sequence[Action],
        verdicts: Sequence[RowVerdict],
        reasons: Sequence[Reason],
    ) -> None:
        """Keep a part of the new plan: all of it or nothing. The rows of `verdicts` await no plan from then on."""
        rows = [
            {
                "org_id": self._org_id,
                "run_id": run_id,
                "row_no": one.row,
                "main_action": one.main_action,
                "own": one.own.value if one.own else None,
                "duplicate_of": one.duplicate_of,
                "other_actions": list(one.other_actions),
                "awaits_plan": False,
            }
            for one in verdicts
        ]
        with self._database.write() as conn:
            self._plans.add_actions(run_id, actions, conn)
            self._plans.add_reasons(run_id, reasons, "plan", conn)
            update_many(conn, run_rows, ROW_KEY, rows)

    def retire(self, run_id: str) -> int:
        """Actions that did not land and that no row hangs on any more count no longer; how many they are.

        Only of rows that the newest repair took up: the others' were not planned anew.
        """
        a = plan_actions
        with self._database.write() as conn:
            repaired = set(
                conn.execute(
                    sa.select(run_rows.c.row_no).where(
                        *self._rows(run_id), run_rows.c.repair == self._last(conn, run_id)
                    )
                ).scalars()
            )
            given_up = self._actions(conn, run_id, a.c.state.in_([state.value for state in _GIVEN_UP]))
            candidates = {one.id: one for one in given_up if not repaired.isdisjoint(one.rows)}
            serving = sorted({row for one in candidates.values() for row in one.rows})
            for some in _chunks(serving):
                query = sa.select(run_rows.c.main_action, run_rows.c.other_actions).where(
                    *self._rows(run_id), run_rows.c.row_no.in_(some)
                )
                for row in conn.execute(query):
                    for id_ in (row.main_action, *row.other_actions):
                        candidates.pop(id_, None)
            retired = [
                {"org_id": self._org_id, "run_id": run_id, "id": id_, "state": ActionState.SUPERSEDED.value}
                for id_ in candidates
            ]
            update_many(conn, plan_actions, ACTION_KEY, retired)
        return len(retired)

    # Private

    def _last(self, conn: sa.Connection, run_id: str) -> int:
        return int(
            conn.execute(sa.select(sa.func.max(run_rows.c.repair)).where(*self._rows(run_id))).scalar_one()
            or 0
        )

    def _keep_first_reasons(self, conn: sa.Connection, run_id: str, rows: Sequence[int]) -> None:
        """Of rows that were never taken up: what is said of them now, which their new plan makes forgotten."""
        names = ("org_id", "run_id", "row_no", "field", "code", "message")
        untouched = sa.select(run_rows.c.row_no).where(*self._rows(run_id), run_rows.c.repair.is_(None))
        r = run_reasons
        for some in _chunks(rows):
            said = sa.select(*(r.c[name] for name in names)).where(
                r.c.org_id == self._org_id,
                r.c.run_id == run_id,
                r.c.row_no.in_(some),
                r.c.row_no.in_(untouched),
            )
            conn.execute(sa.insert(run_first_reasons).from_select(names, said))

    def _actions(
        self, conn: sa.Connection, run_id: str, *where: sa.ColumnElement[bool]
    ) -> list[StoredAction]:
        query = sa.select(plan_actions).where(*self._of(run_id), *where).order_by(plan_actions.c.id)
        return [stored_action(row) for row in conn.execute(query).mappings()]

    def _rows(self, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        return run_rows.c.org_id == self._org_id, run_rows.c.run_id == run_id

    def _awaiting(self, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        return *self._rows(run_id), run_rows.c.awaits_plan.is_(True)

    def _of(self, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        return plan_actions.c.org_id == self._org_id, plan_actions.c.run_id == run_id


def _chunks(values: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
