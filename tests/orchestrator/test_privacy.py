"""What is kept of a person, shown and removed, wherever it is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from unittest import mock

import pytest
import sqlalchemy as sa

from smartsync_core.errors import BadInput
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.practice import practice_connection
from smartsync_core.orchestrator.privacy import held, remove, write_held
from smartsync_core.orchestrator.repair import retry
from smartsync_core.store.tables import metadata
from tests.orchestrator.conftest import Imports

PEOPLE = """First name,Email,Phone
Zebulon,zeb@private.example,+44 20 7946 0991
Jozebulina,jozeb@private.example,+44 20 7946 0992
"""


def everything(imports: Imports) -> str:
    tables = [table for table in metadata.sorted_tables if table.name != "suppressions"]
    with imports.ctx.database.read() as conn:
        return str([conn.execute(sa.select(table)).all() for table in tables])


@pytest.fixture
def run_id(imports: Imports) -> str:
    """A person who was created, then changed by a second import."""
    first = imports.run(imports.file(PEOPLE))
    imports.run(imports.file(PEOPLE.replace("Zebulon", "Zebedee"), "again.csv"), policy="overwrite")
    return first.run_id


def test_all_that_is_kept_of_a_person_is_shown(imports: Imports, run_id: str) -> None:
    out = imports.folder / "held.json"
    assert write_held(imports.ctx, "ZEB@private.example", out) > 0
    told = out.read_text()
    assert {"upload_rows", "run_drafts", "plan_actions", "crm_sync_logs", "records"} <= json.loads(
        told
    ).keys()
    assert "Zebedee" in told
    assert "Jozebulina" not in told, "another person's address ends like it"


def test_all_that_is_kept_of_a_company_is_shown_by_its_domain(imports: Imports, run_id: str) -> None:
    assert "jozeb@private.example" in str(held(imports.ctx, "private.example"))


def test_a_person_is_removed_wherever_they_were_and_the_numbers_stay(imports: Imports, run_id: str) -> None:
    imports.ctx.suppressions.add("email", ["zeb@private.example"])
    before = report(imports.ctx, run_id)
    assert remove(imports.ctx, "zeb@private.example") > 0
    kept = everything(imports)
    for gone in ("Zebulon", "Zebedee", "7946 0991", "79460991", "'zeb@private.example"):
        assert gone not in kept
    for stays in ("Jozebulina", "jozeb@private.example"):
        assert stays in kept
    after = report(imports.ctx, run_id)
    assert (after.outcomes, after.actions, after.proof) == (before.outcomes, before.actions, before.proof)
    assert imports.ctx.suppressions.all("email") == [("zeb@private.example", "")]
    assert imports.ctx.audit.recent(1)[0]["what"] == "person.removed"


def test_an_import_that_opens_meanwhile_leaves_a_person_as_they_were(imports: Imports, run_id: str) -> None:
    ctx, run, begun = imports.ctx, imports.ctx.runs.get(run_id), list[str]()

    def opens(_: str) -> int:
        how = {"integration_id": run.integration_id, "upload_id": run.upload_id, "options": run.options}
        begun.append(ctx.runs.create(**how, row_count=0, by="x", began_at=datetime.now(UTC)))  # type: ignore[arg-type]
        return 0

    with mock.patch.object(ctx.practice, "forget", opens), pytest.raises(BadInput, match="being worked on"):
        remove(ctx, "zeb@private.example")
    ctx.runs.update(begun[0], state=RunState.FAILED)
    assert "'zeb@private.example" in everything(imports)
    assert remove(ctx, "zeb@private.example") > 0


def test_nothing_is_written_of_a_person_who_was_removed_since_the_preview(imports: Imports) -> None:
    imports.run(imports.file("Email,First name\nold@leaver.example,Olga\n"))
    file = imports.file(
        "Email,First name,Last name,Phone\nold@leaver.example,,Leaver,+44 20 7946 0993\nnew@leaver.example,Nora,Leaver,\n",
        "more.csv",
    )
    preview = imports.preview(file)
    assert (preview.predicted["updated"], preview.predicted["created"]) == (1, 1)
    assert "leaver" in everything(imports), "the marks of likely duplicates hold the name"
    for email in ("old@leaver.example", "new@leaver.example"):
        remove(imports.ctx, email)
    done = imports.write(preview.run_id)
    assert done.outcomes["skipped"] == done.rows == 2
    assert imports.twin.state()["contacts"] == 1
    assert imports.contact("old@leaver.example", "phone", "lastname")["phone"] is None
    assert "leaver|" not in everything(imports)


def test_what_was_said_of_a_persons_row_before_its_repair_goes_too(imports: Imports) -> None:
    run_id = imports.run(imports.file("Email,Employees,Phone\nno mail Zachary,1,\n")).run_id
    assert "Zachary" in everything(imports)
    retry(imports.ctx, run_id, {2: {"Email": "zachary@mended.example"}})
    for workflow in imports.ctx.engine.open_ids(f"repair-{run_id}"):
        imports.ctx.engine.wait(workflow, 60)
    assert report(imports.ctx, run_id).outcomes["created"] == 1
    remove(imports.ctx, "zachary@mended.example")
    assert "Zachary" not in everything(imports)


@pytest.mark.parametrize("whom", ["", "zeb", "zeb@", "zeb@private"])
def test_only_a_whole_address_is_searched_for(imports: Imports, whom: str) -> None:
    with pytest.raises(BadInput):
        remove(imports.ctx, whom)


def test_whoever_is_in_the_practice_account_is_shown_and_removed_there_too(imports: Imports) -> None:
    practised = replace(imports, connection=practice_connection(imports.ctx))
    practised.run(imports.file("Email,First name\nzora@practised.example,Zora\nyan@practised.example,Yan\n"))
    out = imports.folder / "held.json"
    write_held(imports.ctx, "zora@practised.example", out)
    (shown,) = json.loads(out.read_text())["practice_account"]
    assert shown["properties"]["firstname"] == "Zora"
    remove(imports.ctx, "zora@practised.example")
    assert "practice_account" not in held(imports.ctx, "zora@practised.example")
    assert "Yan" in str(held(imports.ctx, "yan@practised.example")["practice_account"])
