"""An import on one page for somebody who has no SmartSync: a file that opens anywhere, without a network and without scripts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from pages.blocks import account, checks, outcomes, reasons, rows
from pages.blocks.figures import EFFECT_COLORS, OUTCOME_COLORS, WAITING_COLOR
from pages.blocks.later import later
from pages.blocks.services import context
from pages.blocks.words import EFFECTS, KINDS, STATES, all_rows, count, moment, part_of
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import past
from smartsync_core.orchestrator.field_words import FieldWords, usual_name
from smartsync_core.orchestrator.value_words import ValueWords

__all__ = ["button", "page"]

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1] / "templates"),
    autoescape=True,  # what comes from a file or a CRM is never markup
    undefined=StrictUndefined,
    trim_blocks=True,
)
_CHANGES, _WHYS = 10, 8


class _Bar(NamedTuple):
    word: str
    number: int
    share: float  # of the longest, or of all, in percent
    color: str

    @property
    def shown(self) -> str:
        return f"{self.number:,}"

    @property
    def told(self) -> str:
        return f"{self.word} {self.number:,}"


def button(one: past.OneImport, headline: str) -> None:
    st.download_button(
        "Report for others (one file)",
        later(partial(page, one, headline)),
        file_name=f"{Path(one.run.file_name).stem} report.html",
        mime="text/html",
        key="download handout",
        on_click="ignore",
    )


def page(one: past.OneImport, headline: str) -> str:
    """The whole page as HTML."""
    changes = past.cells(context(), one.run.id, written=True, limit=_CHANGES)
    return _TEMPLATES.get_template("import.html").render(
        title=f"Import of {one.run.file_name}",
        account=_account(one),
        when=_when(one),
        undone=_undone(one),
        headline=headline,
        outcomes=_outcomes(one.report.outcomes),
        rows=all_rows(one.report.rows),
        checked=_checked(one),
        charts=[chart for chart in (_values(one.run.id), _why(one)) if chart["bars"]],
        changes=_changes(one, changes),
        changes_told=f"{len(changes.cells):,} of {count(changes.total, 'value')}; "
        "what takes something away comes first.",
        made=moment(datetime.now(UTC), dated=True),
    )


def _account(one: past.OneImport) -> str:
    there = one.connection
    return f"{account.system(there)} · {there.name} · account {there.portal_id} · {KINDS[there.kind]}"


def _when(one: past.OneImport) -> str:
    written = moment(one.run.approved_at or one.run.created_at, dated=True)
    return f"Written {written} · {STATES[one.run.state]}"


def _undone(one: past.OneImport) -> str:
    """`Partly undone: only the records that it created`"""
    whole = any(not undo.part for undo in one.undos)
    parts = [] if whole else dict.fromkeys(map(part_of, one.undos))
    return f"{past.undone(one.undos)}{': ' if parts else ''}{'; '.join(parts)}"


def _outcomes(counts: Mapping[str, int]) -> list[_Bar]:
    words, every = outcomes.words_of(counts), max(1, sum(counts.values()))
    return [
        _Bar(word, counts.get(name, 0), round(100 * counts.get(name, 0) / every, 2), OUTCOME_COLORS[name])
        for name, word in words.items()
    ]


def _checked(one: past.OneImport) -> str:
    if one.run.state is not RunState.DONE:
        return "It is not finished: these numbers are still going to change."
    found, _ = checks.read_back(one)
    when = moment(one.run.checked_at, seconds=True, dated=True)
    if not found:
        return "Nothing was written, so nothing was checked."
    return f"{f'Checked in {account.system(one.connection)} {when}'.strip()}. {found}"


def _values(run_id: str) -> dict[str, object]:
    totals = past.cell_totals(context(), run_id, written=True)
    words = {effect: EFFECTS[effect] for effect in ("new", "filled", "replaced", "emptied")}
    most = max(1, *totals.values())
    bars = [
        _Bar(word, totals[effect], round(100 * totals[effect] / most, 2), EFFECT_COLORS[effect])
        for effect, word in words.items()
    ]
    return {"title": "What it did to values", "bars": bars if any(totals.values()) else []}


def _why(one: past.OneImport) -> dict[str, object]:
    unhoped = past.not_as_hoped(context(), one.run.id)
    groups = rows.told(one, unhoped)[:_WHYS]
    most = max((len(group.rows) for group in groups), default=1)
    bars = [
        _Bar(
            f"{reasons.in_short(group.code, group.example)}{f' · {usual_name(group.field)}' if group.field else ''}",
            len(group.rows),
            round(100 * len(group.rows) / most, 2),
            WAITING_COLOR,
        )
        for group in groups
    ]
    return {"title": "What did not go as hoped, in rows", "bars": bars}


def _changes(one: past.OneImport, found: past.CellPage) -> list[dict[str, object]]:
    words, said = FieldWords(one.run.options), ValueWords(context(), [one.run])
    return [
        {
            "row": cell.row,
            "record": cell.record or f"row {cell.row}",
            "column": words.field(cell.object, cell.field),
            "old": said.of(cell.object, cell.field, cell.old or ""),
            "new": said.of(cell.object, cell.field, cell.new) if cell.new is not None else "(emptied)",
        }
        for cell in found.cells
    ]
