"""A spreadsheet goes into HubSpot: preview, write, check. Against a real twin over HTTP."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from smartsync_core.errors import BadInput, NeedsPerson, StopRun
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import Mode, Outcome
from smartsync_core.model.run import RunReport, RunState
from smartsync_core.orchestrator.field_words import FieldWords
from smartsync_core.orchestrator.write import approve
from smartsync_core.store.tables import run_rows
from tests.orchestrator.conftest import Imports

LEADS = """Email,First name,Last name,Company,Phone,Country
ada@engines.example,Ada,Lovelace,Engines Ltd,+44 20 7946 0001,United Kingdom
ben@engines.example,Ben,Babbage,Engines Ltd,020 7946 0002,United Kingdom
cleo@stars.example,Cleo,Curie,Stars GmbH,+49 30 901820,Germany
"""


def adds_up(report: RunReport) -> bool:
    return report.rows == sum(report.outcomes.values())


def test_rows_become_contacts_with_their_companies_and_all_are_checked(imports: Imports) -> None:
    result = imports.run(imports.file(LEADS), "both")
    assert result.state is RunState.DONE
    assert result.outcomes["created"] == result.predicted["created"] == 3
    assert result.actions["companies"]["create"] == 2  # type: ignore[index]
    assert result.actions["contacts"]["link"] == 3  # type: ignore[index]
    assert result.proof == {"checked": 5, "changed": 0, "missing": 0}
    assert imports.twin.state()["contacts"] == 3
    assert imports.twin.state()["companies"] == 2


def test_each_contact_stands_by_its_company_which_is_its_first(imports: Imports) -> None:
    imports.run(imports.file(LEADS), "both")
    ada = imports.contact("ada@engines.example")["id"]
    linked = imports.crm("GET", f"/crm/v4/objects/contacts/{ada}/associations/companies").json()["results"]
    assert len(linked) == 1
    assert 1 in {kind["typeId"] for kind in linked[0]["associationTypes"]}


def test_the_preview_writes_nothing(imports: Imports) -> None:
    preview = imports.preview(imports.file(LEADS), "both")
    assert preview.state is RunState.PREVIEWED
    assert preview.predicted["created"] == 3
    assert preview.outcomes["not_sent"] == 3
    assert imports.twin.state()["contacts"] == 0


def test_the_same_file_again_writes_nothing(imports: Imports) -> None:
    file = imports.file(LEADS)
    imports.run(file, "both")
    before = imports.twin.calls()
    again = imports.run(file, "both")
    assert again.outcomes["unchanged"] == 3
    assert again.proof == {"checked": 0, "changed": 0, "missing": 0}
    assert sum(imports.twin.calls().values()) - sum(before.values()) == sum(again.calls.values())


def test_calls_are_every_request_that_the_crm_received(imports: Imports) -> None:
    before = imports.twin.calls()
    result = imports.run(imports.file(LEADS), "both")
    received = {window: count - before[window] for window, count in imports.twin.calls().items()}
    assert result.calls == received


def test_five_records_changed_since_the_preview_are_left_alone_and_the_prediction_stays(
    imports: Imports,
) -> None:
    people = [f"p{n}@firm.example" for n in range(12)]
    imports.run(imports.file("Email,First name\n" + "".join(f"{email},Old\n" for email in people)))
    file = imports.file("Email,First name\n" + "".join(f"{email},New\n" for email in people), "new.csv")
    preview = imports.preview(file, policy="overwrite")
    assert preview.predicted["updated"] == 12
    for email in people[:5]:
        imports.crm(
            "PATCH",
            f"/crm/v3/objects/contacts/{email}?idProperty=email",
            {"properties": {"firstname": "Theirs"}},
        )
    result = imports.write(preview.run_id)
    assert result.predicted == preview.predicted
    assert (result.outcomes["updated"], result.outcomes["blocked"]) == (7, 5)
    assert sorted({reason.code for reason in result.reasons}) == ["stale"]
    assert imports.contact(people[0], "firstname")["firstname"] == "Theirs"
    stale = imports.ctx.results.not_as_planned(preview.run_id)
    assert [dict(action.theirs) for action in stale] == [{"firstname": "Theirs"}] * 5


def test_a_contact_that_somebody_created_meanwhile_is_stale_not_doubled(imports: Imports) -> None:
    preview = imports.preview(imports.file(LEADS))
    imports.crm("POST", "/crm/v3/objects/contacts", {"properties": {"email": "ada@engines.example"}})
    result = imports.write(preview.run_id)
    assert (result.outcomes["created"], result.outcomes["blocked"]) == (2, 1)
    assert imports.twin.state()["contacts"] == 3


def test_a_company_that_somebody_created_meanwhile_is_stale_not_doubled(imports: Imports) -> None:
    preview = imports.preview(imports.file(LEADS), "both")
    imports.crm(
        "POST", "/crm/v3/objects/companies", {"properties": {"domain": "engines.example", "name": "Engines"}}
    )
    result = imports.write(preview.run_id)
    assert imports.twin.state()["companies"] == 2
    assert (result.outcomes["created"], result.outcomes["blocked"], result.partly_blocked) == (1, 2, 2)
    assert adds_up(result)


def test_existing_records_are_only_filled_by_default(imports: Imports) -> None:
    imports.crm(
        "POST",
        "/crm/v3/objects/contacts",
        {"properties": {"email": "ada@engines.example", "firstname": "Augusta", "lastname": ""}},
    )
    result = imports.run(imports.file(LEADS))
    assert (result.outcomes["created"], result.outcomes["updated"]) == (2, 1)
    ada = imports.contact("ada@engines.example", "firstname", "lastname")
    assert (ada["firstname"], ada["lastname"]) == ("Augusta", "Lovelace")


def test_a_second_e_mail_reaches_the_same_person(imports: Imports) -> None:
    imports.crm(
        "POST",
        "/crm/v3/objects/contacts",
        {"properties": {"email": "ada@home.example", "hs_additional_emails": "ada@engines.example"}},
    )
    result = imports.run(imports.file(LEADS))
    assert result.outcomes["created"] == 2
    assert imports.contact("ada@home.example", "email", "lastname")["lastname"] == "Lovelace"


def test_rows_of_one_person_are_one_record_and_the_later_ones_are_left_out(imports: Imports) -> None:
    twice = LEADS + "Ada@Engines.example,Augusta,Lovelace,Engines Ltd,,United Kingdom\n"
    result = imports.run(imports.file(twice))
    assert (result.outcomes["created"], result.outcomes["skipped"]) == (3, 1)
    assert "rows_disagree" in {reason.code for reason in result.reasons}


def test_a_person_who_is_repeated_with_another_company_stays_with_the_first_one_and_it_is_said(
    imports: Imports,
) -> None:
    text = "Email,Company,Website\nada@both.example,,\n"
    text += "ada@both.example,Birch Works,birch.example\nada@both.example,Cedar Labs,cedar.example\n"
    result = imports.run(imports.file(text), "both")
    assert (result.outcomes["created"], result.outcomes["skipped"]) == (1, 2)
    assert (imports.twin.state()["companies"], result.actions[ObjectName.CONTACTS]["link"]) == (2, 1)
    assert [(reason.row, reason.field) for reason in result.reasons if reason.code == "rows_disagree"] == [
        (4, "Company")
    ]


def test_a_bad_cell_blocks_its_row_and_nothing_of_it_is_sent(imports: Imports) -> None:
    result = imports.run(imports.file(LEADS + "not an e-mail,Dan,Dirac,Alone Ltd,,\n"), "both")
    assert (result.outcomes["created"], result.outcomes["blocked"]) == (3, 1)
    assert [(r.row, r.field, r.code) for r in result.reasons if r.row == 5] == [(5, "Email", "invalid_email")]
    assert imports.twin.state()["companies"] == 2


def test_a_row_on_the_do_not_touch_list_is_left_out(imports: Imports) -> None:
    imports.ctx.suppressions.add("domain", ["engines.example"])
    result = imports.run(imports.file(LEADS), "both")
    assert (result.outcomes["created"], result.outcomes["skipped"]) == (1, 2)
    assert imports.twin.state()["companies"] == 1


def test_a_file_without_a_key_says_so_and_creates_again(imports: Imports) -> None:
    file = imports.file("First name,Last name\nAda,Lovelace\nBen,Babbage\n")
    first = imports.run(file)
    assert "no_key" in {reason.code for reason in first.reasons}
    again = imports.preview(file)
    assert again.predicted["created"] == 2
    assert imports.write(again.run_id).outcomes["created"] == 2
    assert imports.twin.state()["contacts"] == 4


def test_an_id_column_of_the_files_own_recognises_its_rows(imports: Imports) -> None:
    file = imports.file("Ref,First name,Last name\nA-1,Ada,Lovelace\nA-2,Ben,Babbage\n")
    imports.run(file, keys=("Ref",))
    assert imports.run(file, keys=("Ref",)).outcomes["unchanged"] == 2


def test_companies_on_one_mail_domain_are_not_folded_into_one(imports: Imports) -> None:
    file = imports.file("Email,Company\na@shared.example,First Ltd\nb@shared.example,Second Ltd\n")
    imports.run(file, "both")
    assert imports.twin.state()["companies"] == 2
    assert imports.run(file, "both").outcomes["unchanged"] == 2


def test_a_same_named_company_is_never_taken_for_a_match(imports: Imports) -> None:
    imports.crm("POST", "/crm/v3/objects/companies", {"properties": {"name": "First Ltd"}})
    file = imports.file("Email,Company\na@shared.example,First Ltd\nb@shared.example,Second Ltd\n")
    result = imports.run(file, "both")
    assert (result.outcomes["created"], result.outcomes["blocked"], result.partly_blocked) == (1, 1, 1)
    assert imports.twin.state() | {"contacts": 2, "companies": 2} == imports.twin.state()


def test_two_companies_of_one_domain_are_a_question(imports: Imports) -> None:
    for name in ("Engines", "Engines UK"):
        imports.crm(
            "POST", "/crm/v3/objects/companies", {"properties": {"name": name, "domain": "engines.example"}}
        )
    result = imports.run(imports.file(LEADS), "both")
    assert result.partly_blocked == 2
    assert "ambiguous" in {reason.code for reason in result.reasons}


def test_a_record_deleted_in_the_crm_is_not_made_again(imports: Imports) -> None:
    file = imports.file(LEADS)
    imports.run(file)
    imports.crm("DELETE", f"/crm/v3/objects/contacts/{imports.contact('ada@engines.example')['id']}")
    result = imports.run(file)
    assert (result.outcomes["unchanged"], result.outcomes["blocked"]) == (2, 1)
    assert "deleted_in_crm" in {reason.code for reason in result.reasons}


def test_a_merged_record_is_found_under_its_new_id(imports: Imports) -> None:
    file = imports.file(LEADS)
    imports.run(file)
    ada, ben = (imports.contact(f"{name}@engines.example")["id"] for name in ("ada", "ben"))
    imports.crm("POST", "/crm/v3/objects/contacts/merge", {"primaryObjectId": ada, "objectIdToMerge": ben})
    result = imports.run(file)
    assert result.outcomes["blocked"] == 0
    assert adds_up(result)
    assert imports.twin.state()["contacts"] == 2


@pytest.mark.parametrize(
    ("mode", "outcome"), [(Mode.UPDATE_ONLY, Outcome.SKIPPED), (Mode.CREATE_ONLY, Outcome.CREATED)]
)
def test_modes(imports: Imports, mode: Mode, outcome: Outcome) -> None:
    assert imports.run(imports.file(LEADS), mode=mode).outcomes[outcome.value] == 3


def test_predicted_is_what_happened_row_by_row(imports: Imports) -> None:
    file = imports.file(LEADS + "bad,Dan,Dirac,,,\nada@engines.example,Ada,L,,,\n,,,Only Company Ltd,,\n")
    result = imports.run(file, "both")
    rows = imports.ctx.results.rows(result.run_id)
    assert [(row.row, row.predicted) for row in rows] == [(row.row, row.outcome) for row in rows]
    assert adds_up(result)


def test_an_option_that_the_crm_does_not_have_leaves_the_column_out(imports: Imports) -> None:
    result = imports.run(imports.file("Email,Lifecycle stage\na@x.example,No such stage\n"))
    assert result.outcomes["created"] == 1
    assert [reason.field for reason in result.reasons if reason.code == "column_left_out"] == [
        "Lifecycle stage"
    ]


def test_a_property_that_vanished_since_stops_the_preview_with_a_sentence(imports: Imports) -> None:
    definition = {
        "name": "shoe",
        "label": "Shoe",
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
    }
    imports.crm("POST", "/crm/v3/properties/contacts", definition)
    preview = imports.preview(imports.file("Email,Shoe\na@x.example,42\n"))
    imports.crm("DELETE", "/crm/v3/properties/contacts/shoe")
    result = imports.write(preview.run_id)
    assert result.outcomes["failed"] == 1
    assert [(r.row, r.field) for r in result.reasons if r.row] == [(2, "Shoe")]


def test_nothing_that_maps_is_said_at_once(imports: Imports) -> None:
    with pytest.raises(BadInput, match="None of the columns"):
        imports.preview(imports.file("Alpha,Beta\n1,2\n"))


def test_a_read_only_key_previews_but_does_not_write(imports: Imports) -> None:
    scopes = [
        f"crm.{kind}.{name}.read"
        for kind in ("objects", "schemas")
        for name in ("contacts", "companies", "deals")
    ]
    imports.twin.control(
        "PUT", "tokens", {"pat-na1-readonly": {"scopes": [*scopes, "crm.objects.owners.read"]}}
    )
    imports.connection = imports.ctx.connections.save(
        name="Reader", crm_type="hubspot", base_url=imports.twin.url, token="pat-na1-readonly"
    )
    preview = imports.preview(imports.file(LEADS))
    assert preview.predicted["created"] == 3
    result = imports.write(preview.run_id)
    assert result.state is RunState.PAUSED
    assert result.outcomes["not_sent"] == 3
    assert "permission" in result.message or "scope" in result.message
    assert imports.twin.state()["contacts"] == 0


def test_a_run_that_is_done_cannot_be_written_again(imports: Imports) -> None:
    done = imports.run(imports.file(LEADS))
    with pytest.raises(NeedsPerson, match="nothing to write"):
        approve(imports.ctx, done.run_id, shown=True)


def test_the_ledger_has_one_line_per_record_written(imports: Imports) -> None:
    result = imports.run(imports.file(LEADS), "both")
    with imports.ctx.database.read() as conn:
        lines = conn.exec_driver_sql(
            "SELECT sync_type, operation, status, count(*) FROM crm_sync_logs WHERE run_id = ? GROUP BY ALL ORDER BY ALL",
            (result.run_id,),
        ).all()
    assert [tuple(line) for line in lines] == [
        ("company", "create", "success", 2),
        ("contact", "create", "success", 3),
        ("contact", "link", "success", 3),
    ]


def test_the_change_history_of_a_record_names_each_cell_with_run_who_before_and_after(
    imports: Imports,
) -> None:
    first = imports.run(imports.file(LEADS))
    second = imports.run(
        imports.file("Email,First name\nada@engines.example,Augusta\n", "b.csv"), policy="overwrite"
    )
    ada = imports.contact("ada@engines.example")["id"]
    history = imports.ctx.change_history.of_record(
        imports.connection.id, ObjectName.CONTACTS, str(ada), field="firstname"
    )
    assert [(c.run_id, c.before, c.after, c.proof, c.who) for c in history] == [
        (second.run_id, "Ada", "Augusta", "checked", "local"),
        (first.run_id, None, "Ada", "checked", "local"),
    ]


def test_a_file_without_any_valid_e_mail_makes_nobody_and_each_row_needs_you(imports: Imports) -> None:
    text = "Email,First name,City\nada at engines.example,Ada,York\nben,Ben,Hull\n"
    result = imports.run(imports.file(text))
    assert result.outcomes["blocked"] == result.predicted["blocked"] == result.rows == 2
    assert {(reason.row, reason.field, reason.code) for reason in result.reasons if reason.row} == {
        (2, "Email", "invalid_email"),
        (3, "Email", "invalid_email"),
    }
    assert imports.twin.state()["contacts"] == 0


def test_a_blank_cell_never_wipes_a_phone_also_where_the_file_replaces(imports: Imports) -> None:
    imports.run(imports.file("Email,Phone,City\na@x.example,+44 20 7946 0001,York\n"))
    again = imports.run(imports.file("Email,Phone,City\na@x.example,,Hull\n", "b.csv"), policy="overwrite")
    assert again.outcomes["updated"] == 1
    ada = imports.contact("a@x.example", "phone", "city")
    assert (ada["phone"], ada["city"]) == ("+442079460001", "Hull")


def test_a_run_that_lost_a_row_is_never_done(imports: Imports) -> None:
    preview = imports.preview(imports.file(LEADS))
    with imports.ctx.database.write() as conn:
        conn.execute(sa.delete(run_rows).where(run_rows.c.run_id == preview.run_id, run_rows.c.row_no == 3))
    with pytest.raises(StopRun, match="2 rows have an outcome, but the file has 3"):
        imports.write(preview.run_id)
    assert imports.ctx.runs.state(preview.run_id) is not RunState.DONE
    imports.ctx.runs.update(preview.run_id, state=RunState.FAILED)  # nothing of this package waits for it


def test_a_reason_names_the_column_of_the_file_or_else_the_field_by_its_label(imports: Imports) -> None:
    """A name that one column gives to two fields, a domain that a website gives, and a field that no column goes to."""
    text = "Email,Full name,Company,Website,Turnover\n"
    text += "ada@x.example,Ada Birch,Birchworks,https://x.example,1000\n"
    text += "ada@x.example,Augusta Birch,Birchworks,https://x.example,2000\n"
    preview = imports.preview(imports.file(text), "both", maps=("Turnover=companies.annualrevenue",))
    disagree = {reason.field for reason in preview.reasons if reason.code == "rows_disagree"}
    assert disagree == {"Full name", "Turnover"}
    words = FieldWords(imports.ctx.runs.get(preview.run_id).options)
    assert [words.of("companies", name) for name in ("domain", "numberofemployees", "")] == [
        "Website",
        "Number of employees",
        "",
    ]


def test_a_company_domain_out_of_e_mail_addresses_is_not_told_by_its_internal_name(imports: Imports) -> None:
    preview = imports.preview(imports.file("Email,Company\nada@x.example,Birchworks\n"), "both")
    assert [one.field for one in preview.reasons if one.code == "domain_from_email"] == ["Company domain"]


def test_whoever_comes_onto_the_do_not_touch_list_after_the_preview_is_left_out(imports: Imports) -> None:
    """A preview may wait for days; who is named there since is not written."""
    rows = "ann@listed-late.example,Ann,Late Ltd\nbea@listed-not.example,Bea,Not Ltd\ncoy@listed-firm.example,Coy,Firm Ltd\n"
    preview = imports.preview(imports.file("Email,First name,Company\n" + rows), "both")
    imports.ctx.suppressions.add("email", ["ann@listed-late.example"])
    imports.ctx.suppressions.add("domain", ["listed-firm.example"])
    done = imports.write(preview.run_id)
    assert (done.outcomes["created"], done.outcomes["skipped"]) == (1, 2)
    assert (imports.twin.state()["contacts"], imports.twin.state()["companies"]) == (1, 1)
    said = {reason.row: reason.message for reason in done.reasons if reason.code == "do_not_touch"}
    assert said == {
        2: "ann@listed-late.example came onto the do-not-touch list after the preview.",
        4: "listed-firm.example came onto the do-not-touch list after the preview.",
    }
    assert {reason.code for reason in done.reasons if reason.row} == {"do_not_touch"}, (
        "nothing waits for them"
    )


def test_nobody_is_associated_who_came_onto_the_do_not_touch_list_after_the_preview(imports: Imports) -> None:
    """They and their company are there as they are: only the association would be new."""
    people = "Email\nfay@listed-linked.example\ngil@listed-linked.example\n"
    for text, kind in (
        (people, "contacts"),
        ("Company name,Domain\nLinked Ltd,linked.example\n", "companies"),
    ):
        imports.write(imports.preview(imports.file(text), kind).run_id)
    rows = "fay@listed-linked.example,linked.example\ngil@listed-linked.example,linked.example\n"
    preview = imports.preview(imports.file("Email,Company domain\n" + rows), "both")
    imports.ctx.suppressions.add("email", ["fay@listed-linked.example"])
    done = imports.write(preview.run_id)
    assert {reason.row for reason in done.reasons if reason.code == "do_not_touch"} == {2}
    for name, number in (("fay", 0), ("gil", 1)):
        found = imports.crm(
            "GET", f"/crm/v3/objects/contacts/{name}@listed-linked.example?idProperty=email"
        ).json()
        path = f"/crm/v4/objects/contacts/{found['id']}/associations/companies"
        assert len(imports.crm("GET", path).json()["results"]) == number


def test_a_record_that_other_rows_need_is_written_although_one_of_them_is_listed(imports: Imports) -> None:
    rows = "dan@listed-shared.example,Shared Ltd\neve@listed-shared.example,Shared Ltd\n"
    preview = imports.preview(imports.file("Email,Company\n" + rows), "both")
    imports.ctx.suppressions.add("email", ["dan@listed-shared.example"])
    done = imports.write(preview.run_id)
    assert (done.outcomes["created"], done.outcomes["skipped"]) == (1, 1)
    assert (imports.twin.state()["contacts"], imports.twin.state()["companies"]) == (1, 1)


def test_a_domain_that_several_companies_share_is_known_at_the_write_too(imports: Imports) -> None:
    """It recognises none of them, and names all of them."""
    rows = "North Ltd,listed-shared-firm.example\nSouth Ltd,listed-shared-firm.example\nWest Ltd,listed-other-firm.example\n"
    preview = imports.preview(imports.file("Company name,Domain\n" + rows), "companies")
    assert preview.predicted["created"] == 3
    imports.ctx.suppressions.add("domain", ["listed-shared-firm.example"])
    done = imports.write(preview.run_id)
    assert (done.outcomes["created"], done.outcomes["skipped"]) == (1, 2)
    assert imports.twin.state()["companies"] == 1
