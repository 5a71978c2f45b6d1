"""Lines that are no records although they stand among them, and numbers that lost their digits: each is said, none silently."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from smartsync_core.intake.layout import filled, header_text, is_number

__all__ = ["Remarks", "is_footer", "is_total"]

_TOTAL = re.compile(
    r"((grand|sub|overall)[ -]?)?totals?|sum|(gesamt|zwischen|end)?summe|gesamt|insgesamt"
    r"|(sous-)?total( g[eé]n[eé]ral)?|somme|(sub)?total general|suma|(sub)?totale|(sub)?totaal",
    re.IGNORECASE,
)
_SHORTENED = re.compile(r"\d[.,]\d+E\+?\d{2}", re.IGNORECASE)
_NAMED = 5  # row numbers named in one sentence


@dataclass(kw_only=True)
class Remarks:
    """Grows while the rows are read; complete once they are."""

    totals: list[int] = field(default_factory=list)
    headers_again: list[int] = field(default_factory=list)
    footers: list[int] = field(default_factory=list)
    shortened: dict[int, tuple[int, str]] = field(default_factory=dict)  # column -> first row and text

    rounded: Mapping[int, int] = field(default_factory=dict)  # column -> first row

    @property
    def passed_over(self) -> list[int]:
        """Every line with something in it that is no row."""
        return sorted([*self.totals, *self.headers_again, *self.footers])

    def note_shortened(self, number: int, cells: Sequence[str]) -> None:
        for place, cell in enumerate(cells):
            if place not in self.shortened and _SHORTENED.fullmatch(cell.strip()):
                self.shortened[place] = (number, cell.strip())

    def sentences(self, columns: Sequence[str]) -> tuple[str, ...]:
        told = [
            _passed(self.totals, "holds a total", "hold totals"),
            _passed(self.headers_again, "repeats the column names", "repeat the column names"),
            _passed(self.footers, "is a remark under the table", "are remarks under the table"),
        ]
        for place, (number, text) in self.shortened.items():
            told.append(
                f"“{columns[place]}” has numbers that a spreadsheet program shortened, first in row {number}: “{text}”."
                " Their last digits are gone from the file; take the column from its source again, formatted as text."
            )
        for place, number in self.rounded.items():
            told.append(
                f"“{columns[place]}” has numbers of more than 15 digits, first in row {number}. A spreadsheet program keeps only"
                " the first 15, so the last ones may be wrong; take the column from its source again, formatted as text."
            )
        return tuple(sentence for sentence in told if sentence)


def is_total(cells: Sequence[str]) -> bool:
    """A line that sums up: it begins with the word, the rest are numbers, and some cell is blank."""
    told = filled(cells)
    if not 2 <= len(told) < len(cells):
        return False
    label = header_text(told[0]).rstrip(":").strip()
    return _TOTAL.fullmatch(label) is not None and all(is_number(cell) for cell in told[1:])


def is_footer(cells: Sequence[str]) -> bool:
    """One sentence alone on its line. Only where nothing follows it is it no row (see `table`)."""
    told = filled(cells)
    return len(told) == 1 and len(cells) > 2 and told[0].isprintable() and len(told[0].split(" ")) > 2


def _passed(numbers: Sequence[int], one: str, many: str) -> str:
    if not numbers:
        return ""
    if len(numbers) == 1:
        return f"Row {numbers[0]} {one}; it is not imported."
    named = ", ".join(map(str, numbers[:_NAMED])) + (" …" if len(numbers) > _NAMED else "")
    return f"{len(numbers):,} rows {many} ({named}); they are not imported."
