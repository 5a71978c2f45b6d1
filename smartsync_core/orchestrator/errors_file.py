"""The error file: rows that wait for a person, with their cells as they stand, where the trouble is and why.

It can be handed back as it is: as corrections of its import (`read_corrections`), or as a file to import. Every cell that a
spreadsheet would take for a formula carries a leading `'`, which intake takes off again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from smartsync_core.errors import BadInput
from smartsync_core.intake import read_table
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.inbox import OpenRow, open_rows
from smartsync_core.orchestrator.spreadsheet import ERROR_COLUMNS, Line, own_columns, write_table

__all__ = ["read_corrections", "write_errors"]

_PAGE = 1_000
_SHEET = "Rows to correct"


def write_errors(ctx: Context, run_id: str, path: Path) -> int:
    """Write the rows that wait for a person as CSV, or as XLSX where the name ends so; how many there are.

    The columns of the upload, then the row's number, the columns it is about and the reasons, one line per row. Raises
    BadInput where the file cannot be written, NotFound for an unknown import.
    """
    run = ctx.runs.get(run_id)
    header = (*ctx.uploads.get(run.upload_id).columns, *_added_to(ctx, run))
    return write_table(path, _SHEET, _lines(ctx, run_id, header)) - 1


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
    return own_columns(ERROR_COLUMNS, ctx.uploads.get(run.upload_id).columns)


def _lines(ctx: Context, run_id: str, header: Sequence[str]) -> Iterator[Line]:
    yield header
    offset = 0
    while rows := open_rows(ctx, run_id, limit=_PAGE, offset=offset).rows:
        offset += len(rows)
        yield from (_line(row) for row in rows)


def _line(row: OpenRow) -> Line:
    columns = ", ".join(dict.fromkeys(problem.column for problem in row.problems if problem.column))
    reasons = dict.fromkeys(
        f"{problem.message} (The CRM said: “{problem.said}”)"
        if problem.said not in ("", problem.message)
        else problem.message
        for problem in row.problems
    )
    theirs = [f"In the CRM {clash.column} is now “{clash.theirs or ''}”." for clash in row.clashes]
    return *row.cells, row.row, columns, "; ".join([*reasons, *theirs])
