"""On the columns step: what was chosen here, kept for every import of the account."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.blocks import problems, rights
from pages.blocks.services import context
from pages.blocks.words import count, plain
from smartsync_core.model.mapping import ColumnMatch
from smartsync_core.orchestrator import field_mappings, imports
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.import_drafts import ImportDraft

__all__ = ["keep"]


def keep(draft: ImportDraft, matches: Sequence[ColumnMatch], fields: AccountFields) -> None:
    """Columns, steps and rules of fields; a column of that name that was kept before is replaced."""
    account = context().connections.get(draft.connection_id).name
    with st.expander("Keep these columns for every import of this account"):
        st.caption(
            f"Columns of these names then always go where they go now, whatever the file, and so does what programs send "
            f"to {plain(account)}. Look at them and change them under *Fields and columns*."
        )
        if rights.button("Keep them", field_mappings.keep_columns, key="standing-keep"):
            with problems.sentences():
                rules = imports.policies(context(), draft, fields)
                kept = field_mappings.keep_columns(context(), draft.connection_id, matches, rules, fields)
                st.success(f"{count(kept, 'column')} kept for {plain(account)}.")
