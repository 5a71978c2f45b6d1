"""The last step: the import is being written, waits, or is done."""

from __future__ import annotations

import streamlit as st

from pages.blocks import account, outcomes, problems, report
from pages.blocks.importing import course, preview
from pages.blocks.services import context
from pages.blocks.words import duration, plain
from smartsync_core.model.run import Progress, RunState
from smartsync_core.orchestrator import past, write
from smartsync_core.orchestrator.history import progress

__all__ = ["show"]

_POLL_S = 0.5
_PHASES = {"write": "Writing", "check": "Checking in HubSpot"}


def show(one: past.OneImport) -> None:
    """One import, named in the address, in whatever state it is."""
    state = one.run.state
    if one.run.approved_at is None:
        course.steps("preview")
        preview.show(one)
        return
    course.steps("result")
    account.banner(one.connection)
    st.markdown(f"**{plain(one.run.file_name)}**")
    if state is RunState.RUNNING:
        _progress(one.run.id)
    elif state in (RunState.PAUSED, RunState.STOPPED):
        _waiting(one)
    elif state is RunState.FAILED:
        st.error(plain(one.run.message or "No reason is on record."), title="The import ended with an error.")
    else:
        report.result(one)
    if state is not RunState.RUNNING:
        _onward(one)


@st.fragment(run_every=_POLL_S)
def _progress(run_id: str) -> None:
    run = context().runs.get(run_id)
    if run.state is not RunState.RUNNING:
        st.rerun()
    now = progress(context(), run)
    st.progress(now.done / now.total if now.total else 0.0, text=_told(now))
    st.caption(
        "You can close this tab; keep this computer on. If it stops, the import goes on at the next start."
    )


def _told(now: Progress) -> str:
    left = f" · about {duration(now.eta_s)} left" if now.eta_s else ""
    return f"{_PHASES.get(now.phase, 'Writing')}: {now.done:,} of {now.total:,} steps{left}"


def _waiting(one: past.OneImport) -> None:
    """Stopped by itself, with its reason; it can go on."""
    st.warning(
        plain(one.run.message or "It can go on at any time."),
        title="The import is paused. What was written is on record.",
    )
    outcomes.numbers(one.report.outcomes)
    if st.button("Go on", type="primary", key="go-on"):
        with problems.sentences():
            write.approve(context(), one.run.id, shown=True)
            st.rerun()


def _onward(one: past.OneImport) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Import another file", key="another"):
            course.leave()
        st.page_link("history.py", label="Show in History", query_params={"run": one.run.id})
