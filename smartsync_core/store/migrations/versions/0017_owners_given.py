"""Which companies an import gives an owner, and for which import a score was given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("scores", sa.Column("run_id", sa.String()))
    op.create_table(
        "owners_given",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("company", sa.String(), nullable=False),
        sa.Column("integration_id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "company"),
    )
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE owners_given ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE owners_given FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY of_its_organisation ON owners_given USING (org_id = current_setting('smartsync.org_id', true))"
    )
