"""Excel and OpenDocument workbooks."""

from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest

from smartsync_core.errors import BadInput
from smartsync_core.intake import read_table, sheets
from tests.intake.files import cells_of, ods_file, ods_table, read_cells, xls_file, xlsx_file


def one_cell(folder: Path, value: object, number_format: str = "") -> str:
    path = xlsx_file(folder, [["Name", "Value"], ["Ada", value]])
    if number_format:
        workbook = openpyxl.load_workbook(path)
        workbook.worksheets[0]["B2"].number_format = number_format
        workbook.save(path)
    return read_cells(path)[0][1]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (94106, "94106"),
        (94106.0, "94106"),
        (0.5, "0.5"),
        (1e-7, "0.0000001"),
        (True, "true"),
        (False, "false"),
        (date(2024, 3, 4), "2024-03-04"),
        (datetime.fromisoformat("2024-03-04T10:30"), "2024-03-04T10:30:00"),
        (time(10, 30), "10:30:00"),
        ("007", "007"),
        ("Zoë", "Zoë"),
        (1234567890123456, "1234567890123456"),
    ],
)
def test_a_cell_becomes_plain_text(tmp_path: Path, value: object, text: str) -> None:
    assert one_cell(tmp_path, value) == text


def test_a_percentage_is_its_number(tmp_path: Path) -> None:
    assert one_cell(tmp_path, 0.25, "0%") == "0.25"


def test_a_serial_number_with_a_date_format_is_a_date(tmp_path: Path) -> None:
    assert one_cell(tmp_path, 45355, "dd/mm/yyyy") == "2024-03-04"


def test_a_formula_that_was_never_computed_is_blank(tmp_path: Path) -> None:
    assert one_cell(tmp_path, "=1+1") == ""


def test_rows_keep_the_numbers_that_excel_shows(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet["B3"], sheet["C3"], sheet["B4"], sheet["B7"] = "Name", "City", "Ada", "Bob"
    workbook.save(tmp_path / "leads.xlsx")
    table = read_table(tmp_path / "leads.xlsx")
    assert table.columns == ("Column 1", "Name", "City") or table.columns == ("Name", "City")
    assert [row.number for row in table.rows] == [4, 7]


def two_sheets(folder: Path) -> Path:
    workbook = openpyxl.Workbook()
    notes = workbook.active
    assert notes is not None
    notes.title = "Read me"
    notes.append(["Please do not edit"])
    leads = workbook.create_sheet("Leads")
    leads.append(["Name", "City"])
    leads.append(["Ada", "Leeds"])
    workbook.create_sheet("Old").sheet_state = "hidden"
    workbook.save(folder / "leads.xlsx")
    return folder / "leads.xlsx"


def test_the_first_sheet_with_a_table_is_read_and_said(tmp_path: Path) -> None:
    table = read_table(two_sheets(tmp_path))
    assert table.sheet == "Leads"
    assert table.notes == ("Read the sheet “Leads”; left alone: “Read me”, “Old”.",)


def test_sheets_are_listed_hidden_ones_last(tmp_path: Path) -> None:
    assert sheets(two_sheets(tmp_path)) == ["Read me", "Leads", "Old"]


def test_a_sheet_can_be_chosen_in_any_case(tmp_path: Path) -> None:
    assert cells_of(read_table(two_sheets(tmp_path), sheet="leads")) == [("Ada", "Leeds")]


def test_a_sheet_that_is_not_there_is_refused_with_the_names_of_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        read_table(two_sheets(tmp_path), sheet="Customers")
    assert (
        refused.value.sentence()
        == "“leads.xlsx” has no sheet “Customers”. Its sheets are: Read me, Leads, Old."
    )


def test_a_workbook_named_csv_is_read_as_the_workbook_it_is(tmp_path: Path) -> None:
    assert read_cells(xlsx_file(tmp_path, [["Name", "City"], ["Ada", "Leeds"]], "leads.csv")) == [
        ("Ada", "Leeds")
    ]


def test_an_old_xls_workbook_is_read(tmp_path: Path) -> None:
    table = read_table(xls_file(tmp_path, [["Name", "Zip"], ["Zoë", 94106.0]]))
    assert (table.sheet, table.columns) == ("Leads", ("Name", "Zip"))
    assert cells_of(table) == [("Zoë", "94106")]


def test_an_opendocument_workbook_is_read(tmp_path: Path) -> None:
    table = read_table(ods_file(tmp_path, ods_table([["Name", "City"], ["Zoë", "Malmö"]])))
    assert (table.sheet, table.columns) == ("Leads", ("Name", "City"))
    assert cells_of(table) == [("Zoë", "Malmö")]
