"""One contact, typed in: from here on it is an import of one row, with the same preview, write and check."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.blocks import account, policies, problems, rights
from pages.blocks.importing import course
from pages.blocks.services import application, context
from pages.blocks.words import KINDS, plain
from smartsync_core.model.automation import Extra
from smartsync_core.model.connection import Connection
from smartsync_core.model.mapping import Policy
from smartsync_core.orchestrator import imports, practice
from smartsync_core.orchestrator.single import typed_values

__all__ = ["form"]

_FIELDS = {
    "email": "E-mail",
    "firstName": "First name",
    "lastName": "Last name",
    "title": "Job title",
    "phone": "Phone",
    "company": "Company",
    "website": "Company website",
}
"""Their labels are the names of the import's columns too, so that its pages speak as the form does."""


def form() -> None:
    """Nothing is written from here: the preview comes next."""
    known = context().connections.all()
    if not known:
        _no_account()
        return
    course.steps("contact", typed=True)
    ticked = frozenset[Extra]()
    with problems.sentences():
        ticked = _as_typed(known)
    with st.form("one-contact"):
        chosen = st.selectbox("Account", known, format_func=_named, key="one-account")
        with st.grid("auto", min_column_width=240):
            typed = {name: st.text_input(label, key=f"one-{name}") for name, label in _FIELDS.items()}
        words, crm = policies.of_typed(), account.every_system()
        policy = st.radio(
            f"If the contact or its company is in {crm} already",
            list(words),
            format_func=words.__getitem__,
            key="one-policy",
        )
        st.caption(f"An empty field leaves {crm}'s value alone. Nothing is sent to {crm} yet.")
        sent = rights.submit("Preview", imports.preview, type="primary")
    if sent:
        given = {_FIELDS[name]: text.strip() for name, text in typed.items() if text.strip()}
        with problems.sentences(), st.spinner(f"Asking {plain(chosen.name)} …"):
            ctx = context()
            mine = application().orchestrator.acting_as(ctx.user, ctx.role)
            course.show_typed(mine.preview_contact(chosen.id, given, policy=Policy(policy), extras=ticked))


def _as_typed(known: Sequence[Connection]) -> frozenset[Extra]:
    """A form that is drawn anew begins with what was typed for the import that the address names; what was ticked there."""
    run_id, state = st.query_params.get("like", ""), st.session_state
    if not run_id:
        return frozenset()
    run = context().runs.get(run_id)
    values = typed_values(context(), run)
    if "one-email" in state:
        return run.options.extras
    for name, label in _FIELDS.items():
        state[f"one-{name}"] = values.get(label, "")
    state["one-policy"] = run.options.policies.default.value
    if account := next((one for one in known if one.id == run.integration_id), None):
        state["one-account"] = account
    return run.options.extras


def _no_account() -> None:
    connect = f"Connect {account.every_system()}"
    st.info(f"A contact goes into an account. {connect}, or learn with the practice account first.")
    with st.container(horizontal=True, vertical_alignment="center"):
        if rights.button(
            "Start the practice account", practice.practice_connection, key="one-practice", type="primary"
        ):
            with problems.sentences(), st.spinner("Starting the practice account …"):
                practice.practice_connection(context())
                st.rerun()
        st.page_link("accounts.py", label=connect)


def _named(connection: Connection) -> str:
    return (
        f"{connection.name} · {account.system(connection)} {connection.portal_id} · {KINDS[connection.kind]}"
    )
