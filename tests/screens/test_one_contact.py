"""One contact typed in: an import of one row, previewed before anything is written."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from pages.blocks import services
from smartsync_core.model.automation import Extra
from smartsync_core.model.mapping import Certainty
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import imports, practice
from tests.screens.conftest import Open, Person, all_texts


def typed(at: AppTest, **values: str) -> AppTest:
    for name, value in values.items():
        at.text_input(key=f"one-{name}").set_value(value)
    return at.button(key="FormSubmitter:one-contact-Preview").click().run()


def test_without_an_account_it_offers_the_practice_account(person: Person, open_page: Open) -> None:
    at = open_page(of="contact")
    assert "A contact goes into an account" in all_texts(at)
    assert at.button(key="one-practice").label == "Start the practice account"


def test_a_typed_contact_is_previewed_written_and_checked(person: Person, open_page: Open) -> None:
    connection = person.connects()
    at = typed(open_page(of="contact"), email="zoe@typed.example", firstName="Zoe", company="Typed Ltd")
    assert not at.exception
    run = person.ctx.runs.recent(1)[0]
    assert (run.integration_id, run.row_count, run.approved_at) == (connection.id, 1, None)
    assert at.query_params["run"] == run.id
    person.waits(run.id)
    told = all_texts(open_page(run=run.id))
    assert "Contacts: 1 new · Companies: 1 new" in told
    assert "What else will happen" in told, "a score, a task or an owner can be ticked as for a file"
    assert person.writes(run.id).state is RunState.DONE
    assert person.holds("zoe@typed.example", "firstname") == "Zoe"
    rows = open_page(run=run.id).dataframe[0].value
    assert {"E-mail", "First name", "Company"} <= set(rows.columns), "in the words of the form"
    assert "Checked in HubSpot" in all_texts(open_page(run=run.id))


def test_every_field_of_the_form_goes_somewhere_for_sure(person: Person, open_page: Open) -> None:
    person.connects()
    values = {
        "email": "zia@typed.example",
        "firstName": "Zia",
        "lastName": "Typed",
        "title": "Head of Sales",
        "phone": "+44 20 7946 0031",
        "company": "Typed Ltd",
        "website": "https://typed.example/about",
    }
    typed(open_page(of="contact"), **values)
    run = person.writes(person.waits(person.ctx.runs.recent(1)[0].id).id)
    assert [column.certainty for column in run.options.columns] == [Certainty.SURE] * len(values)
    assert person.holds("zia@typed.example", "jobtitle") == "Head of Sales"
    form = open_page(of="contact", like=run.id)
    assert {one.key: one.value for one in form.text_input} == {
        f"one-{name}": text for name, text in values.items()
    }


def test_an_empty_form_is_one_sentence_and_no_import(person: Person, open_page: Open) -> None:
    person.connects()
    at = typed(open_page(of="contact"))
    assert "Give it at least a name, or an e-mail address" in all_texts(at)
    assert person.ctx.runs.recent(1) == []


def test_the_tab_stands_in_the_address(person: Person, open_page: Open) -> None:
    at = open_page()
    at.segmented_control(key="by-of").set_value("contact").run()
    assert at.query_params["of"] == "contact"


def test_what_was_typed_wrong_is_corrected_in_the_form_as_it_was_typed(
    person: Person, open_page: Open
) -> None:
    connection = person.connects()
    typed(open_page(of="contact"), email="zoe at typed.example", firstName="Zoe", company="Typed Ltd")
    run = person.waits(person.ctx.runs.recent(1)[0].id)
    at = open_page(run=run.id)
    told = all_texts(at)
    assert "**1 row would need you** and would not be written." in told
    assert "The others" not in told, "there is none"
    at.button(key="preview-back").click().run()
    assert (at.query_params["of"], at.query_params["like"]) == ("contact", run.id)
    filled = {one.key: one.value for one in at.text_input if one.value}
    assert filled == {
        "one-email": "zoe at typed.example",
        "one-firstName": "Zoe",
        "one-company": "Typed Ltd",
    }
    assert at.selectbox(key="one-account").value == connection
    typed(at, email="zoe@again.example")
    again = person.waits(person.ctx.runs.recent(1)[0].id)
    assert person.writes(again.id).state is RunState.DONE
    assert person.holds("zoe@again.example", "firstname") == "Zoe"
    onward = open_page(run=again.id).button(key="another")
    assert onward.label == "Another contact"


def test_whom_nobody_may_touch_is_not_said_to_be_there_already(person: Person, open_page: Open) -> None:
    person.connects()
    person.ctx.suppressions.add("domain", ["untouched.example"])
    typed(open_page(of="contact"), email="una@untouched.example")
    run = person.waits(person.ctx.runs.recent(1)[0].id)
    told = all_texts(open_page(run=run.id))
    assert "There is nothing to write: 1 row would be left out." in told
    assert "holds all of this already" not in told


def test_no_file_is_spoken_of_where_there_is_none(person: Person, open_page: Open) -> None:
    practised = practice.practice_connection(person.ctx)
    person.connects()
    at = open_page(of="contact")
    assert at.radio(key="one-policy").options == ["Fill only what is empty", "Replace with what I type"]
    at.selectbox(key="one-account").set_value(practised)
    typed(at, firstName="Nora", lastName="Nomail")
    run = person.waits(person.ctx.runs.recent(1)[0].id)
    told = all_texts(open_page(run=run.id))
    assert "Nothing recognises this contact again" in told
    assert "Give its e-mail address." in told
    assert "what you typed" in told
    assert "file" not in told.casefold()


def test_a_record_of_a_program_stays_one_when_a_person_previews_it_again(
    person: Person, open_page: Open
) -> None:
    connection, smartsync = person.connects(), services.application().orchestrator
    result = smartsync.sync_contact(connection.id, {"email": "not an address", "first_name": "Ned"})
    again = person.waits(imports.again(person.ctx, result.run_id, frozenset({Extra.SCORES})))
    at = open_page(run=again.id)
    assert "preview-back" not in [button.key for button in at.button]
    form = open_page(of="contact", like=again.id)
    assert [one.value for one in form.text_input if one.value] == []
    assert "not a contact that was typed" in all_texts(form)


def test_a_typed_contact_stays_one_when_it_is_previewed_with_other_ticks(
    person: Person, open_page: Open
) -> None:
    person.connects()
    typed(open_page(of="contact"), email="tia@typed.example", company="Typed Ltd")
    run = person.waits(person.ctx.runs.recent(1)[0].id)
    again = person.waits(imports.again(person.ctx, run.id, frozenset({Extra.SCORES})))
    at = open_page(run=again.id).button(key="preview-back").click().run()
    typed(at, firstName="Tia")
    changed = person.waits(person.ctx.runs.recent(1)[0].id)
    assert (changed.id != again.id, changed.options.extras) == (
        True,
        frozenset({Extra.SCORES}),
    ), "what was ticked stays"


def test_a_form_like_the_import_of_a_file_is_empty_and_says_so(person: Person, open_page: Open) -> None:
    run_id = person.imports()
    at = open_page(of="contact", like=run_id)
    assert not at.exception
    assert [one.value for one in at.text_input if one.value] == []
    assert "not a contact that was typed" in all_texts(at)


def test_a_form_like_an_import_that_does_not_exist_is_empty_and_says_so(
    person: Person, open_page: Open
) -> None:
    person.connects()
    at = open_page(of="contact", like="0123456789ab")
    assert not at.exception
    assert [one.value for one in at.text_input if one.value] == []
    assert at.error
