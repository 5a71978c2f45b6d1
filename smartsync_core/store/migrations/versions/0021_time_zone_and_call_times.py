"""The time zone of an organisation, by which its weeks are counted; and how long calls of the API took."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "org_settings",
        sa.Column("org_id", sa.String(), primary_key=True),
        sa.Column("time_zone", sa.String(), nullable=False),
    )
    op.create_table(
        "call_times",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("hour", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "hour", "ms"),
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in ("org_settings", "call_times"):
            _keep_apart(table)


def _keep_apart(table: str) -> None:
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')  # of its owner too
    op.execute(
        f"CREATE POLICY of_its_organisation ON \"{table}\" USING (org_id = current_setting('smartsync.org_id', true))"
    )
