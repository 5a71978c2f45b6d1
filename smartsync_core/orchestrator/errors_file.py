"""The error file: rows that wait for a person, with their cells as they stand, where the trouble is and why.

It can be handed back as it is: as corrections of its import (`read_corrections`), or as a file to import. Every cell that a
spreadsheet would take for a formula carries a leading `'`, which intake takes off again.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from smartsync_core.errors import BadInput
from smartsync_core.intake import read_table
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.inbox import OpenRow, open_rows

__all__ = ["read_corrections", "write_errors"]

_ADDED = ("row", "field", "reason")
_PAGE = 1_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_IN_XLSX = 32_767  # characters in a cell
_NOT_IN_XML = {code: None for code in range(32) if code not in (9, 10, 13)}

_Line = Sequence[str | int]


def write_errors(ctx: Context, run_id: str, path: Path) -> int:
    """Write the rows that wait for a person as CSV, or as XLSX where the name ends so; how many there are.

    The columns of the upload, then the row's number, the columns it is about and the reasons, one line per row. Raises
    BadInput where the file cannot be written, NotFound for an unknown import.
    """
    run = ctx.runs.get(run_id)
    header = (*ctx.uploads.get(run.upload_id).columns, *_added_to(ctx, run))
    kinds: dict[str, Callable[[Path, Iterator[_Line]], int]] = {".csv": _write_csv, ".xlsx": _write_xlsx}
    write = kinds.get(path.suffix.lower())
    if write is None:
        raise BadInput(
            f"“{path.name}” is neither a CSV file nor an Excel file.",
            hint="Let its name end in .csv or .xlsx.",
        )
    partial = path.with_name(f".{path.name}.part")
    try:
        lines = write(partial, _lines(ctx, run_id, header))
        partial.replace(path)
    except OSError as error:
        raise BadInput(f"“{path}” cannot be written: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)
    return lines - 1


def read_corrections(ctx: Context, run_id: str, path: Path) -> dict[int, dict[str, str]]:
    """{row: {column: cell}} out of an error file that a person corrected; columns of its own are passed over.

    Raises BadInput where it is no table, has no column of row numbers, or two lines for one row.
    """
    run = ctx.runs.get(run_id)
    table = read_table(path, name=path.name)
    row_header = _added_to(ctx, run)[0]
    if row_header not in table.columns:
        raise BadInput(
            f"“{path.name}” has no column “{row_header}” that says which row of the import each line is.",
            hint=f"Take the file that `errors {run_id} --out FILE` writes.",
            code="no_row_column",
        )
    place = table.columns.index(row_header)
    known = [
        (at, header)
        for at, header in enumerate(table.columns)
        if header in ctx.uploads.get(run.upload_id).columns
    ]
    corrections: dict[int, dict[str, str]] = {}
    for line in table.rows:
        row = _row_number(line.cells[place], path.name, line.number)
        if row in corrections:
            raise BadInput(
                f"“{path.name}” has two lines for row {row}.", hint="Leave one of them out.", code="row_twice"
            )
        corrections[row] = {header: line.cells[at] for at, header in known}
    return corrections


def _row_number(text: str, name: str, line: int) -> int:
    if not text.isascii() or not text.isdigit():
        raise BadInput(
            f"Line {line} of “{name}” has no row number: it says “{text}”.",
            hint="Leave the numbers in that column as they are.",
            code="no_row_number",
        )
    return int(text)


def _added_to(ctx: Context, run: Run) -> list[str]:
    """Names of our own columns that the upload does not use: an error file may be imported and have errors again."""
    taken = {column.casefold() for column in ctx.uploads.get(run.upload_id).columns}
    names = []
    for name in _ADDED:
        tried, copy = name, 1
        while tried in taken:
            tried = f"smartsync {name}" if copy == 1 else f"smartsync {name} {copy}"
            copy += 1
        names.append(tried)
    return names


def _lines(ctx: Context, run_id: str, header: Sequence[str]) -> Iterator[_Line]:
    yield header
    offset = 0
    while rows := open_rows(ctx, run_id, limit=_PAGE, offset=offset).rows:
        offset += len(rows)
        yield from (_line(row) for row in rows)


def _line(row: OpenRow) -> _Line:
    columns = ", ".join(dict.fromkeys(problem.column for problem in row.problems if problem.column))
    reasons = dict.fromkeys(
        f"{problem.message} (The CRM said: “{problem.said}”)"
        if problem.said not in ("", problem.message)
        else problem.message
        for problem in row.problems
    )
    theirs = [f"In the CRM {clash.column} is now “{clash.theirs or ''}”." for clash in row.clashes]
    return *row.cells, row.row, columns, "; ".join([*reasons, *theirs])


def _guarded(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _write_csv(path: Path, lines: Iterator[_Line]) -> int:
    """UTF-8 with a mark at its beginning, by which Excel knows the encoding."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for line in lines:
            writer.writerow([_guarded(cell) for cell in line])
            count += 1
    return count


def _write_xlsx(path: Path, lines: Iterator[_Line]) -> int:
    """A workbook that was begun is always finished: an abandoned one leaves its parts behind."""
    from openpyxl import Workbook

    book: Any = Workbook(write_only=True)
    sheet = book.create_sheet("Rows to correct")
    count = longest = 0
    for line in lines:
        longest = max(longest, *(len(cell) for cell in line if isinstance(cell, str)))
        sheet.append([_in_xml(_guarded(cell)) for cell in line])
        count += 1
    book.save(path)
    if longest >= _LONGEST_IN_XLSX:
        raise BadInput(
            f"A cell holds {longest:,} characters; a workbook takes {_LONGEST_IN_XLSX:,}.",
            hint="Let the name of the file end in .csv.",
            code="too_long_for_xlsx",
        )
    return count


def _in_xml(cell: str | int) -> str | int:
    return cell.translate(_NOT_IN_XML)[:_LONGEST_IN_XLSX] if isinstance(cell, str) else cell
