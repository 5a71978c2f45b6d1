"""The one way in: a file becomes a Table, whatever its format."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, dropwhile, islice
from pathlib import Path

from smartsync_core.errors import BadInput
from smartsync_core.intake.kinds import FileKind, kind_of
from smartsync_core.intake.layout import Line, Spans, column_names, filled, header_text, proposed_header
from smartsync_core.intake.remarks import Remarks, is_footer, is_total
from smartsync_core.intake.text import open_text
from smartsync_core.intake.workbook import open_sheet, sheet_names
from smartsync_core.model.table import Header, RawRow, Table

__all__ = ["MAX_COLUMNS", "read_table", "sheets"]

MAX_COLUMNS = 2_000
_LOOK_AHEAD = 200  # lines read to see where the table begins and how wide it is
_FIRST_LINES = 12
_HELD_BACK = 20  # lines under the table that may be remarks
_ESCAPED = ("'=", "'+", "'-", "'@", "'\t", "'\r")
_ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))


def sheets(path: Path) -> list[str]:
    """Names of a workbook's sheets, hidden ones last; [] for text. Raises BadInput for what is no table."""
    kind = kind_of(path, path.name)
    return [] if kind is FileKind.TEXT else sheet_names(path, kind, path.name)


def read_table(
    path: Path, *, name: str | None = None, sheet: str | None = None, header: Header | None = None
) -> Table:
    """The table in a file. Its rows stream: iterate once; wholly empty lines are no rows but keep their number.

    `name` is what the person calls the file (default: its own name); `sheet` a workbook's sheet (default: the first with a
    table); `header` the line or lines of column names (default: the table says which it took, and why). Raises BadInput with a
    sentence and a hint for all that is no table; iterating the rows of a text file may raise it too, naming the row.
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
        return _table(
            text.records, name=name, sheet="", header=header, spans={}, notes=text.notes, remarks=Remarks()
        )
    content = open_sheet(path, kind, name, sheet)
    return _table(
        content.records,
        name=name,
        sheet=content.name,
        header=header,
        spans=content.spans,
        notes=content.notes,
        remarks=Remarks(rounded=content.rounded),
    )


def _table(
    records: Iterator[Line],
    *,
    name: str,
    sheet: str,
    header: Header | None,
    spans: Spans,
    notes: tuple[str, ...],
    remarks: Remarks,
) -> Table:
    place = f"“{name}”" + (f" (sheet “{sheet}”)" if sheet else "")
    ahead = list(islice(dropwhile(lambda line: not filled(line[1]), records), _LOOK_AHEAD))
    ahead = [(number, [_unescaped(cell) for cell in cells]) for number, cells in ahead]
    chosen = header or proposed_header(ahead, spans, place)
    if header is not None:
        _check_header(header, ahead, place)
    under = [line for line in ahead if line[0] > chosen.last]
    named = [line for line in ahead if chosen.first <= line[0] <= chosen.last]
    width = max((_filled_width(cells) for _, cells in (*named, *under)), default=0)
    if width > MAX_COLUMNS:
        raise BadInput(
            f"{place} has {width:,} columns; up to {MAX_COLUMNS:,} can be read.",
            hint="Remove the columns that are not needed.",
            code="too_large",
        )
    columns = column_names(named, chosen, width, spans)
    rows = _rows(chain(under, _unescaped_lines(records)), columns, remarks)
    first = next(rows, None)
    if first is None:
        raise BadInput(f"{place} has column names but no rows.", hint="Add rows under them.", code="no_rows")
    return Table(
        name=name,
        sheet=sheet,
        columns=columns,
        rows=chain((first,), rows),
        notes=(*notes, *_about_header(chosen, ahead)),
        header=chosen,
        first_lines=_first_lines(ahead[:_FIRST_LINES]),
        remarks=lambda: remarks.sentences(columns),
        passed_over=lambda: remarks.passed_over,
    )


def _check_header(header: Header, ahead: list[Line], place: str) -> None:
    if header.last == 0:
        return
    there = [cells for number, cells in ahead if header.first <= number <= header.last]
    if any(header_text(cell) for cells in there for cell in cells):
        return
    beyond = bool(ahead) and header.last > ahead[-1][0] and len(ahead) == _LOOK_AHEAD
    raise BadInput(
        f"Row {header} of {place} is too far down for column names."
        if beyond
        else f"Row {header} of {place} is empty.",
        hint="Choose the row with the column names.",
        code="no_header",
    )


def _about_header(header: Header, ahead: list[Line]) -> tuple[str, ...]:
    """Said where it is not simply the first filled line."""
    simple = bool(ahead) and header.first == header.last == ahead[0][0]
    if simple:
        return ()
    if header.reason:
        return (header.reason,)
    above = [str(number) for number, cells in ahead if number < header.first and filled(cells)]
    word = "row" if len(above) == 1 else "rows"
    return (f"Above the column names, and not imported: {word} {', '.join(above)}.",) if above else ()


def _first_lines(ahead: list[Line]) -> tuple[RawRow, ...]:
    width = max((_filled_width(cells) for _, cells in ahead), default=0)
    return tuple(RawRow(number, (*cells, *[""] * (width - len(cells)))[:width]) for number, cells in ahead)


def _filled_width(cells: list[str]) -> int:
    for position in range(len(cells), 0, -1):
        if cells[position - 1] and not cells[position - 1].isspace():
            return position
    return 0


def _rows(records: Iterator[Line], columns: tuple[str, ...], remarks: Remarks) -> Iterator[RawRow]:
    """Rows; a line that is none goes to the remarks. Sentences under the table are held back to see whether a row follows."""
    width = len(columns)
    after_blank = False
    held: list[RawRow] = []
    for number, cells in records:
        joined = "".join(cells)
        if _is_blank(joined):
            after_blank = True
            continue
        texts = ["" if _is_blank(text) else text for text in cells]
        row = _row(number, texts, width)
        if is_total(row.cells):
            remarks.totals.append(number)
        elif row.cells == columns:
            remarks.headers_again.append(number)
        elif (after_blank or held) and len(held) < _HELD_BACK and is_footer(row.cells):
            held.append(row)
        else:
            yield from held
            held.clear()
            if "E+" in joined or "e+" in joined:
                remarks.note_shortened(number, row.cells)
            yield row
        after_blank = False
    remarks.footers.extend(row.number for row in held)


def _row(number: int, texts: list[str], width: int) -> RawRow:
    if len(texts) == width:
        return RawRow(number, tuple(texts))
    if len(texts) < width:
        return RawRow(number, (*texts, *[""] * (width - len(texts))))
    return RawRow(number, tuple(texts[:width]), tuple(texts[width : _filled_width(texts)]))


def _is_blank(text: str) -> bool:
    """Nothing, spaces of any kind, or characters without a width: what looks empty is empty."""
    if not text or text.isspace():
        return True
    return not text.isascii() and not text.translate(_ZERO_WIDTH).strip()


def _unescaped_lines(records: Iterator[Line]) -> Iterator[Line]:
    for number, cells in records:
        yield number, [_unescaped(cell) for cell in cells] if "'" in "".join(cells) else cells


def _unescaped(cell: str) -> str:
    """Undo our own export's guard: one ' before a character that a spreadsheet would take for a formula."""
    return cell[1:] if cell.startswith(_ESCAPED) else cell
