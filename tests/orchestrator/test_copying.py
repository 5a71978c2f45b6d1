"""Records that match a file, copied from the real account into the practice account: its preview tells the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from smartsync_core.errors import BadInput
from smartsync_core.model.crm import ObjectName, Write, WriteKind
from smartsync_core.model.run import Run, RunReport, RunState, Wish
from smartsync_core.orchestrator import copying, past
from smartsync_core.orchestrator.accounts import disconnect
from smartsync_core.orchestrator.asking import open_keys
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.copying import copied_from, sources
from smartsync_core.orchestrator.gate import Halted
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.imports import again
from smartsync_core.orchestrator.namesakes import questions
from smartsync_core.orchestrator.practice import practice_connection, start_over
from smartsync_core.orchestrator.privacy import held, remove
from smartsync_core.store.drafts import Drafts, KeyAsked
from tests.orchestrator.conftest import Imports
from tests.twin_process import CLIENT

LEADS = """Email,First name,Phone,Company,Website,City
ada@copied.example,Ada,+44 20 7946 0501,Copied Ltd,copied.example,Leeds
new@copied.example,Nora,+44 20 7946 0502,Copied Ltd,copied.example,Leeds
"""

_LOST = "pat-na1-lost"  # a key that is taken away


@pytest.fixture
def practice(imports: Imports) -> Imports:
    """The same person, with an empty practice account chosen."""
    chosen = practice_connection(imports.ctx)
    CLIENT.put(f"{imports.ctx.practice.address()}/_twin/latency", json={"ms": 0}).raise_for_status()
    start_over(imports.ctx, chosen)
    return replace(imports, connection=chosen)


@pytest.fixture
def ada(imports: Imports) -> str:
    """In the real account: Ada, who works for two companies, of which the file names the second one; her id."""
    records = [
        {"object": "companies", "ref": "first", "properties": {"name": "Firstborn", "domain": "firstborn.example"}},
        {"object": "companies", "ref": "copied", "properties": {"name": "Copied Limited", "domain": "copied.example"}},
        {
            "object": "contacts",
            "properties": {
                "email": "ada@copied.example",
                "firstname": "Adeline",
                "jobtitle": "Owner",
                "hs_additional_emails": "countess@copied.example",
            },
            "associations": [{"to_object": "companies", "to_ref": one} for one in ("first", "copied")],
        },
    ]  # fmt: skip
    imports.twin.control("PUT", "records", {"lines": records})
    return str(imports.contact("ada@copied.example")["id"])


def copied(practice: Imports, real: Imports, preview: RunReport) -> RunReport:
    """The preview that is made after the button was pressed."""
    run_id = again(practice.ctx, preview.run_id, copies_from=real.connection.id)
    practice.ctx.engine.wait(f"preview-{run_id}", 60)
    return report(practice.ctx, run_id)


def holds(practice: Imports) -> dict[str, int]:
    """Live records of the practice account."""
    answer = CLIENT.get(f"{practice.ctx.practice.address()}/_twin/state").json()
    return {name: answer[name] for name in ("contacts", "companies")}


def told(found: RunReport) -> str:
    return " ".join(reason.message for reason in found.reasons if reason.code == "copied")


def values(practice: Imports, found: RunReport) -> dict[str, tuple[str | None, str | None]]:
    """{field: (old, new)} of all that a preview would change in Ada."""
    cells = past.cells(practice.ctx, found.run_id, object_name="contacts").cells
    return {one.field: (one.old, one.new) for one in cells if one.row == 2}


def test_the_preview_shows_what_an_import_into_the_real_account_would_do(
    practice: Imports, imports: Imports, ada: str
) -> None:
    file = imports.file(LEADS)
    before = practice.preview(file, "both", policy="overwrite")
    assert before.predicted["created"] == 2
    there = imports.preview(file, "both", policy="overwrite")
    here = copied(practice, imports, before)
    assert here.predicted == there.predicted
    assert here.actions == there.actions
    assert values(practice, here) == values(imports, there)
    assert values(practice, here)["firstname"] == ("Adeline", "Ada")
    assert "1 contact and 2 companies. Nothing was changed there." in told(here)


def test_nothing_is_written_to_the_real_account(practice: Imports, imports: Imports, ada: str) -> None:
    before = imports.twin.control("GET", "revision")
    copied(practice, imports, practice.preview(imports.file(LEADS), "both"))
    assert imports.twin.control("GET", "revision") == before


def test_an_account_that_is_only_looked_at_is_sent_nothing(imports: Imports) -> None:
    one = Write(ref="1", kind=WriteKind.CREATE, object=ObjectName.CONTACTS, properties={"firstname": "Ada"})
    with imports.ctx.visit(imports.connection, looks_only=True) as session, pytest.raises(Halted):
        session.connector.write([one])
    assert imports.twin.state()["contacts"] == 0


def test_a_first_company_that_the_file_does_not_name_comes_along_and_stays_the_first(
    practice: Imports, imports: Imports, ada: str
) -> None:
    here = copied(practice, imports, practice.preview(imports.file(LEADS), "both"))
    assert holds(practice) == {"contacts": 1, "companies": 2}
    done = practice.write(here.run_id)
    assert done.proof["checked"] == sum(done.proof.values())


def test_a_second_press_renews_the_copies_and_doubles_none(
    practice: Imports, imports: Imports, ada: str
) -> None:
    file = imports.file(LEADS)
    first = copied(practice, imports, practice.preview(file, "both", policy="overwrite"))
    practice.write(first.run_id)
    after = holds(practice)
    imports.crm("PATCH", f"/crm/v3/objects/contacts/{ada}", {"properties": {"firstname": "Augusta"}})
    again_ = copied(practice, imports, practice.preview(file, "both", policy="overwrite"))
    assert holds(practice) == after
    assert values(practice, again_)["firstname"] == ("Augusta", "Ada")


def test_whom_an_earlier_practice_import_made_becomes_as_the_real_one_is(
    practice: Imports, imports: Imports, ada: str
) -> None:
    file = imports.file(LEADS)
    practice.run(file, "both")
    here = copied(practice, imports, practice.preview(file, "both", policy="overwrite"))
    assert holds(practice) == {"contacts": 2, "companies": 2}
    assert values(practice, here)["firstname"] == ("Adeline", "Ada")


@pytest.mark.parametrize("key", ["id", "additional address"])
def test_keys_that_only_the_real_account_knows_reach_the_copy(
    practice: Imports, imports: Imports, ada: str, key: str
) -> None:
    by_id = key == "id"
    file = imports.file(
        f"Record,First name\n{ada},Ada\n" if by_id else "Email,First name\ncountess@copied.example,Ada\n"
    )
    how: dict[str, tuple[str, ...]] = {"keys": ("contacts=id:Record",), "maps": ("Record=",)} if by_id else {}
    before = practice.preview(file, **how)  # type: ignore[arg-type]
    here = copied(practice, imports, before)
    assert here.predicted["unchanged"] == 1
    assert holds(practice)["contacts"] == 1


def test_companies_of_the_same_name_are_asked_about_as_they_would_be_there(
    practice: Imports, imports: Imports
) -> None:
    seed = {"object": "companies", "properties": {"name": "Namesake Works"}}
    imports.twin.control("PUT", "records", {"lines": [seed]})
    file = imports.file("Company,City\nNamesake Works,Leeds\n")
    here = copied(practice, imports, practice.preview(file, "companies"))
    assert here.predicted["blocked"] == 1
    assert len(questions(practice.ctx, here.run_id)) == 1


def test_what_the_practice_account_cannot_hold_is_said(practice: Imports, imports: Imports, ada: str) -> None:
    definition = {
        "options": [{"label": "Nobility", "value": "NOBILITY", "displayOrder": 99, "hidden": False}]
    }
    known = imports.crm("GET", "/crm/v3/properties/contacts/hs_lead_status").json()
    definition["options"] += known["options"]
    imports.crm("PATCH", "/crm/v3/properties/contacts/hs_lead_status", definition)
    owner = imports.crm("GET", "/crm/v3/owners").json()["results"][0]
    imports.crm(
        "PATCH",
        f"/crm/v3/objects/contacts/{ada}",
        {"properties": {"hs_lead_status": "NOBILITY", "hubspot_owner_id": owner["id"]}},
    )
    file = imports.file(f"Email,Lead status,Owner\nada@copied.example,New,{owner['email']}\n")
    here = copied(practice, imports, practice.preview(file, maps=("Lead status=contacts.hs_lead_status",)))
    assert "“NOBILITY” is no choice of the practice account" in told(here)
    assert values(practice, here)["hs_lead_status"] == (None, "NEW")


def test_an_account_that_cannot_be_read_does_not_end_the_preview(practice: Imports, imports: Imports) -> None:
    imports.twin.control("PUT", "tokens", {_LOST: {"scopes": []}})
    broken = connect(
        imports.ctx, crm_type="hubspot", name="Broken", token=_LOST, base_url=imports.twin.url
    ).connection
    before = practice.preview(imports.file(LEADS))
    imports.twin.control("PUT", "tokens", {_LOST: {"scopes": [], "expires_in": -1}})
    here = copied(practice, replace(imports, connection=broken), before)
    assert "Nothing could be copied from Broken" in told(here)
    assert "holds no record" not in told(here)
    assert here.predicted == before.predicted


def test_who_stops_it_while_it_copies_waits_for_no_more_than_what_is_on_its_way(
    practice: Imports, imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = ["one@halted.example", "two@halted.example", "three@halted.example"]
    lines = [{"object": "contacts", "properties": {"email": one}} for one in people]
    imports.twin.control("PUT", "records", {"lines": lines})

    def stopped_after_the_first(
        drafts: Drafts, run: Run, name: ObjectName, _: int
    ) -> Iterator[list[KeyAsked]]:
        for keys in open_keys(drafts, run, name, 1):
            yield keys
            practice.ctx.wishes.put(run.id, Wish.STOP)

    before = practice.preview(imports.file("\n".join(["Email", *people])))
    monkeypatch.setattr(copying, "open_keys", stopped_after_the_first)
    here = copied(practice, imports, before)
    assert (here.state, holds(practice)["contacts"]) == (RunState.STOPPED, 1)


def test_an_account_is_not_disconnected_while_its_records_are_copied(
    practice: Imports, imports: Imports
) -> None:
    here = copied(practice, imports, practice.preview(imports.file(LEADS)))
    practice.ctx.runs.update(here.run_id, state=RunState.PREVIEWING)
    with pytest.raises(BadInput, match="is working on") as refused:
        disconnect(imports.ctx, imports.connection.id)
    assert "Previews only" in refused.value.hint
    practice.ctx.runs.update(here.run_id, state=RunState.PREVIEWED)
    disconnect(imports.ctx, imports.connection.id)


def test_records_are_copied_into_the_practice_account_only(practice: Imports, imports: Imports) -> None:
    into_the_real_one = imports.preview(imports.file(LEADS))
    assert sources(imports.ctx, imports.connection) == []
    for source in (practice.connection, imports.connection):
        with pytest.raises(BadInput, match="into the practice account, and nowhere else"):
            again(imports.ctx, into_the_real_one.run_id, copies_from=source.id)
    assert imports.connection in sources(practice.ctx, practice.connection)
    assert practice.connection not in sources(practice.ctx, practice.connection)


def test_the_practice_account_says_whose_copies_it_holds_until_it_is_emptied(
    practice: Imports, imports: Imports, ada: str
) -> None:
    assert copied_from(practice.ctx, practice.connection) == []
    copied(practice, imports, practice.preview(imports.file(LEADS)))
    assert copied_from(practice.ctx, practice.connection) == [imports.connection.name]
    start_over(practice.ctx, practice.connection)
    assert copied_from(practice.ctx, practice.connection) == []
    assert holds(practice) == {"contacts": 0, "companies": 0}


def test_a_copied_person_is_shown_and_removed_like_any_other(
    practice: Imports, imports: Imports, ada: str
) -> None:
    copied(practice, imports, practice.preview(imports.file(LEADS)))
    assert "Adeline" in str(held(practice.ctx, "ada@copied.example")["practice_account"])
    remove(practice.ctx, "ada@copied.example")
    assert "practice_account" not in held(practice.ctx, "ada@copied.example")
    assert holds(practice)["contacts"] == 0
    known = practice.ctx.links.lookup(
        practice.connection.id, ObjectName.CONTACTS, [("email", "ada@copied.example")]
    )
    assert known == {}
