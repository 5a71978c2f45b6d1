"""The next version of the score card, while it is being edited."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "score_card_drafts",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("begun_from", sa.String(), nullable=False),
        sa.Column("saved_by", sa.String(), nullable=False),
        sa.Column("saved_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE score_card_drafts ENABLE ROW LEVEL SECURITY")
        op.execute("ALTER TABLE score_card_drafts FORCE ROW LEVEL SECURITY")
        op.execute(
            "CREATE POLICY of_its_organisation ON score_card_drafts "
            "USING (org_id = current_setting('smartsync.org_id', true))"
        )
