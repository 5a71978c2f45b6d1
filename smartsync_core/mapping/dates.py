"""Dates and instants: ISO, month names, and day/month orders that the column itself settles."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from enum import StrEnum

__all__ = [
    "AmbiguousDate",
    "DateOrder",
    "NotADate",
    "date_order",
    "date_text",
    "instant_text",
    "shows_both_orders",
]


class DateOrder(StrEnum):
    DAY_FIRST = "DMY"
    MONTH_FIRST = "MDY"


class NotADate(ValueError):
    pass


class AmbiguousDate(ValueError):
    """ "03/04/2024" alone: March or April."""


_CLOCK = r"(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(?P<half>[AaPp]\.?[Mm]\.?)?"
_TIME = rf"(?:[T ,]+{_CLOCK}\s*(?P<zone>Z|UTC|[+-]\d{{2}}:?\d{{2}})?)?"
_ISO = re.compile(r"(?P<year>\d{4})([-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})" + _TIME)
_NUMERIC = re.compile(r"(?P<first>\d{1,2})(?P<mark>[-/.])(?P<second>\d{1,2})(?P=mark)(?P<year>\d{4})" + _TIME)
_DAY_NAME = re.compile(
    r"(?P<day>\d{1,2})(?:st|nd|rd|th|\.)?[ -](?P<name>[A-Za-z]{3,9})\.?,?[ -](?P<year>\d{4})" + _TIME
)
_NAME_DAY = re.compile(
    r"(?P<name>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})" + _TIME
)
_MONTHS = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name} | {"sept": 9}


def date_text(text: str, order: DateOrder | None = None) -> str:
    """The date as YYYY-MM-DD; a time beside it is left out. Raises NotADate or AmbiguousDate."""
    return _read(text, order)[0].isoformat()


def instant_text(text: str, order: DateOrder | None = None) -> str:
    """The instant in UTC, 2024-03-04T10:30:00Z. A date alone is its midnight, a time without a zone is UTC."""
    day, at = _read(text, order)
    moment = datetime.combine(day, at)
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (
        moment.replace(tzinfo=None).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
        + "Z"
    )


def date_order(texts: Iterable[str]) -> DateOrder | None:
    """The order that a column's values show; None where none shows it or where they disagree."""
    shown = _shown(texts)
    return shown.pop() if len(shown) == 1 else None


def shows_both_orders(texts: Iterable[str]) -> bool:
    return len(_shown(texts)) == 2


def _shown(texts: Iterable[str]) -> set[DateOrder]:
    orders = (_own_order(match) for match in map(_NUMERIC.fullmatch, texts) if match)
    return {order for order in orders if order is not None}


def _own_order(match: re.Match[str]) -> DateOrder | None:
    """Dots are day first wherever they are used; else a number above 12 tells."""
    first, second = int(match["first"]), int(match["second"])
    if match["mark"] == "." or first > 12:
        return DateOrder.DAY_FIRST
    return DateOrder.MONTH_FIRST if second > 12 else None


def _read(text: str, order: DateOrder | None) -> tuple[date, time]:
    if match := _ISO.fullmatch(text):
        return _date(match, int(match["month"]), int(match["day"])), _time(match)
    if match := _DAY_NAME.fullmatch(text) or _NAME_DAY.fullmatch(text):
        return _date(match, _month(match["name"]), int(match["day"])), _time(match)
    if match := _NUMERIC.fullmatch(text):
        first, second = int(match["first"]), int(match["second"])
        own = _own_order(match) or (DateOrder.DAY_FIRST if first == second else None) or order
        if own is None:
            raise AmbiguousDate(text)
        month, day = (second, first) if own is DateOrder.DAY_FIRST else (first, second)
        return _date(match, month, day), _time(match)
    raise NotADate(text)


def _date(match: re.Match[str], month: int, day: int) -> date:
    try:
        return date(int(match["year"]), month, day)
    except ValueError:
        raise NotADate(match.string) from None


def _month(name: str) -> int:
    """English names and their beginnings; the patterns ask for three letters at least."""
    for month, number in _MONTHS.items():
        if month.startswith(name.casefold()):
            return number
    raise NotADate(name)


def _time(match: re.Match[str]) -> time:
    if not match["time"]:
        return time()
    hour, _, rest = match["time"].partition(":")
    if match["half"]:
        hour = str(int(hour) % 12 + (12 if match["half"][0] in "Pp" else 0))
    zone = (match["zone"] or "").replace("UTC", "+00:00")
    try:
        return time.fromisoformat(f"{int(hour):02}:{rest}{zone}")
    except ValueError:
        raise NotADate(match.string) from None
