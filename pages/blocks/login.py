"""The way in where login is configured: log in, wait for a role, or be the first admin; and the way out."""

from __future__ import annotations

import streamlit as st

from pages.blocks import problems
from pages.blocks.services import application
from pages.blocks.visitor import identity
from smartsync_core.model.access import Person
from smartsync_core.orchestrator.people import meet

__all__ = ["beside", "let_in"]


def let_in() -> bool:
    """Whether whoever looks may see the pages; where not, this is their page."""
    if application().settings.login is None:
        return True
    who = identity()
    if who is None:
        _closed()
        return False
    person = meet(application().context, who)
    if person.role is None:
        _waits(person)
    return person.role is not None


def beside() -> None:
    """Who is logged in, in which role, and the way out."""
    who = identity() if application().settings.login else None
    person = application().context.people.of(who) if who else None
    if person and person.role:
        st.text(f"{person.called} · {person.role}")
        _log_out()


def _closed() -> None:
    st.title("SmartSync")
    st.markdown("Log in to see imports and accounts.")
    if st.button("Log in", type="primary", icon=":material/login:"):
        st.login()


def _waits(person: Person) -> None:
    st.title("SmartSync")
    st.text(f"You are logged in as {person.called}.")
    if application().first_admin.code:
        _first_admin(person)
    else:
        st.info(
            "An admin gives you one under Setup → People and keys. Reload this page then.",
            title="You have no role yet.",
        )
    _log_out()


def _first_admin(person: Person) -> None:
    st.info(
        "The terminal on which SmartSync was started shows a code. Whoever enters it is the first admin, "
        "and gives roles to all others.",
        title="There is no admin yet.",
    )
    with st.form("first-admin", width=420):
        code = st.text_input("Code from the terminal", autocomplete="off")
        sent = st.form_submit_button("Become the first admin", type="primary")
    if sent:
        with problems.sentences():
            application().first_admin.claim(application().context, person, code)
            st.rerun()


def _log_out() -> None:
    if st.button("Log out", icon=":material/logout:", key="log-out"):
        st.logout()
