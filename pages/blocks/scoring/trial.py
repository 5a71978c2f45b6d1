"""The back-test: closed deals of a file or an account, what they teach, and their points as a draft that a person may open."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
import streamlit as st

from pages.blocks import figures, problems, rights
from pages.blocks.account import system
from pages.blocks.scoring import drafts
from pages.blocks.services import context
from pages.blocks.words import count, plain, rows_word, table_height
from smartsync_core.model.connection import Connection
from smartsync_core.orchestrator import backtest, card_drafts, proposals
from smartsync_core.orchestrator.backtest import Tried
from smartsync_core.orchestrator.card_parts import ScoreCard
from smartsync_core.orchestrator.past_deals import try_on_account
from smartsync_core.orchestrator.score_cards import current_card

__all__ = ["show"]

_KEPT_S = 600
_FEW = 3  # columns without points that are told at once
_FILE = ""
_READ = (
    "trial-account"  # in the session: whose deals were read, beside which score card, and what they taught
)
_OUTCOMES = ("outcome", "won", "stage", "status", "result")
_TIMES = ("closed", "close", "date", "time")


def show(card: ScoreCard) -> None:
    st.markdown(
        "Could your closed deals have been told apart beforehand? What is learnt from the older ones is tried on the later "
        "ones. Nothing of them is stored."
    )
    account = _account()
    tried = _of_account(account) if account else _of_file()
    if tried is not None:
        _said(tried)
        _measured(tried)
        _proposal(tried, card)


def _account() -> Connection | None:
    """Whose deals are looked at; None for a file's."""
    known = {one.id: one for one in context().connections.all()}
    if not known:
        return None
    names = {_FILE: "A file"} | {one.id: one.name for one in known.values()}
    return known.get(st.radio("Closed deals of", list(names), format_func=names.__getitem__, horizontal=True))


def _of_account(account: Connection) -> Tried | None:
    st.caption(
        f"All closed deals in {system(account)}, each with what its company held when the deal was opened: what was "
        "written there since may come from how it ended. It is only read, and takes a minute for some thousand deals."
    )
    wanted = account.id, current_card(context()).card.sha256
    if st.button("Read its closed deals", key="trial-read", type="primary"):
        st.session_state.pop(_READ, None)
        with st.spinner("Reading deals and what was known of their companies …"):
            st.session_state[_READ] = wanted, try_on_account(context(), account)
    read, tried = st.session_state.get(_READ, (None, None))
    return tried if read == wanted else None


def _of_file() -> Tried | None:
    st.caption(
        "A row is a deal with what was known *before* it ended, whether it was won or lost, and the day on which it was closed."
    )
    given = st.file_uploader("File of closed deals", ["csv", "xlsx"], key="trial-file")
    if given is None:
        return None
    body, name = given.getvalue(), given.name
    columns = _columns(body, name)
    with st.container(horizontal=True):
        outcome = st.selectbox("Won or lost stands in", columns, index=_guess(columns, _OUTCOMES), width=260)
        day = st.selectbox(
            "The day it was closed stands in", columns, index=_guess(columns, _TIMES), width=260
        )
    if outcome == day:
        st.info("Choose two different columns.")
        return None
    return _tried(body, name, outcome, day, current_card(context()).card.sha256)


def _guess(columns: Sequence[str], words: Sequence[str]) -> int:
    found = (at for word in words for at, name in enumerate(columns) if word in name.casefold())
    return next(found, 0)


@st.cache_data(ttl=_KEPT_S, max_entries=4, show_spinner=False)
def _columns(body: bytes, name: str) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as folder:
        return backtest.columns(_file(folder, body, name))


@st.cache_data(
    ttl=_KEPT_S, max_entries=4, show_spinner="Learning from the older deals, trying on the later ones …"
)
def _tried(body: bytes, name: str, outcome: str, day: str, _card: str) -> Tried:
    with tempfile.TemporaryDirectory() as folder:
        return backtest.try_on(context(), _file(folder, body, name), outcome=outcome, time_column=day)


def _file(folder: str, body: bytes, name: str) -> Path:
    path = Path(folder) / f"deals{Path(name).suffix.lower()}"
    path.write_bytes(body)
    return path


def _said(tried: Tried) -> None:
    found = tried.found
    st.subheader(f"{count(found.deals, 'closed deal')}, {found.won:,} won ({found.base_rate:.0%})")
    if tried.proposes:
        st.success(plain(found.why))
    else:
        st.warning(plain(found.why), title="Nothing is proposed")
    for name, alone in found.leaking.items():
        st.warning(
            f"It alone tells won from lost ({alone:.0%} of pairs): it says how a deal ended, and is left out.",
            title=f"Column “{plain(name)}”",
        )
    notes = [f"{rows_word(rows)} left out: {plain(reason)}." for reason, rows in tried.left_out.items()]
    if found.until is not None:
        notes.append(
            f"Learnt from {count(found.learnt_from, 'deal')} until {found.until}, tried on the {found.tried_on:,} after it."
        )
    for note in notes:
        st.caption(note)
    _passed_over(found.passed_over)


def _passed_over(columns: Mapping[str, str]) -> None:
    """A line per reason; an account has dozens of fields that nobody fills."""
    if not columns:
        return
    with st.expander(f"{count(len(columns), 'column')} without points", expanded=len(columns) <= _FEW):
        for why in dict.fromkeys(columns.values()):
            names = ", ".join(f"“{plain(name)}”" for name, reason in columns.items() if reason == why)
            st.markdown(f"{plain(why[:1].upper() + why[1:])}: {names}")


def _measured(tried: Tried) -> None:
    told = tried.found.measures
    if told is None:
        return
    st.subheader("On the later deals")
    with st.grid("auto", min_column_width=170):
        _number(
            "Ranks won above lost",
            f"{told.auc.value:.2f}",
            f"{told.auc.low:.2f} to {told.auc.high:.2f}",
            "AUC: 0.5 is chance, 1 is perfect; beside it the bounds of 95 %",
        )
        _number("Best 10 %", f"{told.lift_10:.1f} ×", "as often won as all")
        _number("Best 20 %", f"{told.lift_20:.1f} ×", "as often won as all")
        _number(
            "Brier score",
            f"{told.brier:.3f}",
            f"{told.brier_of_base_rate:.3f} by the share won alone",
            "The lower the better",
        )
    st.plotly_chart(
        figures.calibration([(one.foretold, one.came, one.deals) for one in told.calibration]),
        key="trial-chart",
    )
    st.caption(
        f"Tenths of the later deals by how likely a win was foretold: on the line, it came as often as foretold. "
        f"They differ by {told.off_by:.1%} on average."
    )


def _number(name: str, value: str, beside: str, told: str | None = None) -> None:
    st.metric(name, value, border=True, delta=beside, delta_color="off", delta_arrow="off", help=told)


def _proposal(tried: Tried, card: ScoreCard) -> None:
    levels = sorted(tried.found.proposal, key=lambda one: -abs(one.points))
    if not levels:
        return
    st.subheader("Points that these deals speak for")
    lines = [
        {"Column": one.column, "Value": one.value, "Points": one.points, "Deals": one.deals} for one in levels
    ]
    st.dataframe(
        pd.DataFrame(lines),
        hide_index=True,
        height=table_height(len(lines)),
        column_config={"Points": st.column_config.NumberColumn(format="%+d")},
    )
    st.caption("Ten points are twice the odds. It is a proposal: nothing goes by it.")
    draft = card_drafts.draft(context())
    base = draft.text if draft else current_card(context()).text
    offered = proposals.proposed(card, base, levels)
    if offered.unread:
        names = ", ".join(f"“{plain(name)}”" for name in offered.unread)
        st.caption(
            f"The score card reads no fact of each value in {names}; these points stay out of the draft."
        )
    if not offered.text:
        return
    st.subheader("What they would change in the score card")
    drafts.lines(offered.changes)
    if rights.button(
        "Open as a draft", card_drafts.keep, type="primary", key="open-proposal", disabled=not offered.changes
    ):
        with problems.sentences():
            drafts.keep(offered.text)
