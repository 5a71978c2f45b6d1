"""What waits for a person: one query for one import and for all."""

from __future__ import annotations

import pytest

from smartsync_core.errors import NotFound
from smartsync_core.model.run import RunReport
from smartsync_core.orchestrator.accounts import fields_of
from smartsync_core.orchestrator.inbox import OpenRow, open_kinds, open_rows
from tests.orchestrator.conftest import Imports
from tests.orchestrator.test_repair import outcomes, rename, send_again, shoe

LEADS = "Email,First name,Phone\nada@x.example,Ada,\nnobody,Ben,12\nno one,Cleo,\n"


def only(rows: tuple[OpenRow, ...]) -> OpenRow:
    (row,) = rows
    return row


def test_each_row_says_what_is_wrong_with_which_cell(imports: Imports) -> None:
    first = imports.run(imports.file(LEADS))
    page = open_rows(imports.ctx, first.run_id)
    assert (page.total, [row.row for row in page.rows]) == (2, [3, 4])
    ben = page.rows[0]
    assert dict(zip(ben.columns, ben.cells, strict=True)) == {
        "Email": "nobody",
        "First name": "Ben",
        "Phone": "12",
    }
    assert [(one.column, one.code, one.said) for one in ben.problems] == [("Email", "invalid_email", "")]
    assert (ben.outcome, ben.partly, ben.edited, ben.clashes) == ("blocked", False, False, ())
    assert ben.since == imports.ctx.runs.get(first.run_id).approved_at


def test_a_refusal_comes_in_plain_words_with_the_crms_own_beside_and_the_choices(imports: Imports) -> None:
    shoe(imports, "Boot", "Clog")
    preview = imports.preview(imports.file("Email,Shoe\na@x.example,Clog\n"))
    shoe(imports, "Boot", "Sandal")
    failed = imports.write(preview.run_id)
    fields = fields_of(imports.ctx, imports.connection)
    problem = only(open_rows(imports.ctx, failed.run_id, fields=fields).rows).problems[0]
    assert (problem.column, problem.code) == ("Shoe", "INVALID_OPTION")
    assert problem.message.startswith("This is not one of the field's choices.")
    assert "allowed options" in problem.said
    assert problem.options == ("Boot", "Sandal")


def test_theirs_stands_beside_ours_where_the_crm_changed(imports: Imports) -> None:
    imports.run(imports.file("Email,First name\na@x.example,Old\n"))
    preview = imports.preview(
        imports.file("Email,First name\na@x.example,New\n", "new.csv"), policy="overwrite"
    )
    rename(imports, "a@x.example", "Theirs")
    stale = imports.write(preview.run_id)
    row = only(open_rows(imports.ctx, stale.run_id).rows)
    (clash,) = row.clashes
    assert (clash.column, clash.before, clash.theirs, clash.ours) == ("First name", "Old", "Theirs", "New")
    assert row.crm_id == imports.contact("a@x.example")["id"]


def test_every_row_of_a_company_that_waits_says_why(imports: Imports) -> None:
    imports.crm("POST", "/crm/v3/objects/companies", {"properties": {"name": "First Ltd"}})
    people = "a@shared.example,First Ltd\nb@shared.example,First Ltd\nc@shared.example,Second Ltd\n"
    result = imports.run(imports.file(f"Email,Company\n{people}"), "both")
    assert (result.outcomes["created"], result.partly_blocked) == (1, 2)
    for row in open_rows(imports.ctx, result.run_id).rows:
        assert row.partly
        assert "possible_match" in {problem.code for problem in row.problems}


def test_a_row_of_a_record_that_waits_says_whose_it_is(imports: Imports) -> None:
    shoe(imports, "Boot", "Clog")
    preview = imports.preview(imports.file("Email,Shoe\nb@x.example,Clog\nb@x.example,\n"))
    shoe(imports, "Boot")
    failed = imports.write(preview.run_id)
    codes = [[problem.code for problem in row.problems] for row in open_rows(imports.ctx, failed.run_id).rows]
    assert codes == [["INVALID_OPTION"], ["goes_with", "INVALID_OPTION"]]


def test_it_is_narrowed_by_kind_and_column_and_cut_into_pages(imports: Imports) -> None:
    file = imports.file(
        "Email,Birthday\na@x.example,2001-02-03\nbad,2001-02-03\nb@x.example,no day\nworse,no day\n"
    )
    birthday = {"name": "birthday", "label": "Birthday", "type": "date", "fieldType": "date"}
    imports.crm("POST", "/crm/v3/properties/contacts", birthday | {"groupName": "contactinformation"})
    first = imports.run(file)
    assert outcomes(first) == {"created": 1, "blocked": 3}
    kinds = [(one.code, one.column, one.rows) for one in open_kinds(imports.ctx, first.run_id)]
    assert kinds == [("invalid_email", "Email", 2), ("not_a_date", "Birthday", 2)]

    def rows(**how: str) -> list[int]:
        return [row.row for row in open_rows(imports.ctx, first.run_id, **how).rows]  # type: ignore[arg-type]

    assert rows(code="invalid_email") == rows(column="Email") == [3, 5]
    assert rows(code="not_a_date") == [4, 5]
    assert rows(code="stale") == []
    page = open_rows(imports.ctx, first.run_id, limit=1, offset=1)
    assert (only(page.rows).row, page.total) == (4, 3)


@pytest.fixture
def corrected(imports: Imports) -> RunReport:
    """Row 3 was corrected, in vain."""
    first = imports.run(imports.file(LEADS))
    return send_again(imports, first.run_id, {3: {"Email": "still nobody"}})


def test_a_corrected_row_is_shown_as_it_stands(imports: Imports, corrected: RunReport) -> None:
    ben, cleo = open_rows(imports.ctx, corrected.run_id).rows
    assert (ben.cells[0], ben.edited, cleo.edited) == ("still nobody", True, False)
    assert ben.since == cleo.since
    assert [row.cells[0] for row in imports.ctx.results.rows(corrected.run_id)][1] == "still nobody"


def test_all_imports_come_newest_first(imports: Imports, corrected: RunReport) -> None:
    newer = imports.run(imports.file("Email\nbad\nc@x.example\n", "newer.csv"))
    mine = [
        row for row in open_rows(imports.ctx, limit=10_000).rows if row.connection_id == imports.connection.id
    ]
    assert [(row.run_id, row.row) for row in mine] == [
        (newer.run_id, 2),
        (corrected.run_id, 3),
        (corrected.run_id, 4),
    ]


def test_a_preview_waits_in_no_inbox(imports: Imports) -> None:
    preview = imports.preview(imports.file(LEADS))
    assert preview.predicted["blocked"] == 2
    assert open_rows(imports.ctx, preview.run_id).total == 0


def test_an_unknown_import_is_said(imports: Imports) -> None:
    with pytest.raises(NotFound):
        open_rows(imports.ctx, "nope")
