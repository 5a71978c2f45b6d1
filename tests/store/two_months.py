"""Two months of imports, thrown with dice: for the charts of History and what stands behind them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from smartsync_core.store.database import Database
from smartsync_core.store.orgs import DEFAULT_ORG_ID as ORG
from smartsync_core.store.settled import Settled
from smartsync_core.store.tables import metadata

__all__ = ["NOW", "REAL", "SINCE", "UNDONE", "ZONE", "two_months"]

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SINCE = NOW - timedelta(days=60)
UNDONE = "run3"
ZONE = "Pacific/Auckland"  # its Mondays begin on our Sundays
OUTCOMES = ("created", "updated", "unchanged", "skipped", "blocked", "failed", "in_doubt")
REAL = (
    "FROM runs JOIN crm_integrations ON crm_integrations.id = runs.integration_id WHERE runs.kind = 'import'"
)


Rows = dict[str, list[dict[str, object]]]


def add(rows: Rows, table: str, **values: object) -> None:
    """What is not given is whatever the column takes."""
    filled: dict[str, object] = {}
    for column in metadata.tables[table].c:
        usual = {sa.Integer: 0, sa.Float: 0.0, sa.Boolean: False, sa.TIMESTAMP: NOW, sa.JSON: {}}
        filled[column.name] = None if column.nullable else usual.get(type(column.type), "")
    rows.setdefault(table, []).append(filled | {"org_id": ORG} | values)


def two_months(database: Database) -> None:
    """Of imports into a real account, one that tells of changes, and the practice account."""
    dice, rows = random.Random(7), Rows()
    for account, kind in (("a", "production"), ("b", "sandbox"), ("p", "practice")):
        add(rows, "crm_integrations", id=account, name=account, kind=kind)
    for number in range(16):
        _import(rows, dice, number, "abp"[number % 3])
    add(rows, "runs", id="undo", integration_id="a", kind="undo", undo_of=UNDONE, state="done")
    with database.write() as conn:
        for table, lines in rows.items():
            conn.execute(sa.insert(metadata.tables[table]).values(lines))
    for number in range(16):
        Settled(database, ORG).renew(f"run{number}")


def _import(into: Rows, dice: random.Random, number: int, account: str) -> None:
    run, rows = f"run{number}", 60 if number in (4, 7) else dice.choice([3, 20])
    began = NOW - timedelta(
        days=dice.randrange(80) if number not in (3, 4, 7) else 20, hours=dice.randrange(24)
    )
    steps = [began + timedelta(minutes=minutes) for minutes in (0, 7, 9, 39, 55 + dice.randrange(50))]
    upload, *_ = steps
    add(into, "uploads", id=f"file{number}", name=f"{number}.csv", created_at=upload)
    times = dict(zip(("created_at", "planned_at", "approved_at", "finished_at"), steps[1:], strict=True))
    big = {3: 3, 20: dice.choice([99, 101, 20_000]), 60: 60}[rows]
    recipe = dice.choice(["", "Fair"])
    add(
        into,
        "runs",
        id=run,
        integration_id=account,
        upload_id=f"file{number}",
        kind="import",
        state=dice.choice(["done", "done", "stopped"]),
        options={"recipe_name": recipe},
        row_count=big,
        waited_s=dice.choice([0.0, 60.0]),
        **times,
    )
    for row in range(2, 2 + rows):
        outcome, repair = dice.choice(OUTCOMES), dice.choice([None, None, 1])
        add(into, "run_rows", run_id=run, row_no=row, outcome=outcome, repair=repair)
        for table in ("run_reasons", "run_first_reasons"):
            for field in dice.sample(["Email", "Phone", ""], dice.randrange(3)):
                code = dice.choice(["invalid_email", "stale", "rows_disagree"])
                add(into, table, run_id=run, row_no=row, field=field, code=code, message=f"{code} {row}")
        _written(into, dice, account, run, row, times["approved_at"])


def _written(into: Rows, dice: random.Random, account: str, run: str, row: int, at: datetime) -> None:
    before = {name: dice.choice([None, "old"]) for name in ("phone", "jobtitle", "lastname")}
    add(
        into,
        "crm_sync_logs",
        id=f"{run}-{row}",
        integration_id=account,
        run_id=run,
        sync_type="contact",
        operation=dice.choice(["create", "update", "update"]),
        status=dice.choice(["success", "success", "failed"]),
        crm_record_id=f"{run}-{row}",
        before=before,
        after={name: dice.choice([None, "new"]) if old else "new" for name, old in before.items()},
        duration_ms=dice.randrange(9_000),
        enrichment_time_ms=dice.choice([None, dice.randrange(3_000)]),
        created_at=at,
    )
    if account == "b":
        add(
            into,
            "webhook_changes",
            key=f"{run}-{row}",
            integration_id=account,
            object_type=dice.choice(["0-1", "0-1", "0-2"]),
            record_id=f"{run}-{row}",
            field=dice.choice(["phone", "lastname"]),
            source=dice.choice(["CRM_UI", "CRM_UI", "INTEGRATION"]),
            occurred_at=at + timedelta(days=dice.randrange(20)),
        )
