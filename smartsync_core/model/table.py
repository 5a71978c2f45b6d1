"""What intake reads: a table of texts with its file row numbers. Nothing is interpreted here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

__all__ = ["Header", "RawRow", "Table", "Upload"]


@dataclass(frozen=True, kw_only=True)
class Header:
    """The lines that name the columns, by the file's own numbers. 0 and 0: none does, rows begin with the first line."""

    first: int
    last: int  # = first, unless the names are spread over several lines
    reason: str = ""  # why it was proposed; "" where a person said it

    def __str__(self) -> str:
        if self.last == 0:
            return "none"
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


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
    """A table in a file: read once, row by row.

    `notes` are sentences for the person that are known at once (sheet chosen, lines above the table). `remarks()` gives those
    about lines met while reading, `passed_over()` the numbers of lines that are no rows: ask both once the rows are read.
    """

    name: str  # file name without folders
    columns: tuple[
        str, ...
    ]  # headers as written, trimmed; blank ones are named "Column 7"; duplicates get " (2)"
    rows: Iterator[RawRow]
    sheet: str = ""  # workbook sheet; "" for text files
    notes: tuple[str, ...] = field(default=())
    header: Header = Header(first=1, last=1)
    first_lines: tuple[RawRow, ...] = ()  # as they stand in the file, what is above the table included
    remarks: Callable[[], tuple[str, ...]] = tuple
    passed_over: Callable[[], list[int]] = list


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
