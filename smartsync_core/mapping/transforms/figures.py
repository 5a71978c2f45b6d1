"""Transforms that read numbers, money, dates and yes or no."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, from_excel

from smartsync_core.errors import BadInput
from smartsync_core.mapping.choices import bool_text
from smartsync_core.mapping.numbers import AmbiguousNumber, NotANumber, NumberFormat, number_text
from smartsync_core.mapping.text import quoted, tidy
from smartsync_core.mapping.transforms.base import Apply, CannotRead, Kind, Option, Options, Transform

__all__ = ["TRANSFORMS", "plain_number"]

_UNITS = {"ones": 1, "thousands": 1_000, "millions": 1_000_000, "billions": 1_000_000_000}
_MAGNITUDES = {
    "k": 10**3, "tsd": 10**3, "thousand": 10**3,
    "m": 10**6, "mn": 10**6, "mio": 10**6, "mill": 10**6, "million": 10**6, "millions": 10**6,
    "b": 10**9, "bn": 10**9, "mrd": 10**9, "billion": 10**9,
    "lakh": 10**5, "lakhs": 10**5, "lac": 10**5, "crore": 10**7, "crores": 10**7, "cr": 10**7,
}  # fmt: skip
_WITH_MAGNITUDE = re.compile(r"(.*\d)\s*([A-Za-z]+)\.?(\s*[$€£¥₹]|\s+[A-Za-z]{3})?")
_INDIAN = re.compile(r"(?<![\d,])\d{1,2}(?:,\d{2})+,\d{3}(?![\d,])")
_NEGATIVE = re.compile(r"\((.*)\)")
_TOKENS = {
    "YYYY": "%Y", "YY": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%m", "DD": "%d", "D": "%d",
    "HH": "%H", "mm": "%M", "ss": "%S", "hh": "%I", "AM": "%p",
}  # fmt: skip
_TOKEN = re.compile("|".join(_TOKENS))


def plain_number(text: str, written: NumberFormat | None = None) -> Decimal:
    """ "£1.2m", "(1,200)" and "12,34,567" too. Raises CannotRead."""
    bare = tidy(text)
    sign = 1
    if match := _NEGATIVE.fullmatch(bare):
        sign, bare = -1, match[1].strip()
    factor = 1
    match = _WITH_MAGNITUDE.fullmatch(bare)
    if match and match[2].casefold() in _MAGNITUDES:
        factor, bare = _MAGNITUDES[match[2].casefold()], f"{match[1]}{match[3] or ''}"
    bare = _INDIAN.sub(lambda found: found[0].replace(",", ""), bare)
    try:
        return sign * factor * Decimal(number_text(bare, written))
    except AmbiguousNumber:
        raise CannotRead(
            f"{quoted(text)} can be read in two ways: thousands or decimals. Say how the column writes its numbers."
        ) from None
    except NotANumber:
        raise CannotRead(f"{quoted(text)} is not a number.") from None


def _number(options: Options) -> Apply:
    written = NumberFormat(options["written"]) if options["written"] != "as it shows" else None
    unit = _UNITS[options["unit"]]
    return lambda text, row: format((plain_number(text, written) * unit).normalize(), "f")


def _date(options: Options) -> Apply:
    pattern = options["written"]
    if pattern in _SERIALS:
        return _serial(pattern)
    python_pattern = _TOKEN.sub(lambda match: _TOKENS[match[0]], pattern.replace("%", "%%"))
    if not all(part in python_pattern for part in ("%d",)) or not re.search("%[Yy]", python_pattern):
        raise BadInput(
            f"{quoted(pattern)} names no day or no year.",
            hint="Write it as DD/MM/YYYY or serial.",
            code="bad_step",
        )
    timed = "%H" in python_pattern or "%I" in python_pattern
    zone = _zone(options["zone"])

    def read(text: str, row: Mapping[str, str]) -> str:
        try:
            moment = datetime.strptime(tidy(text), python_pattern).replace(tzinfo=zone)
        except ValueError:
            raise CannotRead(f"{quoted(text)} is not a date written as {pattern}.") from None
        if not timed:
            return moment.date().isoformat()
        return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"

    return read


_SERIALS = {"serial": CALENDAR_WINDOWS_1900, "serial 1904": CALENDAR_MAC_1904}


def _serial(pattern: str) -> Apply:
    def read(text: str, row: Mapping[str, str]) -> str:
        try:
            number = float(text)
            if not 1 <= number < 2_958_466:  # the year 9999
                raise ValueError(text)
        except ValueError:
            raise CannotRead(f"{quoted(text)} is not a spreadsheet's number of a day.") from None
        moment = from_excel(number, _SERIALS[pattern])
        return moment.date().isoformat() if number == int(number) else f"{moment:%Y-%m-%dT%H:%M:%S}Z"

    return read


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise BadInput(
            f"{quoted(name)} is no time zone.", hint="Write it as Europe/Berlin or UTC.", code="bad_step"
        ) from None


def _yes_no(options: Options) -> Apply:
    own = {tidy(word).casefold(): "true" for word in options["yes"].split(",") if word.strip()}
    own |= {tidy(word).casefold(): "false" for word in options["no"].split(",") if word.strip()}

    def read(text: str, row: Mapping[str, str]) -> str:
        word = tidy(text).casefold()
        found = own.get(word) or bool_text(word)
        if found is None:
            raise CannotRead(f"{quoted(text)} is neither yes nor no.")
        return found

    return read


TRANSFORMS = (
    Transform(
        name="number",
        label="Number or money",
        does="Reads numbers as people write them: with a currency, k, m or bn, lakh and crore, minus as parentheses.",
        build=_number,
        options=(
            Option(
                name="written",
                label="How the column writes its numbers",
                kind=Kind.CHOICE,
                preset="as it shows",
                choices=("as it shows", *NumberFormat),
            ),
            Option(
                name="unit",
                label="What the header counts in",
                kind=Kind.CHOICE,
                preset="ones",
                choices=tuple(_UNITS),
            ),
        ),
    ),
    Transform(
        name="date",
        label="Date or time",
        does="Reads a date by the format that you give, of YYYY, YY, MM, MMM, DD, HH, mm, ss; or a spreadsheet's number.",
        build=_date,
        options=(
            Option(name="written", label="Format, e.g. DD/MM/YYYY, or serial", needed=True),
            Option(name="zone", label="Time zone, where there is a time", preset="UTC"),
        ),
    ),
    Transform(
        name="yes_no",
        label="Yes or no",
        does="Reads yes and no in English, German, French and Spanish, and words of your own.",
        build=_yes_no,
        options=(
            Option(name="yes", label="Also yes, parted by commas"),
            Option(name="no", label="Also no, parted by commas"),
        ),
    ),
)
