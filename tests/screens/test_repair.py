"""Fix here and send again: rows that need a person or failed are corrected on the page, until none is left."""

from __future__ import annotations

import json
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from smartsync_core.model.mapping import Policy, RecordType
from smartsync_core.orchestrator.errors_file import write_errors
from tests.screens.conftest import LEADS, Open, Person, all_texts


def correct(at: AppTest, line: int, **cells: object) -> AppTest:
    """Change cells of a line of the table, the first being 0."""
    editor = at.data_editor[0]
    at.session_state[str(editor.key)] = {"edited_rows": {line: cells}, "added_rows": [], "deleted_rows": []}
    return at.run()


def numbers(at: AppTest) -> dict[str, str]:
    return {metric.label: str(metric.value) for metric in at.metric}


def options(at: AppTest, column: str) -> list[str]:
    """What the cells of that column of the table can be set to."""
    config = json.loads(at.data_editor[0].proto.columns)[column]["type_config"]
    assert config["type"] == "selectbox"
    return [one["value"] if isinstance(one, dict) else one for one in config["options"]]


def in_full(at: AppTest) -> list[str]:
    """What is said of each row of the table to correct."""
    (table,) = (one.value for one in at.table if list(one.value) == ["Row", "Why"])
    return list(table["Why"])


def test_rows_that_need_a_person_stand_with_their_reason_and_the_wrong_column_first(
    person: Person, open_page: Open
) -> None:
    at = open_page("history.py", run=person.imports())
    table = at.data_editor[0].value
    assert list(table["#row"]) == [4]
    assert "Not an e-mail address" in table["#why"][0]
    assert list(table.columns)[3] == "Email"
    assert "1 row did not land" in all_texts(at)


def test_where_no_row_could_land_as_it_stands_the_thing_to_do_is_to_correct(
    person: Person, open_page: Open
) -> None:
    at = open_page("history.py", run=person.imports())
    assert "cannot as it stands: correct the cells" in all_texts(at)
    assert at.button(key="send-none").disabled
    assert not [one for one in at.button if one.key == "send-again"]
    at = correct(at, 0, Email="ben@hartco.example")
    assert at.button(key="send-again").label == "Send 1 row again"


def test_what_hubspot_may_take_by_now_can_be_sent_as_it_is(person: Person, open_page: Open) -> None:
    text = "Email,Stage\ntom@okoro.example,Ice cold\n"
    draft = person.chooses(person.hands_in(text), person.connects(), RecordType.CONTACTS)
    draft = person.previews(replace(draft, chosen={"Stage": "contacts.lifecyclestage"}))
    person.writes(draft.run_id)
    at = open_page("history.py", run=draft.run_id)
    assert at.button(key="send-again").label == "Send this row again as it is"


def test_a_corrected_row_is_sent_again_in_the_same_import_until_none_is_left(
    person: Person, open_page: Open
) -> None:
    run_id = person.imports()
    at = correct(open_page("history.py", run=run_id), 0, Email="ben@hartco.example")
    button = at.button(key="send-again")
    assert button.label == "Send 1 row again"
    button.click().run()
    person.waits(run_id)
    at = open_page("history.py", run=run_id)
    assert (numbers(at)["Created"], numbers(at)["Needs you"]) == ("3", "0")
    assert not at.data_editor
    assert "Fix here" not in all_texts(at)
    assert person.twin.state()["contacts"] == 3


def test_a_row_that_stays_wrong_keeps_its_place_with_what_was_typed(person: Person, open_page: Open) -> None:
    run_id = person.imports()
    at = correct(open_page("history.py", run=run_id), 0, Email="still wrong")
    at.button(key="send-again").click().run()
    person.waits(run_id)
    at = open_page("history.py", run=run_id)
    assert list(at.data_editor[0].value["Email"]) == ["still wrong"]
    assert "still wrong" in in_full(at)[0]


def test_a_ticked_row_is_sent_as_it_stands(person: Person, open_page: Open) -> None:
    text = LEADS.replace("Tom,Okoro,tom@okoro.example", "Tom,Okoro,nobody")
    run_id = person.imports(text)
    at = correct(open_page("history.py", run=run_id), 1, **{"#send": True})
    assert at.button(key="send-again").label == "Send 1 row again"


def test_a_cell_of_a_closed_list_offers_what_hubspot_takes_and_the_choice_is_sent(
    person: Person, open_page: Open
) -> None:
    text = "Email,Stage\nada@birchworks.example,Lead\ntom@okoro.example,Ice cold\n"
    draft = person.chooses(person.hands_in(text), person.connects(), RecordType.CONTACTS)
    draft = person.previews(replace(draft, chosen={"Stage": "contacts.lifecyclestage"}))
    person.writes(draft.run_id)
    at = open_page("history.py", run=draft.run_id)
    offered = options(at, "Stage")
    assert {"Lead", "Customer"} <= set(offered)
    assert offered[-1] == "Ice cold"  # what stands there now, or the cell would look empty
    assert "Ice cold" in in_full(at)[0]
    at = correct(at, 0, Stage="Customer")
    at.button(key="send-again").click().run()
    person.waits(draft.run_id)
    assert numbers(open_page("history.py", run=draft.run_id))["Created"] == "2"
    assert person.holds("tom@okoro.example", "lifecyclestage") == "customer"


def test_a_row_that_changed_in_hubspot_shows_theirs_beside_ours(person: Person, open_page: Open) -> None:
    person.imports()
    changed = LEADS.replace("Ada,Birch", "Adeline,Birch")
    connection = person.ctx.connections.all()[0]
    draft = person.chooses(person.hands_in(changed, "again.csv"), connection)
    draft = person.previews(replace(draft, policy=Policy.OVERWRITE))
    person.edits("ada@birchworks.example", firstname="Adele")
    person.writes(draft.run_id)
    at = open_page("history.py", run=draft.run_id)
    theirs = next(one.value for one in at.table if "HubSpot holds now" in one.value)
    assert [list(line) for line in theirs.to_numpy()] == [["2", "First name", "Ada", "Adele", "Adeline"]]


def test_the_rows_can_be_corrected_in_a_spreadsheet_and_handed_in_again(
    person: Person, open_page: Open
) -> None:
    run_id = person.imports()
    at = open_page("history.py", run=run_id)
    assert [one.proto.label for one in at.get("download_button")] == [
        "Download rows to fix (Excel)",
        "Download rows to fix (CSV)",
        "Download this row (Excel)",
        "Download this row (CSV)",
        "Download everything (Excel)",
        "Download everything (CSV)",
        "Report for others (one file)",
        "Download these 13 values (Excel)",
        "Download these 13 values (CSV)",
    ]
    path = person.folder / "fixed.csv"
    write_errors(person.ctx, run_id, path)
    text = path.read_text(encoding="utf-8-sig").replace("not-an-email,", "ben@hartco.example,", 1)
    at.file_uploader[0].set_value(("fixed.csv", text.encode(), "text/csv")).run()
    at.button(key="send-file").click().run()
    person.waits(run_id)
    assert numbers(open_page("history.py", run=run_id))["Created"] == "3"


def test_a_reason_stands_beside_its_row_in_full(person: Person, open_page: Open) -> None:
    run_id = person.imports()
    tables = [one for one in open_page("history.py", run=run_id).dataframe if "#know" in one.value]
    assert list(tables[0].value)[:2] == ["Row", "#know"]
    longest = max(map(len, tables[0].value["#know"]))
    assert longest > 34, "it needs more than one line of its column"
    assert tables[0].proto.row_height >= 35 + 16 * (longest // 34)


def test_a_reason_stands_in_a_few_words_in_the_table_to_correct_and_in_full_beneath_it(
    person: Person, open_page: Open
) -> None:
    at = open_page("history.py", run=person.imports())
    assert list(at.data_editor[0].value["#why"]) == ["Not an e-mail address (Email)"]
    (why,) = in_full(at)
    assert "“not-an-email” is not an e-mail address." in why
    assert why.endswith("Correct it or empty the cell.")
