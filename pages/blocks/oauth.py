"""Connecting an account without a key: off to the CRM, where a person lets SmartSync in, and back."""

from __future__ import annotations

import streamlit as st

from pages.blocks import problems, rights
from pages.blocks.services import context
from pages.blocks.words import plain
from smartsync_core.errors import NotFound
from smartsync_core.model.connection import Connection
from smartsync_core.orchestrator import oauth

__all__ = ["again", "form", "go", "told"]

_NAME = "oauth-name"
_BACK = {
    "refused": "{crm} gave no permission: nothing was connected.",
    "expired": "That way back from {crm} was used before, or took longer than ten minutes. Begin again.",
    "other_account": "At {crm} another account was chosen than the one of that name. Nothing was changed. "
    "Choose the right one there, or connect it under a name of its own.",
    "failed": "{crm} did not confirm the permission. Begin again; if it stays so, the log says more.",
}


def told() -> None:
    """What became of somebody who comes back from the CRM; said once."""
    what, account = st.query_params.get("hubspot", ""), st.query_params.get("account", "")
    if not what:
        return
    st.query_params.clear()
    if what != "connected":
        st.error(_BACK.get(what, _BACK["failed"]).format(crm=oauth.crm()))
        return
    try:
        connection = context().connections.get(account)
    except NotFound:
        return
    st.success(f"Connected {plain(connection.name)}, account {connection.portal_id}.")


def form() -> None:
    """A new account, where our app at the CRM is configured."""
    if not oauth.is_offered(context()):
        return
    crm = oauth.crm()
    st.subheader(f"Connect {crm} without a key")
    if not rights.told(oauth.begin):
        return
    with st.form("connect-oauth"):
        name = st.text_input(
            "Name", key=_NAME, placeholder=f"{crm} Europe", help="How this account is called here"
        )
        st.caption(f"You let SmartSync in at {crm}, and can take that back there at any time.")
        sent = st.form_submit_button("Continue", type="primary")
    if sent:
        go(name)


def go(name: str) -> None:
    """The way to the CRM; each is good once."""
    with problems.sentences():
        st.link_button(
            f"Go to {oauth.crm()}",
            oauth.begin(context(), name),
            type="primary",
            icon=":material/open_in_new:",
        )
        st.caption("It opens in a new tab, and is good for ten minutes.")


def again(connection: Connection) -> bool:
    """The button of an account that was connected so, and can be again; whether it was pressed."""
    can = connection.by_oauth and oauth.is_offered(context())
    return can and rights.button("Reconnect …", oauth.begin, key=f"again-{connection.id}")
