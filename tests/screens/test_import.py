"""The Import page, step by step and state by state."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from pages.blocks import looked_up
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import Account, AccountKind
from smartsync_core.model.mapping import Policy, RecordType
from smartsync_core.model.plan import Mode
from smartsync_core.orchestrator import accounts, connect, import_drafts, imports, record_pages
from tests.screens.conftest import ALL_SCOPES, LEADS, Open, Person, all_texts


def numbers(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def hand_in(at: AppTest, name: str, content: bytes) -> AppTest:
    at.file_uploader[0].set_value((name, content, "text/csv"))
    return at.run()


def workbook(**sheets: pd.DataFrame) -> bytes:
    stream = BytesIO()
    with pd.ExcelWriter(stream, engine="openpyxl") as writer:
        for name, frame in sheets.items():
            frame.to_excel(writer, sheet_name=name, index=False)
    return stream.getvalue()


# The file


def test_the_empty_page_says_what_to_do_and_that_nothing_is_sent(person: Person, open_page: Open) -> None:
    at = open_page()
    assert "Nothing is sent to HubSpot yet" in all_texts(at)
    assert at.file_uploader[0].label == "File to import"
    assert not at.exception


def test_a_file_is_kept_at_once_and_the_address_names_its_draft(person: Person, open_page: Open) -> None:
    at = hand_in(open_page(), "leads.csv", LEADS.encode())
    draft_id = str(at.query_params["draft"])
    again = open_page(draft=draft_id)
    assert "**leads.csv** · 4 rows · 7 columns" in all_texts(again)
    assert list(again.dataframe[0].value.index) == [2, 3, 4, 5], "the first rows carry their line in the file"


def test_a_file_of_whatever_ending_is_taken_and_refused_in_our_words(person: Person, open_page: Open) -> None:
    at = hand_in(open_page(), "offer.pdf", b"%PDF-1.4 x")
    assert "“offer.pdf” is a PDF document, not a table." in all_texts(at)
    assert "Export the table as CSV or XLSX and choose that file." in all_texts(at)


def test_of_both_the_type_to_which_no_column_goes_is_said(person: Person, open_page: Open) -> None:
    draft = person.chooses(person.hands_in("Email,First name\nada@x.example,Ada\n"), person.connects())
    said = "No column goes to a company, so no companies are written."
    assert said in all_texts(open_page(draft=draft.id))
    draft = person.chooses(person.hands_in(), person.connects())
    assert said not in all_texts(open_page(draft=draft.id))


def test_an_import_that_was_begun_is_offered_again_without_its_address(
    person: Person, open_page: Open
) -> None:
    person.hands_in()
    at = open_page()
    assert "You began to import **leads.csv**" in all_texts(at)
    at.button(key="draft-go-on").click().run()
    assert "What is in each row?" in [radio.label for radio in at.radio]


def test_a_draft_survives_a_restart(person: Person, open_page: Open) -> None:
    from pages.blocks import services

    draft = person.chooses(person.hands_in(), person.connects())
    services.close()
    at = open_page(draft=draft.id)
    assert "Who is who" in all_texts(at)


def test_a_discarded_draft_is_gone(person: Person, open_page: Open) -> None:
    draft = person.hands_in()
    open_page().button(key="draft-discard").click().run()
    at = open_page(draft=draft.id)
    assert at.file_uploader
    assert "You began to import" not in all_texts(at)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "is empty"),
        ("page.csv", b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        ("only.csv", b"Email,Name\n", "no rows"),
        ("photo.xlsx", b"\x89PNG\r\n\x1a\n" + b"0" * 64, "is a picture"),
    ],
)
def test_what_is_no_table_gets_one_sentence_and_no_draft(
    person: Person, open_page: Open, name: str, content: bytes, said: str
) -> None:
    at = hand_in(open_page(), name, content)
    assert said in all_texts(at)
    assert len(at.error) == 1
    assert import_drafts.latest(person.ctx) is None
    assert not at.exception


def test_another_sheet_of_a_workbook_can_be_chosen(person: Person, open_page: Open) -> None:
    content = workbook(
        Leads=pd.DataFrame({"Email": ["a@x.example"]}),
        Old=pd.DataFrame({"Email": ["b@x.example", "c@x.example"]}),
    )
    at = hand_in(open_page(), "two.xlsx", content)
    assert "sheet “Leads” · 1 row" in all_texts(at)
    at.selectbox[0].set_value("Old").run()
    assert "sheet “Old” · 2 rows" in all_texts(at)


TITLED = "Leads of May\n\n,,Address,\nName,Email,City,Phone\nAda,ada@x.example,Leeds,1\n"


def test_the_row_of_the_column_names_is_proposed_with_its_reason(person: Person, open_page: Open) -> None:
    at = hand_in(open_page(), "leads.csv", TITLED.encode())
    assert at.selectbox[0].value == "4"
    assert "Row 4 is the first one that reads like column names" in all_texts(at)
    assert list(at.dataframe[0].value.columns) == ["Name", "Email", "City", "Phone"]


def test_another_row_of_column_names_shows_its_table_at_once_and_is_kept(
    person: Person, open_page: Open
) -> None:
    at = hand_in(open_page(), "leads.csv", TITLED.encode())
    at.selectbox[0].set_value("3-4").run()
    assert list(at.dataframe[0].value.columns) == ["Name", "Email", "Address City", "Address Phone"]
    again = open_page(draft=str(at.query_params["draft"]))
    assert again.selectbox[0].value == "3-4"
    assert list(again.dataframe[0].value.columns) == ["Name", "Email", "Address City", "Address Phone"]


def test_a_file_may_have_no_column_names(person: Person, open_page: Open) -> None:
    at = hand_in(open_page(), "leads.csv", b"Ada,Leeds\nBob,York\n")
    at.selectbox[0].set_value("none").run()
    assert "2 rows · 2 columns" in all_texts(at)
    assert list(at.dataframe[0].value.columns) == ["Column 1", "Column 2"]


def test_a_row_that_leaves_no_rows_is_refused_and_the_import_does_not_go_on(
    person: Person, open_page: Open
) -> None:
    at = hand_in(open_page(), "leads.csv", b"Name,City\nAda,Leeds\n")
    at.selectbox[0].set_value("2").run()
    assert "has column names but no rows" in all_texts(at)
    assert not at.radio
    at.selectbox[0].set_value("1").run()
    assert at.radio
    assert not at.error


def test_what_was_passed_over_in_a_file_is_said(person: Person, open_page: Open) -> None:
    at = hand_in(open_page(), "staff.csv", b"Company,City,Staff\nAcme,Leeds,5\nTotal,,5\n")
    assert "Row 3 holds a total; it is not imported." in all_texts(at)


def test_it_asks_what_a_row_is_before_it_goes_on(person: Person, open_page: Open) -> None:
    draft = person.hands_in()
    at = open_page(draft=draft.id)
    at.button[0].click().run()
    assert "Say first what is in each row" in all_texts(at)
    at.radio[0].set_value(RecordType.BOTH)
    at.button[0].click().run()
    assert "Where should **leads.csv** go?" in all_texts(at)


def test_names_from_a_file_are_shown_as_they_are(person: Person, open_page: Open) -> None:
    draft = person.hands_in(name="[x](http:) *b*.csv")
    assert r"\[x\](http\:) \*b\*.csv" in all_texts(open_page(draft=draft.id))


# The account


def test_the_account_step_offers_the_practice_account_and_every_connected_one(
    person: Person, open_page: Open
) -> None:
    connection = person.connects()
    draft = import_drafts.save(
        person.ctx, replace(person.hands_in().of_rows(RecordType.BOTH), step="account")
    )
    at = open_page(draft=draft.id)
    assert "HubSpot Europe" in all_texts(at)
    assert at.button(key="use-practice").label == "Use the practice account"
    at.button(key=f"use-{connection.id}").click().run()
    assert "Who is who" in all_texts(at)


def test_a_key_that_no_longer_works_is_said_where_the_account_is_chosen(
    person: Person, open_page: Open
) -> None:
    connection = person.connects(token="pat-na1-first-gone")
    person.loses("pat-na1-first-gone")
    draft = import_drafts.save(
        person.ctx, replace(person.hands_in().of_rows(RecordType.BOTH), step="account")
    )
    at = open_page(draft=draft.id).button(key=f"use-{connection.id}").click().run()
    assert len(at.error) == 1
    assert not at.exception


# The columns


def test_columns_show_samples_how_full_they_are_and_where_they_go(person: Person, open_page: Open) -> None:
    draft = person.chooses(person.hands_in(), person.connects())
    at = open_page(draft=draft.id)
    table = at.data_editor[0].value.set_index("Column")
    assert table.loc["Email", "Goes to"] == "Contact · Email"
    assert table.loc["Website", "Goes to"] == "Company · Website URL"
    assert table.loc["Phone", "Filled"] == 25
    assert table.loc["Comment"]["Sure?"] == ["not imported"]
    assert "6 columns will be imported, 1 will not" in all_texts(at)


def test_a_column_sent_elsewhere_stays_there(person: Person, open_page: Open) -> None:
    draft = person.chooses(person.hands_in(), person.connects())
    at = open_page(draft=draft.id)
    edit(at, row=6, **{"Goes to": "Contact · Message"})
    assert dict(import_drafts.load(person.ctx, draft.id).chosen) == {"Comment": "contacts.message"}  # type: ignore[union-attr]
    assert "7 columns will be imported, 0 will not" in all_texts(open_page(draft=draft.id))


def test_an_unticked_column_is_left_out(person: Person, open_page: Open) -> None:
    draft = person.chooses(person.hands_in(), person.connects())
    edit(open_page(draft=draft.id), row=5, Import=False)
    assert "5 columns will be imported, 2 will not" in all_texts(open_page(draft=draft.id))


def test_a_place_that_is_not_on_the_list_is_refused(person: Person, open_page: Open) -> None:
    draft = person.chooses(person.hands_in(), person.connects())
    at = edit(open_page(draft=draft.id), row=6, **{"Goes to": "Contact · Nothing like it"})
    assert "is no field of this account" in all_texts(at)
    assert not import_drafts.load(person.ctx, draft.id).chosen  # type: ignore[union-attr]


def test_key_and_policy_are_kept_as_soon_as_they_are_chosen(person: Person, open_page: Open) -> None:
    draft = person.chooses(person.hands_in(), person.connects())
    at = open_page(draft=draft.id)
    at.selectbox(key=f"key-{draft.id}-companies").set_value("Comment").run()
    at.radio(key=f"policy-{draft.id}").set_value(Policy.OVERWRITE).run()
    again = open_page(draft=draft.id)
    assert again.selectbox(key=f"key-{draft.id}-companies").value == "Comment"
    assert again.radio(key=f"policy-{draft.id}").value is Policy.OVERWRITE


def test_the_list_opens_on_what_is_to_be_checked(person: Person, open_page: Open) -> None:
    text = "Email,E mail adress\nada@birchworks.example,ada@birchworks.example\n"
    draft = person.chooses(person.hands_in(text), person.connects(), RecordType.CONTACTS)
    at = open_page(draft=draft.id)
    assert "1 column to check" in all_texts(at)
    assert list(at.data_editor[0].value["Column"]) == ["E mail adress"]


def test_a_file_that_names_nobody_warns_that_its_rows_are_not_recognised_again(
    person: Person, open_page: Open
) -> None:
    draft = person.chooses(
        person.hands_in("First name,City\nAda,Leeds\n"), person.connects(), RecordType.CONTACTS
    )
    at = open_page(draft=draft.id)
    assert "Importing this file again would create every row once more" in all_texts(at)


def test_when_the_crm_is_down_the_choices_stay_and_another_account_can_be_chosen(
    person: Person, open_page: Open
) -> None:
    draft = person.chooses(person.hands_in(), person.connects(token="pat-na1-second-gone"))
    person.loses("pat-na1-second-gone")
    at = open_page(draft=draft.id)
    assert len(at.error) == 1
    at.button(key="fields-back").click().run()
    assert "Where should **leads.csv** go?" in all_texts(at)


def test_choices_go_along_to_another_account_as_far_as_it_has_the_fields(
    person: Person, open_page: Open
) -> None:
    draft = person.chooses(person.hands_in(), person.connects("Practice"))
    draft = import_drafts.save(
        person.ctx, replace(draft, chosen={"Phone": "contacts.mobilephone", "Comment": "contacts.pager"})
    )
    other = person.connects("HubSpot Asia")
    at = open_page(draft=person.chooses(draft, other).id)
    kept = import_drafts.load(person.ctx, draft.id)
    assert kept is not None
    assert (kept.connection_id, kept.chosen["Phone"]) == (other.id, "contacts.mobilephone")
    assert "“Comment” was to go to “pager”. This account has no such field." in all_texts(at)


# The preview


def test_a_preview_predicts_every_row_and_names_the_button_after_what_it_does(
    person: Person, open_page: Open
) -> None:
    draft = person.previews(person.chooses(person.hands_in(), person.connects()))
    at = open_page(draft=draft.id)
    told = numbers(at)
    assert (told["Created"], told["Left out"], told["Needs you"]) == ("2", "1", "1")
    assert "Contacts: 2 new · Companies: 2 new" in all_texts(at)
    assert "**1 row would need you**" in all_texts(at)
    assert at.button(key="write").label == "Create 4"
    assert person.twin.state()["contacts"] == 0


def test_the_page_waits_while_the_preview_is_made(person: Person, open_page: Open) -> None:
    person.twin.control("PUT", "latency", {"ms": 400})
    draft = person.chooses(person.hands_in(), person.connects())
    at = open_page(draft=draft.id).button(key="preview").click().run()
    run_id = import_drafts.load(person.ctx, draft.id).run_id  # type: ignore[union-attr]
    person.twin.control("PUT", "latency", {"ms": 0})
    assert run_id
    assert "You can close this tab" in all_texts(at) or "Time and limits" in all_texts(at)
    person.waits(run_id)
    assert "Time and limits" in all_texts(open_page(draft=draft.id))


def test_values_are_shown_old_and_new_and_can_be_searched(person: Person, open_page: Open) -> None:
    connection = person.connects()
    run = person.previews(person.chooses(person.hands_in(), connection)).run_id
    person.writes(run)
    changed = LEADS.replace("+44 20 7946 0011", "+44 20 7946 0099")
    draft = person.chooses(person.hands_in(changed, "again.csv"), connection)
    draft = person.previews(replace(draft, policy=Policy.OVERWRITE))
    at = open_page(draft=draft.id)
    assert numbers(at)["Values replaced"] == "1"
    at.text_input[0].set_value("7946").run()
    first, table = [one.value for one in at.dataframe if "What happens" in one.value]
    assert list(first["Old"]) == list(table["Old"]) == ["+442079460011"]
    assert list(table["New"]) == ["+442079460099"]
    at.text_input[0].set_value("not there").run()
    assert "No values match this filter." in all_texts(at)
    assert "Look at these first" in all_texts(at)


def test_a_file_that_is_there_already_has_nothing_to_write(person: Person, open_page: Open) -> None:
    connection = person.connects()
    text = LEADS.replace("not-an-email", "ben@hartco.example")
    person.writes(person.previews(person.chooses(person.hands_in(text), connection)).run_id)
    before = person.twin.control("GET", "revision")
    draft = person.chooses(person.hands_in(text), connection)
    assert "This file was written to HubSpot Europe before" in all_texts(open_page(draft=draft.id))
    at = open_page(draft=person.previews(draft).id)
    assert "There is nothing to write" in all_texts(at)
    assert "No value changes." in all_texts(at)
    assert "Nothing is to be written, so HubSpot is not called again." in all_texts(at)
    assert person.twin.control("GET", "revision") == before


def test_a_preview_that_fails_says_why_is_tried_again_and_leads_back(person: Person, open_page: Open) -> None:
    draft = person.chooses(person.hands_in(), person.connects(token="pat-na1-third-gone"))
    fields = accounts.fields_of(person.ctx, person.ctx.connections.get(draft.connection_id))
    person.loses("pat-na1-third-gone")
    begun = import_drafts.save(
        person.ctx, replace(imports.preview(person.ctx, draft, fields), step="preview")
    )
    person.waits(begun.run_id)
    at = open_page(draft=begun.id)
    assert "The preview could not be made. Nothing was written." in all_texts(at)
    assert len(at.error) == 1
    at.button(key="preview-again").click().run()
    anew = import_drafts.load(person.ctx, begun.id)
    assert anew is not None
    assert anew.run_id != begun.run_id
    person.waits(anew.run_id)
    at = open_page(draft=begun.id)
    at.button(key="preview-back").click().run()
    assert import_drafts.load(person.ctx, begun.id).step == "columns"  # type: ignore[union-attr]


def test_an_old_preview_is_made_again_for_what_hubspot_holds_now(person: Person, open_page: Open) -> None:
    draft = person.previews(person.chooses(person.hands_in(), person.connects()))
    line = {"object": "contacts", "properties": {"email": "tom@okoro.example", "firstname": "Tom"}}
    person.twin.control("PUT", "records", {"lines": [line]})
    open_page(draft=draft.id).button(key="refresh").click().run()
    newer = import_drafts.load(person.ctx, draft.id)
    assert newer is not None
    assert newer.run_id != draft.run_id
    person.waits(newer.run_id)
    told = numbers(open_page(draft=draft.id))
    assert (told["Created"], told["Updated"]) == ("1", "1")
    said = all_texts(open_page(draft=draft.id))
    assert "2 rows changed since you looked" in said
    assert ": 3, 5." in said


@pytest.mark.parametrize(
    ("mode", "landing"), [("update_only", ("0", "1")), ("create_only", ("1", "0")), ("both", ("1", "1"))]
)
def test_a_person_says_which_records_may_be_written(
    person: Person, open_page: Open, mode: str, landing: tuple[str, str]
) -> None:
    line = {"object": "contacts", "properties": {"email": "tom@okoro.example"}}
    person.twin.control("PUT", "records", {"lines": [line]})
    draft = person.chooses(person.hands_in(), person.connects(), RecordType.CONTACTS)
    at = open_page(draft=draft.id)
    at.radio(key=f"mode-{draft.id}").set_value(Mode(mode)).run()
    kept = import_drafts.load(person.ctx, draft.id)
    assert kept is not None
    person.previews(kept)
    told = numbers(open_page(draft=draft.id))
    assert (told["Created"], told["Updated"]) == landing


def test_a_key_that_can_only_read_gets_a_preview_and_a_button_that_waits(
    person: Person, open_page: Open
) -> None:
    read_only = [scope for scope in ALL_SCOPES if scope.endswith(".read")]
    person.twin.control("PUT", "tokens", {"pat-na1-read": {"scopes": read_only}})
    draft = person.previews(person.chooses(person.hands_in(), person.connects(token="pat-na1-read")))
    at = open_page(draft=draft.id)
    assert numbers(at)["Created"] == "2"
    assert "can read but not write" in all_texts(at)
    assert at.button(key="write").disabled


def test_a_large_import_wants_its_number_typed(person: Person, open_page: Open) -> None:
    rows = "".join(f"p{number}@big.example\n" for number in range(501))
    draft = person.previews(
        person.chooses(person.hands_in(f"Email\n{rows}"), person.connects(), RecordType.CONTACTS)
    )
    at = open_page(draft=draft.id)
    assert at.button(key="write").disabled
    typed = at.text_input(key=f"typed-{draft.run_id}")
    assert "501 records would be written" in typed.label
    typed.set_value("501").run()
    assert not at.button(key="write").disabled


# Writing, and the result


def test_writing_leads_to_a_result_in_which_every_row_is_accounted_for(
    person: Person, open_page: Open
) -> None:
    draft = person.previews(person.chooses(person.hands_in(), person.connects()))
    at = open_page(draft=draft.id).button(key="write").click().run()
    assert at.query_params["run"] == draft.run_id
    person.waits(draft.run_id)
    at = open_page(run=draft.run_id)
    told = numbers(at)
    outcomes = ("Created", "Updated", "Already up to date", "Left out", "Needs you", "Failed")
    assert sum(int(told[word]) for word in outcomes) == 4
    assert "All 4 written records were read back" in all_texts(at)
    assert "Exactly as the preview said" in all_texts(at)
    assert person.twin.state()["contacts"] == 2
    assert import_drafts.latest(person.ctx) is None, "what was written is no draft any more"
    reloaded = open_page(draft=draft.id)
    assert "All 4 written records were read back" in all_texts(reloaded), "its address leads to the import"


def test_each_outcome_opens_its_rows(person: Person, open_page: Open) -> None:
    run_id = person.previews(person.chooses(person.hands_in(), person.connects())).run_id
    person.writes(run_id)
    at = open_page(run=run_id)
    shown = rows_of(at)
    assert list(shown["Row"]) == [4], "what needs a person is open first"
    at.segmented_control(key=f"rows-outcome-{run_id}-True").set_value("created").run()
    assert list(rows_of(at)["Row"]) == [2, 3]


def _every_step(person: Person, open_page: Open, connection: Connection) -> list[str]:
    """What the pages say on columns, preview, result and change history of an import into this account."""
    draft = person.chooses(person.hands_in(), connection)
    columns = all_texts(open_page(draft=draft.id))
    draft = person.previews(draft)
    preview = all_texts(open_page(draft=draft.id))
    person.writes(draft.run_id)
    row = person.ctx.results.rows(draft.run_id, outcome="created")[0]
    return [
        columns,
        preview,
        all_texts(open_page("history.py", run=draft.run_id)),
        all_texts(open_page("history.py", run=draft.run_id, record=f"contacts:{row.crm_id}")),
    ]


def test_a_production_account_is_named_as_one_at_every_step(person: Person, open_page: Open) -> None:
    connection = person.connects("Practice-like name", kind=AccountKind.PRODUCTION)
    steps = _every_step(person, open_page, connection)
    for said in steps:
        assert f"account {connection.portal_id} · :red-badge[Production]" in said
        assert "Made-up data" not in said
        assert ":violet-badge" not in said
    assert f"to HubSpot Practice-like name, account {connection.portal_id}" in steps[1]


def test_only_the_practice_account_says_that_nothing_leaves_this_computer(
    person: Person, open_page: Open
) -> None:
    steps = _every_step(person, open_page, person.connects("Mine", kind=AccountKind.PRACTICE))
    for said in steps:
        assert "Made-up data. Nothing here leaves this computer." in said
        assert "Production" not in said
    assert "to Mine: nothing leaves this computer" in steps[1]


def test_each_written_row_leads_to_its_record_in_hubspot(person: Person, open_page: Open) -> None:
    run_id = person.imports()
    connection = person.ctx.connections.all()[0]
    there = "https://app.hubspot.com/contacts/1/record/{object}/{id}"
    record_pages.remember(
        person.ctx, connection.id, Account(portal_id="1", kind=AccountKind.PRODUCTION, record_url=there)
    )
    at = open_page(run=run_id)
    at.segmented_control(key=f"rows-outcome-{run_id}-True").set_value("created").run()
    shown = rows_of(at)
    assert list(shown["Open in HubSpot"]) == [
        f"https://app.hubspot.com/contacts/1/record/0-1/{crm_id}" for crm_id in shown["Matched record"]
    ]


def test_what_was_refused_while_writing_is_said_on_its_row(person: Person, open_page: Open) -> None:
    draft = person.previews(person.chooses(person.hands_in(), person.connects()))
    person.twin.control(
        "PUT", "records", {"lines": [{"object": "contacts", "properties": {"email": "tom@okoro.example"}}]}
    )
    person.writes(draft.run_id)
    at = open_page(run=draft.run_id)
    assert "Preview and result differ" in [expander.label for expander in at.expander]
    assert "Somebody else created this record" in str(at.table[0].value)


def test_an_import_that_stopped_half_way_says_why_and_goes_on(person: Person, open_page: Open) -> None:
    draft = person.previews(person.chooses(person.hands_in(), person.connects(token="pat-na1-fourth-gone")))
    person.loses("pat-na1-fourth-gone")
    person.writes(draft.run_id)
    at = open_page(run=draft.run_id)
    assert "The import is paused" in all_texts(at)
    assert numbers(at)["Not sent"] == "3", "a duplicate shares the fate of its row"
    person.twin.control("PUT", "tokens", {"pat-na1-fourth-gone": {"scopes": ALL_SCOPES}})
    at.button(key="go-on").click().run()
    person.waits(draft.run_id)
    assert "Exactly as the preview said" in all_texts(open_page(run=draft.run_id))


def test_an_import_that_does_not_exist_is_said_in_one_sentence(person: Person, open_page: Open) -> None:
    at = open_page(run="nowhere")
    assert "There is no import nowhere" in all_texts(at)
    assert not at.exception


def edit(at: AppTest, row: int, **cells: object) -> AppTest:
    """Change cells of the columns table."""
    editor = at.data_editor[0]
    at.session_state[str(editor.key)] = {"edited_rows": {row: cells}, "added_rows": [], "deleted_rows": []}
    return at.run()


def rows_of(at: AppTest) -> pd.DataFrame:
    return next(one.value for one in at.dataframe if "Row" in one.value and "What happens" not in one.value)


def test_samples_stand_beside_where_a_column_goes(person: Person, open_page: Open) -> None:
    at = open_page(draft=person.chooses(person.hands_in(), person.connects()).id)
    frame = next(one.value for one in at.dataframe if "Goes to" in one.value)
    assert list(frame.columns) == ["Import", "Column", "Goes to", "Sure?", "Samples", "Filled", "Why"]


@pytest.mark.parametrize(("columns", "open_at_once"), [(10, True), (11, False)])
def test_columns_left_out_are_named_at_once_where_they_are_few(
    person: Person, open_page: Open, columns: int, open_at_once: bool
) -> None:
    unknown = [f"Zq{number}" for number in range(columns)]
    text = ",".join(["Email", *unknown]) + "\nada@wide.example" + ",x" * columns + "\n"
    draft = person.previews(person.chooses(person.hands_in(text), person.connects(), RecordType.CONTACTS))
    told = {one.label: one.proto.expanded for one in open_page(draft=draft.id).expander}
    assert told[f"{columns} columns not imported"] is open_at_once


def test_written_records_carry_the_name_of_the_import_if_wished(person: Person, open_page: Open) -> None:
    connection = person.connects()
    draft = person.chooses(person.hands_in(), connection)
    assert not open_page(draft=draft.id).toggle, "this account has no fields for it"
    connect.add_fields(person.ctx, connection)
    looked_up.fields_of.clear()
    at = open_page(draft=draft.id)
    at.toggle[0].set_value(True).run()
    assert at.text_input(key=f"stamp-name-{draft.id}").value == "leads"
    at.text_input(key=f"stamp-name-{draft.id}").set_value("Spring fair").run()
    kept = import_drafts.load(person.ctx, draft.id)
    assert kept is not None
    assert kept.stamp == "Spring fair"
    assert open_page(draft=draft.id).toggle[0].value is True, "a reload keeps it"


def test_a_template_of_the_accounts_fields_stands_beside_the_upload(person: Person, open_page: Open) -> None:
    assert not open_page().expander, "no account yet: nobody knows its fields"
    person.connects()
    at = open_page()
    assert [one.label for one in at.expander] == ["Data that we expect"]


def test_a_country_written_as_a_code_is_read_by_its_name_and_sent_as_it_is(
    person: Person, open_page: Open
) -> None:
    text = "Email,Country\nada@birchworks.example,FR\ntom@okoro.example,Spain\n"
    draft = person.previews(person.chooses(person.hands_in(text), person.connects(), RecordType.CONTACTS))
    frame = next(one.value for one in open_page(draft=draft.id).dataframe if "New" in one.value)
    assert list(frame[frame["Column"] == "Country"]["New"]) == ["France (FR)", "Spain"]
    person.writes(draft.run_id)
    assert person.holds("ada@birchworks.example", "country") == "FR"


def test_the_time_that_the_limits_ask_for_is_not_told_as_all_of_it(person: Person, open_page: Open) -> None:
    draft = person.previews(person.chooses(person.hands_in(), person.connects()))
    told = all_texts(open_page(draft=draft.id))
    assert "The account's limits alone ask for" in told
    assert "HubSpot's answers and our own work come on top" in told
