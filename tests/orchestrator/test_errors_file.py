"""The error file: what it holds, that a spreadsheet takes none of it for a formula, and that it can be handed back."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from smartsync_core.errors import BadInput
from smartsync_core.model.run import RunReport
from smartsync_core.orchestrator.errors_file import read_corrections, write_errors
from tests.orchestrator.conftest import Imports
from tests.orchestrator.test_repair import codes, outcomes, send_again, shoe

HEADER = ("Email", "First name", "Phone")
WRONG = {  # row -> a row that needs a person
    3: ("nobody", "=1+1", "+44 20 7946 0002"),
    5: ("nobody else", "-5", "@home"),
    6: ("no, body", '"quoted"\nand broken', "020 7946 0003"),
}


@pytest.fixture
def first(imports: Imports) -> RunReport:
    """Rows 2 landed; the others need a person."""
    path = imports.folder / "leads.csv"
    lines = [("ada@x.example", "Ada", ""), WRONG[3], (), WRONG[5], WRONG[6]]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *lines])
    result = imports.run(path)
    assert outcomes(result) == {"created": 1, "blocked": 3}
    return result


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_it_holds_the_rows_that_need_a_person_where_and_why(imports: Imports, first: RunReport) -> None:
    path = imports.folder / "errors.csv"
    assert write_errors(imports.ctx, first.run_id, path) == 3
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    lines = read_csv(path)
    assert list(lines[0]) == [*HEADER, "row", "field", "reason"]
    assert [(line["row"], line["field"]) for line in lines] == [
        ("3", "Email"),
        ("5", "Email"),
        ("6", "Email"),
    ]
    assert "“nobody” is not an e-mail address" in lines[0]["reason"]
    assert "as typed" not in lines[1]["reason"]  # a note on its phone keeps nobody from landing


def test_no_cell_is_a_formula(imports: Imports, first: RunReport) -> None:
    write_errors(imports.ctx, first.run_id, imports.folder / "errors.csv")
    lines = read_csv(imports.folder / "errors.csv")
    assert [line["First name"] for line in lines] == ["'=1+1", "'-5", WRONG[6][1]]
    assert [line["Phone"] for line in lines] == ["'+44 20 7946 0002", "'@home", "020 7946 0003"]
    write_errors(imports.ctx, first.run_id, imports.folder / "errors.xlsx")
    cells = [
        cell for line in load_workbook(imports.folder / "errors.xlsx").active.iter_rows() for cell in line
    ]
    assert {cell.data_type for cell in cells} == {"s", "n"}
    assert not [cell for cell in cells if str(cell.value).startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_is_handed_back_untouched_is_no_correction(
    imports: Imports, first: RunReport, ending: str
) -> None:
    path = imports.folder / f"errors.{ending}"
    write_errors(imports.ctx, first.run_id, path)
    corrections = read_corrections(imports.ctx, first.run_id, path)
    assert {row: tuple(cells.values()) for row, cells in corrections.items()} == WRONG
    again = send_again(imports, first.run_id, corrections)
    assert outcomes(again) == outcomes(first)
    assert "run.edited" not in {line["what"] for line in imports.ctx.audit.recent(4)}


def test_a_workbook_that_a_person_corrected_is_sent(imports: Imports, first: RunReport) -> None:
    path = imports.folder / "errors.xlsx"
    write_errors(imports.ctx, first.run_id, path)
    book = load_workbook(path)
    for line, name in zip(book.active.iter_rows(min_row=2), ("ben", "cleo", "dora"), strict=True):
        line[0].value = f"{name}@x.example"
    book.save(path)
    whole = send_again(imports, first.run_id, read_corrections(imports.ctx, first.run_id, path))
    assert outcomes(whole) == {"created": 4}
    ben = imports.contact("ben@x.example", "firstname", "phone")
    assert (ben["firstname"], ben["phone"]) == ("=1+1", "+442079460002")
    assert write_errors(imports.ctx, first.run_id, path) == 0


def test_it_can_be_imported_as_it_is_and_has_an_error_file_of_its_own(
    imports: Imports, first: RunReport
) -> None:
    path = imports.folder / "errors.csv"
    write_errors(imports.ctx, first.run_id, path)
    path.write_text(path.read_text("utf-8-sig").replace("nobody else", "cleo@x.example"), "utf-8-sig")
    new = imports.run(path)
    left_out = [one for one in new.reasons if one.code in ("column_left_out", "own_columns")]
    assert [(one.code, one.message.rpartition(": ")[2]) for one in left_out if one.code == "own_columns"] == [
        ("own_columns", "row, field, reason.")
    ]
    assert not {"row", "field", "reason"} & {one.field for one in left_out}
    assert outcomes(new) == {"created": 1, "blocked": 2}
    write_errors(imports.ctx, new.run_id, imports.folder / "again.csv")
    lines = read_csv(imports.folder / "again.csv")
    assert list(lines[0])[-3:] == ["smartsync row", "smartsync field", "smartsync reason"]
    assert [line["smartsync row"] for line in lines] == ["2", "4"]


def test_a_refusal_of_the_crm_stands_there_in_plain_words_and_in_its_own(imports: Imports) -> None:
    shoe(imports, "Boot", "Clog")
    preview = imports.preview(imports.file("Email,Shoe\na@x.example,Clog\n"))
    shoe(imports, "Boot")
    failed = imports.write(preview.run_id)
    write_errors(imports.ctx, failed.run_id, imports.folder / "errors.csv")
    (line,) = read_csv(imports.folder / "errors.csv")
    assert line["field"] == "Shoe"
    assert "not one of the field's choices" in line["reason"]
    assert "was not one of the allowed options" in line["reason"]


def test_a_workbook_made_by_hand_corrects_by_row_number(imports: Imports, first: RunReport) -> None:
    book = Workbook()
    book.active.append(["row", "Email"])
    book.active.append([3, "ben@x.example"])
    book.save(imports.folder / "mine.xlsx")
    corrections = read_corrections(imports.ctx, first.run_id, imports.folder / "mine.xlsx")
    assert corrections == {3: {"Email": "ben@x.example"}}
    half = send_again(imports, first.run_id, corrections)
    assert outcomes(half) == {"created": 2, "blocked": 2}
    assert codes(half, 5) >= {"invalid_email"}


def test_a_cell_too_long_for_a_workbook_is_said(imports: Imports) -> None:
    result = imports.run(imports.file(f"Email,First name\nada@x.example,Ada\nbad,{'x' * 40_000}\n"))
    with pytest.raises(BadInput, match="40,000 characters"):
        write_errors(imports.ctx, result.run_id, imports.folder / "errors.xlsx")
    assert [path.name for path in imports.folder.iterdir()] == ["leads.csv"]
