"""CSV and its relatives."""

from pathlib import Path

import pytest

from smartsync_core.errors import BadInput
from smartsync_core.intake import read_table, sheets
from smartsync_core.model.table import Header
from tests.intake.files import cells_of, csv_file, read_cells

LEADS = "Name,City\nAda,Leeds\nBob,York\n"
TWO_ROWS = [("Ada", "Leeds"), ("Bob", "York")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    assert read_cells(csv_file(tmp_path, LEADS.replace(",", delimiter))) == TWO_ROWS


def test_a_semicolon_file_may_hold_commas_everywhere(tmp_path: Path) -> None:
    content = "Name;City, Country;Revenue\nAda;Leeds, UK;1,5\nBob;York, UK;2,5\n"
    assert read_cells(csv_file(tmp_path, content))[0] == ("Ada", "Leeds, UK", "1,5")


def test_a_sep_line_settles_the_delimiter_and_is_no_row(tmp_path: Path) -> None:
    table = read_table(csv_file(tmp_path, "sep=;\nName;City\nAda;Leeds\n"))
    assert table.columns == ("Name", "City")
    assert [row.number for row in table.rows] == [2]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_of_the_three_ways(tmp_path: Path, newline: str) -> None:
    assert read_cells(csv_file(tmp_path, LEADS.replace("\n", newline))) == TWO_ROWS


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_accents_survive_every_usual_encoding(tmp_path: Path, encoding: str) -> None:
    path = csv_file(tmp_path, "Name,City\nZoë,Malmö\n".encode(encoding))
    table = read_table(path)
    assert table.columns == ("Name", "City")
    assert cells_of(table) == [("Zoë", "Malmö")]


def test_a_file_that_is_not_utf8_says_so(tmp_path: Path) -> None:
    table = read_table(csv_file(tmp_path, "Name,City\nZoë,Malmö\n".encode("cp1252")))
    assert "Windows-1252" in table.notes[0]


def test_a_newline_inside_quotes_belongs_to_its_cell_and_counts_as_no_row(tmp_path: Path) -> None:
    table = read_table(csv_file(tmp_path, 'Name,Note\nAda,"first\nsecond"\nBob,short\n'))
    rows = list(table.rows)
    assert rows[0].cells == ("Ada", "first\nsecond")
    assert [row.number for row in rows] == [2, 3]


def test_empty_lines_are_no_rows_but_keep_their_number(tmp_path: Path) -> None:
    table = read_table(csv_file(tmp_path, "Name,City\n\nAda,Leeds\n,\n \t,\u00a0\nBob,York\n"))
    assert [(row.number, row.cells[0]) for row in table.rows] == [(3, "Ada"), (6, "Bob")]


def test_a_short_line_is_filled_up_with_blanks(tmp_path: Path) -> None:
    assert read_cells(csv_file(tmp_path, "Name,City,Country\nAda\nBob,York,UK\n"))[0] == ("Ada", "", "")


def test_cells_beyond_the_last_column_of_the_sample_are_kept_apart_not_dropped(tmp_path: Path) -> None:
    lines = ["Name,City"] + ["Ada,Leeds"] * 300 + ["Bob,York,what,is this,"]
    rows = list(read_table(csv_file(tmp_path, "\n".join(lines))).rows)
    assert rows[-1].cells == ("Bob", "York")
    assert rows[-1].extra == ("what", "is this")


def test_columns_without_a_name_get_their_position_and_copies_a_number(tmp_path: Path) -> None:
    table = read_table(csv_file(tmp_path, "Name,,Email,email,Email,\nAda,x,a,b,c,\n"))
    assert table.columns == ("Name", "Column 2", "Email", "email (2)", "Email (3)")


def test_a_title_row_taken_for_the_names_does_not_hide_the_other_columns(tmp_path: Path) -> None:
    table = read_table(
        csv_file(tmp_path, "Leads of May\n\nName,City\nAda,Leeds\n"), header=Header(first=1, last=1)
    )
    assert table.columns == ("Leads of May", "Column 2")
    assert cells_of(table) == [("Name", "City"), ("Ada", "Leeds")]


def test_the_header_row_can_be_named(tmp_path: Path) -> None:
    table = read_table(
        csv_file(tmp_path, "Leads of May\n\nName,City\nAda,Leeds\n"), header=Header(first=3, last=3)
    )
    assert table.columns == ("Name", "City")
    assert [row.number for row in table.rows] == [4]


def test_our_own_guard_against_formulas_is_taken_off_once(tmp_path: Path) -> None:
    cells = read_cells(csv_file(tmp_path, "A,B,C,D,E\n'=1,'+44,'-x,'@y,''=z\n'n Roll,it's,','',x\n"))
    assert cells[0] == ("=1", "+44", "-x", "@y", "''=z")
    assert cells[1] == ("'n Roll", "it's", "'", "''", "x")


def test_nul_characters_are_left_out(tmp_path: Path) -> None:
    assert read_cells(csv_file(tmp_path, b"Name,City\nA\x00da,Leeds\n")) == [("Ada", "Leeds")]


def test_a_list_of_one_column_is_a_table(tmp_path: Path) -> None:
    assert read_cells(csv_file(tmp_path, "Email\na@example.com\nb@example.com\n")) == [
        ("a@example.com",),
        ("b@example.com",),
    ]


def test_a_quote_that_never_closes_is_named_with_its_row_instead_of_swallowing_the_rest(
    tmp_path: Path,
) -> None:
    path = csv_file(tmp_path, 'Name,City\nAda,Leeds\nBob,"York\n' + "Cy,Hull\n" * 9)
    with pytest.raises(BadInput, match=r"In row 3 of “leads\.csv” a quotation mark opens"):
        read_cells(path)


def test_a_quote_that_swallows_a_huge_rest_is_named_too(tmp_path: Path) -> None:
    table = read_table(
        csv_file(tmp_path, "Name,City\n" + "Ada,Leeds\n" * 250 + 'Bob,"York\n' + "Cy,Hull\n" * 40_000)
    )
    with pytest.raises(BadInput, match="In row 252 of"):
        list(table.rows)


def test_text_files_have_no_sheets(tmp_path: Path) -> None:
    path = csv_file(tmp_path, LEADS)
    assert sheets(path) == []
    with pytest.raises(BadInput, match="has no sheets"):
        read_table(path, sheet="Leads")


def test_the_persons_name_for_the_file_is_kept(tmp_path: Path) -> None:
    assert read_table(csv_file(tmp_path, LEADS, "upload-7.tmp"), name="May leads.csv").name == "May leads.csv"
