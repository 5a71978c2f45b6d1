"""The last step: the import is being written, waits, or is done."""

from __future__ import annotations

import streamlit as st

from pages.blocks import account, report
from pages.blocks.importing import course, preview
from pages.blocks.words import plain
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import past

__all__ = ["show"]


def show(one: past.OneImport) -> None:
    """One import, named in the address, in whatever state it is."""
    if one.run.approved_at is None:
        course.steps("preview", typed=one.run.options.typed)
        preview.show(one)
        return
    course.steps("result", typed=one.run.options.typed)
    account.banner(one.connection)
    st.markdown(f"**{plain(one.run.file_name)}**")
    report.show(one)
    if one.run.state is not RunState.RUNNING:
        _onward(one)


def _onward(one: past.OneImport) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if one.run.options.typed:
            if st.button("Another contact", key="another"):
                course.type_contact()
        elif st.button("Import something else", key="another"):
            course.leave()
        st.page_link("history.py", label="Show in History", query_params={"run": one.run.id})
