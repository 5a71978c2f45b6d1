"""The numbers of an import: the six outcomes, always in the same order; others only when there are any."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.blocks.words import EXTRA_OUTCOMES, OUTCOMES, UNDO_OUTCOMES

__all__ = ["line", "numbers", "words_of"]


def words_of(counts: Mapping[str, int], *, undo: bool = False) -> dict[str, str]:
    """Outcome → its word: the six (of an undo its own five), and of the others those that occur."""
    words = {outcome.value: word for outcome, word in (UNDO_OUTCOMES if undo else OUTCOMES).items()}
    return words | {
        outcome.value: word for outcome, word in EXTRA_OUTCOMES.items() if counts.get(outcome.value)
    }


def numbers(counts: Mapping[str, int], *, undo: bool = False) -> None:
    """Rows per outcome, side by side; they wrap on a narrow screen."""
    words = words_of(counts, undo=undo)
    with st.grid("auto", min_column_width=120):
        for outcome, word in words.items():
            st.metric(word, f"{counts.get(outcome, 0):,}", border=True)


def line(counts: Mapping[str, int], *, undo: bool = False) -> str:
    """Those that are not zero, in one line."""
    words = words_of(counts, undo=undo)
    told = [f"{word} {counts[outcome]:,}" for outcome, word in words.items() if counts.get(outcome)]
    return " · ".join(told) or "no rows"
