"""The first step: a file is handed in and kept; its first rows, and what is in each."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import streamlit as st
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.blocks import account, problems
from pages.blocks.importing import course, template
from pages.blocks.services import context
from pages.blocks.words import count, moment, plain, rows_word
from smartsync_core.model.mapping import RecordType
from smartsync_core.orchestrator import import_drafts, past
from smartsync_core.orchestrator.import_drafts import ImportDraft

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

__all__ = ["hand_in", "look"]

_FIRST_ROWS = 5
_PAIRED_ROWS = 5  # of the first lines that may name the columns two by two
_SHOWN_TEXT = 70
_UPLOADS = "import-uploads"  # how many files this session handed in: each gets a fresh widget
_TYPES = {
    RecordType.CONTACTS: ("People", "each row becomes a contact"),
    RecordType.COMPANIES: ("Companies", "each row becomes a company"),
    RecordType.BOTH: ("Both", "each row becomes a contact and the company it works for"),
}


def hand_in() -> None:
    """Choose a file, or go on with the import that was begun last."""
    st.markdown("Choose a CSV or Excel file. You see every change before anything is written.")
    _running()
    _begun()
    number = st.session_state.setdefault(_UPLOADS, 0)
    given = st.file_uploader(
        "File to import", key=f"import-file-{number}"
    )  # of any kind: we say why one is none
    st.caption(f"CSV, TSV, TXT, XLSX, XLSM, XLS or ODS. The file stays on this computer. {_unsent()}")
    template.offer()
    if given is not None:
        with problems.sentences():
            draft = _take(given)
            st.session_state[_UPLOADS] = number + 1
            course.keep(draft)
            st.rerun()


def look(draft: ImportDraft) -> None:
    """What was handed in, and the question what each row is."""
    upload = context().uploads.get(draft.upload_id)
    columns = count(len(upload.columns), "column")
    sheet = f" · sheet “{plain(upload.sheet)}”" if upload.sheet else ""
    st.markdown(f"**{plain(draft.file_name)}**{sheet} · {rows_word(upload.row_count)} · {columns}")
    for note in upload.notes:
        st.info(plain(note))
    _sheet(draft)
    if not _header(draft, upload.notes):
        return
    first = context().uploads.rows(upload.id, limit=_FIRST_ROWS)
    frame = pd.DataFrame(
        [row.cells for row in first], columns=list(upload.columns), index=[row.number for row in first]
    )
    frame.index.name = "Row"
    st.dataframe(frame, height="content")
    shown = "All rows" if len(first) == upload.row_count else f"The first {rows_word(len(first))}"
    st.caption(f"{shown}. {_unsent()}")
    types = list(_TYPES)
    chosen = st.radio(
        "What is in each row?",
        types,
        index=types.index(draft.record_type) if draft.record_type else None,
        format_func=lambda one: _TYPES[one][0],
        captions=[caption for _, caption in _TYPES.values()],
    )
    if chosen is not None and chosen is not draft.record_type:
        draft = course.keep(draft.of_rows(chosen))
    _onward(draft)


def _unsent() -> str:
    return f"Nothing is sent to {account.every_system()} yet."


def _onward(draft: ImportDraft) -> None:
    with st.container(horizontal=True):
        onward = st.button("Next: account", type="primary")
        other = st.button("Choose another file")
    if other:
        import_drafts.discard(context(), draft)
        course.leave()
    if onward and draft.record_type is None:
        st.error("Say first what is in each row.")
    elif onward:
        course.go(draft, "account")


def _sheet(draft: ImportDraft) -> None:
    if not draft.sheets:
        return
    chosen = st.selectbox("Sheet", draft.sheets, index=draft.sheets.index(draft.sheet))
    if chosen != draft.sheet:
        with problems.sentences(), st.spinner(f"Reading “{plain(chosen)}” …"):
            import_drafts.choose_sheet(context(), draft, chosen)
            st.rerun()


def _header(draft: ImportDraft, notes: Sequence[str]) -> bool:
    """Which row names the columns: proposed with its reason, chosen by what stands in it. False where it cannot be that one."""
    rows = _header_rows(draft)
    chosen = st.selectbox(
        "Row of the column names",
        list(rows),
        index=list(rows).index(draft.header),
        format_func=lambda one: rows[one],
        key=f"header-{draft.id}-{draft.sheet}",
    )
    if chosen == draft.header:
        if draft.header_reason and draft.header_reason not in notes:
            st.caption(plain(draft.header_reason))
        return True
    with problems.sentences(), st.spinner("Reading the file again …"):
        import_drafts.choose_header(context(), draft, chosen)
        st.rerun()
    return False


def _header_rows(draft: ImportDraft) -> dict[str, str]:
    """Single rows, each two that follow one another, and none at all."""
    lines = [(number, _beginning(cells)) for number, cells in draft.lines if any(cells)]
    rows = {str(number): f"Row {number}: {text}" for number, text in lines}
    for (above, text), (below, more) in pairwise(lines[:_PAIRED_ROWS]):
        if below == above + 1:
            rows[f"{above}-{below}"] = f"Rows {above} and {below} together: {text} / {more}"
    rows["none"] = "No row: call them Column 1, Column 2, …"
    return rows if draft.header in rows else {draft.header: f"Row {draft.header}", **rows}


def _beginning(cells: Sequence[str]) -> str:
    text = " · ".join(" ".join(cell.split()) for cell in cells if cell)
    return text if len(text) <= _SHOWN_TEXT else f"{text[:_SHOWN_TEXT]} …"


def _take(given: UploadedFile) -> ImportDraft:
    with tempfile.TemporaryDirectory() as folder, st.spinner(f"Reading {plain(given.name)} …"):
        path = Path(folder) / (Path(given.name).name or "file")
        path.write_bytes(given.getbuffer())
        _forget(given)
        return import_drafts.begin(context(), path)


def _forget(given: UploadedFile) -> None:
    """Streamlit would keep the bytes in memory until long after the tab is closed."""
    session = get_script_run_ctx()
    manager = session.uploaded_file_mgr if session is not None else None
    if session is not None and isinstance(manager, MemoryUploadedFileManager):
        manager.remove_file(session.session_id, given.file_id)


def _running() -> None:
    for run in past.working(context()):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{plain(run.file_name)}** is being written to {account.system_of(run)}.", width="stretch"
            )
            st.page_link("import_file.py", label="Show progress", query_params={"run": run.id})


def _begun() -> None:
    draft = import_drafts.latest(context())
    if draft is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        step = course.STEPS.get(draft.step, "File")
        st.markdown(
            f"You began to import **{plain(draft.file_name)}** ({moment(draft.updated_at)}, step {step}).",
            width="stretch",
        )
        if st.button("Go on", key="draft-go-on"):
            course.keep(draft)
            st.rerun()
        if st.button("Discard", key="draft-discard"):
            import_drafts.discard(context(), draft)
            st.rerun()
