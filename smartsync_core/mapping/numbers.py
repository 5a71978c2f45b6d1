"""Numbers and money as people write them, with the decimal mark settled by evidence, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

__all__ = ["AmbiguousNumber", "NotANumber", "NumberFormat", "number_format", "number_text"]


class NumberFormat(StrEnum):
    """Named by how it writes a number."""

    POINT = "1,234.5"
    COMMA = "1.234,5"


class NotANumber(ValueError):
    pass


class AmbiguousNumber(ValueError):
    """ "1,234" alone: one thousand or one point two."""


_MONEY = re.compile(r"[$€£¥₹]|\b(?:USD|EUR|GBP|CHF|JPY|CAD|AUD|SEK|NOK|DKK|PLN|INR)\b", re.IGNORECASE)
_NUMBER = re.compile(r"([+-]?)(\d[\d.,]*|[.,]\d+)")
_GROUPS = {".": re.compile(r"\d{1,3}(\.\d{3})+"), ",": re.compile(r"\d{1,3}(,\d{3})+")}
_SPACE_GROUPS = re.compile(r"(?<=\d)[ '’\u00a0\u202f](?=\d{3}(?!\d))")
_MARKS = {NumberFormat.POINT: (".", ","), NumberFormat.COMMA: (",", ".")}  # decimal mark, group mark


def number_text(text: str, written: NumberFormat | None = None, *, whole: bool = False) -> str:
    """The number as the CRM takes it, "1234.5". `written` = the column's format; `whole` = it has no fractions.

    Raises NotANumber, or AmbiguousNumber where only the format could tell.
    """
    sign, digits, money = _parts(text)
    own = _own_format(digits, money=money or whole)
    if own is None and written is None and _is_ambiguous(digits):
        raise AmbiguousNumber(text)
    decimal, group = _MARKS[written or own or NumberFormat.POINT]
    integer, mark, fraction = digits.partition(decimal)
    badly_grouped = group in integer and not _GROUPS[group].fullmatch(integer)
    if badly_grouped or group in fraction or decimal in fraction:
        raise NotANumber(text)
    plain = f"{integer.replace(group, '') or '0'}{'.' + fraction if mark and fraction else ''}"
    return format(Decimal(f"{sign}{plain}"), "f")


def number_format(texts: Iterable[str]) -> NumberFormat | None:
    """The format that a column's values show; None where none shows it or where they disagree."""
    shown = set()
    for text in texts:
        try:
            _, digits, money = _parts(text)
        except NotANumber:
            continue
        own = _own_format(digits, money=money)
        if own is not None:
            shown.add(own)
    return shown.pop() if len(shown) == 1 else None


def _parts(text: str) -> tuple[str, str, bool]:
    """(sign, digits with their marks, whether a currency was named); groups made by spaces or apostrophes are closed up."""
    bare, currencies = _MONEY.subn("", text)
    bare = _SPACE_GROUPS.sub("", bare.strip().replace("\u2212", "-"))
    match = _NUMBER.fullmatch(bare.replace("- ", "-"))
    if match is None or currencies > 1:
        raise NotANumber(text)
    return match[1].replace("+", ""), match[2], currencies > 0


def _own_format(digits: str, *, money: bool) -> NumberFormat | None:
    """What one number shows by itself. Money and counts have no three decimals, so there "1,234" shows its groups."""
    marks = [char for char in digits if char in ".,"]
    if not marks:
        return None
    if len(set(marks)) == 2:
        return NumberFormat.POINT if marks[-1] == "." else NumberFormat.COMMA
    if len(marks) > 1 or (money and _GROUPS[marks[0]].fullmatch(digits)):
        return NumberFormat.COMMA if marks[0] == "." else NumberFormat.POINT
    if _is_ambiguous(digits):
        return None
    return NumberFormat.POINT if marks[0] == "." else NumberFormat.COMMA


def _is_ambiguous(digits: str) -> bool:
    return bool(re.fullmatch(r"[1-9]\d{0,2}[.,]\d{3}", digits))
