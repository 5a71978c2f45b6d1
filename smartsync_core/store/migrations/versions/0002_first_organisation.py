"""The organisation that everything belongs to until there are others, and its one user."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ORG_ID = "00000000000000000000000000000001"
_USER_ID = "00000000000000000000000000000002"


def upgrade() -> None:
    now = datetime.now(UTC)
    time = sa.TIMESTAMP(timezone=True)
    orgs = sa.table("orgs", sa.column("id"), sa.column("name"), sa.column("created_at", time))
    users = sa.table(
        "users",
        *(sa.column(name) for name in ("id", "org_id", "name", "role")),
        sa.column("created_at", time),
    )
    op.execute(sa.insert(orgs).values(id=_ORG_ID, name="My organisation", created_at=now))
    op.execute(
        sa.insert(users).values(id=_USER_ID, org_id=_ORG_ID, name="local", role="admin", created_at=now)
    )
