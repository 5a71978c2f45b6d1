"""Imports begun on the screen and not yet planned: kept over reload and restart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa

from smartsync_core.store.database import Database
from smartsync_core.store.tables import import_drafts

__all__ = ["ImportDrafts"]


class ImportDrafts:
    """Bound to one org. A draft is a small JSON object that the screen alone understands."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def save(self, state: Mapping[str, object], draft_id: str = "") -> str:
        """Keep `state` as this draft, or as a new one; its id."""
        own_id = draft_id or uuid4().hex[:12]
        t = import_drafts
        with self._database.write() as conn:
            conn.execute(sa.delete(t).where(t.c.org_id == self._org_id, t.c.id == own_id))
            conn.execute(
                sa.insert(t).values(
                    id=own_id, org_id=self._org_id, state=dict(state), updated_at=datetime.now(UTC)
                )
            )
        return own_id

    def get(self, draft_id: str) -> dict[str, object] | None:
        t = import_drafts
        with self._database.read() as conn:
            found = conn.execute(
                sa.select(t.c.state).where(t.c.org_id == self._org_id, t.c.id == draft_id)
            ).scalar()
        return dict(found) if found is not None else None

    def recent(self, limit: int) -> list[dict[str, object]]:
        """The newest first."""
        t = import_drafts
        with self._database.read() as conn:
            query = (
                sa.select(t.c.state)
                .where(t.c.org_id == self._org_id)
                .order_by(t.c.updated_at.desc())
                .limit(limit)
            )
            return [dict(state) for state in conn.execute(query).scalars()]

    def drop(self, draft_id: str) -> None:
        t = import_drafts
        with self._database.write() as conn:
            conn.execute(sa.delete(t).where(t.c.org_id == self._org_id, t.c.id == draft_id))
