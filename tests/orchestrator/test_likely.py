"""Likely duplicates inside a file: said, never folded by themselves, one record where a person says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartsync_core.errors import BadInput
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.duplicates import Decision
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import RunReport
from smartsync_core.orchestrator import imports as on_screen
from smartsync_core.orchestrator.duplicates import parse_same
from smartsync_core.orchestrator.history import report
from tests.orchestrator.conftest import Imports
from tests.orchestrator.test_repair import send_again

CONTACTS, COMPANIES = ObjectName.CONTACTS, ObjectName.COMPANIES
PEOPLE = """Email,First name,Last name,Phone,Job title
jon.holm@holmwood.example,Jon,Holm,+44 20 7946 0301,
john.holm@holmwood.example,John,Holm,,Head of Sales
tom@reedley.example,Tom,Reed,+44 20 7946 0302,
"""
SAME = Decision(object=CONTACTS, row=2, later=3, same=True)


def told(report: RunReport, code: str = "likely_duplicate") -> list[tuple[int, str]]:
    return [(reason.row, reason.message) for reason in report.reasons if reason.code == code]


def test_they_are_said_and_each_becomes_a_record_of_its_own_unless_a_person_decides(imports: Imports) -> None:
    preview = imports.preview(imports.file(PEOPLE))
    assert told(preview) == [(3, "Perhaps the same contact as row 2: addresses at holmwood.example.")]
    assert [row for row, _ in told(preview, "likely_duplicates")] == [0]
    result = imports.write(preview.run_id)
    assert (result.outcomes["created"], imports.twin.state()["contacts"]) == (3, 3)


def test_two_rows_that_a_person_calls_one_become_one_record_of_both(imports: Imports) -> None:
    result = imports.run(imports.file(PEOPLE), decisions=(SAME,))
    assert (result.outcomes["created"], result.outcomes["skipped"]) == (2, 1)
    assert result.predicted == dict(result.outcomes)
    assert told(result) == []
    held = imports.contact("jon.holm@holmwood.example", "firstname", "phone", "jobtitle")
    assert (held["firstname"], held["phone"], held["jobtitle"]) == ("Jon", "+442079460301", "Head of Sales")


def test_of_each_field_the_value_counts_that_the_person_chose(imports: Imports) -> None:
    chosen = replace(SAME, survivors={"firstname": 3, "email": 3})
    imports.run(imports.file(PEOPLE), decisions=(chosen,))
    assert imports.contact("john.holm@holmwood.example", "firstname")["firstname"] == "John"


def test_a_later_file_recognises_both_by_what_was_decided(imports: Imports) -> None:
    imports.run(imports.file(PEOPLE), decisions=(SAME,))
    again = imports.run(imports.file(PEOPLE, "again.csv"))
    assert (again.outcomes["unchanged"], again.outcomes["skipped"], again.outcomes["created"]) == (2, 1, 0)


def test_two_that_a_person_keeps_apart_are_not_asked_about_again(imports: Imports) -> None:
    apart = imports.preview(imports.file(PEOPLE), decisions=(replace(SAME, same=False),))
    assert (told(apart), apart.predicted["created"]) == ([], 3)
    assert told(imports.preview(imports.file(PEOPLE))) != []


def test_a_preview_made_again_keeps_what_was_decided(imports: Imports) -> None:
    first = imports.preview(imports.file(PEOPLE), decisions=(SAME,))
    again = on_screen.again(imports.ctx, first.run_id)
    imports.ctx.engine.wait(f"preview-{again}", 60)
    assert report(imports.ctx, again).predicted == first.predicted


def test_a_row_joins_the_record_that_is_in_the_crm_already(imports: Imports) -> None:
    known = {"email": "john.holm@holmwood.example", "firstname": "John"}
    imports.crm("POST", "/crm/v3/objects/contacts", {"properties": known})
    result = imports.run(imports.file(PEOPLE), decisions=(SAME,))
    assert imports.twin.state()["contacts"] == 2
    assert (result.outcomes["updated"], result.outcomes["skipped"], result.outcomes["created"]) == (1, 1, 1)


def test_two_records_of_the_crm_are_no_question_and_cannot_be_made_one_here(imports: Imports) -> None:
    for email in ("jon.holm@holmwood.example", "john.holm@holmwood.example"):
        imports.crm("POST", "/crm/v3/objects/contacts", {"properties": {"email": email}})
    assert told(imports.preview(imports.file(PEOPLE))) == []
    decided = imports.preview(imports.file(PEOPLE), decisions=(SAME,))
    assert [row for row, _ in told(decided, "two_in_crm")] == [3]
    assert decided.predicted["updated"] == 2


def test_companies_that_are_one_take_the_people_of_both(imports: Imports) -> None:
    text = (
        "Email,First name,Last name,Company,Website\n"
        "ada@larkfield.example,Ada,Lark,Larkfield Ltd,larkfield.example\n"
        "eve.larkfield@gmail.com,Eve,Moss,Larkfield Limited,\n"
    )
    rows = imports.file(text)
    assert [row for row, _ in told(imports.preview(rows, "both"))] == [3]
    same = Decision(object=COMPANIES, row=2, later=3, same=True)
    result = imports.run(rows, "both", decisions=(same,))
    assert (result.outcomes["created"], imports.twin.state()["companies"]) == (2, 1)
    assert result.actions[COMPANIES]["create"] == 1
    assert result.actions[CONTACTS]["link"] == 2


def test_a_row_that_needed_a_person_joins_its_record_when_it_is_corrected(imports: Imports) -> None:
    broken = PEOPLE.replace("john.holm@holmwood.example", "john.holm")
    done = imports.run(imports.file(broken), decisions=(SAME,))
    assert (done.outcomes["created"], done.outcomes["blocked"]) == (2, 1)
    mended = send_again(imports, done.run_id, {3: {"Email": "john.holm@holmwood.example"}})
    assert (mended.outcomes["created"], mended.outcomes["updated"]) == (2, 1)
    assert imports.twin.state()["contacts"] == 2
    assert imports.contact("jon.holm@holmwood.example", "jobtitle")["jobtitle"] == "Head of Sales"


def test_a_row_that_is_not_there_cannot_be_the_same_and_it_is_said(imports: Imports) -> None:
    preview = imports.preview(imports.file(PEOPLE), decisions=(replace(SAME, later=99),))
    message = "Rows 2 and 99 cannot be one contact: there is none in row 99."
    assert told(preview, "no_such_row") == [(0, message)]


def test_on_the_command_line_rows_are_named_by_their_numbers() -> None:
    assert parse_same(["2,3"], RecordType.CONTACTS) == (SAME,)
    pairs = parse_same(["companies=9,3,5"], RecordType.BOTH)
    assert [(one.object, one.row, one.later) for one in pairs] == [(COMPANIES, 3, 5), (COMPANIES, 3, 9)]


@pytest.mark.parametrize("text", ["3", "3,3", "3,x", "deals=3,8", "companies=3,8"])
def test_what_names_no_two_rows_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=f"“{text}” does not say which rows are the same"):
        parse_same([text], RecordType.CONTACTS)
