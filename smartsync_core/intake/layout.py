"""Where a table begins: the lines above it, the line or lines with the column names, and the names themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import median

from smartsync_core.errors import BadInput
from smartsync_core.model.table import Header

__all__ = ["Line", "Spans", "column_names", "filled", "header_text", "is_number", "proposed_header"]

Line = tuple[int, list[str]]
Spans = Mapping[int, Sequence[tuple[int, int]]]  # row -> first and last column of cells merged side by side

_SEARCHED = 30  # filled lines in which column names are looked for
_WIDE = 0.6  # of the usual number of filled cells: narrower lines are titles, remarks and group names
_NUMBER = re.compile(r"[+-]?[$€£¥]?\s?\d[\d.,\s\u202f]*(e[+-]?\d+)?\s?[%$€£¥]?", re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T.*)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}( .*)?")
_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


def header_text(cell: str) -> str:
    """A column name without invisible characters and doubled spaces."""
    return " ".join(cell.translate(_INVISIBLE).split())


def is_number(cell: str) -> bool:
    return _NUMBER.fullmatch(cell.strip()) is not None


def filled(cells: Sequence[str]) -> list[str]:
    return [cell for cell in cells if cell and not cell.isspace()]


def proposed_header(lines: Sequence[Line], spans: Spans, place: str) -> Header:
    """The line (or two) that most likely names the columns, with the reason. Raises BadInput for a table of numbers alone."""
    looked = [(number, filled(cells)) for number, cells in lines if filled(cells)][:_SEARCHED]
    if not looked:
        raise BadInput(
            f"{place} is empty.", hint="Choose a file or sheet with a table in it.", code="empty_file"
        )
    first_filled = looked[0][0]
    looked = _without_cover(looked)
    widths = [len(cells) for _, cells in looked if len(cells) > 1]
    enough = max(2, _WIDE * median(widths)) if widths else 1
    wide = [(number, cells) for number, cells in looked if len(cells) >= enough] or looked[:1]
    number = _first_of_names(wide, [number for number, _ in looked])
    if number == 0:
        return Header(
            first=0,
            last=0,
            reason=f"Row {wide[0][0]} holds an e-mail address, so it looks like a record: the columns have no names.",
        )
    by_number = dict(lines)
    if all(is_number(cell) for cell in filled(by_number[number])):
        raise BadInput(
            f"Row {number} of {place} holds only numbers, so there are no column names to go by.",
            hint="Put the names of the columns into the first row.",
            code="no_header",
        )
    above = by_number.get(number - 1, [])
    if _names_groups(above, by_number[number], spans.get(number - 1, ())):
        reason = f"Row {number - 1} names groups of columns and row {number} the columns in them; both make the names."
        return Header(first=number - 1, last=number, reason=reason)
    return Header(first=number, last=number, reason=_reason(number, first_filled))


def _without_cover(looked: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Without lines of their own above a blank one that hold a title or a date and are narrower than what follows."""
    numbers = [number for number, _ in looked]
    gap = next((place for place, (one, two) in enumerate(pairwise(numbers), start=1) if two - one > 1), 0)
    cover, rest = looked[:gap], looked[gap:]
    titled = any(len(cells) == 1 or any(map(_is_value, cells)) for _, cells in cover)
    if (
        titled
        and max(len(cells) for _, cells in cover) < len(rest[0][1])
        and not _looks_like_a_record(rest[0][1])
    ):
        return _without_cover(rest)
    return looked


def _is_value(cell: str) -> bool:
    return is_number(cell) or _DATE.fullmatch(cell.strip()) is not None


def _reason(number: int, first_filled: int) -> str:
    if number == first_filled:
        return f"Row {number} is the first one that is filled."
    return f"Row {number} is the first one that reads like column names; what stands above it is not part of the table."


def _first_of_names(wide: Sequence[tuple[int, list[str]]], filled_numbers: Sequence[int]) -> int:
    """The first wide line, unless it looks like a record; then one that begins a block of its own; 0 = there are no names."""
    if not _looks_like_a_record(wide[0][1]):
        return wide[0][0]
    numbers = [number for number, _ in wide]
    begins = {
        later
        for earlier, later in pairwise(numbers)
        if later - earlier > 1 or later - 1 not in filled_numbers
    }
    for number, cells in wide[1:]:
        if number in begins and not _looks_like_a_record(cells):
            return number
    return 0 if any(map(_ADDRESS.fullmatch, map(str.strip, wide[0][1]))) else numbers[0]


def _looks_like_a_record(cells: Sequence[str]) -> bool:
    if any(_ADDRESS.fullmatch(cell.strip()) for cell in cells):
        return True
    return sum(map(_is_value, cells)) * 2 > len(cells)


def _names_groups(above: Sequence[str], names: Sequence[str], merged: Sequence[tuple[int, int]]) -> bool:
    """Whether the line above is needed to tell the names apart, or was laid over them by merging cells."""
    groups = [header_text(cell) for cell in above if header_text(cell)]
    if len(groups) < 2 or any(map(_is_value, groups)):
        return False
    said = [header_text(cell).casefold() for cell in names if header_text(cell)]
    return len(set(said)) < len(said) or bool(merged)


def column_names(lines: Sequence[Line], header: Header, width: int, spans: Spans) -> tuple[str, ...]:
    """Every column gets a name of its own: blank ones their position, the second "Email" becomes "Email (2)"."""
    rows = [
        (number, [header_text(cell) for cell in cells])
        for number, cells in lines
        if header.first <= number <= header.last
    ]
    over = [_spread(cells, spans.get(number)) for number, cells in rows[:-1]]
    stacked = [*over, *(cells for _, cells in rows[-1:])]
    wanted = [
        _joined([cells[place] if place < len(cells) else "" for cells in stacked]) for place in range(width)
    ]
    return _told_apart(wanted)


def _spread(cells: Sequence[str], merged: Sequence[tuple[int, int]] | None) -> list[str]:
    """A group's name over all its columns: those its cell is merged across, else up to the next name."""
    spread = list(cells)
    if merged is not None:
        for first, last in merged:
            for place in range(first + 1, min(last + 1, len(spread))):
                spread[place] = spread[place] or spread[first]
        return spread
    for place in range(1, len(spread)):
        spread[place] = spread[place] or spread[place - 1]
    return spread


def _joined(parts: Sequence[str]) -> str:
    return " ".join(dict.fromkeys(part for part in parts if part))


def _told_apart(wanted: Sequence[str]) -> tuple[str, ...]:
    taken: set[str] = set()
    named = []
    for position, name in enumerate(wanted, start=1):
        first = name or f"Column {position}"
        column, copy = first, 1
        while column.casefold() in taken:
            copy += 1
            column = f"{first} ({copy})"
        taken.add(column.casefold())
        named.append(column)
    return tuple(named)
