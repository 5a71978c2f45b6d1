"""To whom imports gave companies by the score card, as far as that stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from smartsync_core.model.plan import ActionState
from smartsync_core.store.bulk import insert_many
from smartsync_core.store.database import Database
from smartsync_core.store.tables import owners_given, plan_actions, run_findings, runs

__all__ = ["Given", "OwnersGiven"]

_COUNTS = (ActionState.PLANNED, ActionState.SENDING, ActionState.IN_DOUBT, ActionState.DONE)


@dataclass(frozen=True, kw_only=True)
class Given:
    """A company's new owner. `action_id`: the record by which it is written."""

    owner: str  # id in the CRM
    name: str  # as the score card has it
    action_id: int


class OwnersGiven:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def keep(self, run_id: str, integration_id: str, given: Mapping[str, Given]) -> None:
        """By company, in the place of what was kept of the run before."""
        rows = [
            {
                "org_id": self._org_id,
                "run_id": run_id,
                "company": company,
                "integration_id": integration_id,
                "owner": one.owner,
                "name": one.name,
                "action_id": one.action_id,
            }
            for company, one in given.items()
        ]
        g = owners_given
        with self._database.write() as conn:
            conn.execute(sa.delete(g).where(g.c.org_id == self._org_id, g.c.run_id == run_id))
            if rows:
                insert_many(conn, g, rows)

    def of_run(self, run_id: str) -> dict[str, tuple[str, int]]:
        """By owner: their name, and how many companies the run gives them."""
        g = owners_given
        query = (
            sa.select(g.c.owner, g.c.name, sa.func.count().label("many"))
            .where(g.c.org_id == self._org_id, g.c.run_id == run_id)
            .group_by(g.c.owner, g.c.name)
        )
        with self._database.read() as conn:
            return {row.owner: (row.name, row.many) for row in conn.execute(query)}

    def by_others(self, run_id: str, integration_id: str) -> dict[str, int]:
        """How many companies approved imports gave each owner and no undo took back; those of this run's rows aside."""
        g, a, f = owners_given, plan_actions, run_findings
        undo, back = runs.alias("its_undo"), plan_actions.alias("taken_back")
        taken_back = sa.exists().where(
            undo.c.org_id == g.c.org_id,
            undo.c.undo_of == g.c.run_id,
            back.c.org_id == g.c.org_id,
            back.c.run_id == undo.c.id,
            back.c.object == a.c.object,
            back.c.crm_id == a.c.crm_id,
            back.c.state == ActionState.DONE.value,
        )
        in_this = sa.exists().where(
            f.c.org_id == g.c.org_id, f.c.run_id == run_id, f.c.company == g.c.company
        )
        query = (
            sa.select(g.c.owner, sa.func.count(g.c.company.distinct()).label("many"))
            .join(runs, sa.and_(runs.c.id == g.c.run_id, runs.c.org_id == g.c.org_id))
            .join(a, sa.and_(a.c.run_id == g.c.run_id, a.c.id == g.c.action_id))
            .where(g.c.org_id == self._org_id, g.c.integration_id == integration_id, g.c.run_id != run_id)
            .where(runs.c.approved_at.is_not(None), a.c.org_id == self._org_id)
            .where(a.c.state.in_([state.value for state in _COUNTS]), ~taken_back, ~in_this)
            .group_by(g.c.owner)
        )
        with self._database.read() as conn:
            return {row.owner: row.many for row in conn.execute(query)}
