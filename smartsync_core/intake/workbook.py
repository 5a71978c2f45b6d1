"""XLSX, XLSM, XLS and ODS through calamine: values as stored, formulas as last computed, macros never run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
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

__all__ = ["Sheet", "cell_text", "open_sheet", "sheet_names"]


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """`records` are (row number, cells) from row 1 on, empty rows included."""

    name: str
    records: Iterator[tuple[int, list[str]]]
    notes: tuple[str, ...]


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
    note = f"Read the sheet “{chosen}”; left alone: {', '.join(f'“{other}”' for other in others)}."
    return Sheet(name=chosen, records=_records(content), notes=(note,) if others and wanted is None else ())


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
    """The first sheet with two filled columns and two rows; failing that the first with any cell; failing that the first."""
    with_cells = ""
    for name in names:
        content = workbook.get_sheet_by_name(name)
        if content.start is None or content.end is None:
            continue
        if content.end[0] > content.start[0] and content.end[1] > content.start[1]:
            return name
        with_cells = with_cells or name
    return with_cells or names[0]


def _records(content: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(content.iter_rows(), start=1):
        yield number, [cell_text(value) for value in row]


def _duration(value: timedelta) -> str:
    seconds = int(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
