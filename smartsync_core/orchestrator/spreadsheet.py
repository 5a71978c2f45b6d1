"""Tables of ours as files: CSV and XLSX whose cells no spreadsheet takes for a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from smartsync_core.errors import BadInput

__all__ = ["Line", "write_csv", "write_xlsx"]

Line = Sequence[str | int]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_IN_XLSX = 32_767  # characters in a cell
_NOT_IN_XML = {code: None for code in range(32) if code not in (9, 10, 13)}


def write_csv(path: Path, lines: Iterable[Line]) -> int:
    """UTF-8 with a mark at its beginning, by which Excel knows the encoding. How many lines there were."""
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


def _guarded(cell: str | int) -> str | int:
    """A leading `'` before what would be a formula; intake takes it off again."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _in_xml(cell: str | int) -> str | int:
    return cell.translate(_NOT_IN_XML)[:_LONGEST_IN_XLSX] if isinstance(cell, str) else cell
