"""Possibly the same company: a person says once per company which one it is, and every row of it goes by that word."""

from __future__ import annotations

import pytest

from smartsync_core.errors import BadInput
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.run import RunReport
from smartsync_core.orchestrator import past
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.imports import again
from smartsync_core.orchestrator.namesakes import (
    Question,
    ask_again,
    decide,
    questions,
    said,
    send_decided,
    settle,
)
from smartsync_core.orchestrator.repair import retry
from smartsync_core.orchestrator.undo import redo, start_undo
from tests.orchestrator.conftest import Imports
from tests.orchestrator.test_company_ids import companies_of, company

PEOPLE = "Email,Company\nada.namesake@gmail.com,Alder Works\nben.namesake@gmail.com,Alder Works\n"
NOBODY_ELSE = "Email,Company\nada.namesake@gmail.com,Alder Works\n"
ADA, BEN = "ada.namesake@gmail.com", "ben.namesake@gmail.com"


def only_question(imports: Imports, run_id: str) -> Question:
    (question,) = questions(imports.ctx, run_id)
    return question


def waits(imports: Imports, run_id: str) -> RunReport:
    for name in ("preview", "undo", "repair"):
        for workflow in imports.ctx.engine.open_ids(f"{name}-{run_id}"):
            imports.ctx.engine.wait(workflow, 60)
    return report(imports.ctx, run_id)


def says(imports: Imports, run_id: str, crm_id: str) -> RunReport:
    decide(imports.ctx, run_id, only_question(imports, run_id).key, crm_id)
    send_decided(imports.ctx, run_id)
    return waits(imports, run_id)


def take_back(imports: Imports, run_id: str) -> None:
    undo_id = start_undo(imports.ctx, run_id)
    waits(imports, undo_id)
    imports.write(undo_id)


def needs_nothing(imports: Imports) -> bool:
    """Of a second upload of the same file."""
    before = imports.twin.state()
    result = imports.run(imports.file(PEOPLE, "again.csv"), "both")
    assert imports.twin.state()["companies"] == before["companies"]
    return (
        result.outcomes == dict.fromkeys(result.outcomes, 0) | {"unchanged": 2} and not result.partly_blocked
    )


def previews_by(imports: Imports, answer: str) -> RunReport:
    """The preview that was made again after this word on the only company of PEOPLE."""
    first = imports.preview(imports.file(PEOPLE), "both").run_id
    decide(imports.ctx, first, only_question(imports, first).key, answer)
    return waits(imports, again(imports.ctx, first))


def test_the_question_names_the_records_that_have_the_name_and_is_asked_once_for_all_rows(
    imports: Imports,
) -> None:
    alder = company(imports, "Alder Works", domain="alder-works.example")
    result = imports.run(imports.file(PEOPLE), "both")
    asked = only_question(imports, result.run_id)
    assert (asked.name, asked.rows, asked.answer) == ("Alder Works", (2, 3), None)
    assert asked.candidates == {alder: "Alder Works · alder-works.example"}


@pytest.mark.parametrize("written", [False, True])
def test_every_row_of_the_company_says_once_why_it_waits(imports: Imports, written: bool) -> None:
    company(imports, "Alder Works")
    run_id = imports.preview(imports.file(PEOPLE), "both").run_id
    if written:
        imports.write(run_id)
    told = [(one.row, one.code) for one in report(imports.ctx, run_id).reasons if one.row]
    assert told == [(2, "possible_match"), (3, "possible_match")]
    assert [[reason.code for reason in one.reasons] for one in past.rows(imports.ctx, run_id)] == [
        ["possible_match"],
        ["possible_match"],
    ]


def test_it_is_this_one_associates_every_row_with_the_record_and_makes_no_company(imports: Imports) -> None:
    alder = company(imports, "Alder Works", domain="alder-works.example")
    before = imports.twin.state()["companies"]
    run_id = imports.run(imports.file(PEOPLE), "both").run_id
    assert companies_of(imports, ADA) == {}
    result = says(imports, run_id, alder)
    assert (result.outcomes["created"], result.partly_blocked) == (2, 0)
    assert companies_of(imports, ADA) == companies_of(imports, BEN) == {alder: True}
    assert imports.twin.state()["companies"] == before
    assert questions(imports.ctx, run_id) == []
    assert needs_nothing(imports)


def test_it_is_a_new_company_makes_one_beside_the_namesake(imports: Imports) -> None:
    alder = company(imports, "Alder Works")
    run_id = imports.run(imports.file(PEOPLE), "both").run_id
    result = says(imports, run_id, "")
    assert result.actions[ObjectName.COMPANIES]["create"] == 1
    (made,) = companies_of(imports, ADA)
    assert made != alder
    assert companies_of(imports, ADA) == companies_of(imports, BEN) == {made: True}
    assert needs_nothing(imports)


@pytest.mark.parametrize("is_new", [True, False])
def test_a_word_on_the_preview_holds_for_the_preview_made_again(imports: Imports, is_new: bool) -> None:
    alder = company(imports, "Alder Works")
    second = previews_by(imports, "" if is_new else alder)
    assert second.predicted["created"] == 2
    assert questions(imports.ctx, second.run_id) == []
    imports.write(second.run_id)
    (reached,) = companies_of(imports, ADA)
    assert (reached != alder) is is_new


@pytest.mark.parametrize("is_new", [True, False])
def test_an_import_that_is_brought_back_after_its_undo_asks_nobody_again(
    imports: Imports, is_new: bool
) -> None:
    alder = company(imports, "Alder Works")
    run_id = imports.run(imports.file(PEOPLE), "both").run_id
    says(imports, run_id, "" if is_new else alder)
    take_back(imports, run_id)
    brought_back = waits(imports, redo(imports.ctx, run_id))
    assert questions(imports.ctx, brought_back.run_id) == []
    result = imports.write(brought_back.run_id)
    assert (result.outcomes["created"], result.partly_blocked) == (2, 0)
    (reached,) = companies_of(imports, ADA)
    assert (reached != alder) is is_new


def test_a_first_company_that_stands_stays_the_first_and_the_row_says_so(imports: Imports) -> None:
    first, alder = company(imports, "First Namesake"), company(imports, "Alder Works")
    imports.run(
        imports.file(f"Email,Company ID\n{ADA},{first}\n", "first.csv"),
        "both",
        keys=("companies=id:Company ID",),
    )
    run_id = imports.run(imports.file(NOBODY_ELSE), "both").run_id
    says(imports, run_id, alder)
    assert companies_of(imports, ADA) == {first: True, alder: False}
    told = {one.code: one.message for one in imports.ctx.results.reasons(run_id, [2])}
    assert f"first company (record {first}) stays" in told["beside_first_company"]


def test_rows_that_are_sent_again_in_any_way_go_by_the_word(imports: Imports) -> None:
    alder = company(imports, "Alder Works")
    run_id = imports.run(imports.file(NOBODY_ELSE), "both").run_id
    decide(imports.ctx, run_id, only_question(imports, run_id).key, alder)
    assert only_question(imports, run_id).answer == alder
    retry(imports.ctx, run_id)
    waits(imports, run_id)
    assert companies_of(imports, ADA) == {alder: True}


def test_a_namesake_that_nobody_saw_is_asked_about_anew(imports: Imports) -> None:
    alder = company(imports, "Alder Works")
    run_id = imports.run(imports.file(NOBODY_ELSE), "both").run_id
    decide(imports.ctx, run_id, only_question(imports, run_id).key, "")
    other = company(imports, "Alder Works")
    send_decided(imports.ctx, run_id)
    waits(imports, run_id)
    asked = only_question(imports, run_id)
    assert (list(asked.candidates), asked.answer) == ([other], None)
    assert alder not in companies_of(imports, ADA)


def test_a_chosen_record_that_is_gone_is_asked_about_anew(imports: Imports) -> None:
    alder, other = company(imports, "Alder Works"), company(imports, "Alder Works")
    run_id = imports.run(imports.file(NOBODY_ELSE), "both").run_id
    decide(imports.ctx, run_id, only_question(imports, run_id).key, alder)
    imports.crm("DELETE", f"/crm/v3/objects/companies/{alder}")
    send_decided(imports.ctx, run_id)
    waits(imports, run_id)
    asked = only_question(imports, run_id)
    assert (list(asked.candidates), asked.answer) == ([other], None)
    assert companies_of(imports, ADA) == {}


def test_the_word_is_on_record_with_who_gave_it(imports: Imports) -> None:
    alder = company(imports, "Alder Works")
    run_id = imports.run(imports.file(NOBODY_ELSE), "both").run_id
    decide(imports.ctx, run_id, only_question(imports, run_id).key, alder)
    entry = next(one for one in imports.ctx.audit.recent() if one["what"] == "company.decided")
    assert (entry["who"], entry["subject_id"]) == (imports.ctx.user, run_id)
    assert entry["details"] == {"company": "Alder Works", "rows": 1, "record": alder, "not": []}


def test_a_record_that_does_not_have_the_name_is_refused(imports: Imports) -> None:
    company(imports, "Alder Works")
    run_id = imports.run(imports.file(NOBODY_ELSE), "both").run_id
    with pytest.raises(BadInput, match="does not wait"):
        decide(imports.ctx, run_id, only_question(imports, run_id).key, "1")
    with pytest.raises(BadInput, match="Nothing was decided"):
        send_decided(imports.ctx, run_id)


@pytest.mark.parametrize("is_new", [True, False])
def test_a_word_that_a_preview_goes_by_can_be_taken_back(imports: Imports, is_new: bool) -> None:
    alder = company(imports, "Alder Works")
    answer = "" if is_new else alder
    by_it = previews_by(imports, answer).run_id
    (told,) = said(imports.ctx, by_it)
    assert (told.name, told.rows, told.answer) == ("Alder Works", (2, 3), answer)
    ask_again(imports.ctx, by_it, told.key)
    anew = waits(imports, again(imports.ctx, by_it)).run_id
    assert said(imports.ctx, anew) == []
    assert only_question(imports, anew).answer is None


def test_a_word_on_a_written_import_is_taken_back_by_its_undo_alone(imports: Imports) -> None:
    alder = company(imports, "Alder Works")
    run_id = imports.run(imports.file(NOBODY_ELSE), "both").run_id
    key = only_question(imports, run_id).key
    says(imports, run_id, alder)
    assert said(imports.ctx, run_id) == []
    with pytest.raises(BadInput, match="can no longer be taken back here"):
        ask_again(imports.ctx, run_id, key)


@pytest.mark.parametrize("is_new", [True, False])
def test_the_next_file_is_asked_about_again_once_the_import_was_undone(
    imports: Imports, is_new: bool
) -> None:
    alder = company(imports, "Alder Works")
    run_id = imports.run(imports.file(PEOPLE), "both").run_id
    says(imports, run_id, "" if is_new else alder)
    take_back(imports, run_id)
    next_month = imports.preview(imports.file(PEOPLE, "next.csv"), "both")
    assert list(only_question(imports, next_month.run_id).candidates) == [alder]


def test_a_chosen_record_that_is_gone_is_never_replaced_by_a_new_company(imports: Imports) -> None:
    alder = company(imports, "Alder Works")
    first = imports.preview(imports.file(PEOPLE), "both").run_id
    decide(imports.ctx, first, only_question(imports, first).key, alder)
    imports.crm("DELETE", f"/crm/v3/objects/companies/{alder}")
    by_it = waits(imports, again(imports.ctx, first))
    assert by_it.actions[ObjectName.COMPANIES].get("create", 0) == 0
    asked = only_question(imports, by_it.run_id)
    assert (asked.candidates, asked.answer) == ({}, None)
    told = {one.code: one.message for one in imports.ctx.results.reasons(by_it.run_id, [2])}
    assert f"the record {alder}, which is no longer in the CRM" in told["possible_match"]
    decide(imports.ctx, by_it.run_id, asked.key, "")
    assert waits(imports, again(imports.ctx, by_it.run_id)).actions[ObjectName.COMPANIES]["create"] == 1


def test_words_by_name_make_a_preview_again_that_goes_by_them(imports: Imports) -> None:
    alder = company(imports, "Alder Works")
    first = imports.preview(imports.file(PEOPLE), "both").run_id
    by_them = waits(imports, settle(imports.ctx, first, {"alder works": alder})).run_id
    assert by_them != first
    (told,) = said(imports.ctx, by_them)
    assert (told.name, told.answer) == ("Alder Works", alder)


def test_words_by_name_send_the_rows_of_a_written_import_again(imports: Imports) -> None:
    alder = company(imports, "Alder Works")
    run_id = imports.run(imports.file(PEOPLE), "both").run_id
    assert settle(imports.ctx, run_id, {"Alder Works": alder}) == run_id
    waits(imports, run_id)
    assert companies_of(imports, ADA) == companies_of(imports, BEN) == {alder: True}


def test_of_words_by_name_one_that_cannot_be_keeps_all_of_them_from_counting(imports: Imports) -> None:
    alder = company(imports, "Alder Works")
    run_id = imports.preview(imports.file(PEOPLE), "both").run_id
    with pytest.raises(BadInput, match="No company of that name waits for your word: “Birch Works”"):
        settle(imports.ctx, run_id, {"Alder Works": alder, "Birch Works": ""})
    with pytest.raises(BadInput, match="Record 1 is none of those"):
        settle(imports.ctx, run_id, {"Alder Works": "1"})
    assert only_question(imports, run_id).answer is None
