"""Who changed what: settings, mappings, connections, keys, and each run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa

from smartsync_core.store.database import Database
from smartsync_core.store.tables import audit

__all__ = ["Audit"]


class Audit:
    """Bound to one org; entries are only ever added."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def record(
        self,
        who: str,
        what: str,
        subject_id: str = "",
        details: Mapping[str, object] | None = None,
        *,
        conn: sa.Connection | None = None,
    ) -> None:
        """`what` = noun.verb, e.g. "connection.saved". With `conn`, it stands or falls with that change."""
        entry = {
            "id": uuid4().hex,
            "org_id": self._org_id,
            "who": who,
            "what": what,
            "subject_id": subject_id or None,
            "details": dict(details) if details else sa.null(),
            "at": datetime.now(UTC),
        }
        with self._database.write(conn) as own:
            own.execute(sa.insert(audit).values(entry))

    def recent(self, limit: int = 50, offset: int = 0) -> list[Mapping[str, object]]:
        """Newest first; keys are the columns of the table."""
        query = sa.select(audit).where(audit.c.org_id == self._org_id)
        page = query.order_by(audit.c.at.desc(), audit.c.id).limit(limit).offset(offset)
        with self._database.read() as conn:
            return [dict(row) for row in conn.execute(page).mappings()]

    def count(self) -> int:
        query = sa.select(sa.func.count()).select_from(audit).where(audit.c.org_id == self._org_id)
        with self._database.read() as conn:
            return conn.execute(query).scalar_one()
