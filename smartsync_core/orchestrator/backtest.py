"""The back-test of closed deals, and how a file of them is read: outcomes, days, columns of numbers or words.

Nothing of it is stored.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from smartsync_core.enrichment.identity import identify
from smartsync_core.enrichment.sources import ours
from smartsync_core.errors import BadInput
from smartsync_core.intake import read_table
from smartsync_core.mapping.dates import AmbiguousDate, NotADate, date_order, date_text
from smartsync_core.mapping.numbers import AmbiguousNumber, NotANumber, number_format, number_text
from smartsync_core.mapping.words import header_key, hinted, known, qualified
from smartsync_core.model.score import Topic
from smartsync_core.model.table import RawRow
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.score_cards import current_card
from smartsync_core.scoring.backtest import BackTest, Deals, Verdict, back_test
from smartsync_core.scoring.card import ScoreCard
from smartsync_core.scoring.points import Column
from smartsync_core.scoring.score import score

__all__ = ["Tried", "Verdict", "as_json", "column", "columns", "fact_of", "found_in", "try_on"]

_FOUND = TypeAdapter(BackTest)
_WON = frozenset(["won", "closed won", "closedwon", "yes", "true", "1", "win"])
_LOST = frozenset(["lost", "closed lost", "closedlost", "no", "false", "0", "loss"])
_NUMBERS = 0.95  # of the filled cells, so that a column is one of numbers
_DIGITS = frozenset(["zip", "phone", "mobilephone", "fax"])  # fields of digits that nobody counts with
_ID = re.compile(r"(?:^|[\s_-]|(?<=[a-z])(?=I))[iI][dD]s?$")
_ZERO_FIRST = re.compile(r"0\d+")
_CARD_READS = {
    "industry": "industry",
    "numberofemployees": "employees",
    "annualrevenue": "revenue",
    "country": "country",
    "jobtitle": "title",
    "email": "email",
}


@dataclass(frozen=True, kw_only=True)
class Tried:
    found: BackTest
    rows: int
    left_out: dict[str, int]  # why → rows

    @property
    def proposes(self) -> bool:
        return self.found.verdict is Verdict.PROPOSAL


def try_on(ctx: Context, path: Path, *, outcome: str, time_column: str) -> Tried:
    """Raises BadInput where the columns or their values are not there."""
    table = read_table(path, name=path.name)
    at, when = _place(table.columns, outcome), _place(table.columns, time_column)
    rows = list(table.rows)
    kept, left_out = _closed(rows, at, when, outcome)
    named = {
        name: [row.cells[place].strip() for row, _ in kept]
        for place, name in enumerate(table.columns)
        if place not in (at, when)
    }
    won, days = [_said(row.cells[at]) in _WON for row, _ in kept], [day for _, day in kept]
    return Tried(found=found_in(ctx, won, days, named), rows=len(rows), left_out=dict(left_out))


def found_in(
    ctx: Context, won: Sequence[bool], days: Sequence[date], named: Mapping[str, Sequence[str]]
) -> BackTest:
    """The back-test of closed deals, one per place: how each ended, when, and what its columns said; "" = not known."""
    return back_test(
        Deals(
            won=np.array(won, dtype=bool),
            days=tuple(days),
            columns={name: column(name, texts) for name, texts in named.items()},
            card=_by_card(current_card(ctx).card, named, days),
        )
    )


def columns(path: Path) -> tuple[str, ...]:
    """The names of the file's columns. Raises BadInput where it is no table."""
    return tuple(read_table(path, name=path.name).columns)


def fact_of(column: str) -> str:
    """Which of our facts a column of that name tells; "" for none."""
    concept = known(column)
    fields = (*concept.contacts, *concept.companies) if concept else ()
    return next((_CARD_READS[field] for field in fields if field in _CARD_READS), "")


def as_json(tried: Tried) -> Any:
    return {"rows": tried.rows, "left_out": tried.left_out} | _FOUND.dump_python(tried.found, mode="json")


def _place(columns: Sequence[str], wanted: str) -> int:
    places = [place for place, name in enumerate(columns) if header_key(name) == header_key(wanted)]
    if len(places) != 1:
        raise BadInput(
            f"The file has no column “{wanted}”.", hint=f"It has: {', '.join(columns)}.", code="no_column"
        )
    return places[0]


def _closed(
    rows: Sequence[RawRow], at: int, when: int, outcome: str
) -> tuple[list[tuple[RawRow, date]], Counter[str]]:
    """Rows with an outcome and a day; of the others how many, and why."""
    left_out, kept = Counter[str](), list[tuple[RawRow, date]]()
    order = date_order(row.cells[when] for row in rows)
    for row in rows:
        if _said(row.cells[at]) not in _WON | _LOST:
            left_out["neither won nor lost"] += 1
            continue
        try:
            kept.append((row, date.fromisoformat(date_text(row.cells[when].strip(), order))))
        except (NotADate, AmbiguousDate):
            left_out["no readable day"] += 1
    if rows and not kept:
        told = ", ".join(f"“{value}”" for value in dict.fromkeys(row.cells[at] for row in rows[:3]))
        raise BadInput(
            f"No row has an outcome and a day: in “{outcome}” stands {told}.",
            hint="Write won or lost, yes or no, 1 or 0, and days like 2026-11-23.",
        )
    return kept, left_out


def _said(text: str) -> str:
    return text.strip().casefold().replace("_", " ")


def column(name: str, texts: Sequence[str]) -> Column:
    """Numbers where nearly every filled cell is one; what is none counts as blank. Postal codes, phones and ids are words."""
    if _only_looks_like_numbers(name, texts):
        return texts
    written = number_format(texts)
    numbers = [_number(text, written) for text in texts]
    filled = sum(bool(text) for text in texts)
    return numbers if filled and sum(one is not None for one in numbers) >= _NUMBERS * filled else texts


def _only_looks_like_numbers(name: str, texts: Sequence[str]) -> bool:
    """By what the column is called, or by a zero at the front, which no number has."""
    whose = qualified(name)
    concept = known(name) or hinted(name) or (whose[1] if whose else None)
    named = concept is not None and bool(_DIGITS & {*concept.contacts, *concept.companies})
    return named or _ID.search(name) is not None or any(_ZERO_FIRST.fullmatch(text) for text in texts)


def _number(text: str, written: Any) -> float | None:
    try:
        return float(number_text(text, written)) if text else None
    except (NotANumber, AmbiguousNumber):
        return None


def _by_card(card: ScoreCard, named: Mapping[str, Sequence[str]], days: Sequence[date]) -> Any:
    """Points of the score card in use, as far as it reads these columns; None where it gives every deal the same."""
    read: dict[str, Sequence[str]] = {}
    for name, texts in named.items():
        if fact := fact_of(name):
            read.setdefault(fact, texts)
    if not read:
        return None
    points = []
    for place, day in enumerate(days):
        at = datetime.combine(day, time(), UTC)
        values = {field: texts[place] for field, texts in read.items()}
        evidence = ours.look(ours.SHEET, identify(), values, at).evidence
        scored = score(card, evidence, at)
        points.append(sum(one.points for topic in Topic for one in scored.of(topic).contributions))
    return np.array(points, dtype=float) if len(set(points)) > 1 else None
