"""The words on screens, and how numbers, times and texts from outside are written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from smartsync_core.model.crm import AccountKind, ObjectName
from smartsync_core.model.moments import told_by
from smartsync_core.model.plan import OUTCOME_WORDS, UNDO_WORDS, Outcome
from smartsync_core.model.run import Run, RunState
from smartsync_core.wiring import NOBODY

__all__ = [
    "EFFECTS",
    "EXTRA_OUTCOMES",
    "KINDS",
    "MANY",
    "ONE",
    "OUTCOMES",
    "STATES",
    "UNDO_OUTCOMES",
    "WHY_PX",
    "count",
    "duration",
    "kind_of",
    "left",
    "moment",
    "noted",
    "part_of",
    "person",
    "plain",
    "row_height",
    "rows_word",
    "run_name",
    "table_height",
    "zone_name",
]

EXTRA_OUTCOMES: Mapping[Outcome, str] = {
    one: OUTCOME_WORDS[one] for one in (Outcome.NOT_SENT, Outcome.IN_DOUBT)
}
"""Only while an import is open, or was interrupted."""

OUTCOMES: Mapping[Outcome, str] = {
    one: word for one, word in OUTCOME_WORDS.items() if one not in EXTRA_OUTCOMES
}
"""The six, in the order in which they stand everywhere."""

UNDO_OUTCOMES: Mapping[Outcome, str] = {
    one: UNDO_WORDS[one]
    for one in (Outcome.UPDATED, Outcome.SKIPPED, Outcome.UNCHANGED, Outcome.BLOCKED, Outcome.FAILED)
}
"""Those of an undo, in their order."""

STATES: Mapping[RunState, str] = {
    RunState.PREVIEWING: "Preview being made",
    RunState.PREVIEWED: "Preview only",
    RunState.RUNNING: "Being written",
    RunState.PAUSED: "Paused",
    RunState.STOPPED: "Stopped",
    RunState.DONE: "Done",
    RunState.FAILED: "Failed",
}

KINDS: Mapping[AccountKind, str] = {
    AccountKind.PRODUCTION: "Production",
    AccountKind.SANDBOX: "Sandbox",
    AccountKind.PRACTICE: "Practice",
}

ONE: Mapping[ObjectName, str] = {
    ObjectName.CONTACTS: "contact",
    ObjectName.COMPANIES: "company",
    ObjectName.DEALS: "deal",
    ObjectName.TASKS: "task",
    ObjectName.NOTES: "note",
}
MANY: Mapping[ObjectName, str] = {name: name.value for name in ONE}

EFFECTS: Mapping[str, str] = {
    "new": "New record",
    "filled": "Filled",
    "replaced": "Replaced",
    "emptied": "Emptied",
}

WHY_PX = 240
"""Columns with reasons: as wide as fits beside the row number on a telephone; what is longer goes on in the next line."""

_CHARACTERS_IN_WHY, _LINE_PX, _ROW_PX, _MOST_LINES = 34, 16, 35, 8
_SHORT_TABLE = 10
_ROWS_NAMED = 5
_LONG_TABLE_PX = 400
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MARKDOWN = re.compile(r"([\\`*_\[\]<>|~$:&]|^[-+#])")


def plain(text: str) -> str:
    """Text from a file or a CRM, so that Markdown shows it as it is; without marks that turn our words around it, too."""
    return _MARKDOWN.sub(r"\\\1", _TURNING.sub("", text))


def person(name: str) -> str:
    """Who did something; where nobody has to log in, nobody's name is known."""
    return "somebody at this computer" if name == NOBODY else name


def kind_of(run: Run) -> str:
    """`Import`, `Undo`, `Undo of a part`"""
    return "Import" if not run.undo_of else "Undo of a part" if run.part else "Undo"


def run_name(run: Run) -> str:
    """`**leads.csv**`, `Undo of **leads.csv**`, `Undo of a part of **leads.csv**`: its heading in a list."""
    what = f"{kind_of(run)} of " if run.undo_of else ""
    return f"{what}**{plain(run.file_name)}**"


def part_of(undo: Run) -> str:
    """What an undo was asked to take back: `only the records that it created, of 3 rows`; "" = everything."""
    made = "only the records that it created" if undo.part.get("only") == "created" else ""
    chosen = undo.part.get("rows")
    if not isinstance(chosen, Sequence) or not chosen:
        return made
    some = ", ".join(f"{row}" for row in chosen[:_ROWS_NAMED])
    more = f" and {len(chosen) - _ROWS_NAMED:,} more" if len(chosen) > _ROWS_NAMED else ""
    rows = f"row {some}" if len(chosen) == 1 else f"rows {some}{more}"
    return f"{made}, of {rows}" if made else f"only {rows}"


def count(number: int, one: str, many: str = "") -> str:
    """`1 row`, `2,000 rows`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def rows_word(number: int) -> str:
    return count(number, "row")


def all_rows(number: int) -> str:
    """`the one row`, `all 2,000 rows`."""
    return "the one row" if number == 1 else f"all {rows_word(number)}"


def moment(when: datetime | None, *, seconds: bool = False, dated: bool = False) -> str:
    """In the time zone of the person's browser, as "today 14:02" or "3 Nov 2026, 14:02". "" for none.

    `dated`: never "today", for what is read on another day.
    """
    if when is None:
        return ""
    here = when.astimezone(_zone())
    clock = f"{here:%H:%M:%S}" if seconds else f"{here:%H:%M}"
    today = datetime.now(_zone()).date()
    return f"today {clock}" if here.date() == today and not dated else f"{here.day} {here:%b %Y}, {clock}"


def noted(sentence: str) -> str:
    """A stored sentence about a whole import: as it is, with its moments by the person's own clock."""
    return plain(told_by(moment, sentence))


def duration(seconds: float) -> str:
    """Rounded to what a person wants to know."""
    if seconds < 1:
        return "less than a second"
    if seconds < 90:
        return count(round(seconds), "second")
    if seconds < 90 * 60:
        return count(round(seconds / 60), "minute")
    return f"{seconds / 3600:.1f} hours"


def left(seconds: float | None) -> str:
    """` · about 3 minutes left`; nothing below a second, which is a guess at the beginning and over before it is read."""
    return f" · about {duration(seconds)} left" if seconds and seconds >= 1 else ""


def row_height(reasons: Iterable[str]) -> int | None:
    """So that the longest reason can be read to its end; None where one line is enough."""
    lines = max((-(-len(reason) // _CHARACTERS_IN_WHY) for reason in reasons), default=1)
    return None if lines <= 1 else _ROW_PX + (min(lines, _MOST_LINES) - 1) * _LINE_PX


def table_height(lines: int) -> Literal["content"] | int:
    """Short tables as they are; longer ones scroll in themselves, so that the page stays short."""
    return "content" if lines <= _SHORT_TABLE else _LONG_TABLE_PX


def zone_name() -> str:
    """Of the time zone of the person's browser."""
    name = st.context.timezone or "UTC"
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError):
        return "UTC"


def _zone() -> tzinfo:
    return ZoneInfo(zone_name())
