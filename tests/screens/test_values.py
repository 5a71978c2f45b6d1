"""The values step: what the account's lists do not know is asked once and remembered."""

from __future__ import annotations

from dataclasses import replace

from streamlit.testing.v1 import AppTest

from smartsync_core.model.mapping import RecordType
from smartsync_core.orchestrator import imports
from smartsync_core.orchestrator.imports import ImportDraft
from tests.screens.conftest import Open, Person, all_texts

PEOPLE = """Email,First name,Lead Status
ada@birchworks.example,Ada,New
tom@okoro.example,Tom,Conected
ben@hart.example,Ben,Ice Cubed
eva@hart.example,Eva,Ice Cubed
"""
STATUS = "contacts.hs_lead_status"


def at_values(person: Person, open_page: Open, text: str = PEOPLE) -> tuple[ImportDraft, AppTest]:
    known = next(iter(person.ctx.connections.all()), None) or person.connects()
    draft = person.chooses(person.hands_in(text), known, RecordType.CONTACTS)
    at = open_page(draft=draft.id)
    at.button(key="to-values").click().run()
    return draft, at


def confirms(at: AppTest, row: int, choice: str) -> AppTest:
    editor = at.data_editor[0]
    at.session_state[str(editor.key)] = {
        "edited_rows": {row: {"Becomes": choice}},
        "added_rows": [],
        "deleted_rows": [],
    }
    at.run()
    return at.button(key=f"confirm-{STATUS}").click().run()


def test_each_value_that_is_not_on_the_list_stands_once_with_its_rows(
    person: Person, open_page: Open
) -> None:
    _, at = at_values(person, open_page)
    table = at.data_editor[0].value.set_index("In the file")
    assert dict(table["Rows"]) == {"Ice Cubed": 2, "Conected": 1}
    assert table.loc["Conected", "Becomes"] == "Connected"
    assert dict(table["State"]) == {"Ice Cubed": "is not among its choices", "Conected": "suggested"}
    assert "2 values not settled" in all_texts(at)


def test_a_suggestion_counts_only_once_it_is_confirmed(person: Person, open_page: Open) -> None:
    draft, at = at_values(person, open_page)
    assert person.ctx.value_choices.of(draft.connection_id) == {}
    confirms(at, 0, "(leave it blank)")
    remembered = {STATUS: {"ice cubed": "", "conected": "CONNECTED"}}
    assert person.ctx.value_choices.of(draft.connection_id) == remembered
    assert "All settled" in all_texts(open_page(draft=draft.id))


def test_settled_values_reach_the_crm(person: Person, open_page: Open) -> None:
    draft, at = at_values(person, open_page)
    confirms(at, 0, "Open")
    now = imports.load(person.ctx, draft.id)
    assert now is not None
    person.writes(person.previews(now).run_id)
    assert person.holds("ben@hart.example", "hs_lead_status") == "OPEN"
    assert person.holds("tom@okoro.example", "hs_lead_status") == "CONNECTED"


def test_a_later_file_is_not_asked_about_what_was_said(person: Person, open_page: Open) -> None:
    _, at = at_values(person, open_page)
    confirms(at, 0, "Open")
    later = person.chooses(
        person.hands_in(PEOPLE.replace("Ben,", "Benno,"), "later.csv"),
        person.ctx.connections.all()[0],
        RecordType.CONTACTS,
    )
    at = open_page(draft=later.id)
    assert not [button for button in at.button if button.key == "to-values"]
    assert "3 columns will be imported, 0 will not" in all_texts(at)


def test_an_owner_who_is_unknown_is_asked_about_and_nobody_else_becomes_the_owner(
    person: Person, open_page: Open
) -> None:
    text = "Email,Contact owner\nada@birchworks.example,Nobody Known\n"
    _, at = at_values(person, open_page, text)
    table = at.data_editor[0].value
    assert list(table["State"]) == ["is no owner in the CRM"]
    assert list(table["Becomes"]) == [None]


def test_what_becomes_of_open_values_is_said_by_column(person: Person, open_page: Open) -> None:
    draft, at = at_values(person, open_page)
    assert "The whole column “Lead Status” is left out until you say what they mean." in all_texts(at)
    imports.save(person.ctx, replace(draft, chosen={"Lead Status": STATUS}, step="values"))
    assert "Rows with such a value in “Lead Status” will need you" in all_texts(open_page(draft=draft.id))


def test_a_column_called_like_its_field_is_named_once(person: Person, open_page: Open) -> None:
    _, at = at_values(person, open_page)
    assert [one.value for one in at.subheader] == ["Lead Status"]
