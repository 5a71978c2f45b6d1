"""The do-not-touch list on its page: what is on it, adding and taking off."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.blocks import download, problems, rights
from pages.blocks.services import context
from pages.blocks.words import count, table_height
from smartsync_core.orchestrator import do_not_touch

__all__ = ["section"]

_TOLD = "do-not-touch-told"


def section() -> None:
    """Rows with such an address or domain are left out of every import."""
    st.subheader("Do not touch")
    st.markdown(
        "Rows with one of these e-mail addresses or domains are left out of every import, whatever else is in them."
    )
    if sentence := st.session_state.pop(_TOLD, ""):
        st.success(sentence)
    _list()
    if not rights.told(do_not_touch.add):
        return
    with st.form("do-not-touch", clear_on_submit=True):
        text = st.text_area(
            "E-mail addresses or domains, one per line", placeholder="ada@firm.example\nfirm.example"
        )
        note = st.text_input("Why (optional)")
        sent = st.form_submit_button("Add to the list")
    if sent:
        with problems.sentences():
            added = do_not_touch.add(context(), text, note=note)
            st.session_state[_TOLD] = f"{count(added, 'new entry', 'new entries')} on the list."
            st.rerun()


def _list() -> None:
    found = do_not_touch.listed(context())
    if not found:
        return
    st.dataframe(pd.DataFrame(map(_line, found)), hide_index=True, height=table_height(len(found)))
    download.lines(download.these(len(found), "entry", "entries"), "Do not touch", "Do not touch", _all)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.multiselect("Take off the list", [one.value for one in found], key="do-not-touch-chosen")
        if rights.button("Take off", do_not_touch.remove, key="do-not-touch-remove", disabled=not chosen):
            do_not_touch.remove(context(), chosen)
            st.session_state[_TOLD] = f"{count(len(chosen), 'entry', 'entries')} taken off the list."
            st.rerun()


def _all() -> list[dict[str, str]]:
    return [_line(one) for one in do_not_touch.listed(context())]


def _line(one: do_not_touch.Listed) -> dict[str, str]:
    return {"Address or domain": one.value, "Why": one.note}
