"""Keys for programs: made and shown once, listed, revoked."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.blocks import problems, rights
from pages.blocks.people import ROLES
from pages.blocks.services import context
from pages.blocks.words import moment, person, plain, table_height
from smartsync_core.model.access import ApiKey, Role
from smartsync_core.orchestrator.api_keys import api_keys, make_key, revoke_key

__all__ = ["section"]

_TOLD = "keys-told"  # one sentence that outlives the rerun after a change


def section() -> None:
    st.subheader("API keys")
    st.markdown("A program that uses the API sends such a key. It may do what its role allows.")
    if sentence := st.session_state.pop(_TOLD, ""):
        st.success(sentence)
    table = st.container()  # filled last: a key that is made below stands in it at once
    if rights.told(make_key):
        _revoke([one for one in api_keys(context()) if one.revoked_at is None])
        _form()
    with table:
        _list(api_keys(context()))


def _list(found: list[ApiKey]) -> None:
    if not found:
        st.info("There is no key yet.")
        return
    lines = [
        {
            "Name": one.name,
            "Role": one.role.value.capitalize(),
            "State": f"Revoked {moment(one.revoked_at)}" if one.revoked_at else "In use",
            "Last used": moment(one.last_used_at) if one.last_used_at else "Never",
            "Made": moment(one.created_at),
            "Made by": person(one.created_by),
            "Id": one.id,
        }
        for one in reversed(found)
    ]
    st.dataframe(pd.DataFrame(lines), hide_index=True, height=table_height(len(lines)))


def _revoke(usable: list[ApiKey]) -> None:
    if not usable:
        return
    named = {one.id: f"{one.name} · {one.role} · {one.id}" for one in usable}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Revoke a key",
            list(named),
            index=None,
            format_func=lambda key_id: named.get(key_id, ""),
            placeholder="choose …",
            key="key-chosen",
            width=420,
        )
        pressed = st.button("Revoke", key="key-revoke", disabled=chosen is None)
    if chosen is not None:
        st.caption("The program that uses it is shut out at once. A key cannot be brought back.")
        if pressed:
            with problems.sentences():
                key = revoke_key(context(), chosen)
                st.session_state[_TOLD] = (
                    f"The key “{plain(key.name)}” is revoked and opens nothing any more."
                )
                st.rerun()


def _form() -> None:
    with st.form("make-key", clear_on_submit=True):
        name = st.text_input(
            "Name", placeholder="Nightly load", help="How History names what is done with it"
        )
        role: Role | None = st.selectbox("Role", list(Role), format_func=ROLES.__getitem__)
        sent = st.form_submit_button("Make a key", type="primary")
    if sent:
        with problems.sentences():
            made = make_key(context(), role or Role.VIEWER, name)
            st.success(
                f"The key of “{plain(made.key.name)}” is shown this once. Copy it now, into the settings of the program."
            )
            st.code(made.text, language=None)
