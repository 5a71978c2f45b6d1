"""What people do to workbooks: merging, hiding, filtering, formulas, notes; and what attackers do to them."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from smartsync_core.errors import BadInput
from smartsync_core.intake import read_table
from smartsync_core.mapping.identity import email_key
from tests.intake.files import cells_of, ods_file, with_member, xlsx_file

PEOPLE: list[list[object]] = [
    ["Company", "Name", "City"],
    ["Acme", "Ada", "Leeds"],
    [None, "Bob", "York"],
    ["Bolt", "Cy", "Hull"],
]
WORKSHEET = "xl/worksheets/sheet1.xml"
SPREADSHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def workbook_of(folder: Path, rows: Sequence[Sequence[object]]) -> tuple[openpyxl.Workbook, Worksheet, Path]:
    path = xlsx_file(folder, rows)
    workbook = openpyxl.load_workbook(path)
    return workbook, workbook.worksheets[0], path


def test_each_row_of_a_cell_merged_over_several_gets_its_value_and_it_is_said(tmp_path: Path) -> None:
    workbook, sheet, path = workbook_of(tmp_path, PEOPLE)
    sheet.merge_cells("A2:A3")
    workbook.save(path)
    table = read_table(path)
    assert [cells[0] for cells in cells_of(table)] == ["Acme", "Acme", "Bolt"]
    assert table.notes == ("Cells are merged over several rows in row 2: each of these rows got the value.",)


def test_a_blank_cell_that_is_not_merged_stays_blank(tmp_path: Path) -> None:
    assert [cells[0] for cells in cells_of(read_table(xlsx_file(tmp_path, PEOPLE)))] == ["Acme", "", "Bolt"]


def test_a_merged_cell_makes_no_rows_of_empty_lines(tmp_path: Path) -> None:
    workbook, sheet, path = workbook_of(tmp_path, [*PEOPLE[:2], [None, None, None], PEOPLE[3]])
    sheet.merge_cells("A2:A3")
    workbook.save(path)
    assert [row.number for row in read_table(path).rows] == [2, 4]


def test_a_title_in_a_merged_cell_is_a_title(tmp_path: Path) -> None:
    workbook, sheet, path = workbook_of(tmp_path, [["Leads of May"], *PEOPLE])
    sheet.merge_cells("A1:C1")
    workbook.save(path)
    assert read_table(path).columns == ("Company", "Name", "City")


def test_hidden_rows_and_columns_are_read_and_it_is_said(tmp_path: Path) -> None:
    workbook, sheet, path = workbook_of(tmp_path, PEOPLE)
    sheet.row_dimensions[3].hidden = True
    sheet.row_dimensions[4].hidden = True
    sheet.column_dimensions["C"].hidden = True
    workbook.save(path)
    table = read_table(path)
    assert len(cells_of(table)) == 3
    assert table.notes == (
        "2 rows are hidden in the workbook, the first is row 3. They are read like the others; delete them there to"
        " leave them out.",
        "Column C is hidden in the workbook. It is read like the others; delete it there to leave it out.",
    )


def test_hidden_rows_of_an_opendocument_sheet_are_said_too(tmp_path: Path) -> None:
    def row(text: str, more: str = "") -> str:
        cell = f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
        return f"<table:table-row{more}>{cell}{cell}</table:table-row>"

    hidden = row("Ada", ' table:visibility="filter"')
    path = ods_file(
        tmp_path, f'<table:table table:name="Leads">{row("Name")}{hidden}{row("Bob")}</table:table>'
    )
    table = read_table(path)
    assert len(cells_of(table)) == 2
    assert table.notes[0].startswith("Row 2 is hidden in the workbook.")


def test_formulas_that_were_never_computed_are_said(tmp_path: Path) -> None:
    table = read_table(xlsx_file(tmp_path, [["Name", "Full"], ["Ada", '=A2&" King"'], ["Bob", "=A3"]]))
    assert table.notes == (
        "2 cells hold formulas that no program has computed yet (the first is B2); they are read as blank."
        " Open the workbook in Excel, save it and choose it again.",
    )


def test_formulas_give_the_value_that_was_last_computed(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, [["Name", "Sum"], ["Ada", 1]])
    cells = '<c r="A2" t="str"><f>"A"&amp;"da"</f><v>Ada</v></c><c r="B2"><f>1+1</f><v>2</v></c>'
    names = '<c r="A1" t="str"><v>Name</v></c><c r="B1" t="str"><v>Sum</v></c>'
    rows = f'<row r="1">{names}</row><row r="2">{cells}</row>'
    sheet = f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData></worksheet>'
    table = read_table(with_member(path, WORKSHEET, sheet.encode()))
    assert (cells_of(table), table.notes) == ([("Ada", "2")], ())


@pytest.mark.parametrize(
    ("title", "rows"),
    [
        ("Read me", [["Field", "Meaning"], ["Name", "Who"]]),
        (
            "Sheet1",
            [["Columns", "How to fill them"], ["Name", "Please write the full name of the person here"]],
        ),
    ],
)
def test_a_sheet_of_notes_before_the_table_is_not_taken_for_it(
    tmp_path: Path, title: str, rows: list[list[str]]
) -> None:
    workbook, notes, path = workbook_of(tmp_path, rows)
    notes.title = title
    leads = workbook.create_sheet("Leads")
    leads.append(["Name", "City"])
    leads.append(["Ada", "Leeds"])
    workbook.save(path)
    table = read_table(path)
    assert (table.sheet, table.notes) == ("Leads", (f"Read the sheet “Leads”; left alone: “{title}”.",))


def test_phones_stored_as_numbers_and_numbers_stored_as_text_have_the_digits_that_are_seen(
    tmp_path: Path,
) -> None:
    path = xlsx_file(tmp_path, [["Phone", "Zip"], [442071234567.0, "01234"], ["0207 123", 1234]])
    assert cells_of(read_table(path)) == [("442071234567", "01234"), ("0207 123", "1234")]


def test_numbers_beyond_the_digits_that_a_spreadsheet_keeps_are_said(tmp_path: Path) -> None:
    table = read_table(xlsx_file(tmp_path, [["Id", "Name"], [1234567890123456789, "Ada"], [5, "Bob"]]))
    cells_of(table)
    assert table.remarks() == (
        "“Id” has numbers of more than 15 digits, first in row 2. A spreadsheet program keeps only the first 15, so the"
        " last ones may be wrong; take the column from its source again, formatted as text.",
    )


def test_spaces_that_do_not_break_and_characters_without_width_do_not_hide_an_address(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, [["E-mail", "City"], ["\u200bada@example.com\u00a0", "Leeds"]])
    assert email_key(cells_of(read_table(path))[0][0]) == "ada@example.com"


def test_a_workbook_with_macros_is_read_and_they_are_not_run(tmp_path: Path) -> None:
    path = xlsx_file(tmp_path, PEOPLE, "leads.xlsm")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"Sub Auto_Open()")
    assert len(cells_of(read_table(path))) == 3


ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_entities_that_would_grow_without_end_are_refused_in_a_workbook(tmp_path: Path) -> None:
    row = '<row r="1"><c r="A1" t="str"><v>&i;</v></c></row>'
    sheet = f'{ENTITIES}]><worksheet xmlns="{SPREADSHEET}"><sheetData>{row}</sheetData></worksheet>'
    with pytest.raises(BadInput) as refused:
        read_table(with_member(xlsx_file(tmp_path, PEOPLE), WORKSHEET, sheet.encode()))
    assert refused.value.code == "unreadable_file"


def test_entities_that_would_grow_without_end_are_refused_in_an_opendocument_sheet(tmp_path: Path) -> None:
    path = ods_file(tmp_path, "")
    content = f'{ENTITIES}]><office:document-content xmlns:office="urn:x">&i;</office:document-content>'
    with pytest.raises(BadInput) as refused:
        read_table(with_member(path, "content.xml", content.encode()))
    assert refused.value.code == "unreadable_file"


def test_an_archive_that_unpacks_to_a_thousand_times_its_size_is_refused(tmp_path: Path) -> None:
    row = '<row r="{0}"><c r="A{0}"><v>1</v></c><c r="XFD{0}"><v>1</v></c></row>'
    rows = "".join(row.format(number) for number in (1, 5_000))
    sheet = f'<worksheet xmlns="{SPREADSHEET}"><sheetData>{rows}</sheetData>{" " * 50_000_000}</worksheet>'
    with pytest.raises(BadInput) as refused:
        read_table(with_member(xlsx_file(tmp_path, PEOPLE), WORKSHEET, sheet.encode()))
    assert refused.value.code == "too_large"
