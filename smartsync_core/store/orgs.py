"""Who everything belongs to and who does it, as long as nobody has to log in. Migrating makes both."""

from __future__ import annotations

import sqlalchemy as sa

from smartsync_core.store.tables import orgs

__all__ = ["DEFAULT_ORG_ID", "DEFAULT_USER_ID", "org_ids"]

DEFAULT_ORG_ID = "00000000000000000000000000000001"  # "My organisation"
DEFAULT_USER_ID = "00000000000000000000000000000002"  # "local"


def org_ids(conn: sa.Connection) -> list[str]:
    """Every organisation of the database."""
    return list(conn.execute(sa.select(orgs.c.id).order_by(orgs.c.id)).scalars())
