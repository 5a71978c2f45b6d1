"""What screens look back on, counted when an import is settled; and who takes what waits.

Imports that were settled before are counted here.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None

_OPEN = "r.outcome IN ('blocked', 'failed', 'in_doubt')"
_NOTES = """('beside_first_company', 'country_as_typed', 'crm_changed_it', 'likely_duplicate', 'name_part_left_out',
             'phone_as_typed', 'rows_disagree', 'same_record', 'website_as_typed')"""

_OUTCOMES = """
INSERT INTO settled_outcomes (org_id, run_id, outcome, rows, first_pass)
SELECT r.org_id, r.run_id, r.outcome, count(*), count(*) FILTER (WHERE r.repair IS NULL)
FROM run_rows AS r JOIN runs ON runs.id = r.run_id AND runs.kind = 'import'
WHERE r.outcome IS NOT NULL
GROUP BY r.org_id, r.run_id, r.outcome"""

_FIRST = f"""
INSERT INTO settled_reasons (org_id, run_id, told, code, field, rows, example_row)
SELECT said.org_id, said.run_id, 'first', said.code, said.field, count(DISTINCT said.row_no), min(said.row_no)
FROM (
    SELECT r.org_id, r.run_id, r.row_no, w.code, w.field
    FROM run_rows AS r JOIN run_reasons AS w ON w.run_id = r.run_id AND w.row_no = r.row_no
    WHERE r.repair IS NULL AND {_OPEN}
    UNION ALL
    SELECT r.org_id, r.run_id, r.row_no, w.code, w.field
    FROM run_rows AS r JOIN run_first_reasons AS w ON w.run_id = r.run_id AND w.row_no = r.row_no
    WHERE r.repair IS NOT NULL
) AS said JOIN runs ON runs.id = said.run_id AND runs.kind = 'import'
WHERE said.code NOT IN {_NOTES}
GROUP BY said.org_id, said.run_id, said.code, said.field"""

_NOW = f"""
INSERT INTO settled_reasons (org_id, run_id, told, code, field, rows, example_row)
SELECT r.org_id, r.run_id, 'now', coalesce(w.code, ''), coalesce(w.field, ''), count(DISTINCT r.row_no), min(r.row_no)
FROM run_rows AS r JOIN runs ON runs.id = r.run_id AND runs.kind = 'import'
LEFT JOIN run_reasons AS w ON w.run_id = r.run_id AND w.row_no = r.row_no AND w.code NOT IN {_NOTES}
WHERE {_OPEN}
GROUP BY r.org_id, r.run_id, coalesce(w.code, ''), coalesce(w.field, '')"""

_CELLS = """
INSERT INTO settled_cells (org_id, run_id, object, field, filled, replaced, emptied)
SELECT org_id, run_id, sync_type, field,
       count(*) FILTER (WHERE (before ->> field) IS NULL AND (after ->> field) IS NOT NULL),
       count(*) FILTER (WHERE (before ->> field) IS NOT NULL AND (after ->> field) IS NOT NULL),
       count(*) FILTER (WHERE (after ->> field) IS NULL)
FROM (
    SELECT l.org_id, l.run_id, l.sync_type, l.before, l.after, {key} AS field
    FROM crm_sync_logs AS l JOIN runs ON runs.id = l.run_id AND runs.kind = 'import'
    WHERE l.operation = 'update' AND l.status = 'success'
) AS cell
GROUP BY org_id, run_id, sync_type, field"""


def upgrade() -> None:
    op.create_table(
        "settled_outcomes",
        *_key("run_id", "outcome"),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("first_pass", sa.Integer(), nullable=False),
    )
    op.create_table(
        "settled_reasons",
        *_key("run_id", "told", "code", "field"),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("example_row", sa.Integer(), nullable=False),
    )
    op.create_table(
        "settled_cells",
        *_key("run_id", "object", "field"),
        sa.Column("filled", sa.Integer(), nullable=False),
        sa.Column("replaced", sa.Integer(), nullable=False),
        sa.Column("emptied", sa.Integer(), nullable=False),
    )
    op.create_table(
        "need_assignees",
        sa.Column("org_id", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("assignee", sa.String(), nullable=False),
        sa.Column("assigned_by", sa.String(), nullable=False),
        sa.Column("assigned_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("org_id", "subject"),
    )
    postgresql = op.get_bind().dialect.name == "postgresql"
    key = "json_object_keys(l.after)" if postgresql else "unnest(json_keys(l.after))"
    for query in (_OUTCOMES, _FIRST, _NOW, _CELLS.format(key=key)):
        op.execute(query)
    if postgresql:
        for table in ("settled_outcomes", "settled_reasons", "settled_cells", "need_assignees"):
            _keep_apart(table)


def _key(*names: str) -> tuple[sa.schema.SchemaItem, ...]:
    columns = [sa.Column(name, sa.String(), nullable=False) for name in ("org_id", *names)]
    return (*columns, sa.PrimaryKeyConstraint(*names))


def _keep_apart(table: str) -> None:
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')  # of its owner too
    op.execute(
        f"CREATE POLICY of_its_organisation ON \"{table}\" USING (org_id = current_setting('smartsync.org_id', true))"
    )
