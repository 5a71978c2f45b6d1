"""One property value: read from the wire, checked by its definition, kept as the string HubSpot keeps."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

from smartsync_core.twins.clock import short_iso
from smartsync_core.twins.hubspot.definitions import Definition
from smartsync_core.twins.hubspot.errors import wrong_shape

LONGEST = 65_536
DAY_MS = 86_400_000
FIRST_MS, LAST_MS = -62_135_596_800_000, 253_402_300_799_999  # the years 1 to 9999
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_MILLISECONDS = re.compile(r"-?\d{1,15}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~\u0080-\uffff-]+@([a-z0-9\u0080-\uffff]([a-z0-9\u0080-\uffff-]*[a-z0-9\u0080-\uffff])?\.)+[a-z\u0080-\uffff][a-z0-9\u0080-\uffff-]+"
)


class BadValue(Exception):
    """One value that its property does not take."""

    def __init__(self, name: str, code: str, message: str) -> None:
        super().__init__(message)
        self.problem = {"name": name, "code": code, "message": message}


def as_text(raw: Any) -> str:
    """JSON scalars arrive as strings; anything else is a malformed body."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int):
        return str(raw)
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() else repr(raw)
    raise wrong_shape("java.lang.String", raw)


def checked(definition: Definition, text: str, current: str | None) -> str:
    """The value as it will be kept, "" where it clears the property; raises BadValue.

    `current` is what the record holds now, for a leading `;` that appends to a multiple choice.
    """
    if text == "":
        return ""
    kind = definition.type
    if kind in ("string", "phone_number"):
        if len(text) > LONGEST:
            raise BadValue(
                definition.name,
                "INVALID_STRING_LENGTH",
                f"{definition.name} is longer than {LONGEST} characters",
            )
        return text
    if kind == "enumeration":
        return _choice(definition, text, current)
    if kind == "number":
        return _number(definition.name, text)
    if kind == "bool":
        return _yes_or_no(definition, text)
    if kind == "datetime":
        return short_iso(_instant(definition.name, text))
    if kind == "date":
        return _day(definition.name, text)
    return text


def email(name: str, text: str) -> str:
    """Lower-cased and trimmed; raises BadValue."""
    address = text.strip().lower()
    if not _EMAIL.fullmatch(address) or len(address) > 254 or ".." in address:
        raise BadValue(name, "INVALID_EMAIL", f"Email address {text} is invalid")
    return address


def instant_ms(text: str) -> int | None:
    """Milliseconds since 1970 of ms, an ISO instant or a bare day; None when it is none of these."""
    if _MILLISECONDS.fullmatch(text):
        return int(text) if FIRST_MS <= int(text) <= LAST_MS else None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        if not _DAY.fullmatch(text):
            return None
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp() * 1000)


def not_an_option(name: str, value: str, allowed: list[str]) -> BadValue:
    return BadValue(
        name, "INVALID_OPTION", f"{value} was not one of the allowed options: [{', '.join(allowed)}]"
    )


def _choice(definition: Definition, text: str, current: str | None) -> str:
    if not definition.multiple:
        if definition.allowed and text not in definition.allowed:
            raise not_an_option(definition.name, text, _values(definition))
        return text
    held = current.split(";") if current and text.startswith(";") else []
    chosen = [part.strip() for part in text.split(";") if part.strip()]
    for part in chosen:
        if definition.allowed and part not in definition.allowed:
            raise not_an_option(definition.name, part, _values(definition))
    return ";".join(dict.fromkeys(held + chosen))


def _values(definition: Definition) -> list[str]:
    return [option["value"] for option in definition.options]


def _number(name: str, text: str) -> str:
    trimmed = text.strip()
    if not _NUMBER.fullmatch(trimmed) or not math.isfinite(float(trimmed)):
        raise BadValue(name, "INVALID_INTEGER", f"{name} was not a valid number")
    return trimmed


def _yes_or_no(definition: Definition, text: str) -> str:
    if text in ("true", "false"):
        return text
    raise not_an_option(definition.name, text, ["true", "false"])


def _instant(name: str, text: str) -> int:
    moment = instant_ms(text.strip())
    if moment is None:
        raise BadValue(name, "INVALID_LONG", f"{text} was not a valid long.")
    return moment


def _day(name: str, text: str) -> str:
    moment = _instant(name, text)
    if moment % DAY_MS:
        clock_time = datetime.fromtimestamp(moment / 1000, UTC)
        raise BadValue(
            name,
            "INVALID_DATE",
            f"{moment} is at {clock_time:%H:%M:%S}.{moment % 1000 // 100} UTC, not midnight!",
        )
    return f"{datetime.fromtimestamp(moment / 1000, UTC):%Y-%m-%d}"
