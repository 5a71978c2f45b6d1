"""The second step: which account the rows go to."""

from __future__ import annotations

import streamlit as st

from pages.blocks import account, problems
from pages.blocks.importing import course
from pages.blocks.services import context
from pages.blocks.words import moment, plain
from smartsync_core.model.connection import Connection
from smartsync_core.orchestrator import accounts, connect, practice
from smartsync_core.orchestrator.import_drafts import ImportDraft

__all__ = ["choose"]


def choose(draft: ImportDraft) -> None:
    """The connected accounts, the practice account first of all that is not there yet."""
    st.markdown(
        f"Where should **{plain(draft.file_name)}** go? Nothing is written before you have seen the preview."
    )
    lines = accounts.accounts(context())
    for line in lines:
        _card(draft, line)
    if not any(line.connection.base_url == practice.PRACTICE_URL for line in lines):
        _practice_card(draft)
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Back", key="account-back"):
            course.go(draft, "file")
        st.page_link("accounts.py", label=f"Connect {account.every_system()}")


def _card(draft: ImportDraft, line: accounts.AccountLine) -> None:
    connection = line.connection
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        last = f"last import {moment(line.last_import.approved_at)}" if line.last_import else "no import yet"
        st.markdown(
            f"**{plain(connection.name)}** · account {connection.portal_id} · {last}", width="stretch"
        )
        account.badge(connection)
        chosen = connection.id == draft.connection_id
        if st.button(
            "Use this account", key=f"use-{connection.id}", type="primary" if chosen else "secondary"
        ):
            with problems.sentences(), st.spinner(f"Asking {plain(connection.name)} …"):
                connect.test_connection(context(), connection)
                _use(draft, connection)


def _practice_card(draft: ImportDraft) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            "**Practice account** · made-up data, nothing leaves this computer. Match the columns here first, if you like: "
            "what you choose is kept when you go on to another account.",
            width="stretch",
        )
        if st.button("Use the practice account", key="use-practice", type="primary"):
            with problems.sentences(), st.spinner("Starting the practice account …"):
                _use(draft, practice.practice_connection(context()))


def _use(draft: ImportDraft, connection: Connection) -> None:
    course.go(draft.into(connection.id), "columns")
