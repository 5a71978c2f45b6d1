"""What a person is asked at a CRM, and tokens that are renewed. PostgreSQL itself keeps organisations apart.

There, a transaction sees and writes rows of the organisation that it speaks for, and no others.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_TABLES = """
    SELECT table_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND column_name = 'org_id' ORDER BY table_name"""


def upgrade() -> None:
    op.add_column("crm_integrations", sa.Column("token_renew_at", sa.TIMESTAMP(timezone=True)))
    op.create_table(
        "oauth_states",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("crm_type", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("verifier", sa.String(), nullable=False),
        sa.Column("begun_by", sa.String(), nullable=False),
        sa.Column("begun_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "state"),
    )
    conn = op.get_bind()
    if conn.dialect.name != "postgresql":
        return
    for table in conn.exec_driver_sql(_TABLES).scalars().all():
        op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')  # of its owner too
        op.execute(
            f"CREATE POLICY of_its_organisation ON \"{table}\" USING (org_id = current_setting('smartsync.org_id', true))"
        )
