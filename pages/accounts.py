"""Accounts: the CRMs that records can be written to, the practice account, and what no import may touch."""

import streamlit as st

from pages.blocks import connecting, do_not_touch, oauth, problems, standing
from pages.blocks.services import context
from smartsync_core.orchestrator import accounts, practice

st.title("Accounts")

lines = accounts.accounts(context())
own = [line for line in lines if line.connection.base_url == practice.PRACTICE_URL]
others = [line for line in lines if line not in own]

standing.follow()
connecting.told()
oauth.told()
with problems.sentences():
    if not others:
        st.info("No account is connected yet. Connect one below, or learn with the practice account first.")
    for line in others:
        connecting.card(line)
    connecting.practice_card(own[0] if own else None)
    oauth.form()
    connecting.form()
    do_not_touch.section()
