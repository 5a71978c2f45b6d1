"""Whether the records that this import writes carry its name and day."""

from __future__ import annotations

from pathlib import PurePath

import streamlit as st

from pages.blocks import account
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.files import can_stamp
from smartsync_core.orchestrator.import_drafts import ImportDraft

__all__ = ["choose"]


def choose(draft: ImportDraft, fields: AccountFields) -> str:
    """The name to write; "" = none. Where the account has no fields for it, what to do instead."""
    assert draft.record_type is not None
    if not can_stamp({name: fields.schema(name) for name in draft.record_type.objects}):
        return ""
    wanted = st.toggle(
        "Write the name and day of this import into every record it creates or changes",
        value=bool(draft.stamp),
        key=f"stamp-{draft.id}",
        help=f"In {account.system_at(draft.connection_id)}, make a list of “Last import” is this name.",
    )
    if not wanted:
        return ""
    name = st.text_input(
        "Name of this import",
        value=draft.stamp or PurePath(draft.file_name).stem,
        key=f"stamp-name-{draft.id}",
        max_chars=120,
    )
    return name.strip()
