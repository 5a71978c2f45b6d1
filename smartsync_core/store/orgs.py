"""Who everything belongs to and who does it, as long as nobody has to log in: migrating makes both. What an org settled on."""

from __future__ import annotations

import sqlalchemy as sa

from smartsync_core.store.database import Database
from smartsync_core.store.tables import org_settings, orgs

__all__ = ["DEFAULT_ORG_ID", "DEFAULT_USER_ID", "Organisation", "org_ids"]

DEFAULT_ORG_ID = "00000000000000000000000000000001"  # "My organisation"
DEFAULT_USER_ID = "00000000000000000000000000000002"  # "local"


def org_ids(conn: sa.Connection) -> list[str]:
    """Every organisation of the database."""
    return list(conn.execute(sa.select(orgs.c.id).order_by(orgs.c.id)).scalars())


class Organisation:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def time_zone(self) -> str:
        """Its name as the IANA has it; "" = not known yet."""
        query = sa.select(org_settings.c.time_zone).where(org_settings.c.org_id == self._org_id)
        with self._database.read() as conn:
            return conn.execute(query).scalar() or ""

    def set_time_zone(self, name: str) -> None:
        here = org_settings.c.org_id == self._org_id
        with self._database.write() as conn:
            changed = conn.execute(sa.update(org_settings).where(here).values(time_zone=name)).rowcount
            if not changed:
                conn.execute(sa.insert(org_settings).values(org_id=self._org_id, time_zone=name))
