"""One contact typed in: an import of one row, previewed before anything is written."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from smartsync_core.model.run import RunState
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
    assert "Checked in HubSpot" in all_texts(open_page(run=run.id))


def test_an_empty_form_is_one_sentence_and_no_import(person: Person, open_page: Open) -> None:
    person.connects()
    at = typed(open_page(of="contact"))
    assert "Give it at least a name, or an e-mail address" in all_texts(at)
    assert person.ctx.runs.recent(1) == []


def test_the_tab_stands_in_the_address(person: Person, open_page: Open) -> None:
    at = open_page()
    at.segmented_control(key="by-of").set_value("contact").run()
    assert at.query_params["of"] == "contact"
