"""What stands in the page's address: a link, a reload and the browser's way back lead to the same list, or record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st

from pages.blocks.words import plain

__all__ = ["choice", "show", "text"]


def show() -> None:
    """Make the browser's address that of the page, where it is another.

    A link to the page that it stands on changes what is shown but not the address (Streamlit 1.67), so that a reload, or the
    next button that is pressed, would be about what was shown before.
    """
    st.query_params.from_dict({name: st.query_params.get_all(name) for name in st.query_params})


def choice(label: str, name: str, words: Mapping[str, str], *, usual: str = "", hidden: bool = False) -> str:
    """One of `words`, by its key, or "" where `usual` is none and nothing is chosen. Words are shown as they are."""
    key = _follow(name, usual)
    if st.session_state[key] not in words:
        st.session_state[key] = usual or None
    visibility: Literal["collapsed", "visible"] = "collapsed" if hidden else "visible"
    shown: dict[str, Any] = {
        "format_func": lambda one: plain(words[one]),
        "key": key,
        "label_visibility": visibility,
    }
    chosen = (
        st.segmented_control(label, list(words), required=True, **shown)
        if usual
        else st.pills(label, list(words), **shown)
    )
    return _note(name, str(chosen or ""), usual)


def text(label: str, name: str) -> str:
    """What is typed, without spaces around it."""
    key = _follow(name, "")
    return _note(name, st.text_input(label, key=key, type="search", width=320).strip(), "")


def _follow(name: str, usual: str) -> str:
    """The widget's key; where the address changed since the page was drawn last, the widget goes along."""
    key, seen = f"by-{name}", f"by-{name}-seen"
    now = st.query_params.get(name, usual)
    if key not in st.session_state or st.session_state.get(seen) != now:
        st.session_state[key] = now
    return key


def _note(name: str, value: str, usual: str) -> str:
    st.session_state[f"by-{name}-seen"] = value or usual
    if value == usual:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value
    return value
