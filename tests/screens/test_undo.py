"""Undo of an import: previewed, written, checked, listed; and what was written is read again at any time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from streamlit.testing.v1 import AppTest

from pages.blocks import words
from smartsync_core.errors import BadInput
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import late_check, past
from smartsync_core.orchestrator.repair import retry
from smartsync_core.orchestrator.undo import start_undo
from tests.screens.conftest import Open, Person, all_texts
from tests.screens.test_repair import numbers

_PATIENCE_S = 60


def test_an_undo_begins_on_the_import_and_is_previewed_first(person: Person, open_page: Open) -> None:
    run_id = person.imports()
    before = person.twin.control("GET", "revision")
    open_page("history.py", run=run_id).button(key="undo").click().run()
    undo = person.ctx.runs.undos([run_id])[0]
    person.waits(undo.id)
    at = open_page("history.py", run=undo.id)
    assert "Contacts: 2 moved to the recycle bin · Companies: 2 moved to the recycle bin" in all_texts(at)
    assert "What would become of all 2 rows that wrote something." in all_texts(at)
    assert "cannot be taken back" in all_texts(at)
    assert at.button(key="write-undo").label == "Undo 2 contacts and 2 companies"
    assert person.twin.control("GET", "revision") == before


def test_a_second_tab_that_asks_again_is_told_in_words_without_our_ids(
    person: Person, open_page: Open
) -> None:
    run_id = person.imports()
    late = open_page("history.py", run=run_id)
    person.undoes(run_id)
    with pytest.raises(BadInput) as refused:
        start_undo(person.ctx, run_id)
    assert refused.value.message == "The import of leads.csv was taken back already."
    late.button(key="undo").click().run()
    assert run_id not in all_texts(late)


def test_what_somebody_changed_since_is_kept_and_the_preview_says_why(
    person: Person, open_page: Open
) -> None:
    run_id = person.imports()
    person.edits("tom@okoro.example", jobtitle="Director")
    undo_id = person.waits(start_undo(person.ctx, run_id)).id
    at = open_page("history.py", run=undo_id)
    assert "Kept, and why" in all_texts(at)
    assert "somebody filled in" in str(at.table[0].value)
    assert "Contacts: 1 moved to the recycle bin" in all_texts(at)


def test_a_value_that_somebody_replaced_is_named_among_what_is_kept(person: Person, open_page: Open) -> None:
    run_id = person.imports()
    person.edits("tom@okoro.example", firstname="Thomas")
    undo_id = person.waits(start_undo(person.ctx, run_id)).id
    at = open_page("history.py", run=undo_id)
    assert "We wrote “Tom”, it holds “Thomas” now." in str(at.table[0].value).replace("\\", "")


def test_an_undo_that_is_written_is_checked_and_marks_its_import(person: Person, open_page: Open) -> None:
    run_id = person.imports()
    undo_id = person.waits(start_undo(person.ctx, run_id)).id
    open_page("history.py", run=undo_id).button(key="write-undo").click().run()
    person.waits(undo_id)
    at = open_page("history.py", run=undo_id)
    assert "Checked in HubSpot" in all_texts(at)
    assert numbers(at)["Put back"] != "0"
    assert person.twin.state()["contacts"] == 0
    listed = all_texts(open_page("history.py"))
    assert "Undo of **leads.csv**" in listed
    assert ":orange-badge[Undone]" in listed
    at = open_page("history.py", run=run_id)
    assert "Undone" in all_texts(at)
    assert not [one for one in at.button if one.key in ("undo", "send-again")]


def test_only_what_was_created_can_be_taken_back(person: Person, open_page: Open) -> None:
    run_id = person.imports()
    at = open_page("history.py", run=run_id)
    at.radio(key=f"undo-part-{run_id}").set_value("created").run()
    at.button(key="undo").click().run()
    undo = person.ctx.runs.undos([run_id])[0]
    assert undo.part == {"only": "created"}
    person.waits(undo.id)
    assert "only the records that it created" in all_texts(open_page("history.py", run=undo.id))


def test_an_undone_import_can_be_previewed_again(person: Person, open_page: Open) -> None:
    run_id = person.imports()
    person.undoes(run_id)
    open_page("history.py", run=run_id).button(key="redo").click().run()
    newest = person.ctx.runs.recent(1)[0]
    assert newest.kind == "import"
    assert newest.id != run_id
    assert person.waits(newest.id).predicted["created"] == 2


def test_a_large_undo_wants_its_number_typed(person: Person, open_page: Open) -> None:
    text = "Email\n" + "".join(f"p{number}@big.example\n" for number in range(501))
    run_id = person.imports(text, record_type=RecordType.CONTACTS)
    undo_id = person.waits(start_undo(person.ctx, run_id)).id
    at = open_page("history.py", run=undo_id)
    assert at.button(key="write-undo").disabled
    at.text_input(key=f"typed-{undo_id}").set_value("501").run()
    assert not at.button(key="write-undo").disabled


def test_check_again_says_what_holds_and_what_somebody_changed(person: Person, open_page: Open) -> None:
    run_id = person.imports()
    person.edits("tom@okoro.example", firstname="Thomas")
    at = open_page("history.py", run=run_id).button(key="check-again").click().run()
    told = all_texts(at)
    assert "Checked again" in told
    assert "1 changed since, 0 gone" in told
    found = next(one.value for one in at.dataframe if "What was found" in one.value)
    assert list(found["Column"]) == ["First name"]
    assert "“Tom”" in found["What was found"][0]
    assert "“Thomas”" in found["What was found"][0]
    assert "What was found" in str([list(one.value) for one in open_page("history.py", run=run_id).dataframe])


def test_new_companies_are_said_to_be_looked_at_once_more(person: Person, open_page: Open) -> None:
    assert "Late check pending" in all_texts(open_page("history.py", run=person.imports()))


def test_a_row_leads_to_the_change_history_of_its_record(person: Person, open_page: Open) -> None:
    run_id = person.imports()
    at = open_page("history.py", run=run_id)
    at.segmented_control(key=f"rows-outcome-{run_id}-True").set_value("created").run()
    rows = next(one.value for one in at.dataframe if "Change history" in one.value)
    address = str(rows["Change history"][0])
    assert address.startswith(f"/history?run={run_id}&record=contacts%3A")
    at = open_page("history.py", run=run_id, record=address.rpartition("record=")[2].replace("%3A", ":"))
    assert "Change history of contact" in all_texts(at)
    history = at.dataframe[0].value.set_index("Field")
    assert history.loc["Email", "After"] == "ada@birchworks.example"
    assert history.loc["Email", "Checked in HubSpot"] == "As sent"


def test_a_record_that_is_none_is_one_sentence(person: Person, open_page: Open) -> None:
    at = open_page("history.py", run=person.imports(), record="nothing")
    assert "There is no record nothing" in all_texts(at)
    assert not at.exception


def test_a_late_check_is_told_by_the_clock_of_the_person(
    person: Person, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "_zone", lambda: timezone(timedelta(hours=9)))
    monkeypatch.setattr(late_check, "_WAIT", timedelta(0))
    before = words.moment(datetime.now(UTC))
    run_id = person.imports()
    for workflow in person.ctx.engine.open_ids(f"late-check-{run_id}"):
        person.ctx.engine.wait(workflow, timeout_s=30)
    after = words.moment(datetime.now(UTC))
    told = all_texts(open_page("history.py", run=run_id)).replace("\\", "")
    assert any(f"Late check {now} of the domains of the 2 new companies" in told for now in (before, after))
    assert "UTC" not in told


def test_a_part_that_was_taken_back_is_named_wherever_the_undo_stands(
    person: Person, open_page: Open
) -> None:
    run_id = person.imports()
    undo_id = person.undoes(run_id, only_created=True)
    listed = all_texts(open_page("history.py"))
    assert "Undo of a part of **leads.csv**" in listed
    assert ":orange-badge[Partly undone]" in listed
    at = open_page("history.py", run=run_id)
    assert [link.proto.label for link in at.get("page_link") if "undo" in link.proto.label] == [
        "Show the undo: only the records that it created"
    ]
    at = open_page("history.py", run=undo_id)
    assert at.title[0].value == "Undo of a part of leads.csv"
    assert "**only the records that it created**" in all_texts(at)


def test_an_undo_of_rows_names_the_first_of_them(person: Person) -> None:
    run_id = person.imports()
    undo = person.waits(start_undo(person.ctx, run_id, rows=[2]))
    assert words.part_of(undo) == "only row 2"
    many = replace(undo, part={"only": "created", "rows": [*range(2, 9)]})
    assert words.part_of(many) == "only the records that it created, of rows 2, 3, 4, 5, 6 and 2 more"


@pytest.mark.parametrize(
    ("states", "word"),
    [
        ([RunState.STOPPED], "Partly undone"),
        ([RunState.PAUSED], "Being undone"),
        ([RunState.RUNNING, RunState.DONE], "Being undone"),
        ([RunState.DONE], "Partly undone"),
    ],
)
def test_an_import_is_being_undone_only_while_an_undo_of_it_goes_on(
    person: Person, states: list[RunState], word: str
) -> None:
    undo = person.waits(start_undo(person.ctx, person.imports(), only_created=True))
    assert past.undone([replace(undo, state=state) for state in states]) == word


def test_a_page_that_stands_open_says_that_rows_were_sent_again_and_leaves_what_is_typed(
    person: Person, open_page: Open
) -> None:
    run_id = person.imports("Email,First name\nada@open.example,Ada\nnobody,Ben\n")
    drawn = past.one_import(person.ctx, run_id)
    at = AppTest.from_function(marked, kwargs={"one": drawn}, default_timeout=_PATIENCE_S).run()
    assert not at.button
    retry(person.ctx, run_id, {3: {"Email": "ben@open.example"}})
    person.waits(run_id)
    at.run()
    assert "Rows of this import were sent again since this page was drawn." in all_texts(at)
    assert [one.label for one in at.button] == ["Show how it stands now"]


def marked(one) -> None:  # type: ignore[no-untyped-def]  # AppTest reads it without our imports
    """A page of nothing but the mark, for an import as it was."""
    from pages.blocks import undo

    undo.mark(one)
