"""A press on a button that is offered no longer: somebody else, or another tab, came first. It is told, not swallowed."""

from __future__ import annotations

from time import monotonic
from types import TracebackType

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

__all__ = ["offered", "told"]

_KNOWN = "offered-buttons"  # keys of all that this tab was ever offered
_NOW = "offered-now"  # and of those in this run of the page
_HEARD = "last-press-heard"  # when, and of what; the second click of a double one is no press of its own
_LATE = "pressed-too-late"  # when, and on which page
_DOUBLE_S = 3
_READ_S = 20  # the page may be drawn anew by itself meanwhile, because an import begins or ends


def offered(key: str | None) -> None:
    """The page draws this button in this run."""
    if key:
        for keys in (_KNOWN, _NOW):
            st.session_state.setdefault(keys, set()).add(key)


class told:  # noqa: N801 - read as a word: `with told():`
    """Around a page. That something was pressed which is not drawn inside is told above it, until it can have been read."""

    def __init__(self, page: str) -> None:
        self._page = page

    def __enter__(self) -> None:
        state = st.session_state
        self._place = st.empty()
        self._pressed = {key for key in state.get(_KNOWN, ()) if state.get(key) is True}
        state[_NOW] = set()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        state, now = st.session_state, monotonic()
        heard, keys = state.get(_HEARD, (-_DOUBLE_S, set()))
        if self._pressed & state[_NOW]:
            state[_HEARD] = now, self._pressed
            state.pop(_LATE, None)
        elif self._pressed and (self._pressed != keys or now - heard >= _DOUBLE_S):
            state[_LATE] = now, self._page
        at, page = state.get(_LATE, (-_READ_S, ""))
        is_drawn = kind is None or issubclass(kind, StopException)
        if is_drawn and page == self._page and now - at < _READ_S:
            self._place.info(
                "It was done already, or something changed in another tab. This is how it stands now.",
                title="What you pressed is no longer offered.",
            )
