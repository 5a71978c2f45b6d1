"""A year of imports, written straight into an empty store: what a busy organisation's screens look back on."""

from __future__ import annotations

import sqlalchemy as sa

from smartsync_core.store.database import Database
from smartsync_core.store.orgs import DEFAULT_ORG_ID as ORG
from smartsync_core.store.settled import Settled

__all__ = ["ACCOUNT", "newest_import", "seed"]

ACCOUNT = "account0"
_ACCOUNTS = 3
_COLUMNS = '["Email","First name","Last name","Phone"]'
_PARTS = (
    """
    INSERT INTO crm_integrations BY NAME
    SELECT 'account' || i AS id, :org AS org_id, 'hubspot' AS crm_type, 'HubSpot ' || i AS name, '' AS base_url,
           CAST(4000 + i AS VARCHAR) AS portal_id, ['production', 'sandbox', 'practice'][i + 1] AS kind, true AS is_active,
           true AS fields_added, 'to_crm' AS sync_direction, 'realtime' AS sync_frequency, false AS auto_enrich,
           false AS auto_score, false AS auto_assign, false AS auto_create_tasks, now() AS last_sync_at, 1 AS sync_count,
           now() AS created_at, now() AS updated_at
    FROM range(:accounts) AS t(i)""",
    """
    INSERT INTO uploads BY NAME
    SELECT 'file' || i AS id, :org AS org_id, 'leads ' || i || '.csv' AS name, '' AS sheet, 'sum' || i AS sha256,
           CAST(:columns AS JSON) AS columns, :each AS row_count, CAST('[]' AS JSON) AS notes,
           now() - (i * 365.0 / :imports) * INTERVAL 1 DAY - INTERVAL 20 MINUTE AS created_at
    FROM range(:imports) AS t(i)""",
    """
    INSERT INTO runs BY NAME
    SELECT 'run' || i AS id, :org AS org_id, 'account' || (i % 10 // 5 + i % 40 // 39) AS integration_id,
           'file' || i AS upload_id, 'import' AS kind, 'both' AS record_type, CAST(:asked AS JSON) AS options, 'done' AS state,
           false AS shown, :each AS row_count,
           900 AS calls_app, 10 AS calls_search, 0 AS calls_association, 300.0 AS work_s, 60.0 AS waited_s,
           'local' AS created_by, day - INTERVAL 19 MINUTE AS created_at, day - INTERVAL 15 MINUTE AS planned_at,
           day - INTERVAL 10 MINUTE AS approved_at, 'local' AS approved_by, day AS finished_at
    FROM (SELECT i, now() - (i * 365.0 / :imports) * INTERVAL 1 DAY AS day FROM range(:imports) AS t(i)) AS days""",
    """
    INSERT INTO upload_rows BY NAME
    SELECT :org AS org_id, 'file' || (n // :each) AS upload_id, 2 + n % :each AS row_no,
           json_array('p' || n || '@people.example', 'Ada', 'Birch ' || n, '+44 20 7946 0011') AS cells
    FROM range(:rows) AS t(n)""",
    """
    INSERT INTO run_rows BY NAME
    SELECT :org AS org_id, 'run' || (n // :each) AS run_id, 2 + n % :each AS row_no, 1 + n % :each AS main_action,
           0 AS duplicate_of, CAST('[]' AS JSON) AS other_actions, outcome AS predicted, false AS predicted_partly,
           outcome, false AS partly, CASE WHEN n % 50 = 1 THEN 1 END AS repair, false AS awaits_plan
    FROM (SELECT n, n * 37 % 100 AS place,
                 CASE WHEN place < 50 THEN 'created' WHEN place < 80 THEN 'updated' WHEN place < 92 THEN 'unchanged'
                      WHEN place < 96 THEN 'skipped' WHEN place < 99 THEN 'blocked' ELSE 'failed' END AS outcome
          FROM range(:rows) AS t(n)) AS rows""",
    """
    UPDATE runs SET predicted = counted.outcomes, result = json_object('outcomes', counted.outcomes)
    FROM (SELECT run_id, json_group_object(outcome, n) AS outcomes
          FROM (SELECT run_id, outcome, count(*) AS n FROM run_rows GROUP BY run_id, outcome) AS each
          GROUP BY run_id) AS counted
    WHERE runs.id = counted.run_id""",
    """
    INSERT INTO run_reasons BY NAME
    SELECT org_id, run_id, row_no, ['Email', 'Phone', ''][1 + row_no % 3] AS field,
           CASE WHEN outcome = 'failed' THEN 'INVALID_EMAIL'
                ELSE ['invalid_email', 'stale', 'ambiguous'][1 + row_no % 3] END AS code,
           'What is said of row ' || row_no || '.' AS message, 'result' AS origin
    FROM run_rows WHERE outcome IN ('blocked', 'failed')""",
    """
    INSERT INTO run_first_reasons BY NAME
    SELECT org_id, run_id, row_no, 'Email' AS field, 'invalid_email' AS code, 'It was none.' AS message
    FROM run_rows WHERE repair = 1""",
    """
    INSERT INTO plan_actions BY NAME
    SELECT r.org_id, r.run_id, r.main_action AS id, 'contacts' AS object,
           CASE r.outcome WHEN 'created' THEN 'create' WHEN 'updated' THEN 'update' ELSE 'none' END AS kind,
           CASE WHEN r.outcome IN ('created', 'updated') THEN 'done' ELSE r.outcome END AS state,
           r.row_no AS main_row, r.row_no AS group_row, json_array(r.row_no) AS rows,
           'c' || hash(r.run_id, r.row_no) % 200000 AS crm_id,
           'email' AS key_field, 'p' || r.row_no || '@people.example' AS key_value, '' AS create_key,
           CAST('[["phone", "+44 20 7946 0000", "+44 20 7946 0011"], ["jobtitle", null, "Buyer"]]' AS JSON) AS changes,
           0 AS from_action, 0 AS to_action, false AS is_primary, 'email' AS matched_by, '' AS code, '' AS message,
           r.row_no // 100 AS wave, 1 AS attempts, 250 AS duration_ms,
           CASE WHEN r.outcome IN ('created', 'updated') THEN 'checked' END AS proof
    FROM run_rows AS r""",
    """
    INSERT INTO crm_sync_logs BY NAME
    SELECT a.run_id || '-' || a.id AS id, a.org_id, runs.integration_id, a.run_id, a.id AS action_id, 'contact' AS sync_type,
           CASE WHEN a.kind = 'create' THEN 'create' ELSE 'update' END AS operation,
           CASE WHEN a.state = 'done' THEN 'success' ELSE 'failed' END AS status, a.crm_id AS crm_record_id,
           a.main_row AS row_no,
           CASE WHEN a.kind = 'create' THEN CAST('{"phone": null, "jobtitle": null}' AS JSON)
                ELSE CAST('{"phone": "+44 20 7946 0000", "jobtitle": null}' AS JSON) END AS before,
           CAST('{"phone": "+44 20 7946 0011", "jobtitle": "Buyer"}' AS JSON) AS after,
           150 + (a.id * 37) % 700 AS duration_ms, CASE WHEN a.id % 5 = 0 THEN (a.id * 91) % 2500 END AS enrichment_time_ms,
           runs.approved_at + INTERVAL 3 MINUTE AS created_at
    FROM plan_actions AS a JOIN runs ON runs.id = a.run_id""",
    """
    INSERT INTO records BY NAME
    SELECT :org AS org_id, 'run0' AS run_id, 'contacts' AS object, 'c' || n AS crm_id,
           CAST('{"email": "a@people.example", "phone": "+44 20 7946 0000"}' AS JSON) AS properties, now() AS read_at
    FROM range(:records) AS t(n)""",
    """
    INSERT INTO webhook_changes BY NAME
    SELECT org_id, id AS key, integration_id, '1' AS portal_id, 'propertyChange' AS kind, 'contact' AS object_type,
           crm_record_id AS record_id, 'phone' AS field, 'CRM_UI' AS source, 'u' AS source_id,
           created_at + INTERVAL 2 DAY AS occurred_at, created_at + INTERVAL 2 DAY AS received_at
    FROM crm_sync_logs WHERE operation = 'update' AND hash(id) % 20 = 0 AND created_at > now() - INTERVAL 31 DAY""",
)


def seed(database: Database, asked: str, *, imports: int, rows: int, records: int) -> None:
    """`asked`: what each of the imports was asked to do, as JSON. Two real accounts and the practice account share them."""
    given = {
        "org": ORG,
        "asked": asked,
        "accounts": _ACCOUNTS,
        "columns": _COLUMNS,
        "imports": imports,
        "rows": rows,
        "records": records,
        "each": rows // imports,
    }
    for part in _PARTS:
        with database.write() as conn:
            conn.execute(sa.text(part), given)
    for number in range(imports):
        Settled(database, ORG).renew(f"run{number}")


def newest_import(database: Database) -> str:
    with database.read() as conn:
        query = "SELECT id FROM runs ORDER BY created_at DESC LIMIT 1"
        return str(conn.execute(sa.text(query)).scalar_one())
