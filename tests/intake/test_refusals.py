"""What is no table, or too much of one, is refused with one sentence and what to do."""

import io
import zipfile
from pathlib import Path

import pytest

from smartsync_core.errors import BadInput
from smartsync_core.intake import archive, kinds, read_table, sheets, table
from smartsync_core.model.table import Header
from tests.intake.files import csv_file, ods_file, ole_container, with_member, xls_file, xlsx_file


def refusal(path: Path, **how: object) -> BadInput:
    with pytest.raises(BadInput) as refused:
        list(read_table(path, **how).rows)  # type: ignore[arg-type]
    assert refused.value.hint, "a refusal says what to do"
    assert "\n" not in refused.value.sentence()
    return refused.value


def zipped(*members: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as packed:
        for member in members:
            packed.writestr(member, "x")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<!DOCTYPE html><html><body><table><tr><td>Name</td></tr></table></body></html>", "a web page"),
        (b"\n  <html>\n<table>", "a web page"),
        (b'<?xml version="1.0"?><Workbook></Workbook>', "markup"),
        (b'[{"name": "Ada"}, {"name": "Bob"}]', "a JSON document"),
        (b'{"leads": []}', "a JSON document"),
        (b"%PDF-1.7\n%abc", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a picture"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a picture"),
        (b"{\\rtf1 hello}", "a rich-text document"),
        (b"\x1f\x8b\x08\x00abc", "a compressed archive"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"SQLite format 3\x00", "a database file"),
        (b"BEGIN:VCARD\nVERSION:4.0\nEND:VCARD\n", "a set of address cards"),
        (bytes(range(256)) * 8, "a binary file"),
        (zipped("photo.jpg", "notes.txt"), "a compressed archive"),
        (zipped("[Content_Types].xml", "word/document.xml"), "a text document"),
        (zipped("[Content_Types].xml", "ppt/presentation.xml"), "a presentation"),
        (zipped("[Content_Types].xml", "xl/workbook.bin"), "a binary workbook (.xlsb)"),
        (ole_container("WordDocument", b"x"), "an old Office document without a sheet"),
    ],
)
def test_what_is_no_table_is_called_what_it_is_whatever_its_name(
    tmp_path: Path, content: bytes, what: str
) -> None:
    refused = refusal(csv_file(tmp_path, content))
    assert refused.message == f"“leads.csv” is {what}, not a table."
    assert refused.code == "not_a_table"


@pytest.mark.parametrize("content", [b"", b"\n\n  \n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    assert refusal(csv_file(tmp_path, content)).message == "“leads.csv” is empty."


def test_a_file_of_delimiters_only_is_empty(tmp_path: Path) -> None:
    assert refusal(csv_file(tmp_path, ",,,\n,,,\n")).message == "“leads.csv” is empty."


def test_a_header_without_rows_is_refused(tmp_path: Path) -> None:
    refused = refusal(csv_file(tmp_path, "Name,City\n,\n"))
    assert (refused.code, refused.message) == ("no_rows", "“leads.csv” has column names but no rows.")


def test_an_empty_workbook_is_refused(tmp_path: Path) -> None:
    assert refusal(xlsx_file(tmp_path, [])).message == "“leads.xlsx” (sheet “Sheet”) is empty."


def test_a_workbook_with_a_header_only_is_refused(tmp_path: Path) -> None:
    assert refusal(xlsx_file(tmp_path, [["Name", "City"]])).code == "no_rows"


def test_a_file_of_numbers_alone_has_no_column_names(tmp_path: Path) -> None:
    refused = refusal(csv_file(tmp_path, "0.12,-3.4e-05,7\n0.56,1.2,8\n"))
    assert refused.code == "no_header"
    assert "holds only numbers" in refused.message


def test_a_header_row_that_is_empty_or_not_there_is_refused(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "Name,City\n\nAda,Leeds\n")
    assert refusal(path, header=Header(first=2, last=2)).message == "Row 2 of “leads.csv” is empty."
    assert refusal(path, header=Header(first=99, last=99)).code == "no_header"


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere.csv").message == "There is no file “nowhere.csv”."
    assert "is a folder" in refusal(tmp_path).message


def test_a_workbook_with_a_password_is_refused_in_both_formats(tmp_path: Path) -> None:
    new = csv_file(tmp_path, ole_container("EncryptedPackage", b"secret"), "new.xlsx")
    old = xls_file(tmp_path, [["Name"], ["Ada"]], password=True)
    for path in (new, old):
        assert refusal(path).message == f"“{path.name}” is protected by a password."


@pytest.mark.parametrize("cut", [30, 600, 3000])
def test_a_damaged_workbook_is_refused(tmp_path: Path, cut: int) -> None:
    path = xlsx_file(tmp_path, [["Name"], ["Ada"]])
    path.write_bytes(path.read_bytes()[:cut])
    assert refusal(path).code == "unreadable_file"


def test_listing_the_sheets_of_what_is_no_table_is_refused_too(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="a PDF document"):
        sheets(csv_file(tmp_path, b"%PDF-1.7"))


def test_a_file_that_is_too_large_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kinds, "MAX_FILE_BYTES", 10)
    assert refusal(csv_file(tmp_path, "Name,City\nAda,Leeds\n")).code == "too_large"


def test_more_columns_than_can_be_read_are_refused(tmp_path: Path) -> None:
    header = ",".join(f"c{n}" for n in range(table.MAX_COLUMNS + 1))
    assert "2,001 columns" in refusal(csv_file(tmp_path, f"{header}\n{header}\n")).message


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED_BYTES", 1_000)
    assert refusal(xlsx_file(tmp_path, [["Name"], ["Ada"]])).code == "too_large"


def test_one_cell_in_the_far_corner_of_a_sheet_does_not_fill_the_memory(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, [["Name"], ["Ada"]])
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c s="0" r="XFD1048576"><v>1</v></c></row>'
    )
    sheet = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    sheet += f"<sheetData>{rows}</sheetData></worksheet>"
    assert refusal(with_member(path, "xl/worksheets/sheet1.xml", sheet.encode())).code == "too_large"


def ods_row(text: str, rows: int = 1, columns: int = 1) -> str:
    content = f' office:value-type="string"><text:p>{text}</text:p></table:table-cell>' if text else "/>"
    cell = f'<table:table-cell table:number-columns-repeated="{columns}"{content}'
    return f'<table:table-row table:number-rows-repeated="{rows}">{cell}</table:table-row>'


def ods_sheet(folder: Path, *rows: str) -> Path:
    return ods_file(folder, f'<table:table table:name="A">{"".join(rows)}</table:table>')


def test_a_row_repeated_a_million_times_does_not_fill_the_memory(tmp_path: Path) -> None:
    assert refusal(ods_sheet(tmp_path, ods_row("x", rows=1_048_576, columns=16_384))).code == "too_large"


def test_empty_rows_repeated_to_the_end_of_the_sheet_are_harmless(tmp_path: Path) -> None:
    path = ods_sheet(tmp_path, ods_row("Name"), ods_row("Ada"), ods_row("", rows=1_048_574, columns=16_384))
    assert [row.cells for row in read_table(path).rows] == [("Ada",)]
