"""Fix here and send again: rows that need a person or failed, as a table to correct, until none is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from pages.blocks import looked_up, problems
from pages.blocks.services import context
from pages.blocks.words import field_name, plain, rows_word
from smartsync_core.errors import SmartSyncError
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import past
from smartsync_core.orchestrator.open_rows import OpenRow, choices, open_rows
from smartsync_core.orchestrator.repair import retry

__all__ = ["table"]

_AT_ONCE = 200
_ROW_PX, _TALLEST_PX = 36, 560
_SEND, _ROW, _WHY, _THEIRS = "Send", "Row", "Why", "HubSpot holds"

Edits = dict[int, dict[str, str]]


@st.fragment
def table(one: past.OneImport) -> None:
    """Nothing where no row waits, or the import was taken back."""
    waiting = sum(one.report.outcomes.get(name, 0) for name in ("blocked", "failed", "in_doubt"))
    if one.run.state is not RunState.DONE or not waiting or any(not undo.part for undo in one.undos):
        return
    st.subheader("Fix here and send again")
    rows = open_rows(context(), one.run.id, limit=_AT_ONCE)
    st.caption(_introduction(waiting, len(rows)))
    edited = _editor(one, rows)
    edits = _edits(one, rows, edited)
    _beside(rows)
    pressed = st.button(_button_words(len(edits), waiting), type="primary", key="send-again")
    st.caption("Only these rows are sent, in this same import; everything else stays as it is.")
    if pressed:
        with problems.sentences():
            retry(context(), one.run.id, edits or None)
            st.rerun()


def _introduction(waiting: int, shown: int) -> str:
    first = f" The first {shown:,} of them are here." if shown < waiting else ""
    return f"{rows_word(waiting)} did not land.{first} Correct the cells, or tick a row to send it as it stands."


def _button_words(chosen: int, waiting: int) -> str:
    return f"Send {rows_word(chosen)} again" if chosen else f"Send all {rows_word(waiting)} again as they are"


# The table


def _editor(one: past.OneImport, rows: Sequence[OpenRow]) -> pd.DataFrame:
    headers = _order(one, rows)
    lines = [_line(one, row, headers) for row in rows]
    offered = _offered(one, headers, lines)
    return st.data_editor(
        pd.DataFrame(lines),
        key=f"fix-{one.run.id}-{one.run.finished_at:%Y%m%d%H%M%S%f}",  # another try is another table
        hide_index=True,
        height=min(_ROW_PX * (len(lines) + 1) + 2, _TALLEST_PX),
        disabled=[_ROW, _WHY],
        column_config={
            _SEND: st.column_config.CheckboxColumn(width=60, help="Send this row as it stands"),
            _ROW: st.column_config.NumberColumn(width=60, help="Line in your file"),
            _WHY: st.column_config.TextColumn(width=380),
            **{
                header: st.column_config.SelectboxColumn(options=list(options))
                for header, options in offered.items()
            },
        },
    )


def _order(one: past.OneImport, rows: Sequence[OpenRow]) -> list[str]:
    """The columns of the file: those that something is said about first."""
    named = {reason.field for row in rows for reason in row.reasons}
    return sorted(one.columns, key=lambda header: (header not in named, one.columns.index(header)))


def _line(one: past.OneImport, row: OpenRow, headers: Sequence[str]) -> dict[str, object]:
    cells = dict(zip(one.columns, row.cells, strict=False))
    why = " ".join(_said(one, row)) or "The CRM gave no reason."
    return {_SEND: False, _ROW: row.row, _WHY: why} | {header: cells.get(header, "") for header in headers}


def _said(one: past.OneImport, row: OpenRow) -> list[str]:
    said = []
    for reason in row.reasons:
        place = reason.field if reason.field in one.columns or not reason.field else field_name(reason.field)
        said.append(f"{place}: {reason.message}" if place else reason.message)
    return said


def _offered(
    one: past.OneImport, headers: Sequence[str], lines: Sequence[Mapping[str, object]]
) -> dict[str, tuple[str, ...]]:
    """{column: what may stand there, and what stands there now}. Without an answer of the account, nothing is offered."""
    try:
        closed = choices(one.run, looked_up.fields_of(one.connection.id))
    except SmartSyncError:
        return {}
    return {
        header: tuple(dict.fromkeys([*closed[header], *(str(line[header]) for line in lines)]))
        for header in headers
        if header in closed
    }


def _edits(one: past.OneImport, rows: Sequence[OpenRow], edited: pd.DataFrame) -> Edits:
    """Rows that were ticked or corrected, with the cells that differ."""
    edits: Edits = {}
    for row, (_, line) in zip(rows, edited.iterrows(), strict=True):
        before = dict(zip(one.columns, row.cells, strict=False))
        now = {header: "" if pd.isna(line[header]) else str(line[header]) for header in one.columns}
        changed = {header: text for header, text in now.items() if text != before.get(header, "")}
        if changed or bool(line[_SEND]):
            edits[row.row] = changed
    return edits


def _beside(rows: Sequence[OpenRow]) -> None:
    """Changed in HubSpot since the preview: theirs beside ours."""
    lines = [
        {
            _ROW: f"{row.row:,}",
            "Column": plain(field_name(one.column) if one.column.islower() else one.column),
            "Your file": plain(one.ours),
            _THEIRS: plain(one.theirs),
        }
        for row in rows
        for one in row.beside
    ]
    if lines:
        st.markdown("**Changed in HubSpot since the preview.** Sent again, your file's value is compared anew.")
        st.table(pd.DataFrame(lines), border="horizontal", hide_index=True)
