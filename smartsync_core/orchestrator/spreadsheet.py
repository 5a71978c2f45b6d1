"""Tables of ours as files: CSV and XLSX whose cells no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from smartsync_core.errors import BadInput

__all__ = ["ERROR_COLUMNS", "RESULT_COLUMNS", "Line", "added", "own_columns", "write_table", "write_xlsx"]

ERROR_COLUMNS = ("row", "field", "reason")
RESULT_COLUMNS = ("row", "outcome", "record id", "checked", "reason")
"""What a file of ours adds to the columns of the upload."""

Line = Sequence[str | float]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_IN_XLSX = 32_767  # characters in a cell
_NOT_IN_XML = {code: None for code in range(32) if code not in (9, 10, 13)}


def own_columns(names: Sequence[str], beside: Iterable[str]) -> list[str]:
    """Headers for columns of ours that the file does not use: what we wrote may be imported and written again."""
    taken = {column.casefold() for column in beside}
    found = []
    for name in names:
        tried, copy = name, 1
        while tried.casefold() in taken:
            tried = f"smartsync {name}" if copy == 1 else f"smartsync {name} {copy}"
            copy += 1
        found.append(tried)
    return found


def added(columns: Sequence[str]) -> tuple[str, ...]:
    """Columns at the end of a file that are ours; () for a file that we never wrote."""
    for names in (RESULT_COLUMNS, ERROR_COLUMNS):
        before, ours = columns[: -len(names)], tuple(columns[-len(names) :])
        if before and ours == tuple(own_columns(names, before)):
            return (*added(before), *ours)
    return ()


def write_table(path: Path, title: str, lines: Iterable[Line]) -> int:
    """CSV, or XLSX where the name ends so, whole or not at all; how many lines there were.

    Raises BadInput where the file cannot be written. `title` names the sheet.
    """
    kinds: dict[str, Callable[[Path], int]] = {
        ".csv": lambda partial: _write_csv(partial, lines),
        ".xlsx": lambda partial: write_xlsx(partial, {title: lines}),
    }
    write = kinds.get(path.suffix.lower())
    if write is None:
        raise BadInput(
            f"“{path.name}” is neither a CSV file nor an Excel file.",
            hint="Let its name end in .csv or .xlsx.",
        )
    partial = path.with_name(f".{path.name}.part")
    try:
        count = write(partial)
        partial.replace(path)
    except OSError as error:
        raise BadInput(f"“{path}” cannot be written: {error.strerror or error}.") from error
    finally:
        partial.unlink(missing_ok=True)
    return count


def _write_csv(path: Path, lines: Iterable[Line]) -> int:
    """UTF-8 with a mark at its beginning, by which Excel knows the encoding."""
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        for line in lines:
            writer.writerow([_guarded(cell) for cell in line])
            count += 1
    return count


def write_xlsx(path: Path, sheets: Mapping[str, Iterable[Line]]) -> int:
    """One sheet per title, in order; how many lines there were in all. Raises BadInput where a cell is too long for XLSX.

    A workbook that was begun is always finished: an abandoned one leaves its parts behind.
    """
    from openpyxl import Workbook

    book: Any = Workbook(write_only=True)
    count = longest = 0
    for title, lines in sheets.items():
        sheet = book.create_sheet(title)
        for line in lines:
            longest = max(longest, *(len(cell) for cell in line if isinstance(cell, str)), 0)
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


def _guarded(cell: str | float) -> str | float:
    """A leading `'` before what would be a formula; intake takes it off again."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _in_xml(cell: str | float) -> str | float:
    return cell.translate(_NOT_IN_XML)[:_LONGEST_IN_XLSX] if isinstance(cell, str) else cell
