"""What intake reads: a table of texts with its file row numbers. Nothing is interpreted here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["RawRow", "Table", "Upload"]


@dataclass(frozen=True, slots=True)
class RawRow:
    """One line of the file: one text per column, "" for blank.

    `number` is the line in the file (a first data line right under the header is 2).
    `extra` holds cells beyond the last column: the line was cut wrongly somewhere, so its cells may stand in wrong columns.
    """

    number: int
    cells: tuple[str, ...]
    extra: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table in a file: read once, row by row. `notes` are sentences for the person (sheet chosen, lines passed over)."""

    name: str  # file name without folders
    columns: tuple[
        str, ...
    ]  # headers as written, trimmed; blank ones are named "Column 7"; duplicates get " (2)"
    rows: Iterator[RawRow]
    sheet: str = ""  # workbook sheet; "" for text files
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A table that was stored whole; its rows are read back in portions."""

    id: str
    name: str
    sheet: str
    sha256: str  # of the file
    columns: tuple[str, ...]
    row_count: int
    notes: tuple[str, ...]
    created_at: datetime
