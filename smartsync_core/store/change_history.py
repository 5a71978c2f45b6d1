"""Change history: what we did to one record, cell by cell, out of the ledger."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.run import CellChange
from smartsync_core.store.database import Database
from smartsync_core.store.ledger import SYNC_TYPE
from smartsync_core.store.tables import crm_sync_logs, plan_actions, runs, uploads

__all__ = ["ChangeHistory"]

_CHUNK = 500


class ChangeHistory:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def of_record(
        self, integration_id: str, object_name: ObjectName, crm_id: str, *, field: str = ""
    ) -> list[CellChange]:
        """Newest first, cells in alphabetical order within one write; [] for a record we never touched."""
        log, a = crm_sync_logs, plan_actions
        query = (
            sa.select(
                log, runs.c.approved_by, runs.c.created_by, uploads.c.name, a.c.proof, a.c.proof_details
            )
            .select_from(
                log.join(runs, runs.c.id == log.c.run_id)
                .join(uploads, uploads.c.id == runs.c.upload_id)
                .outerjoin(a, sa.and_(a.c.run_id == log.c.run_id, a.c.id == log.c.action_id))
            )
            .where(
                log.c.org_id == self._org_id,
                log.c.integration_id == integration_id,
                log.c.sync_type == SYNC_TYPE[object_name],
                log.c.crm_record_id == crm_id,
            )
            .order_by(log.c.created_at.desc(), log.c.id)
        )
        with self._database.read() as conn:
            lines = conn.execute(query).mappings().all()
        return [change for line in lines for change in _cells(line) if not field or change.field == field]

    def written(
        self, integration_id: str, object_name: ObjectName, crm_ids: Sequence[str], fields: Collection[str]
    ) -> dict[str, dict[str, str | None]]:
        """What we wrote last into these fields of these records: CRM id → field → value."""
        log, found = crm_sync_logs, dict[str, dict[str, str | None]]()
        for start in range(0, len(crm_ids), _CHUNK):
            query = (
                sa.select(log.c.crm_record_id, log.c.after)
                .where(
                    log.c.org_id == self._org_id,
                    log.c.integration_id == integration_id,
                    log.c.sync_type == SYNC_TYPE[object_name],
                    log.c.crm_record_id.in_(crm_ids[start : start + _CHUNK]),
                    log.c.status == "success",
                )
                .order_by(log.c.created_at)
            )
            with self._database.read() as conn:
                for crm_id, after in conn.execute(query):
                    ours = {name: value for name, value in (after or {}).items() if name in fields}
                    found.setdefault(crm_id, {}).update(ours)
        return found


def _cells(line: sa.RowMapping) -> list[CellChange]:
    before, after, held = line["before"] or {}, line["after"] or {}, line["proof_details"] or {}
    return [
        CellChange(
            at=line["created_at"],
            who=line["approved_by"] or line["created_by"],
            run_id=line["run_id"],
            file_name=line["name"],
            row=line["row_no"] or 0,
            operation=line["operation"],
            status=line["status"],
            field=name,
            before=before.get(name),
            after=after.get(name),
            proof=line["proof"] or "",
            held=held[name][1] if name in held else "",
        )
        for name in sorted({*before, *after})
    ]
