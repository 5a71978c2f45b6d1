"""XLSX, XLSM, XLS and ODS through calamine: values as stored, formulas as last computed, macros never run."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from smartsync_core.errors import BadInput
from smartsync_core.intake.archive import check_archive
from smartsync_core.intake.kinds import FileKind
from smartsync_core.intake.layout import filled
from smartsync_core.intake.marks import marks_of

__all__ = ["Sheet", "cell_text", "open_sheet", "sheet_names"]

Area = tuple[tuple[int, int], tuple[int, int]]  # first and last cell, each as row and column from 0

_NOTES_NAME = re.compile(
    r"(read ?me|notes?|instructions?|about|info(rmation)?|cover|legende?|help|guide|glossary|hinweise?|anleitung"
    r"|lisez[- ]?moi|instrucciones|notas)\W*",
    re.IGNORECASE,
)
_EXACT = 1e15  # a spreadsheet program keeps 15 digits of a number
_NOTES_ROWS = 50
_SENTENCE_WORDS = 7


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """`records` are (row number, cells) from row 1 on, empty rows included; `spans` the cells merged side by side."""

    name: str
    records: Iterator[tuple[int, list[str]]]
    spans: Mapping[int, Sequence[tuple[int, int]]]
    notes: tuple[str, ...]
    rounded: Mapping[
        int, int
    ]  # column -> first row with a number that lost digits; grows while `records` are read


def sheet_names(path: Path, kind: FileKind, name: str) -> list[str]:
    """Work sheets in their order, hidden ones last."""
    with _opened(path, kind, name) as workbook:
        return _names(workbook)


def open_sheet(path: Path, kind: FileKind, name: str, wanted: str | None) -> Sheet:
    """The wanted sheet (its name in any case), or the first one that holds a table."""
    with _opened(path, kind, name) as workbook:
        names = _names(workbook)
        if not names:
            raise BadInput(f"“{name}” has no sheet with cells.", hint="Choose another file.", code="no_rows")
        chosen = _named(names, wanted, name) if wanted is not None else _first_with_table(workbook, names)
        content = workbook.get_sheet_by_name(chosen)
    others = [other for other in names if other != chosen]
    notes = [f"Read the sheet “{chosen}”; left alone: {', '.join(f'“{other}”' for other in others)}."]
    merged = content.merged_cell_ranges or []
    rounded: dict[int, int] = {}
    records = _records(content, rounded)
    tall = [area for area in merged if area[1][0] > area[0][0]]
    return Sheet(
        name=chosen,
        records=_carried(records, tall) if tall else records,
        rounded=rounded,
        spans=_spans(merged),
        notes=(
            *(notes if others and wanted is None else ()),
            *_about_merged(tall),
            *marks_of(path, kind, chosen).sentences(),
        ),
    )


def cell_text(value: object) -> str:
    """A cell as text: dates in ISO form, whole numbers without ".0", true and false in lower case; an error cell is blank."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return (
            str(int(value))
            if value.is_integer() and abs(value) < 2**53
            else format(Decimal(repr(value)), "f")
        )
    if isinstance(value, (datetime, date, time)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _duration(value)
    return "" if value is None else str(value)


@contextmanager
def _opened(path: Path, kind: FileKind, name: str) -> Iterator[CalamineWorkbook]:
    """Whatever the reader dislikes becomes one sentence; its Rust panics arrive as a BaseException of their own."""
    if kind is not FileKind.XLS:
        check_archive(path, name)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            yield workbook
    except BadInput:
        raise
    except PasswordError:
        raise BadInput(
            f"“{name}” is protected by a password.",
            hint="Remove the password and choose it again.",
            code="password",
        ) from None
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        raise _damaged(name) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(name) from None


def _damaged(name: str) -> BadInput:
    return BadInput(
        f"“{name}” looks like a workbook but cannot be read as one.",
        hint="Open it in Excel or LibreOffice, save it as .xlsx and choose that file.",
        code="unreadable_file",
    )


def _names(workbook: CalamineWorkbook) -> list[str]:
    sheets = [sheet for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    hidden = [sheet.name for sheet in sheets if sheet.visible != SheetVisibleEnum.Visible]
    return [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible] + hidden


def _named(names: list[str], wanted: str, name: str) -> str:
    for candidate in names:
        if candidate == wanted or candidate.strip().casefold() == wanted.strip().casefold():
            return candidate
    raise BadInput(
        f"“{name}” has no sheet “{wanted}”.",
        hint=f"Its sheets are: {', '.join(names[:20])}.",
        code="unknown_sheet",
    )


def _first_with_table(workbook: CalamineWorkbook, names: list[str]) -> str:
    """The first sheet with two filled columns and two rows that is no page of notes; failing that the first with any cell."""
    with_table = with_cells = ""
    for name in names:
        content = workbook.get_sheet_by_name(name)
        if content.start is None or content.end is None:
            continue
        if content.end[0] > content.start[0] and content.end[1] > content.start[1]:
            if not _is_notes(name, content):
                return name
            with_table = with_table or name
        with_cells = with_cells or name
    return with_table or with_cells or names[0]


def _is_notes(name: str, content: CalamineSheet) -> bool:
    """A sheet that explains the others: called so, or made of sentences (in two columns, a quarter of its cells will do)."""
    if _NOTES_NAME.fullmatch(name.strip()):
        return True
    rows = islice(content.iter_rows(), _NOTES_ROWS)
    texts = [text for row in rows for text in filled([cell_text(value) for value in row])]
    share = 4 if content.width <= 2 else 2
    return sum(len(text.split()) > _SENTENCE_WORDS for text in texts) * share >= len(texts)


def _records(content: CalamineSheet, rounded: dict[int, int]) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(content.iter_rows(), start=1):
        for place, value in enumerate(row):
            if type(value) is float and abs(value) >= _EXACT and place not in rounded:
                rounded[place] = number
        yield number, [cell_text(value) for value in row]


def _carried(
    records: Iterator[tuple[int, list[str]]], tall: Sequence[Area]
) -> Iterator[tuple[int, list[str]]]:
    """The value of a cell merged over several rows, in each of them; a line with nothing of its own stays empty."""
    starting: dict[int, list[Area]] = defaultdict(list)
    for area in tall:
        starting[area[0][0] + 1].append(area)
    carried: dict[int, tuple[str, int]] = {}  # column -> value and the last row that it is for
    for number, cells in records:
        if filled(cells):
            for column, (value, last) in carried.items():
                if number <= last and column < len(cells) and not cells[column]:
                    cells[column] = value
        for (_, first_column), (last_row, _) in starting.pop(number, ()):
            if first_column < len(cells):
                carried[first_column] = (cells[first_column], last_row + 1)
        yield number, cells


def _spans(merged: Sequence[Area]) -> dict[int, list[tuple[int, int]]]:
    spans: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for (row, first), (_, last) in merged:
        if last > first:
            spans[row + 1].append((first, last))
    return dict(spans)


def _about_merged(tall: Sequence[Area]) -> tuple[str, ...]:
    if not tall:
        return ()
    first = min(area[0][0] for area in tall) + 1
    where = f"in row {first}" if len(tall) == 1 else f"in {len(tall):,} places, first in row {first}"
    return (f"Cells are merged over several rows {where}: each of these rows got the value.",)


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
