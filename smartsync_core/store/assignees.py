"""Who takes what waits for a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa

from smartsync_core.store.database import Database
from smartsync_core.store.tables import need_assignees

__all__ = ["Assignees"]


class Assignees:
    """Bound to one org. `subject` names what waits; it stays the same however many rows it has."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def all(self) -> dict[str, str]:
        """{subject: a person's name}"""
        t = need_assignees
        query = sa.select(t.c.subject, t.c.assignee).where(t.c.org_id == self._org_id)
        with self._database.read() as conn:
            return {row.subject: row.assignee for row in conn.execute(query)}

    def assign(self, subjects: Sequence[str], assignee: str, *, by: str) -> None:
        """`assignee` "" = nobody."""
        t = need_assignees
        now = datetime.now(UTC)
        with self._database.write() as conn:
            conn.execute(sa.delete(t).where(t.c.org_id == self._org_id, t.c.subject.in_(subjects)))
            if assignee and subjects:
                line = {"org_id": self._org_id, "assignee": assignee, "assigned_by": by, "assigned_at": now}
                conn.execute(sa.insert(t).values([line | {"subject": subject} for subject in subjects]))
