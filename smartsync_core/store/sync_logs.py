"""The ledger as the API lists it: one line per thing done to a CRM record. Reads only."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from smartsync_core.store.database import Database
from smartsync_core.store.tables import crm_sync_logs as t

__all__ = ["SyncLogs"]

_SHOWN = (
    "id", "integration_id", "run_id", "sync_type", "operation", "status", "crm_record_id", "enrichments",
    "duration_ms", "enrichment_time_ms", "error_message", "created_at",
)  # fmt: skip


class SyncLogs:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def recent(
        self, *, integration_id: str = "", status: str = "", limit: int = 50
    ) -> list[Mapping[str, object]]:
        """Newest first; keys are the columns of the table."""
        query = sa.select(*(t.c[name] for name in _SHOWN)).where(t.c.org_id == self._org_id)
        if integration_id:
            query = query.where(t.c.integration_id == integration_id)
        if status:
            query = query.where(t.c.status == status)
        with self._database.read() as conn:
            rows = conn.execute(query.order_by(t.c.created_at.desc(), t.c.id).limit(limit)).mappings()
            return [dict(row) for row in rows]
