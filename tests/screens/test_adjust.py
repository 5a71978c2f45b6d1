"""The steps of a column, on the screen where columns are matched."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from streamlit.testing.v1 import AppTest

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.mapping import FieldMapping, Policy, RecordType, Step, Target
from smartsync_core.orchestrator import accounts, field_mappings, import_drafts
from smartsync_core.orchestrator.import_drafts import ImportDraft
from tests.screens.conftest import Open, Person, all_texts

PEOPLE = """Email,First name,Phone,Country
ada@birchworks.example,ADA,020 7946 0011,
tom@okoro.example,tom,030 123456,Germany
"""


def opened(person: Person, open_page: Open, column: str) -> tuple[ImportDraft, AppTest]:
    draft = person.chooses(person.hands_in(PEOPLE), person.connects(), RecordType.CONTACTS)
    at = open_page(draft=draft.id)
    at.selectbox(key=f"adjust-{draft.id}").set_value(column).run()
    return draft, at


def adds(at: AppTest, draft: ImportDraft, column: str, step: str, place: int = 0, **options: str) -> AppTest:
    key = f"{draft.id}-{column}-{place}"
    at.selectbox(key=f"step-{key}").set_value(step).run()
    for name, value in options.items():
        at.text_input(key=f"option-{key}-{step}-{name}").set_value(value).run()
    return at


def rows(at: AppTest) -> pd.DataFrame:
    return next(one.value for one in at.dataframe if "In the file" in one.value)


def kept(person: Person, draft: ImportDraft) -> ImportDraft:
    now = import_drafts.load(person.ctx, draft.id)
    assert now is not None
    return now


def test_a_step_is_shown_on_real_rows_before_it_is_added(person: Person, open_page: Open) -> None:
    draft, at = opened(person, open_page, "First name")
    assert list(rows(at)["Goes to HubSpot as"]) == ["ADA", "tom"]
    adds(at, draft, "First name", "proper_name")
    assert list(rows(at)["Goes to HubSpot as"]) == ["Ada", "Tom"]
    assert not kept(person, draft).steps
    at.button(key=f"step-add-{draft.id}").click().run()
    assert kept(person, draft).steps == {"First name": (Step(name="proper_name"),)}
    assert "1. **Proper names**" in all_texts(at)


def test_a_blank_cell_empties_a_field_only_where_its_switch_says_so_and_its_number_is_typed(
    person: Person, open_page: Open
) -> None:
    person.imports(PEOPLE.replace("ada@", "eda@"), "before.csv", RecordType.CONTACTS)
    file = "Email,First name,Phone\neda@birchworks.example,ADA,\numa@okoro.example,UMA,030 123456\n"
    draft = person.chooses(person.hands_in(file), person.connects(), RecordType.CONTACTS)
    at = open_page(draft=draft.id)
    at.selectbox(key=f"adjust-{draft.id}").set_value("Email").run()
    assert not [toggle for toggle in at.toggle if "Empty this field" in toggle.label]
    at.selectbox(key=f"adjust-{draft.id}").set_value("Phone").run()
    at.toggle(key=f"adjust-empty-{draft.id}-contacts.phone").set_value(True).run()
    previewed = person.previews(kept(person, draft))
    at = open_page(draft=draft.id)
    assert at.button(key="write").disabled
    assert any("1 value would be emptied" in str(box.label) for box in at.text_input)
    person.writes(previewed.run_id)
    assert not person.holds("eda@birchworks.example", "phone")


def test_added_steps_reach_the_crm(person: Person, open_page: Open) -> None:
    draft, at = opened(person, open_page, "First name")
    adds(at, draft, "First name", "proper_name").button(key=f"step-add-{draft.id}").click().run()
    person.writes(person.previews(kept(person, draft)).run_id)
    assert person.holds("ada@birchworks.example", "firstname") == "Ada"


def test_a_step_that_looks_into_another_column_says_what_becomes_of_each_row(
    person: Person, open_page: Open
) -> None:
    draft, at = opened(person, open_page, "Phone")
    adds(at, draft, "Phone", "phone", country="{Country}")
    assert list(rows(at)["After the steps"]) == ["020 7946 0011", "+4930123456"]
    assert "it is sent as typed" in rows(at)["Note"][0]


def test_a_step_that_does_not_stand_is_said_and_not_kept(person: Person, open_page: Open) -> None:
    draft, at = opened(person, open_page, "Phone")
    adds(at, draft, "Phone", "pattern_take", find="(")
    assert "is not a pattern" in all_texts(at)
    assert not [button for button in at.button if button.key == f"step-add-{draft.id}"]
    assert not kept(person, draft).steps


def test_steps_can_be_moved_and_taken_away(person: Person, open_page: Open) -> None:
    draft, at = opened(person, open_page, "First name")
    adds(at, draft, "First name", "trim").button(key=f"step-add-{draft.id}").click().run()
    adds(at, draft, "First name", "case", place=1).button(key=f"step-add-{draft.id}").click().run()
    at.button(key="step-up-1").click().run()
    assert [step.name for step in kept(person, draft).steps["First name"]] == ["case", "trim"]
    at.button(key="step-out-0").click().run()
    at.button(key="step-out-0").click().run()
    assert not kept(person, draft).steps


def test_a_field_can_have_a_rule_of_its_own_for_records_that_are_there(
    person: Person, open_page: Open
) -> None:
    draft, at = opened(person, open_page, "Phone")
    at.selectbox(key=f"adjust-policy-{draft.id}-contacts.phone").set_value("never").run()
    assert kept(person, draft).policies == {"contacts.phone": Policy.NEVER}


def test_a_reload_finds_the_same_column_open(person: Person, open_page: Open) -> None:
    draft, at = opened(person, open_page, "Phone")
    at.selectbox(key=f"adjust-policy-{draft.id}-contacts.phone").set_value("never").run()
    assert at.query_params["column"] == "Phone"
    assert open_page(draft=draft.id, column="Phone").selectbox(key=f"adjust-{draft.id}").value == "Phone"
    at.button(key="preview").click().run()
    assert "column" not in at.query_params


def test_a_column_can_go_to_one_more_field_with_steps_of_its_own(person: Person, open_page: Open) -> None:
    draft, at = opened(person, open_page, "Country")
    at.selectbox(key=f"further-{draft.id}-Country-0").set_value("contacts.hs_country_region_code").run()
    assert kept(person, draft).copies == {"Country (2)": "Country"}
    at.selectbox(key=f"adjust-{draft.id}").set_value("Country (2)").run()
    adds(at, draft, "Country (2)", "replace", find="Germany", by="DE").button(
        key=f"step-add-{draft.id}"
    ).click().run()
    person.writes(person.previews(kept(person, draft)).run_id)
    assert person.holds("tom@okoro.example", "country") == "Germany"
    assert person.holds("tom@okoro.example", "hs_country_region_code") == "DE"


def test_a_further_use_can_be_taken_away_again(person: Person, open_page: Open) -> None:
    draft, at = opened(person, open_page, "Country")
    at.selectbox(key=f"further-{draft.id}-Country-0").set_value("contacts.city").run()
    at.selectbox(key=f"adjust-{draft.id}").set_value("Country (2)").run()
    at.button(key=f"further-out-{draft.id}").click().run()
    assert (kept(person, draft).copies, kept(person, draft).chosen) == ({}, {})


def test_two_columns_that_want_one_field_are_said_with_what_to_do(person: Person, open_page: Open) -> None:
    draft, at = opened(person, open_page, "Country")
    at.selectbox(key=f"further-{draft.id}-Country-0").set_value("contacts.phone").run()
    assert "“Country (2)” and “Phone” both go to Contact · Phone Number" in all_texts(at)


def test_steps_of_the_account_can_be_taken_away_for_one_import(person: Person, open_page: Open) -> None:
    account = person.connects()
    target = Target(object=ObjectName.CONTACTS, property="firstname")
    proper = FieldMapping(source="First name", target=target, steps=(Step(name="proper_name"),))
    fields = accounts.fields_of(person.ctx, account)
    field_mappings.save(person.ctx, account.id, ObjectName.CONTACTS, [proper], fields)
    draft = person.chooses(person.hands_in(PEOPLE), account, RecordType.CONTACTS)
    at = open_page(draft=draft.id)
    at.selectbox(key=f"adjust-{draft.id}").set_value("First name").run()
    assert list(rows(at)["Goes to HubSpot as"]) == ["Ada", "Tom"]
    at.button(key="step-out-0").click().run()
    assert list(rows(at)["Goes to HubSpot as"]) == ["ADA", "tom"]


def test_what_was_chosen_for_a_header_is_sure_in_the_next_file(person: Person, open_page: Open) -> None:
    may = person.chooses(
        person.hands_in("Email,Qualif.\na@x.example,CTO\n"), person.connects(), RecordType.CONTACTS
    )
    person.previews(import_drafts.save(person.ctx, replace(may, chosen={"Qualif.": "contacts.jobtitle"})))
    account = person.ctx.connections.get(may.connection_id)
    june = person.chooses(person.hands_in("Email,qualif\nb@x.example,CIO\n"), account, RecordType.CONTACTS)
    table = open_page(draft=june.id).data_editor[0].value.set_index("Column")
    assert list(table.loc["qualif", ["Import", "Sure?"]]) == [True, ["sure"]]
    assert table.loc["qualif", "Why"] == "You chose Job Title for “qualif” before."


def test_a_field_of_several_choices_can_be_added_to_or_taken_from(person: Person, open_page: Open) -> None:
    rows = "Email,Buying role\nada@birchworks.example,Champion\n"
    draft = person.chooses(person.hands_in(rows), person.connects(), RecordType.CONTACTS)
    at = open_page(draft=draft.id, column="Buying role")
    policy = at.selectbox(key=f"adjust-policy-{draft.id}-contacts.hs_buying_role")
    assert policy.options[-2:] == [
        "Add my choices to those that are there",
        "Take my choices away from those that are there",
    ]
    policy.set_value("add").run()
    assert kept(person, draft).policies == {"contacts.hs_buying_role": Policy.ADD}
