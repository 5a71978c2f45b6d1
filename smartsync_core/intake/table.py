"""The one way in: a file becomes a Table, whatever its format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path

from smartsync_core.errors import BadInput
from smartsync_core.intake.kinds import FileKind, kind_of
from smartsync_core.intake.text import open_text
from smartsync_core.intake.workbook import open_sheet, sheet_names
from smartsync_core.model.table import RawRow, Table

__all__ = ["MAX_COLUMNS", "read_table", "sheets"]

MAX_COLUMNS = 2_000
_LOOK_AHEAD = 200  # records read to see how wide the table is
_NUMBER = re.compile(r"[+-]?\d[\d.,\s]*(e[+-]?\d+)?%?", re.IGNORECASE)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))
_ESCAPED = ("'=", "'+", "'-", "'@", "'\t", "'\r")

Record = tuple[int, list[str]]


def sheets(path: Path) -> list[str]:
    """Names of a workbook's sheets, hidden ones last; [] for text. Raises BadInput for what is no table."""
    kind = kind_of(path, path.name)
    return [] if kind is FileKind.TEXT else sheet_names(path, kind, path.name)


def read_table(
    path: Path, *, name: str | None = None, sheet: str | None = None, header_row: int | None = None
) -> Table:
    """The table in a file. Its rows stream: iterate once; wholly empty lines are no rows but keep their number.

    `name` is what the person calls the file (default: its own name); `sheet` a workbook's sheet (default: the first with a
    table); `header_row` the row of column names (default: the first that is not empty). Raises BadInput with a sentence and a
    hint for all that is no table; iterating the rows of a text file may raise it too, naming the row.
    """
    name = name or path.name
    kind = kind_of(path, name)
    if kind is FileKind.TEXT:
        if sheet is not None:
            raise BadInput(
                f"“{name}” is a text file and has no sheets.",
                hint="Leave the sheet out.",
                code="unknown_sheet",
            )
        text = open_text(path, name)
        return _table(text.records, name=name, sheet="", header_row=header_row, notes=text.notes)
    content = open_sheet(path, kind, name, sheet)
    return _table(content.records, name=name, sheet=content.name, header_row=header_row, notes=content.notes)


def _table(
    records: Iterator[Record], *, name: str, sheet: str, header_row: int | None, notes: tuple[str, ...]
) -> Table:
    place = f"“{name}”" + (f" (sheet “{sheet}”)" if sheet else "")
    header = _header(records, header_row, place)
    ahead = list(islice(records, _LOOK_AHEAD))
    width = max((_filled_width(cells) for cells in (header, *(cells for _, cells in ahead))), default=0)
    if width > MAX_COLUMNS:
        raise BadInput(
            f"{place} has {width:,} columns; up to {MAX_COLUMNS:,} can be read.",
            hint="Remove the columns that are not needed.",
            code="too_large",
        )
    rows = _rows(chain(ahead, records), width)
    first = next(rows, None)
    if first is None:
        raise BadInput(f"{place} has column names but no rows.", hint="Add rows under them.", code="no_rows")
    return Table(
        name=name, sheet=sheet, columns=_columns(header, width), rows=chain((first,), rows), notes=notes
    )


def _header(records: Iterator[Record], header_row: int | None, place: str) -> list[str]:
    for number, cells in records:
        if header_row is not None and number < header_row:
            continue
        if header_row is not None and number > header_row:
            break
        named = [_column_name(cell) for cell in cells]
        if not any(named):
            continue
        if all(_NUMBER.fullmatch(cell) for cell in named if cell):
            raise BadInput(
                f"Row {number} of {place} holds only numbers, so there are no column names to go by.",
                hint="Put the names of the columns into the first row.",
                code="no_header",
            )
        return named
    if header_row is not None:
        raise BadInput(
            f"Row {header_row} of {place} is empty.",
            hint="Choose the row with the column names.",
            code="no_header",
        )
    raise BadInput(f"{place} is empty.", hint="Choose a file or sheet with a table in it.", code="empty_file")


def _column_name(cell: str) -> str:
    return " ".join(_unescaped(cell).translate(_INVISIBLE).split())


def _filled_width(cells: list[str]) -> int:
    for position in range(len(cells), 0, -1):
        if cells[position - 1] and not cells[position - 1].isspace():
            return position
    return 0


def _columns(header: list[str], width: int) -> tuple[str, ...]:
    """Every column gets a name of its own: blank ones their position, the second "Email" becomes "Email (2)"."""
    taken: set[str] = set()
    named = []
    for position in range(1, width + 1):
        wanted = (header[position - 1] if position <= len(header) else "") or f"Column {position}"
        column, copy = wanted, 1
        while column.casefold() in taken:
            copy += 1
            column = f"{wanted} ({copy})"
        taken.add(column.casefold())
        named.append(column)
    return tuple(named)


def _rows(records: Iterator[Record], width: int) -> Iterator[RawRow]:
    for number, cells in records:
        joined = "".join(cells)
        if not joined or joined.isspace():
            continue
        texts = [_unescaped(cell) for cell in cells] if "'" in joined else cells
        texts = ["" if text.isspace() else text for text in texts]
        if len(texts) == width:
            yield RawRow(number, tuple(texts))
        elif len(texts) < width:
            yield RawRow(number, (*texts, *[""] * (width - len(texts))))
        else:
            yield RawRow(number, tuple(texts[:width]), tuple(texts[width : _filled_width(texts)]))


def _unescaped(cell: str) -> str:
    """Undo our own export's guard: one ' before a character that a spreadsheet would take for a formula."""
    return cell[1:] if cell.startswith(_ESCAPED) else cell
