"""Titles above, totals below, names over two lines: where the table is in a sheet, and what is said about the rest."""

from pathlib import Path

import openpyxl
import pytest

from smartsync_core.errors import BadInput
from smartsync_core.intake import read_table
from smartsync_core.model.table import Header, Table
from tests.intake.files import cells_of, csv_file, xlsx_file

TITLED = "Leads of May\nExported,2024-05-01\n\nName,City,E-mail\nAda,Leeds,ada@example.com\nBob,York,bob@example.com\n"


def read(folder: Path, content: str, header: Header | None = None) -> tuple[Table, list[int], list[str]]:
    """The table, the numbers of its rows, and all that is said about it once they are read."""
    table = read_table(csv_file(folder, content), header=header)
    numbers = [row.number for row in table.rows]
    return table, numbers, [*table.notes, *table.remarks()]


def test_lines_above_the_table_are_passed_over_and_named(tmp_path: Path) -> None:
    table, numbers, said = read(tmp_path, TITLED)
    assert table.columns == ("Name", "City", "E-mail")
    assert numbers == [5, 6]
    assert said == [
        "Row 4 is the first one that reads like column names; what stands above it is not part of the table."
    ]


def test_nothing_is_said_about_a_table_that_begins_in_its_first_row(tmp_path: Path) -> None:
    table, _, said = read(tmp_path, "Name,City\nAda,Leeds\n")
    assert (str(table.header), said) == ("1", [])


def test_the_first_lines_are_kept_as_they_stand_for_the_person_to_look_at(tmp_path: Path) -> None:
    table, _, _ = read(tmp_path, TITLED)
    assert [(line.number, line.cells[0]) for line in table.first_lines] == [
        (1, "Leads of May"),
        (2, "Exported"),
        (3, ""),
        (4, "Name"),
        (5, "Ada"),
        (6, "Bob"),
    ]


def test_a_person_can_say_another_row(tmp_path: Path) -> None:
    table, numbers, said = read(tmp_path, TITLED, header=Header(first=2, last=2))
    assert table.columns == ("Exported", "2024-05-01", "Column 3")
    assert numbers == [4, 5, 6]
    assert said == ["Above the column names, and not imported: row 1."]


def test_a_table_without_column_names_loses_no_row_to_them(tmp_path: Path) -> None:
    table, numbers, said = read(tmp_path, "Ada,ada@example.com,Leeds\nBob,bob@example.com,York\n")
    assert table.columns == ("Column 1", "Column 2", "Column 3")
    assert numbers == [1, 2]
    assert said == ["Row 1 holds an e-mail address, so it looks like a record: the columns have no names."]


def test_a_person_can_say_that_there_are_no_column_names(tmp_path: Path) -> None:
    table, numbers, _ = read(tmp_path, "Ada,Leeds\nBob,York\n", header=Header(first=0, last=0))
    assert (table.columns, numbers) == (("Column 1", "Column 2"), [1, 2])


def test_years_among_the_column_names_are_names(tmp_path: Path) -> None:
    table, _, _ = read(tmp_path, "Company,Country,2023,2024\nAcme,UK,5,6\n")
    assert table.columns == ("Company", "Country", "2023", "2024")


def test_names_over_two_rows_are_joined_where_one_row_alone_would_not_tell_them_apart(tmp_path: Path) -> None:
    table, numbers, said = read(
        tmp_path, "Company,,,Contact,\nName,City,Phone,Name,Phone\nAcme,Leeds,1,Ada,2\n"
    )
    assert table.columns == ("Company Name", "Company City", "Company Phone", "Contact Name", "Contact Phone")
    assert numbers == [3]
    assert said == ["Row 1 names groups of columns and row 2 the columns in them; both make the names."]


def test_a_row_above_names_that_are_clear_by_themselves_is_left_out_of_them(tmp_path: Path) -> None:
    table, _, _ = read(tmp_path, "Region:,North,,,\nName,City,Phone,Mobile,Note\nAcme,Leeds,1,2,x\n")
    assert table.columns == ("Name", "City", "Phone", "Mobile", "Note")


def test_group_names_in_merged_cells_reach_as_far_as_their_cell(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    for row in (
        ["Company", None, "Contact", None, None],
        ["Name", "City", "First name", "Last name", "Note"],
    ):
        sheet.append(row)
    sheet.append(["Acme", "Leeds", "Ada", "King", "x"])
    sheet.merge_cells("A1:B1")
    sheet.merge_cells("C1:D1")
    workbook.save(tmp_path / "leads.xlsx")
    table = read_table(tmp_path / "leads.xlsx")
    assert table.columns == (
        "Company Name",
        "Company City",
        "Contact First name",
        "Contact Last name",
        "Note",
    )


def test_a_person_can_say_that_units_under_the_names_belong_to_them(tmp_path: Path) -> None:
    table, numbers, _ = read(tmp_path, "Name,Revenue\n,(£m)\nAcme,5\n", header=Header(first=1, last=2))
    assert (table.columns, numbers) == (("Name", "Revenue (£m)"), [3])


@pytest.mark.parametrize(
    "word", ["Total", "TOTAL:", "Grand total", "Subtotal", "Summe", "Total général", "Suma"]
)
def test_a_row_that_sums_up_is_no_record_and_is_named(tmp_path: Path, word: str) -> None:
    _, numbers, said = read(tmp_path, f"Name,City,Staff\nAcme,Leeds,5\nBolt,York,6\n{word},,11\n")
    assert numbers == [2, 3]
    assert said == ["Row 4 holds a total; it is not imported."]


@pytest.mark.parametrize("row", ["Total,Paris,100", "Total Energies,,100", "Total,,", "Totally,,5"])
def test_a_company_called_total_is_a_record(tmp_path: Path, row: str) -> None:
    _, numbers, said = read(tmp_path, f"Name,City,Staff\nAcme,Leeds,5\n{row}\n")
    assert (numbers, said) == ([2, 3], [])


def test_column_names_repeated_further_down_are_no_record(tmp_path: Path) -> None:
    _, numbers, said = read(tmp_path, "Name,City\nAda,Leeds\nName,City\nBob,York\nName,City\n")
    assert numbers == [2, 4]
    assert said == ["2 rows repeat the column names (3, 5); they are not imported."]


def test_a_sentence_under_the_table_is_no_record(tmp_path: Path) -> None:
    _, numbers, said = read(
        tmp_path, "Name,City,Staff\nAda,Leeds,1\n\nSource: our own research\n* as of May 2024\n"
    )
    assert numbers == [2]
    assert said == ["2 rows are remarks under the table (4, 5); they are not imported."]


def test_a_sentence_that_rows_follow_is_a_record(tmp_path: Path) -> None:
    _, numbers, said = read(tmp_path, "Name,City,Staff\nAda,Leeds,1\n\nThe Very Long Company\nBob,York,2\n")
    assert (numbers, said) == ([2, 4, 5], [])


def test_a_row_that_looks_empty_is_empty_whatever_invisible_characters_it_holds(tmp_path: Path) -> None:
    _, numbers, _ = read(tmp_path, "Name,City\n\u00a0,\u200b\nAda,\ufeff\u2060 \n")
    assert numbers == [3]
    assert cells_of(read_table(csv_file(tmp_path, "Name,City\nAda,\ufeff\u2060 \n"))) == [("Ada", "")]


def test_invisible_characters_in_column_names_are_taken_off(tmp_path: Path) -> None:
    table, _, _ = read(tmp_path, "\u200bName,Post\u00a0code\u200b,Line\u00adone\nAda,LS1,x\n")
    assert table.columns == ("Name", "Post code", "Lineone")


def test_a_line_break_in_a_column_name_is_a_space(tmp_path: Path) -> None:
    table, _, _ = read(tmp_path, '"Name\n(full)",City\nAda,Leeds\n')
    assert table.columns == ("Name (full)", "City")


def test_numbers_that_a_spreadsheet_program_shortened_are_named_once_per_column(tmp_path: Path) -> None:
    _, _, said = read(tmp_path, "Name,Phone\nAda,4.42E+11\nBob,4.43E+11\n")
    assert len(said) == 1
    assert said[0].startswith(
        "“Phone” has numbers that a spreadsheet program shortened, first in row 2: “4.42E+11”."
    )


def test_identifiers_of_19_digits_written_as_text_keep_every_digit(tmp_path: Path) -> None:
    ident = "1234567890123456789"
    assert cells_of(read_table(csv_file(tmp_path, f"Id,Name\n{ident},Ada\n")))[0][0] == ident
    assert cells_of(read_table(xlsx_file(tmp_path, [["Id", "Name"], [ident, "Ada"]])))[0][0] == ident


def test_a_thousand_columns_are_read(tmp_path: Path) -> None:
    header = ",".join(f"Column no {n}" for n in range(1_000))
    table = read_table(csv_file(tmp_path, header + "\n" + ",".join("x" * 1_000) + "\n"))
    assert len(table.columns) == 1_000
    assert [len(row.cells) for row in table.rows] == [1_000]


def test_a_header_row_too_far_down_is_refused(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "Name,City\n" + "Ada,Leeds\n" * 300)
    with pytest.raises(BadInput, match=r"Row 250 of “leads\.csv” is too far down for column names"):
        read_table(path, header=Header(first=250, last=250))
