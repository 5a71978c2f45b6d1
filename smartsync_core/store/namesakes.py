"""Companies of a run that the CRM has only by their names: their rows, and the records that they may be. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import ActionState
from smartsync_core.store.bulk import one_of
from smartsync_core.store.database import Database
from smartsync_core.store.drafts import called
from smartsync_core.store.tables import plan_actions, run_drafts, run_matches

__all__ = ["Namesake", "Namesakes"]

_CODE = "possible_match"


@dataclass(frozen=True, kw_only=True)
class Namesake:
    """`candidates`: {CRM id: its name and domain there}; {} once a word decided."""

    key_field: str
    key_value: str
    name: str  # as its first row has it
    rows: tuple[int, ...]
    candidates: Mapping[str, str]


class Namesakes:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def waiting(self, run_id: str) -> list[Namesake]:
        """For a person's word, in row order."""
        a = plan_actions
        return self._found(run_id, a.c.state == ActionState.BLOCKED.value, a.c.code == _CODE)

    def others(self, run_id: str, keys: Collection[tuple[str, str]]) -> list[Namesake]:
        """Those of these companies, by (key field, key value), that do not wait, in row order."""
        a = plan_actions
        named = one_of(a.c.key_value, sorted({value for _, value in keys}))
        found = self._found(run_id, named, a.c.code != _CODE, a.c.state != ActionState.SUPERSEDED.value)
        return [one for one in found if (one.key_field, one.key_value) in keys]

    def _found(self, run_id: str, *where: sa.ColumnElement[bool]) -> list[Namesake]:
        a, d, m = plan_actions, run_drafts, run_matches
        same_key = (m.c.object == a.c.object, m.c.key_field == a.c.key_field, m.c.key_value == a.c.key_value)
        first_row = (d.c.object == a.c.object, d.c.row_no == a.c.main_row)
        query = (
            sa.select(
                a.c.key_field,
                a.c.key_value,
                a.c.rows,
                m.c.candidates,
                d.c["values"]["name"].as_string().label("name"),
            )
            .join(m, sa.and_(m.c.org_id == a.c.org_id, m.c.run_id == a.c.run_id, *same_key))
            .join(d, sa.and_(d.c.org_id == a.c.org_id, d.c.run_id == a.c.run_id, *first_row))
            .where(
                a.c.org_id == self._org_id,
                a.c.run_id == run_id,
                a.c.object == ObjectName.COMPANIES.value,
                *where,
            )
            .order_by(a.c.main_row)
        )
        with self._database.read() as conn:
            return [
                Namesake(
                    key_field=row.key_field,
                    key_value=row.key_value,
                    name=row.name or "",
                    rows=tuple(row.rows),
                    candidates=called(row.candidates),
                )
                for row in conn.execute(query)
            ]
