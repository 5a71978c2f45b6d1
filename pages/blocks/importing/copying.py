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
    copied = any(reason.code == copying.COPIED for reason in one.report.reasons)
    if not copied:
        yours = "what you typed" if one.run.options.typed else "your file"
        st.markdown(
            f"This preview compares {yours} with the practice account. To see old and new values as they would be in a real "
            "account, copy the records that match. They are only read there, and stay on this computer."
        )
    with st.container(horizontal=True):
        for account in accounts:
            label = f"Copy the matching records from {plain(account.name)}{' again' if copied else ''}"
            if rights.button(label, imports.again, key=f"copy-{account.id}"):
                copy(account.id)
