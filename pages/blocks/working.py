"""A run that is being written, or waits: how far it is, why it waits, and what a person can do about it."""

from __future__ import annotations

from time import monotonic

import streamlit as st

from pages.blocks import account, problems, rights
from pages.blocks.moving import moving
from pages.blocks.services import context
from pages.blocks.words import duration, left, moment, plain
from smartsync_core.model.run import Progress, Run, RunState, Wish
from smartsync_core.orchestrator import write
from smartsync_core.orchestrator.history import progress

__all__ = ["under_way", "waiting"]

_POLL_S = 0.5
_QUIET_S = 10  # longer than answers take that nothing is the matter with
_PHASES = {"write": "Writing", "check": "Checking in {crm}"}
_WISHED = {
    Wish.PAUSE: "It pauses as soon as what is on its way is answered.",
    Wish.STOP: "It stops as soon as what is on its way is answered.",
}


@moving(_POLL_S)
def under_way(run_id: str) -> None:
    """A bar that moves; when the run ends, or waits, the page is drawn anew."""
    run = context().runs.get(run_id)
    if run.state is not RunState.RUNNING:
        st.rerun()
    now = progress(context(), run)
    st.progress(min(now.done / now.total, 1.0) if now.total else 0.0, text=_told(run, now))
    if (quiet := _quiet_s(run_id, now.done)) >= _QUIET_S:
        st.info(
            f"{account.system_of(run)} has answered nothing for {duration(quiet)}. What it leaves unanswered, or puts off "
            "because of its limits, is asked again by itself."
        )
    wish = context().wishes.get(run_id)
    with st.container(horizontal=True):
        for one, word in ((Wish.PAUSE, "Pause"), (Wish.STOP, "Stop")):
            if rights.button(word, write.ask, key=f"{one}-{run_id}", disabled=wish is not None):
                _ask(run_id, one)
    st.caption(_WISHED[wish] if wish else _closing(run))


def _quiet_s(run_id: str, done: int) -> float:
    """Since this page saw the last step."""
    key, now = f"steps-{run_id}", monotonic()
    seen, since = st.session_state.get(key, (-1, now))
    st.session_state[key] = (done, since if seen == done else now)
    return now - float(since) if seen == done else 0.0


def _told(run: Run, now: Progress) -> str:
    phase = _PHASES.get(now.phase, "Writing").format(crm=account.system_of(run))
    return f"{phase}: {now.done:,} of {now.total:,} steps{left(now.eta_s)}"


def _closing(run: Run) -> str:
    what = "undo" if run.undo_of else "import"
    return (
        f"You can close this tab; keep this computer on. If it stops, the {what} goes on at the next start."
    )


def _ask(run_id: str, wish: Wish) -> None:
    with problems.sentences():
        write.ask(context(), run_id, wish)
        st.rerun()


def waiting(run: Run) -> None:
    """Paused or stopped: why, what is on record, and the way on. What was on its way is answered later, and drawn then."""
    _drawn_anew(run)
    what = "undo" if run.undo_of else "import"
    st.warning(_why(run), title=f"The {what} is {run.state}. What was written is on record.")
    with st.container(horizontal=True):
        if rights.button(
            "Go on now" if run.wakes_at else "Go on", write.approve, type="primary", key="go-on"
        ):
            _go_on(run.id)
        if run.state is RunState.PAUSED and rights.button("Stop", write.ask, key="stop-waiting"):
            _ask(run.id, Wish.STOP)


@moving(_POLL_S)
def _drawn_anew(drawn: Run) -> None:
    now = context().runs.get(drawn.id)
    if (now.state, now.finished_at) != (drawn.state, drawn.finished_at):
        st.rerun()


def _why(run: Run) -> str:
    told = plain(run.message or "It can go on at any time.")
    if run.state is RunState.PAUSED and run.wakes_at:
        return f"{told} It goes on by itself {moment(run.wakes_at)}; keep this computer on."
    return told


def _go_on(run_id: str) -> None:
    with problems.sentences():
        write.approve(context(), run_id, shown=True)
        st.rerun()
