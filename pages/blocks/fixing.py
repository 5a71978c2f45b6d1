"""Fix here and send again: rows that need a person or failed, as a table to correct, until none is left."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from pages.blocks import account, download, looked_up, namesakes, problems, rights
from pages.blocks.reasons import in_short
from pages.blocks.services import context
from pages.blocks.words import count, plain, rows_word
from smartsync_core.errors import SmartSyncError
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import past
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.errors_file import read_corrections, write_errors
from smartsync_core.orchestrator.field_words import usual_name
from smartsync_core.orchestrator.inbox import CellProblem, OpenPage, OpenRow, open_rows
from smartsync_core.orchestrator.namesakes import send_decided
from smartsync_core.orchestrator.repair import retry

__all__ = ["table"]

_AT_ONCE = 200
_ROW_PX, _TALLEST_PX = 31, 560
_SEND, _ROW, _WHY = "#send", "#row", "#why"  # no file has columns of these names

Edits = Mapping[int, Mapping[str, str]]


@st.fragment
def table(one: past.OneImport) -> None:
    """Nothing where no row waits, or the import was taken back."""
    if one.run.state is not RunState.DONE:
        return
    page = open_rows(context(), one.run.id, limit=_AT_ONCE, fields=_fields(one))
    if not page.rows:
        return
    namesakes.settle(
        one,
        "Send their rows again",
        "With the last answer their rows are sent again.",
        partial(_send_decided, one),
    )
    st.subheader("Fix here and send again")
    if not rights.told(retry):
        return
    to_correct = page.only_by_correction
    st.caption(_introduction(page, to_correct))
    edits, crm = _edits(page.rows, _editor(one, page.rows)), account.system(one.connection)
    _in_full(page.rows, crm)
    _clashes(page.rows, crm)
    if to_correct and not edits:
        st.button("Send corrected rows again", disabled=True, help="Correct a cell first.", key="send-none")
    elif st.button(_button_words(len(edits), page.total), type="primary", key="send-again"):
        _send(one, edits)
    st.caption("Only these rows are sent, in this same import; everything else stays as it is.")
    if not one.run.options.typed:
        _as_file(one, page.total)


def _fields(one: past.OneImport) -> AccountFields | None:
    """To offer what an account allows; where it does not answer, nothing is offered."""
    try:
        return looked_up.fields_of(one.connection.id)
    except SmartSyncError:
        return None


def _introduction(page: OpenPage, to_correct: bool) -> str:
    if to_correct:
        return f"{rows_word(page.total)} did not land, and cannot as it stands: correct the cells."
    first = f" The first {len(page.rows):,} of them are here." if len(page.rows) < page.total else ""
    return f"{rows_word(page.total)} did not land.{first} Correct the cells, or tick a row to send it as it stands."


def _button_words(chosen: int, waiting: int) -> str:
    if chosen:
        return f"Send {rows_word(chosen)} again"
    return "Send this row again as it is" if waiting == 1 else f"Send all {waiting:,} rows again as they are"


def _send(one: past.OneImport, edits: Edits) -> None:
    """No edits: every row that waits, as it stands."""
    with problems.sentences():
        sent = retry(context(), one.run.id, edits or None)
        if sent.rows:
            st.rerun()
        st.info("No row was sent: none of these needs you any more.")


def _send_decided(one: past.OneImport) -> None:
    send_decided(context(), one.run.id)
    st.rerun()


# The table


def _editor(one: past.OneImport, rows: Sequence[OpenRow]) -> pd.DataFrame:
    headers = _order(rows)
    config: dict[str, Any] = {
        _SEND: st.column_config.CheckboxColumn("Send", width=60, help="Send this row as it stands"),
        _ROW: st.column_config.NumberColumn("Row", width=60, help="Line in your file"),
        _WHY: st.column_config.TextColumn("Why", width=300),
    }
    for header, options in _offered(rows).items():
        config[header] = st.column_config.SelectboxColumn(options=options)
    edited: pd.DataFrame = st.data_editor(
        pd.DataFrame([_line(row, headers) for row in rows]),
        key=f"fix-{one.run.id}-{one.run.finished_at:%Y%m%d%H%M%S%f}",  # another try is another table
        hide_index=True,
        height=min(_ROW_PX * (len(rows) + 1) + 2, _TALLEST_PX),
        disabled=[_ROW, _WHY],
        column_config=config,
    )
    return edited


def _order(rows: Sequence[OpenRow]) -> list[str]:
    """The columns of the file: those that something is said about first."""
    named = {problem.column for row in rows for problem in row.problems}
    columns = rows[0].columns
    return sorted(columns, key=lambda header: (header not in named, columns.index(header)))


def _line(row: OpenRow, headers: Sequence[str]) -> dict[str, object]:
    """The reason in a few words: rows as tall as a sentence leave a cell that is typed into unfocused at a double click."""
    cells = dict(zip(row.columns, row.cells, strict=False))
    why = "; ".join(_briefly(row, problem) for problem in row.problems)
    return {_SEND: False, _ROW: row.row, _WHY: why} | {header: cells.get(header, "") for header in headers}


def _briefly(row: OpenRow, problem: CellProblem) -> str:
    place = f" ({_column(row, problem.column)})" if problem.column else ""
    return f"{in_short(problem.code, problem.message)}{place}"


def _in_full(rows: Sequence[OpenRow], crm: str) -> None:
    """Whole sentences, and what to do, where there is room for them."""
    lines = [
        {"Row": f"{row.row:,}", "Why": plain(" ".join(_said(row, problem, crm) for problem in row.problems))}
        for row in rows
    ]
    with st.expander("Each reason in full"):
        st.table(pd.DataFrame(lines), border="horizontal", hide_index=True)


def _said(row: OpenRow, problem: CellProblem, crm: str) -> str:
    """The column, what is wrong in plain words, and what the CRM itself said."""
    place = f"{_column(row, problem.column)}: " if problem.column else ""
    own = f" {crm}: “{problem.said}”" if problem.said not in ("", problem.message) else ""
    return f"{place}{problem.message}{own}"


def _column(row: OpenRow, name: str) -> str:
    return name if name in row.columns else usual_name(name)


def _offered(rows: Sequence[OpenRow]) -> dict[str, list[str]]:
    """{column: what may stand there, and what stands there now}, for the columns that take only these."""
    found: dict[str, list[str]] = {}
    for row in rows:
        for problem in row.problems:
            if problem.options and problem.column in row.columns:
                found[problem.column] = list(problem.options)
    for header, offered in found.items():
        place = rows[0].columns.index(header)
        stands = {row.cells[place] for row in rows if place < len(row.cells)}
        offered.extend(sorted(stands - set(offered)))
    return found


def _edits(rows: Sequence[OpenRow], edited: pd.DataFrame) -> Edits:
    """Rows that were ticked or corrected, with the cells that differ."""
    edits: dict[int, dict[str, str]] = {}
    for row, (_, line) in zip(rows, edited.iterrows(), strict=True):
        before = dict(zip(row.columns, row.cells, strict=False))
        now = {header: "" if pd.isna(line[header]) else str(line[header]) for header in row.columns}
        changed = {header: text for header, text in now.items() if text != before.get(header, "")}
        if changed or bool(line[_SEND]):
            edits[row.row] = changed
    return edits


def _clashes(rows: Sequence[OpenRow], crm: str) -> None:
    """Changed in the CRM since the preview: theirs beside ours."""
    lines = [
        {
            "Row": f"{row.row:,}",
            "Column": plain(_column(row, clash.column)),
            "At the preview": plain(clash.before or ""),
            f"{crm} holds now": plain(clash.theirs or ""),
            "This import": plain(clash.ours or ""),
        }
        for row in rows
        for clash in row.clashes
    ]
    if lines:
        st.markdown(
            f"**Changed in {crm} since preview.** Sent again, a row is compared with what {crm} holds then."
        )
        st.table(pd.DataFrame(lines), border="horizontal", hide_index=True)


# As a file


def _as_file(one: past.OneImport, total: int) -> None:
    with st.expander("Or correct them in a spreadsheet"):
        st.caption(f"{rows_word(total)} with the columns of your file, and why each one did not land.")
        stem = f"{Path(one.run.file_name).stem} to fix"
        download.buttons("Download rows to fix", stem, partial(write_errors, context(), one.run.id))
        handed_in = st.file_uploader("The corrected file", ["csv", "xlsx"], key=f"fix-file-{one.run.id}")
        if handed_in is not None:
            _corrected(one, handed_in.name, handed_in.getvalue())


def _corrected(one: past.OneImport, name: str, content: bytes) -> None:
    with problems.sentences(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / Path(name).name
        path.write_bytes(content)
        corrections = read_corrections(context(), one.run.id, path)
        st.caption(f"The file holds {count(len(corrections), 'row')} of this import.")
        if st.button(f"Send {rows_word(len(corrections))} of the file again", key="send-file"):
            _send(one, corrections)
