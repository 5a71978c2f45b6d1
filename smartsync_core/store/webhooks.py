"""Changes that a CRM told of: each is kept once, however often it is told, and no delivery is taken twice."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from smartsync_core.errors import BadInput
from smartsync_core.model.webhook import Change, Taken
from smartsync_core.store.bulk import insert_many
from smartsync_core.store.database import Database
from smartsync_core.store.tables import crm_integrations, webhook_changes, webhook_deliveries

__all__ = ["APART", "Webhooks"]

APART = "webhooks"  # who delivers does not wait until an import has written its rows
_SIGNATURES_KEPT = timedelta(minutes=15)  # an older delivery is refused for its age
_FORGOTTEN_EVERY = timedelta(minutes=1)  # not at each delivery
_CHANGES_KEPT = timedelta(days=30)  # a CRM repeats itself for a day


class Webhooks:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id
        self._forgot_at = datetime.min.replace(tzinfo=UTC)

    def take(self, crm_type: str, signature: str, changes: Sequence[Change]) -> Taken:
        """Keep what is new of a delivery, whole or not at all. Raises BadInput (replayed) for one that was taken."""
        now = datetime.now(UTC)
        with self._database.write_apart(APART) as conn:  # looking first costs a fraction of ON CONFLICT
            self._claim(conn, signature, now)
            accounts = self._accounts(conn, crm_type)
            ours = {one.key: one for one in changes if one.portal_id in accounts}
            known = self._known(conn, list(ours))
            new = [
                self._values(one, accounts[one.portal_id], now)
                for one in ours.values()
                if one.key not in known
            ]
            insert_many(conn, webhook_changes, new)
        elsewhere = sum(one.portal_id not in accounts for one in changes)
        return Taken(new=len(new), known=len(changes) - elsewhere - len(new), elsewhere=elsewhere)

    def kept(self, integration_id: str, limit: int = 100) -> list[Change]:
        """Those of one account, in the order in which they came."""
        t = webhook_changes
        query = (
            sa.select(t)
            .where(t.c.org_id == self._org_id, t.c.integration_id == integration_id)
            .order_by(t.c.received_at, t.c.key)
            .limit(limit)
        )
        with self._database.read() as conn:
            return [_change(row) for row in conn.execute(query).mappings()]

    def drop_old(self) -> None:
        t = webhook_changes
        before = datetime.now(UTC) - _CHANGES_KEPT
        with self._database.write_apart(APART) as conn:
            conn.execute(sa.delete(t).where(t.c.org_id == self._org_id, t.c.received_at < before))

    def _claim(self, conn: sa.Connection, signature: str, now: datetime) -> None:
        t = webhook_deliveries
        if now - self._forgot_at > _FORGOTTEN_EVERY:
            conn.execute(sa.delete(t).where(t.c.org_id == self._org_id, t.c.at < now - _SIGNATURES_KEPT))
            self._forgot_at = now
        digest = hashlib.sha256(signature.encode()).hexdigest()
        taken = sa.select(t.c.at).where(t.c.org_id == self._org_id, t.c.signature == digest)
        if conn.execute(taken).first() is not None:
            raise BadInput("This delivery was taken before.", code="replayed")
        insert_many(conn, t, [{"org_id": self._org_id, "signature": digest, "at": now}])

    def _known(self, conn: sa.Connection, keys: list[str]) -> set[str]:
        t = webhook_changes
        if not keys:
            return set()
        return set(
            conn.execute(sa.select(t.c.key).where(t.c.org_id == self._org_id, t.c.key.in_(keys))).scalars()
        )

    def _accounts(self, conn: sa.Connection, crm_type: str) -> dict[str, str]:
        """{the CRM's name of an account: our id}; the one connected last, where it is connected twice."""
        t = crm_integrations
        query = (
            sa.select(t.c.portal_id, t.c.id)
            .where(t.c.org_id == self._org_id, t.c.crm_type == crm_type, t.c.is_active, t.c.portal_id != "")
            .order_by(t.c.updated_at)
        )
        return {row.portal_id: row.id for row in conn.execute(query)}

    def _values(self, change: Change, integration_id: str, now: datetime) -> dict[str, object]:
        return {
            "org_id": self._org_id,
            "integration_id": integration_id,
            "received_at": now,
            **{name: getattr(change, name) for name in Change.__dataclass_fields__},
        }


def _change(row: Mapping[str, object] | sa.RowMapping) -> Change:
    return Change(**{name: row[name] for name in Change.__dataclass_fields__})  # type: ignore[arg-type]
