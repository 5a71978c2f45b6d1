"""How things stand: what is being worked on, each account with its light, and what there is to do first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import streamlit as st

from pages.blocks import account
from pages.blocks.moving import moving
from pages.blocks.services import context
from pages.blocks.words import STATES, count, left, moment, plain, rows_word, run_name
from smartsync_core.model.run import Progress, Run, RunState
from smartsync_core.orchestrator import past
from smartsync_core.orchestrator.accounts import AccountLine, Light

__all__ = ["LIGHTS", "account_line", "now", "target"]

_POLL_S, _QUIET_POLL_S = 1.0, 5.0  # while something is worked on; while nothing is
LIGHTS: Mapping[Light, tuple[str, Literal["green", "red", "gray"]]] = {
    Light.GOOD: ("Works", "green"),
    Light.BAD: ("Needs you", "red"),
    Light.UNKNOWN: ("Not used yet", "gray"),
}


def now() -> None:
    """What the app works on at this moment, moving, whoever began it."""
    pulse = past.pulse(context())
    moving(_POLL_S if pulse.working else _QUIET_POLL_S)(_now)(pulse)


def follow() -> None:
    """Draws nothing; the page is drawn anew when an import begins or ends, whoever began it."""
    pulse = past.pulse(context())
    moving(_POLL_S if pulse.working else _QUIET_POLL_S)(_drawn_anew)(pulse)


def _drawn_anew(drawn: past.Pulse) -> None:
    if past.pulse(context()) != drawn:
        st.rerun()


def _now(drawn: past.Pulse) -> None:
    _drawn_anew(drawn)
    found = past.under_way(context())
    if not found:
        return
    st.subheader("Running now")
    for run, progress in found:
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(f"{run_name(run)} · {rows_word(run.row_count)}", width="stretch")
                st.badge(STATES[run.state], color="blue")
                st.page_link(target(run), label="Show", query_params={"run": run.id})
            _bar(run, progress)


def _bar(run: Run, progress: Progress) -> None:
    if run.state is not RunState.RUNNING:
        st.caption("Comparing it with the account. Nothing is written.")
        return
    done = min(progress.done / progress.total, 1.0) if progress.total else 0.0
    st.progress(done, text=f"{progress.done:,} of {progress.total:,} steps{left(progress.eta_s)}")


def target(run: Run) -> str:
    """The page that shows a run: a preview of an import goes on where it was begun."""
    return "import_file.py" if run.approved_at is None and not run.undo_of else "history.py"


def account_line(line: AccountLine) -> None:
    """An account with its light, its last success and what SmartSync asked of it today."""
    connection = line.connection
    word, color = LIGHTS[line.light]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{plain(connection.name)}** · account {connection.portal_id} · {_last(line)}", width="stretch"
        )
        account.badge(connection)
        st.badge(word, color=color)
    if line.light is Light.BAD:
        st.caption(plain(connection.last_error))


def _last(line: AccountLine) -> str:
    last = f"last success {moment(line.last_success)}" if line.last_success else "nothing written yet"
    return f"{last} · {count(line.calls_today, 'call')} today by imports" if line.calls_today else last
