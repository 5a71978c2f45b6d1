"""A person who was removed: what they left is searched for in every row and in the bytes of every file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from smartsync_core.model.evidence import Evidence, Tier
from smartsync_core.model.mapping import Policy, RecordType
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import import_drafts
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.files import import_options, take_file
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.preview import start_preview
from smartsync_core.orchestrator.privacy import remove
from smartsync_core.orchestrator.write import approve
from smartsync_core.settings import Settings
from smartsync_core.store.research import Check
from smartsync_core.wiring import Application

EMAIL = "quintessa@marked.example"
MARKS = ("Quintessamark", "Zyxwvutmark", "Corrigendumark", "7946 0997", "79460997", EMAIL)
SHEET = f"First name,Last name,Email,Phone\nQuintessamark,Zyxwvutmark,{EMAIL},+44 20 7946 0997\nBo,Bystander,bo@marked.example,\n"


@pytest.fixture
def application(tmp_path: Path) -> Iterator[Application]:
    opened = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(tmp_path / "data")}))
    with opened.context.database.engine.connect() as conn:
        conn.exec_driver_sql("SET GLOBAL force_compression = 'uncompressed'")  # so that bytes can be searched
    opened.start()
    yield opened
    opened.stop()


def imported(application: Application, file: Path) -> str:
    ctx = application.context
    account = connect(ctx, crm_type="memory", name="Memory", token="none", base_url="memory://removed")
    upload = take_file(ctx, file)
    with ctx.visit(account.connection, interactive=False) as session:
        options, notes = import_options(ctx, session, upload, RecordType.CONTACTS, policy=Policy.OVERWRITE)
        run_id = start_preview(
            ctx, connection=account.connection, upload_id=upload.id, options=options, notes=notes, session=session
        )  # fmt: skip
    ctx.engine.wait(f"preview-{run_id}")
    approve(ctx, run_id, shown=True)
    ctx.engine.wait(ctx.engine.open_ids(f"write-{run_id}")[0])
    assert ctx.runs.state(run_id) is RunState.DONE
    return run_id


def found_in(folder: Path) -> set[tuple[str, str]]:
    return {
        (file.name, mark)
        for file in folder.rglob("*")
        if file.is_file()
        for mark in MARKS
        if mark.encode() in file.read_bytes()
    }


def test_nothing_of_a_removed_person_is_in_any_row_or_file(application: Application, tmp_path: Path) -> None:
    ctx, data = application.context, tmp_path / "data"
    file = tmp_path / "people.csv"
    file.write_text(SHEET)
    run_id = imported(application, file)
    begun = import_drafts.begin(ctx, file)
    again = tmp_path / "again.csv"
    again.write_text(SHEET.replace(MARKS[0], "Corrigendumark"))
    imported(application, again)
    now = datetime.now(UTC)
    fact = Evidence(
        source="website", field="team", value=f"{EMAIL} leads", quote=f"Write to {EMAIL}", as_of=now.date(),
        fetched_at=now, tier=Tier.FIRST_PARTY,
    )  # fmt: skip
    check = Check(
        source="website",
        state="ok",
        reason=f"asked for {EMAIL}",
        evidence=(fact.id,),
        boards={},
        checked_at=now,
    )
    ctx.research.note("domain:marked.example", [(check, [fact])])
    before = report(ctx, run_id)
    with ctx.database.engine.connect() as conn:
        conn.exec_driver_sql("CHECKPOINT")
    seen = found_in(data)
    assert {("smartsync.duckdb", mark) for mark in MARKS if mark != "79460997"} <= seen
    assert (f"{begun.id}.csv", EMAIL) in seen

    assert remove(ctx, EMAIL) > 0
    after = report(ctx, run_id)
    assert (after.outcomes, after.actions, after.proof) == (before.outcomes, before.actions, before.proof)
    application.stop()

    assert found_in(data) == set()
    rows = tmp_path / "rows.duckdb"
    with duckdb.connect(str(rows)) as plain:  # every row, as it reads
        plain.execute("SET GLOBAL force_compression = 'uncompressed'")
        plain.execute(f"ATTACH '{data / 'smartsync.duckdb'}' AS kept")
        plain.execute("COPY FROM DATABASE kept TO rows")
        plain.execute("CHECKPOINT")
    assert b"bo@marked.example" in rows.read_bytes()
    assert not [mark for mark in MARKS if mark.encode() in rows.read_bytes()]
