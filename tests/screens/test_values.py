"""The values step: what the account's lists do not know is asked once and remembered."""

from __future__ import annotations

from dataclasses import replace

from streamlit.testing.v1 import AppTest

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.mapping import RecordType
from smartsync_core.orchestrator import accounts, import_drafts
from smartsync_core.orchestrator.import_drafts import ImportDraft
from tests.screens.conftest import ALL_SCOPES, Open, Person, all_texts

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
    now = import_drafts.load(person.ctx, draft.id)
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
    import_drafts.save(person.ctx, replace(draft, chosen={"Lead Status": STATUS}, step="values"))
    assert "Rows with such a value in “Lead Status” will need you" in all_texts(open_page(draft=draft.id))


def test_a_column_called_like_its_field_is_named_once(person: Person, open_page: Open) -> None:
    _, at = at_values(person, open_page)
    assert [one.value for one in at.subheader] == ["Lead Status"]


def test_a_value_becomes_a_choice_of_the_account_only_after_it_was_seen_and_agreed_to(
    person: Person, open_page: Open
) -> None:
    draft, at = at_values(person, open_page)
    fields = accounts.fields_of(person.ctx, person.ctx.connections.get(draft.connection_id))
    before = fields.schema(ObjectName.CONTACTS).fields["hs_lead_status"].options
    at.multiselect(key=f"choices-{STATUS}").set_value(["Ice Cubed"]).run()
    said = all_texts(at)
    assert "This would be added to Contact · Lead Status in HubSpot Europe:" in said
    assert "- “Ice Cubed” (2 rows)" in said
    again = accounts.fields_of(person.ctx, person.ctx.connections.get(draft.connection_id))
    assert again.schema(ObjectName.CONTACTS).fields["hs_lead_status"].options == before
    at.button(key=f"choices-add-{STATUS}").click().run()
    assert "1 choice added to Contact · Lead Status in HubSpot Europe." in all_texts(at)
    assert list(at.data_editor[0].value["In the file"]) == ["Conected"]
    (entry,) = [one for one in person.ctx.audit.recent(5) if one["what"] == "choices.added"]
    assert entry["details"] == {"field": STATUS, "choices": ["Ice Cubed"]}
    confirms(at, 0, "Connected")
    begun = import_drafts.load(person.ctx, draft.id)
    assert begun is not None
    person.writes(person.previews(begun).run_id)
    assert person.holds("eva@hart.example", "hs_lead_status") == "Ice Cubed"


def test_a_list_that_is_kept_elsewhere_takes_no_choice(person: Person, open_page: Open) -> None:
    rows = "Email,Lifecycle Stage\nada@birchworks.example,Dreamer\n"
    _, at = at_values(person, open_page, rows)
    assert not at.multiselect


def test_a_key_that_may_add_no_choices_is_told_so_and_nothing_is_added(
    person: Person, open_page: Open
) -> None:
    scopes = [scope for scope in ALL_SCOPES if not scope.startswith("crm.schemas") or scope.endswith("read")]
    person.twin.control("PUT", "tokens", {"pat-no-schemas": {"scopes": scopes}})
    person.connects(token="pat-no-schemas")
    _, at = at_values(person, open_page)
    at.multiselect(key=f"choices-{STATUS}").set_value(["Ice Cubed"]).run()
    at.button(key=f"choices-add-{STATUS}").click().run()
    assert at.error, "HubSpot's refusal is told"
    assert len(at.data_editor[0].value) == 2
