"""Two plans of the same rows beside each other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from smartsync_core.model.plan import RowVerdict, StoredAction
from smartsync_core.store.database import Database
from smartsync_core.store.plans import Plans, stored_action
from smartsync_core.store.tables import plan_actions

__all__ = ["Comparison"]

_CHUNK = 500


class Comparison:
    """Of an earlier and a later run over one upload; bound to one org."""

    def __init__(self, database: Database, org_id: str, earlier: str, later: str) -> None:
        self._database = database
        self._org_id = org_id
        self._plans = Plans(database, org_id)
        self._runs = (earlier, later)

    def differing(self) -> Iterator[tuple[RowVerdict, RowVerdict]]:
        """Each row of which the two plans say something else, as (earlier, later), in row order."""
        before, now = (self._digests(run_id) for run_id in self._runs)
        chunks = zip(*(self._plans.verdicts(run_id) for run_id in self._runs), strict=True)
        for old_ones, new_ones in chunks:
            for old, new in zip(old_ones, new_ones, strict=True):
                if _signature(old, before) != _signature(new, now):
                    yield old, new

    def actions(self, run_id: str, ids: Sequence[int]) -> dict[int, StoredAction]:
        """By id; those that are not there are left out."""
        a, found = plan_actions, dict[int, StoredAction]()
        with self._database.read() as conn:
            for start in range(0, len(ids), _CHUNK):
                query = sa.select(a).where(
                    a.c.org_id == self._org_id, a.c.run_id == run_id, a.c.id.in_(ids[start : start + _CHUNK])
                )
                found.update({row["id"]: stored_action(row) for row in conn.execute(query).mappings()})
        return found

    def _digests(self, run_id: str) -> dict[int, int]:
        """What each action would do, as a number: plans of many rows stay small."""
        a = plan_actions
        query = sa.select(a.c.id, a.c.object, a.c.kind, a.c.state, a.c.crm_id, a.c.changes).where(
            a.c.org_id == self._org_id, a.c.run_id == run_id
        )
        with self._database.read() as conn:
            return {row[0]: hash((*row[1:5], json.dumps(row[5]))) for row in conn.execute(query)}


def _signature(verdict: RowVerdict, digests: dict[int, int]) -> tuple[object, ...]:
    others = sorted(digests.get(id_, 0) for id_ in verdict.other_actions)
    return verdict.own, verdict.duplicate_of, digests.get(verdict.main_action, 0), tuple(others)
