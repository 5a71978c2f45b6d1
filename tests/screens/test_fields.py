"""Fields and columns: where columns of an account always go, on a screen of their own."""

from __future__ import annotations

import json
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.mapping import FieldMapping, Policy, RecordType, Step, Target
from smartsync_core.orchestrator import accounts, field_mappings, import_drafts
from tests.screens.conftest import Open, Person, all_texts
from tests.twin_process import CLIENT

CONTACTS = ObjectName.CONTACTS


def to(source: str, name: str, **more: object) -> FieldMapping:
    return FieldMapping(source=source, target=Target(object=CONTACTS, property=name), **more)  # type: ignore[arg-type]


def keeps(person: Person, *mappings: FieldMapping) -> str:
    """The id of the account that has them now."""
    account = person.connects()
    fields = accounts.fields_of(person.ctx, account)
    field_mappings.save(person.ctx, account.id, CONTACTS, list(mappings), fields)
    return account.id


def edits(
    at: AppTest, edited: dict[int, dict[str, str]], added: list[dict[str, str]], deleted: list[int]
) -> AppTest:
    editor = at.data_editor[0]
    at.session_state[str(editor.key)] = {
        "edited_rows": edited,
        "added_rows": added,
        "deleted_rows": deleted,
    }
    return at.run()


def test_without_an_account_it_says_where_one_comes_from(person: Person, open_page: Open) -> None:
    assert "No account is connected yet" in all_texts(open_page("fields.py"))


def test_a_change_is_said_before_it_is_saved_as_a_version(person: Person, open_page: Open) -> None:
    account = keeps(person, to("Ort", "city"), to("Rolle", "jobtitle", steps=(Step(name="trim"),)))
    at = edits(
        open_page("fields.py", account=account),
        {1: {"A blank cell becomes": "N/N", "Records that are there already": "Replace with my file"}},
        [{"Column": "Land", "Goes to": "Country/Region"}],
        [0],
    )
    said = all_texts(at).replace("\\", "")
    assert "Added: “Land” → Country/Region (as it stands)" in said
    assert "Taken out: “Ort” → City" in said
    assert "before: Trim spaces" in said
    at.button(key="standing-save").click().run()
    assert "Saved as version 2." in all_texts(at)
    assert person.ctx.field_mappings.of(account, CONTACTS) == [
        to("Land", "country"),
        to("Rolle", "jobtitle", steps=(Step(name="trim"),), policy=Policy.OVERWRITE, default="N/N"),
    ]


def test_what_stands_in_the_table_can_be_chosen_in_it(person: Person, open_page: Open) -> None:
    account = keeps(person, to("Rolle", "hs_buying_role", policy=Policy.ADD), to("Ort", "city"))
    editor = open_page("fields.py", account=account).data_editor[0]
    config = json.loads(editor.proto.columns)
    for column in ("Goes to", "Records that are there already"):
        choices = [
            one["value"] if isinstance(one, dict) else one for one in config[column]["type_config"]["options"]
        ]
        assert set(editor.value[column]) <= set(choices)


def test_half_a_line_and_what_does_not_fit_are_said_and_not_saved(person: Person, open_page: Open) -> None:
    account = keeps(person, to("Ort", "city"))
    at = edits(open_page("fields.py", account=account), {}, [{"Column": "Land"}], [])
    assert "A line lacks its field." in all_texts(at)
    assert not [button for button in at.button if button.key == "standing-save"]
    at = edits(at, {0: {"Goes to": "Lead Status", "A blank cell becomes": "Ice cubed"}}, [], [])
    at.button(key="standing-save").click().run()
    assert "“Ort”\\: The value for blank cells does not fit." in all_texts(at)
    assert person.ctx.field_mappings.of(account, CONTACTS) == [to("Ort", "city")]


def test_a_step_is_seen_on_rows_of_the_last_file_before_it_is_added(person: Person, open_page: Open) -> None:
    account = keeps(person, to("Rolle", "jobtitle"))
    person.previews(
        person.chooses(
            person.hands_in("Email,Rolle\nada@x.example,CTO\n", "may.csv"),
            person.ctx.connections.get(account),
            RecordType.CONTACTS,
        )
    )
    at = open_page("fields.py", account=account)
    at.selectbox(key=f"standing-adjust-{account}-contacts").set_value(0).run()
    assert "Rows of may.csv" in all_texts(at)
    key = f"standing-{account}-contacts-0-0"
    at.selectbox(key=f"step-{key}").set_value("case").run()
    at.selectbox(key=f"option-{key}-case-to").set_value("lower").run()
    rows = next(one.value for one in at.dataframe if "In the file" in one.value)
    assert list(rows["Goes to HubSpot as"]) == ["cto"]
    at.button(key="standing-step-add").click().run()
    kept = person.ctx.field_mappings.of(account, CONTACTS)
    assert kept == [to("Rolle", "jobtitle", steps=(Step(name="case", options={"to": "lower"}),))]


def test_an_earlier_version_comes_back_as_a_new_one(person: Person, open_page: Open) -> None:
    account = keeps(person, to("Ort", "city"))
    keeps(person, to("Ort", "state"))
    at = open_page("fields.py", account=account)
    assert "Versions (2)" in [one.label for one in at.expander]
    at.button(key="standing-back-1").click().run()
    assert person.ctx.field_mappings.of(account, CONTACTS) == [to("Ort", "city")]
    assert "Saved as version 3." in all_texts(at)


def test_a_field_that_vanished_and_one_that_two_columns_want_are_said(
    person: Person, open_page: Open
) -> None:
    body = {"name": "shoe_size", "label": "Shoe size", "type": "string", "fieldType": "text"}
    address = f"{person.twin.url}/crm/v3/properties/contacts"
    made = CLIENT.post(address, json=body | {"groupName": "contactinformation"}, headers=person.twin.headers)
    made.raise_for_status()
    account = keeps(person, to("Shoe", "shoe_size"), to("Ort", "city"), to("Stadt", "city"))
    CLIENT.delete(f"{address}/shoe_size", headers=person.twin.headers).raise_for_status()
    said = all_texts(open_page("fields.py", account=account)).replace("\\", "")
    assert "“Shoe”: The account no longer has a field “shoe_size”" in said
    assert "“Ort” and “Stadt” both go to City" in said
    draft = person.chooses(
        person.hands_in("Email,Shoe\nada@x.example,7\n"),
        person.ctx.connections.get(account),
        RecordType.CONTACTS,
    )
    at = open_page(draft=draft.id)
    assert "“Shoe” was to go to “shoe\\_size”. This account has no such field." in all_texts(at)
    assert at.data_editor[0].value.set_index("Column").loc["Shoe", "Import"] == False  # noqa: E712 - numpy's


def test_columns_of_an_import_are_kept_for_every_import(person: Person, open_page: Open) -> None:
    account = person.connects()
    may = person.chooses(person.hands_in("Email,Qualif.\nada@x.example,CTO\n"), account, RecordType.CONTACTS)
    may = import_drafts.save(person.ctx, replace(may, chosen={"Qualif.": "contacts.jobtitle"}))
    open_page(draft=may.id).button(key="standing-keep").click().run()
    assert person.ctx.field_mappings.of(account.id, CONTACTS) == [
        to("Email", "email"),
        to("Qualif.", "jobtitle"),
    ]
    june = person.chooses(person.hands_in("E-mail,QUALIF\nb@x.example,CIO\n"), account, RecordType.CONTACTS)
    table = open_page(draft=june.id).data_editor[0].value.set_index("Column")
    assert table.loc["QUALIF", "Import"]
    assert table.loc["QUALIF", "Why"] == "This account sends “Qualif.” to Job Title (contacts.jobtitle)."
