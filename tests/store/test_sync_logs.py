"""The ledger, asked as users of the first SmartSync asked it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from smartsync_core.store.bulk import insert_many
from smartsync_core.store.database import Database
from smartsync_core.store.tables import crm_sync_logs

AT = datetime(2026, 11, 25, tzinfo=UTC)


def test_the_query_of_the_first_smartsync_works_as_printed(database: Database) -> None:
    lines = [
        {
            "id": f"line{number}",
            "org_id": "one",
            "integration_id": "account",
            "sync_type": "contact",
            "operation": "create",
            "status": "failed" if number % 2 else "success",
            "error_message": "HubSpot takes no such value." if number % 2 else None,
            "created_at": AT + timedelta(minutes=number),
        }
        for number in range(30)
    ]
    with database.write() as conn:
        insert_many(conn, crm_sync_logs, lines)
        printed = "SELECT * FROM crm_sync_logs WHERE status = 'failed' ORDER BY created_at DESC LIMIT 10"
        found = conn.exec_driver_sql(printed).mappings().all()
    assert [row["id"] for row in found] == [f"line{number}" for number in range(29, 9, -2)]
    assert {row["error_message"] for row in found} == {"HubSpot takes no such value."}
