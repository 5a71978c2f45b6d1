"""Whatever comes in: a table or one sentence, never a traceback, never a row lost."""

import csv
import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smartsync_core.errors import BadInput
from smartsync_core.intake import read_table
from tests.intake.files import ole_container, xls_file, xlsx_file

slow = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CELL = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="'") | st.sampled_from("\n\t"),
    max_size=12,
)
WIDTH = st.shared(st.integers(2, 6), key="width")
ROWS = WIDTH.flatmap(lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), max_size=25))
HEADER = ["Name", "City", "Country", "Phone", "Note", "Code"]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as path:
        yield Path(path)


def expected(rows: list[list[str]]) -> list[tuple[int, tuple[str, ...]]]:
    """Every row with any cell that is not blank, under the number that a spreadsheet shows."""
    return [
        (number, tuple("" if cell.isspace() else cell for cell in row))
        for number, row in enumerate(rows, start=2)
        if any(cell and not cell.isspace() for cell in row)
    ]


def accepted(path: Path) -> list[tuple[int, tuple[str, ...]]] | BadInput:
    try:
        return [(row.number, row.cells) for row in read_table(path).rows]
    except BadInput as refused:
        return refused


@settings(deadline=None)
@given(content=st.binary(max_size=400))
def test_random_bytes_are_a_table_or_refused(folder: Path, content: bytes) -> None:
    path = folder / "bytes.csv"
    path.write_bytes(content)
    accepted(path)


@settings(deadline=None)
@given(content=st.text("ab\"',;\t|\n\r =+-@\u00a0\u200bé", max_size=200))
def test_random_text_is_a_table_or_refused(folder: Path, content: str) -> None:
    path = folder / "text.csv"
    path.write_bytes(content.encode())
    accepted(path)


@settings(deadline=None)
@given(
    rows=ROWS,
    delimiter=st.sampled_from(",;\t|"),
    newline=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_no_row_and_no_cell_of_a_random_csv_is_lost(
    folder: Path, rows: list[list[str]], delimiter: str, newline: str, encoding: str
) -> None:
    width = len(rows[0]) if rows else 3
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer.writerows([HEADER[:width], *rows])
    path = folder / "table.csv"
    path.write_bytes(buffer.getvalue().encode(encoding))
    found, wanted = accepted(path), expected(rows)
    if wanted:
        assert found == wanted
    else:
        assert isinstance(found, BadInput)
        assert found.code == "no_rows"


@slow
@given(rows=ROWS)
def test_no_row_and_no_cell_of_a_random_workbook_is_lost(folder: Path, rows: list[list[str]]) -> None:
    rows = [["".join(c for c in cell if c.isprintable() or c == "\n") for cell in row] for row in rows]
    width = len(rows[0]) if rows else 3
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for place, row in enumerate([HEADER[:width], *rows], start=1):
        for column, cell in enumerate(row, start=1):
            if cell:
                sheet.cell(place, column).value = cell
                sheet.cell(place, column).data_type = "s"
    workbook.save(folder / "table.xlsx")
    found, wanted = accepted(folder / "table.xlsx"), expected(rows)
    if wanted:
        assert found == [(number, cells) for number, cells in wanted]
    else:
        assert isinstance(found, BadInput)
        assert found.code == "no_rows"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Made once: a workbook carries the time it was saved at, and damage must be repeatable."""
    folder = tmp_path_factory.mktemp("whole")
    return {
        "xlsx": xlsx_file(folder, [["Name", "City"], ["Ada", "Leeds"], ["Bob", 7]]),
        "xls": xls_file(folder, [["Name", "City"], ["Ada", "Leeds"], ["Bob", 7.0]]),
    }


@slow
@given(
    kind=st.sampled_from(["xlsx", "xls", "ole"]),
    stream=st.binary(max_size=300),
    damage=st.lists(st.tuples(st.integers(0, 1_000_000), st.integers(0, 255)), max_size=12),
)
def test_a_workbook_with_damaged_bytes_is_a_table_or_refused(
    folder: Path, whole: dict[str, Path], kind: str, stream: bytes, damage: list[tuple[int, int]]
) -> None:
    content = bytearray(ole_container("Workbook", stream) if kind == "ole" else whole[kind].read_bytes())
    for place, byte in damage:
        content[place % len(content)] = byte
    path = folder / f"damaged.{kind}"
    path.write_bytes(content)
    accepted(path)


PLAIN = st.text("abc 1é", min_size=1, max_size=6).filter(str.strip)
LINE = st.one_of(
    st.lists(PLAIN, min_size=1, max_size=4),
    st.just(["Name", "City", "Country"]),
    st.just([]),
    st.tuples(st.sampled_from(["Total", "Summe"]), st.just(""), st.integers(0, 99).map(str)).map(list),
    st.just(["Source: our own research"]),
    st.just(["a@x.example", "Leeds", "1"]),
)


@settings(deadline=None)
@given(lines=st.lists(LINE, min_size=1, max_size=20))
def test_every_line_is_a_row_or_above_the_table_or_named_as_none(
    folder: Path, lines: list[list[str]]
) -> None:
    path = folder / "lines.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(lines)
    try:
        table = read_table(path)
    except BadInput:
        return
    rows = [row.number for row in table.rows]
    filled = {number for number, line in enumerate(lines, start=1) if any(line)}
    above = {number for number in filled if number <= table.header.last}
    assert sorted([*rows, *table.passed_over(), *above]) == sorted(filled)
    assert bool(table.passed_over()) == bool(table.remarks())
    simple = table.header.first == table.header.last == min(filled)
    assert simple or table.notes, "lines above the table are said"
