"""An import in a list."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.blocks import account, download, standing
from pages.blocks.outcomes import line
from pages.blocks.words import KINDS, STATES, kind_of, moment, plain, rows_word, run_name
from smartsync_core.model.plan import OUTCOME_WORDS, UNDO_WORDS
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import past

__all__ = ["card", "told"]

_WORDS = tuple(dict.fromkeys((*OUTCOME_WORDS.values(), *UNDO_WORDS.values())))


def card(one: past.ImportLine, *, beside: str = "", at: Mapping[str, str] | None = None) -> None:
    """Its file, account and numbers, `beside` in place of its size, and the way to it: to its rows or values `at` that filter."""
    run = one.run
    query = {"run": run.id, **(at or {})}
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            size = beside or rows_word(run.row_count)
            st.markdown(f"{run_name(run)} · {size}", width="stretch")
            if undone := one.undone:
                st.badge(undone, color="orange")
            if run.state is not RunState.DONE:
                st.badge(STATES[run.state], color="red" if run.state is RunState.FAILED else "blue")
            account.badge(one.connection)
            st.page_link(standing.target(run), label="Open", query_params=query)
        when = moment(run.approved_at or run.created_at)
        counts = line(one.counts, undo=bool(run.undo_of))
        told = f"the preview says: {counts}" if one.foreseen and one.counts else counts
        st.caption(f"{when} · {plain(one.connection.name)} · {told}")


def told(one: past.ImportLine) -> dict[str, str | int]:
    """What its card says, in a file: an import has no numbers under the words of an undo, and the other way round."""
    run, words = one.run, UNDO_WORDS if one.run.undo_of else OUTCOME_WORDS
    numbers = (
        {word: one.counts.get(outcome.value, 0) for outcome, word in words.items()} if one.counts else {}
    )
    return {
        "File": run.file_name,
        "What": kind_of(run),
        "Rows": run.row_count,
        "State": STATES[run.state],
        "Undone": one.undone,
        "Account": one.connection.name,
        "Kind": KINDS[one.connection.kind],
        download.when("When"): moment(run.approved_at or run.created_at, dated=True),
        "Numbers": "of the preview" if one.foreseen else "of the result",
        **{word: numbers.get(word, "") for word in _WORDS},
    }
