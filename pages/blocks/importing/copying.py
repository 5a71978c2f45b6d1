"""On a preview into the practice account: the way to make it true, with copies of what a real account holds."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from pages.blocks import rights
from pages.blocks.services import context
from pages.blocks.words import plain
from smartsync_core.orchestrator import copying, imports, past

__all__ = ["offer"]


def offer(one: past.OneImport, copy: Callable[[str], None]) -> None:
    """A button per account whose records can be copied; `copy` begins with that account's. Nothing where there is none."""
    accounts = copying.sources(context(), one.connection)
    if not accounts:
        return
    copied = copying.copied_from(context(), one.connection)
    with st.container(border=True, key="copying"):
        st.markdown(
            "This preview compares your file with the practice account. To see old and new values as they would be in a real "
            "account, copy the records that match it. They are only read there, and stay on this computer."
        )
        with st.container(horizontal=True):
            for account in accounts:
                again = " again" if account.name in copied else ""
                label = f"Copy the matching records from {plain(account.name)}{again}"
                if rights.button(label, imports.again, key=f"copy-{account.id}"):
                    copy(account.id)
