"""An empty sheet to fill, made of an account's own fields, beside the place where a file is handed in."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import streamlit as st

from pages.blocks import looked_up, problems
from pages.blocks.services import context
from pages.blocks.words import plain
from smartsync_core.model.mapping import RecordType
from smartsync_core.orchestrator import template
from smartsync_core.orchestrator.accounts import AccountFields

__all__ = ["offer"]

_TYPES = {RecordType.CONTACTS: "People", RecordType.COMPANIES: "Companies", RecordType.BOTH: "Both"}
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def offer() -> None:
    """Nothing until an account is connected: the columns are those of its fields."""
    connections = {one.id: one for one in context().connections.all()}
    if not connections:
        return
    with st.expander("Data that we expect", on_change="rerun", key="template") as opened:
        if not opened.open:
            return
        chosen = st.segmented_control(
            "What will be in each row?",
            list(_TYPES),
            default=RecordType.CONTACTS,
            required=True,
            format_func=_TYPES.__getitem__,
            key="template-rows",
        )
        account = st.selectbox(
            "Account",
            list(connections),
            format_func=lambda one: plain(connections[one].name),
            key="template-account",
        )
        with problems.sentences():
            _show(looked_up.fields_of(account), RecordType(chosen))


def _show(fields: AccountFields, record_type: RecordType) -> None:
    head, *lines = template.expected(fields, record_type)
    st.dataframe(pd.DataFrame(lines, columns=[str(word) for word in head]), hide_index=True)
    st.download_button(
        "Download the template",
        _workbook(fields, record_type),
        file_name=f"{_TYPES[record_type].lower()}.xlsx",
        mime=_XLSX,
        on_click="ignore",
    )


def _workbook(fields: AccountFields, record_type: RecordType) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        template.write_template(fields, record_type, path)
        return path.read_bytes()
