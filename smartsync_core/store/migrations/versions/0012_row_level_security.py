"""PostgreSQL itself keeps organisations apart: a transaction sees and writes rows of the one that it speaks for."""

from __future__ import annotations

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_TABLES = """
    SELECT table_name FROM information_schema.columns
    WHERE table_schema = current_schema() AND column_name = 'org_id' ORDER BY table_name"""


def upgrade() -> None:
    conn = op.get_bind()
    if conn.dialect.name != "postgresql":
        return
    for table in conn.exec_driver_sql(_TABLES).scalars().all():
        op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
        op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')  # of its owner too
        op.execute(
            f"CREATE POLICY of_its_organisation ON \"{table}\" USING (org_id = current_setting('smartsync.org_id', true))"
        )
