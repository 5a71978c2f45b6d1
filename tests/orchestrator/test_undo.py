"""A run is taken back; what people did since stays, and everything else is as before. Against a real twin over HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import hubspot
import pytest

from smartsync_core.errors import BadInput
from smartsync_core.model.run import RunReport, RunState
from smartsync_core.orchestrator import undo as taking_back
from smartsync_core.orchestrator.export import write_result
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.repair import retry
from smartsync_core.orchestrator.undo import redo, start_undo
from tests.orchestrator.conftest import Imports
from tests.orchestrator.test_followups import made
from tests.orchestrator.test_followups import run as with_follow_ups
from tests.orchestrator.test_import import LEADS

Records = dict[str, dict[str, str | None]]
FIELDS = ["email", "firstname", "lastname", "city", "phone", "lifecyclestage", "hubspot_owner_id", "jobtitle"]


@dataclass
class Portal:
    """The account as its own people use it: through the vendor's client."""

    imports: Imports
    client: hubspot.HubSpot

    def contacts(self) -> Records:
        """Live contacts by id."""
        found = self.client.crm.contacts.get_all(properties=FIELDS)
        return {one.id: {name: one.properties.get(name) for name in FIELDS} for one in found}

    def companies(self) -> Records:
        found = self.client.crm.companies.get_all(properties=["domain", "name"])
        return {one.id: {name: one.properties.get(name) for name in ("domain", "name")} for one in found}

    def links(self) -> dict[str, list[tuple[str, list[int]]]]:
        """{contact id: [(company id, type ids)]} of live contacts."""
        found: dict[str, list[tuple[str, list[int]]]] = {one: [] for one in self.contacts()}
        asked = {"inputs": [{"id": one} for one in found]}
        page = self.client.crm.associations.v4.batch_api.get_page("contacts", "companies", asked)
        for one in page.results:
            links = [(str(to.to_object_id), sorted(t.type_id for t in to.association_types)) for to in one.to]
            found[one.to_dict()["_from"]["id"]] = sorted(links)
        return found

    def state(self) -> tuple[Records, Records, dict[str, list[tuple[str, list[int]]]]]:
        self.imports.twin.control("PUT", "clock", {"advance_s": 11})  # the rate windows are empty again
        return self.contacts(), self.companies(), self.links()

    def ids(self) -> dict[str, str]:
        """{e-mail: contact id}"""
        return {one["email"]: id_ for id_, one in self.contacts().items() if one["email"]}

    def edit(self, id_: str, object_name: str = "contacts", /, **properties: str) -> None:
        self.client.crm.objects.basic_api.update(object_name, id_, {"properties": properties})

    def create(self, object_name: str, /, **properties: str) -> str:
        made = self.client.crm.objects.basic_api.create(
            object_name, {"properties": properties, "associations": []}
        )
        return str(made.id)

    def log_call(self, contact_id: str) -> None:
        self._beside("calls", contact_id, 194, hs_timestamp="2026-11-23T10:00:00Z")

    def open_deal(self, contact_id: str) -> None:
        self._beside(
            "deals", contact_id, 3, dealname="Deal", dealstage="appointmentscheduled", pipeline="default"
        )

    def merge(self, kept_id: str, absorbed_id: str) -> None:
        body = {"primaryObjectId": kept_id, "objectIdToMerge": absorbed_id}
        self.client.crm.contacts.basic_api.merge(body)

    def delete(self, id_: str, object_name: str = "contacts") -> None:
        self.client.crm.objects.basic_api.archive(object_name, id_)

    def label(self) -> dict[str, Any]:
        """A label of the account's own between contacts and companies."""
        body = {"label": "Billing", "name": "billing"}
        made = self.imports.crm("POST", "/crm/v4/associations/contacts/companies/labels", body).json()[
            "results"
        ][0]
        return {"associationCategory": made["category"], "associationTypeId": made["typeId"]}

    def relabel(self, contact_id: str, company_id: str, label: dict[str, Any]) -> None:
        self.client.crm.associations.v4.basic_api.create(
            "contacts", contact_id, "companies", company_id, [label]
        )

    def _beside(self, object_name: str, contact_id: str, type_id: int, **properties: str) -> None:
        types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]
        made = {"properties": properties, "associations": [{"to": {"id": contact_id}, "types": types}]}
        self.client.crm.objects.basic_api.create(object_name, made)


@pytest.fixture
def portal(imports: Imports) -> Portal:
    client = hubspot.HubSpot(access_token=imports.twin.token, host=imports.twin.url)
    return Portal(imports=imports, client=client)


def preview(imports: Imports, run_id: str, **part: Any) -> RunReport:
    undo_id = start_undo(imports.ctx, run_id, **part)
    imports.ctx.engine.wait(f"undo-{undo_id}", 60)
    return report(imports.ctx, undo_id)


def undo(imports: Imports, run_id: str, **part: Any) -> RunReport:
    planned = preview(imports, run_id, **part)
    assert planned.state is RunState.PREVIEWED, planned.message
    return imports.write(planned.run_id)


def codes(result: RunReport) -> list[str]:
    return sorted(reason.code for reason in result.reasons if reason.row)


# Nothing happened since


def test_everything_is_as_before(imports: Imports, portal: Portal) -> None:
    portal.create("contacts", email="ada@engines.example", firstname="Augusta", city="London")
    portal.create("companies", domain="stars.example", name="Stars")
    before = portal.state()
    done = imports.run(imports.file(LEADS), "both", policy="overwrite")
    assert portal.state() != before
    planned = preview(imports, done.run_id)
    assert portal.state() != before
    result = imports.write(planned.run_id)
    assert portal.state() == before
    assert result.state is RunState.DONE
    assert result.predicted == {name: result.outcomes[name] for name in result.predicted}
    assert (result.rows, result.outcomes["updated"]) == (3, 3)
    assert result.proof["missing"] == result.proof["changed"] == 0
    assert codes(result) == []


def test_an_error_inside_ends_the_preview_and_says_so(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("ada@engines.example")

    done = imports.run(imports.file(LEADS), "both")
    monkeypatch.setattr(taking_back, "_plan", broken)
    planned = preview(imports, done.run_id)
    assert planned.state is RunState.FAILED
    assert planned.message.startswith("An error inside SmartSync stopped this preview.")
    assert not imports.ctx.runs.open_ones()


def test_cells_filled_from_empty_are_emptied_owner_and_lifecycle_stage_too(
    imports: Imports, portal: Portal
) -> None:
    owner = portal.client.crm.owners.owners_api.get_page().results[0]
    portal.create("contacts", email="a@x.example", lifecyclestage="subscriber")
    portal.create("contacts", email="b@x.example", lifecyclestage="lead")
    bare = portal.create("contacts", email="c@x.example")
    portal.edit(bare, lifecyclestage="")
    before = portal.state()
    text = "Email,Contact owner,Lifecycle Stage,City\n"
    text += "".join(f"{name}@x.example,{owner.email},customer,York\n" for name in "abc")
    done = imports.run(imports.file(text), policy="overwrite")
    after = {one["email"]: one for one in portal.contacts().values()}
    assert [(one["lifecyclestage"], one["hubspot_owner_id"]) for one in after.values()] == [
        ("customer", owner.id)
    ] * 3
    result = undo(imports, done.run_id)
    assert portal.state() == before
    assert result.outcomes["updated"] == 3
    assert result.proof == {"checked": 3, "changed": 0, "missing": 0}


def test_only_the_association_that_the_run_added_goes(imports: Imports, portal: Portal) -> None:
    portal.create("contacts", email="ada@engines.example", firstname="Ada", lastname="Lovelace")
    own = portal.create("companies", domain="home.example", name="Home")
    ada = portal.ids()["ada@engines.example"]
    portal.client.crm.associations.v4.basic_api.create_default("contacts", ada, "companies", own)
    before = portal.state()
    done = imports.run(imports.file(LEADS), "both")
    assert len(portal.links()[ada]) == 2
    undo(imports, done.run_id)
    assert portal.state() == before


# What people did since


def test_what_people_did_since_is_kept_and_everything_else_goes_back(
    imports: Imports, portal: Portal
) -> None:
    known = [f"known{n}@firm{n % 8}.example" for n in range(40)]
    fresh = [f"fresh{n}@firm{8 + n}.example" for n in range(60)]
    for email in known:
        portal.create("contacts", email=email, firstname="Old", city="Hull")
    before = portal.state()
    rows = "".join(
        f"{email},New{n},Last{n},York,+44 20 7946 {n:04},Firm {email.partition('@')[2]}\n"
        for n, email in enumerate(known + fresh)
    )
    file = imports.file("Email,First name,Last name,City,Phone,Company\n" + rows)
    done = imports.run(file, "both", policy="overwrite")
    assert (done.outcomes["created"], done.outcomes["updated"]) == (60, 40)
    ids, company_of = portal.ids(), {one: links[0][0] for one, links in portal.links().items()}
    touched = [ids[email] for email in fresh]
    edited, called, dealt, merged, deleted, renamed = (
        touched[:25],
        touched[25:30],
        touched[30:33],
        touched[33:37],
        touched[37:39],
        touched[39:43],
    )
    for email in known[:25]:
        portal.edit(ids[email], city="Their town")
    for one in edited:
        portal.edit(one, jobtitle="Engineer")
    for one in called:
        portal.log_call(one)
    for one in dealt:
        portal.open_deal(one)
    portal.merge(merged[0], merged[1])
    portal.merge(merged[2], merged[3])
    for one in deleted:
        portal.delete(one)
    label = portal.label()
    for one in renamed:
        portal.relabel(one, company_of[one], label)
    theirs = portal.state()

    result = undo(imports, done.run_id)

    contacts, companies, links = portal.state()
    survivors = theirs[0].keys() - ids.values()
    assert len(survivors) == 2
    kept = {*edited, *called, *dealt, *renamed, *survivors}
    assert {one: contacts[one] for one in kept} == {one: theirs[0][one] for one in kept}
    assert {one: links[one] for one in kept} == {one: theirs[2][one] for one in kept}
    assert contacts.keys() == before[0].keys() | kept
    for n, email in enumerate(known):
        own = {**before[0][ids[email]], "city": "Their town"} if n < 25 else before[0][ids[email]]
        assert contacts[ids[email]] == own
        assert links[ids[email]] == []
    assert companies.keys() == {company for one in kept for company, _ in theirs[2][one]}
    assert result.predicted == {name: result.outcomes[name] for name in result.predicted}
    assert result.rows == 100 == sum(result.outcomes.values())
    assert result.outcomes == {
        "created": 0, "updated": 40 + 60 - 43, "unchanged": 2, "skipped": 25 + 5 + 3 + 4 + 4,
        "blocked": 0, "failed": 0, "not_sent": 0, "in_doubt": 0,
    }  # fmt: skip
    of_contacts = [reason for reason in result.reasons if reason.row]
    said = {
        code: sum(reason.code == code for reason in of_contacts) for code in {r.code for r in of_contacts}
    }
    assert said["edited_since"] == 25
    assert said["filled_since"] == 25
    assert said["merged"] == 4
    assert said["already_gone"] == 2
    assert said["relabelled"] == 4
    assert said["worked_on"] >= 8


def test_a_company_whose_contact_stays_stays_with_it(imports: Imports, portal: Portal) -> None:
    done = imports.run(imports.file(LEADS), "both")
    portal.log_call(portal.ids()["ada@engines.example"])
    result = undo(imports, done.run_id)
    assert {one["email"] for one in portal.contacts().values()} == {"ada@engines.example"}
    assert {one["domain"] for one in portal.companies().values()} == {"engines.example"}
    assert (result.outcomes["updated"], result.outcomes["skipped"]) == (2, 1)
    assert codes(result) == ["still_needed", "worked_on"]


def test_a_deal_with_a_company_keeps_the_company_alone(imports: Imports, portal: Portal) -> None:
    done = imports.run(imports.file(LEADS), "both")
    stars = next(id_ for id_, one in portal.companies().items() if one["domain"] == "stars.example")
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 341}]
    deal = {"dealname": "Deal", "dealstage": "appointmentscheduled", "pipeline": "default"}
    body = {"properties": deal, "associations": [{"to": {"id": stars}, "types": types}]}
    portal.client.crm.objects.basic_api.create("deals", body)
    undo(imports, done.run_id)
    assert portal.contacts() == {}
    assert portal.companies().keys() == {stars}


def test_what_changes_between_preview_and_write_is_kept_too(imports: Imports, portal: Portal) -> None:
    for email in ("a@x.example", "b@x.example"):
        portal.create("contacts", email=email, city="Hull", jobtitle="Smith")
    text = "Email,City,Job title\n" + "".join(f"{name}@x.example,York,Clerk\n" for name in "abcd")
    done = imports.run(imports.file(text), policy="overwrite")
    planned = preview(imports, done.run_id)
    ids = portal.ids()
    portal.edit(ids["a@x.example"], city="Bath")
    portal.log_call(ids["c@x.example"])
    result = imports.write(planned.run_id)
    contacts = portal.contacts()
    assert (contacts[ids["a@x.example"]]["city"], contacts[ids["a@x.example"]]["jobtitle"]) == (
        "Bath",
        "Smith",
    )
    assert (contacts[ids["b@x.example"]]["city"], contacts[ids["b@x.example"]]["jobtitle"]) == (
        "Hull",
        "Smith",
    )
    assert contacts.keys() == {ids["a@x.example"], ids["b@x.example"], ids["c@x.example"]}
    assert (result.predicted["updated"], result.outcomes["updated"], result.outcomes["skipped"]) == (4, 3, 1)
    assert [(one.row, one.field, one.code) for one in result.reasons if one.row] == [
        (2, "City", "edited_since"),
        (4, "", "worked_on"),
    ]


def test_a_type_that_the_key_may_not_see_blocks_the_recycle_bin(imports: Imports, portal: Portal) -> None:
    done = imports.run(imports.file(LEADS))
    kinds = ("contacts", "companies")
    scopes = [f"crm.objects.{name}.{right}" for name in kinds for right in ("read", "write")]
    scopes += [f"crm.schemas.{name}.read" for name in kinds] + ["crm.objects.owners.read"]
    narrow = "pat-na1-narrow"
    imports.twin.control("PUT", "tokens", {narrow: {"scopes": scopes}})
    connection = imports.ctx.connections.save(
        name=imports.connection.name, crm_type="hubspot", base_url=imports.twin.url, token=narrow
    )
    assert connection.id == imports.connection.id
    result = undo(imports, done.run_id)
    assert result.outcomes["blocked"] == 3
    assert all("deals" in reason.message for reason in result.reasons if reason.row)
    assert len(portal.contacts()) == 3


def test_a_company_that_the_crm_linked_by_itself_does_not_keep_its_contact(
    imports: Imports, portal: Portal
) -> None:
    done = imports.run(imports.file(LEADS))
    own = portal.create("companies", domain="engines.example", name="Engines")
    other = portal.create("companies", domain="elsewhere.example", name="Elsewhere")
    ids = portal.ids()
    link = portal.client.crm.associations.v4.basic_api.create_default
    link("contacts", ids["ada@engines.example"], "companies", own)
    link("contacts", ids["ben@engines.example"], "companies", other)
    undo(imports, done.run_id)
    assert {one["email"] for one in portal.contacts().values()} == {"ben@engines.example"}


# Later imports


def test_what_a_later_import_wrote_stays(imports: Imports, portal: Portal) -> None:
    portal.create("contacts", email="a@x.example", city="Hull", jobtitle="Smith")
    text = "Email,City,Job title\n" + "".join(f"{name}@x.example,York,Clerk\n" for name in "abc")
    first = imports.run(imports.file(text), policy="overwrite")
    text = "Email,City\na@x.example,Bath\nb@x.example,Bath\n"
    second = imports.run(imports.file(text, "later.csv"), policy="overwrite")
    result = undo(imports, first.run_id)
    contacts = {one["email"]: (one["city"], one["jobtitle"]) for one in portal.contacts().values()}
    assert contacts == {"a@x.example": ("Bath", "Smith"), "b@x.example": ("Bath", "Clerk")}
    assert "later_import" in codes(result)
    assert any(second.run_id in reason.message for reason in result.reasons)
    undo(imports, second.run_id)
    undo(imports, first.run_id)
    contacts = {one["email"]: (one["city"], one["jobtitle"]) for one in portal.contacts().values()}
    assert contacts == {"a@x.example": ("Hull", "Smith")}


def test_the_same_file_again_that_wrote_nothing_holds_nothing(imports: Imports, portal: Portal) -> None:
    first = imports.run(imports.file(LEADS), "both")
    imports.run(imports.file(LEADS), "both")
    undo(imports, first.run_id)
    assert portal.contacts() == {}
    assert portal.companies() == {}


def test_another_file_that_wrote_nothing_holds_nothing_either(imports: Imports, portal: Portal) -> None:
    first = imports.run(imports.file(LEADS), "both")
    path = imports.folder / "result.csv"
    write_result(imports.ctx, first.run_id, path)
    again = imports.run(path, "both")
    assert not again.proof.get("checked"), "it wrote nothing"
    undo(imports, first.run_id)
    assert portal.contacts() == {}
    assert portal.companies() == {}


def test_where_an_undo_kept_everything_the_import_still_stands(imports: Imports, portal: Portal) -> None:
    first = imports.run(imports.file("Email,City\na@x.example,York\nwrong,York\n"))
    later = imports.run(imports.file("Email,Phone\na@x.example,+44 20 7946 0001\n", "later.csv"))
    assert later.outcomes["updated"] == 1
    kept = undo(imports, first.run_id)
    assert kept.outcomes["updated"] == 0
    assert set(portal.contacts())
    sent = retry(imports.ctx, first.run_id, {3: {"Email": "b@x.example"}})
    assert sent.rows == (3,)
    for workflow in imports.ctx.engine.open_ids(f"repair-{first.run_id}"):
        imports.ctx.engine.wait(workflow, 60)
    assert {one["email"] for one in portal.contacts().values()} == {"a@x.example", "b@x.example"}


# Parts, again, and back


def test_only_what_was_created(imports: Imports, portal: Portal) -> None:
    portal.create("contacts", email="a@x.example", city="Hull")
    done = imports.run(imports.file("Email,City\na@x.example,York\nb@x.example,York\n"), policy="overwrite")
    result = undo(imports, done.run_id, only_created=True)
    assert [(one["email"], one["city"]) for one in portal.contacts().values()] == [("a@x.example", "York")]
    assert result.rows == 1
    undo(imports, done.run_id)
    assert [(one["email"], one["city"]) for one in portal.contacts().values()] == [("a@x.example", "Hull")]


def test_only_these_rows(imports: Imports, portal: Portal) -> None:
    done = imports.run(imports.file(LEADS), "both")
    result = undo(imports, done.run_id, rows=[2, 4])
    assert {one["email"] for one in portal.contacts().values()} == {"ben@engines.example"}
    assert {one["domain"] for one in portal.companies().values()} == {"engines.example"}
    assert (result.rows, result.outcomes["updated"]) == (2, 2)
    undo(imports, done.run_id)
    assert portal.contacts() == portal.companies() == {}


def test_rows_that_the_file_does_not_have_take_nothing_back(imports: Imports, portal: Portal) -> None:
    done = imports.run(imports.file(LEADS), "both")
    with pytest.raises(BadInput, match=r"has no row 900\."):
        start_undo(imports.ctx, done.run_id, rows=[2, 900])
    assert imports.ctx.runs.undos([done.run_id]) == []
    assert len(portal.contacts()) == 3


def test_what_was_taken_back_is_made_anew_by_the_next_import(imports: Imports, portal: Portal) -> None:
    done = imports.run(imports.file(LEADS), "both")
    first = portal.ids()
    undone = undo(imports, done.run_id)
    again_id = redo(imports.ctx, undone.run_id)
    imports.ctx.engine.wait(f"preview-{again_id}", 60)
    again = imports.write(again_id)
    assert (again.outcomes["created"], again.actions["companies"]["create"]) == (3, 2)  # type: ignore[index]
    assert portal.ids().keys() == first.keys()
    assert set(portal.ids().values()).isdisjoint(first.values())
    assert imports.run(imports.file(LEADS), "both").outcomes["unchanged"] == 3


def test_what_was_corrected_before_the_undo_is_made_anew_as_corrected(
    imports: Imports, portal: Portal
) -> None:
    done = imports.run(imports.file("Email,City\na@x.example,York\nno e-mail,Hull\n"))
    retry(imports.ctx, done.run_id, {3: {"Email": "b@x.example", "City": "Leeds"}})
    for workflow in imports.ctx.engine.open_ids(f"repair-{done.run_id}"):
        imports.ctx.engine.wait(workflow, 60)
    before = {one["email"]: one["city"] for one in portal.contacts().values()}
    for _ in range(2):  # what is made anew can be taken back, and made anew again
        undone = undo(imports, done.run_id)
        assert portal.contacts() == {}
        again_id = redo(imports.ctx, undone.run_id)
        imports.ctx.engine.wait(f"preview-{again_id}", 60)
        done = imports.write(again_id)
        assert {one["email"]: one["city"] for one in portal.contacts().values()} == before
    assert before == {"a@x.example": "York", "b@x.example": "Leeds"}
    assert [row.cells for row in imports.ctx.results.rows(done.run_id)][1] == ("b@x.example", "Leeds")


def test_a_contact_that_a_person_deleted_is_still_not_made_again(imports: Imports, portal: Portal) -> None:
    done = imports.run(imports.file(LEADS))
    portal.delete(portal.ids()["ada@engines.example"])
    undo(imports, done.run_id)
    again = imports.run(imports.file(LEADS))
    assert (again.outcomes["created"], again.outcomes["blocked"]) == (2, 1)


def test_what_was_taken_back_already_is_said_so(imports: Imports) -> None:
    done = imports.run(imports.file(LEADS), "both")
    undone = undo(imports, done.run_id)
    with pytest.raises(BadInput, match="taken back already"):
        start_undo(imports.ctx, done.run_id)
    with pytest.raises(BadInput, match="itself an undo"):
        start_undo(imports.ctx, undone.run_id)


def test_a_run_that_wrote_nothing_has_nothing_to_take_back(imports: Imports) -> None:
    with pytest.raises(BadInput, match="wrote nothing"):
        start_undo(imports.ctx, imports.preview(imports.file(LEADS)).run_id)


# On record


def test_an_undo_is_a_run_with_lines_in_the_ledger(imports: Imports) -> None:
    done = imports.run(imports.file(LEADS), "both")
    result = undo(imports, done.run_id)
    newest = imports.ctx.runs.recent(1)[0]
    assert (newest.id, newest.kind, newest.undo_of) == (result.run_id, "undo", done.run_id)
    assert (result.kind, result.undo_of) == ("undo", done.run_id)
    assert result.actions["contacts"]["archive"] == 3  # type: ignore[index]
    with imports.ctx.database.read() as conn:
        lines = conn.exec_driver_sql(
            "SELECT sync_type, operation, status, count(*) FROM crm_sync_logs WHERE run_id = ? GROUP BY ALL ORDER BY ALL",
            (result.run_id,),
        ).all()
    assert [tuple(line) for line in lines] == [
        ("company", "archive", "success", 2),
        ("contact", "archive", "success", 3),
    ]


def test_what_no_undo_takes_back_is_said(imports: Imports) -> None:
    done = imports.run(imports.file(LEADS), "both")
    told = [
        reason.message
        for reason in preview(imports, done.run_id).reasons
        if reason.code == "cannot_take_back"
    ]
    assert any("mails" in message for message in told)
    assert any("fields" in message for message in told)


def test_the_preview_writes_nothing(imports: Imports, portal: Portal) -> None:
    done = imports.run(imports.file(LEADS), "both")
    before = portal.state()
    planned = preview(imports, done.run_id)
    assert (planned.predicted["updated"], planned.outcomes["not_sent"]) == (3, 3)
    assert portal.state() == before


# Deals, tasks and notes of the run itself


def test_deals_tasks_and_notes_of_the_run_go_with_its_records(imports: Imports, portal: Portal) -> None:
    portal.create("contacts", email="ada@engines.example", firstname="Ada", lastname="Lovelace")
    before = portal.state()
    done = with_follow_ups(imports)
    assert made(imports) == {"deals": 2, "tasks": 3, "notes": 2}
    result = undo(imports, done.run_id)
    assert made(imports) == {"deals": 0, "tasks": 0, "notes": 0}
    assert portal.state() == before
    assert result.outcomes["updated"] == result.rows == 3
    with_follow_ups(imports)
    assert made(imports) == {"deals": 2, "tasks": 3, "notes": 2}


def test_a_deal_of_the_run_that_somebody_moved_on_stays_with_its_company(
    imports: Imports, portal: Portal
) -> None:
    done = with_follow_ups(imports)
    deals = imports.crm("GET", "/crm/v3/objects/deals?associations=companies").json()["results"]
    portal.edit(deals[0]["id"], "deals", dealstage="closedwon")
    company = deals[0]["associations"]["companies"]["results"][0]["id"]
    result = undo(imports, done.run_id)
    assert made(imports) == {"deals": 1, "tasks": 0, "notes": 0}
    assert portal.companies().keys() == {company}
    assert portal.contacts() == {}
    assert codes(result) == ["edited_since", "still_needed"]


# Faults


@pytest.mark.parametrize(
    "path", ["contacts/batch/archive", "companies/batch/archive", "contacts/batch/update", "labels/archive"]
)
@pytest.mark.parametrize("kind", ["reset_after_commit", "502"])
def test_a_lost_answer_is_looked_up(imports: Imports, portal: Portal, path: str, kind: str) -> None:
    portal.create("contacts", email="ada@engines.example", firstname="Augusta", lifecyclestage="subscriber")
    before = portal.state()
    text = LEADS.replace("Country\n", "Country,Lifecycle stage\n").replace("Kingdom\n", "Kingdom,customer\n")
    done = imports.run(
        imports.file(text.replace("Germany\n", "Germany,customer\n")), "both", policy="overwrite"
    )
    assert portal.contacts() != before[0]
    imports.twin.control("PUT", "faults", {"next": [{"kind": kind, "path": path, "after": 0}]})
    result = undo(imports, done.run_id)
    assert portal.state() == before
    assert result.outcomes["updated"] == 3
    assert imports.twin.control("GET", "faults")["next"] == 0


def test_a_stage_whose_way_back_was_cut_off_in_the_middle_gets_there(
    imports: Imports, portal: Portal
) -> None:
    portal.create("contacts", email="a@x.example", lifecyclestage="subscriber", city="Hull")
    before = portal.state()
    done = imports.run(
        imports.file("Email,Lifecycle stage,City\na@x.example,customer,York\n"), policy="overwrite"
    )
    fault = {"kind": "502", "committed": False, "path": "contacts/batch/update", "after": 1}
    imports.twin.control("PUT", "faults", {"next": [fault]})
    result = undo(imports, done.run_id)
    assert portal.state() == before
    assert result.outcomes["updated"] == 1


def test_an_undo_that_was_stopped_goes_on_where_it_was(imports: Imports, portal: Portal) -> None:
    done = imports.run(imports.file(LEADS), "both")
    planned = preview(imports, done.run_id)
    scopes = ["crm.objects.contacts.read", "crm.objects.companies.read", "crm.objects.deals.read"]
    imports.twin.control("PUT", "tokens", {imports.twin.token: {"scopes": scopes}})
    try:
        halted = imports.write(planned.run_id)
    finally:
        imports.twin.control("PUT", "tokens", {imports.twin.token: {}})
    assert (halted.state, halted.outcomes["not_sent"]) == (RunState.PAUSED, 3)
    result = imports.write(planned.run_id)
    assert (result.state, result.outcomes["updated"]) == (RunState.DONE, 3)
    assert portal.contacts() == {}
