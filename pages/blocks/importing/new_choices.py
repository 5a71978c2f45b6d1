"""On the values step: values of the file that the account should know from now on, added to its list there."""

from __future__ import annotations

import streamlit as st

from pages.blocks import account, looked_up, problems, rights
from pages.blocks.services import context
from pages.blocks.words import ONE, count, plain
from smartsync_core.model.connection import Connection
from smartsync_core.model.mapping import Target
from smartsync_core.orchestrator import new_choices
from smartsync_core.orchestrator.values import ValueTable

__all__ = ["offer", "told"]

_TOLD = "choices-told"  # one sentence that outlives the rerun after a change


def told() -> None:
    """What the last click added."""
    if sentence := st.session_state.pop(_TOLD, ""):
        st.success(sentence)


def offer(connection: Connection, table: ValueTable) -> None:
    """Nothing is added before the list of what would be was seen, and agreed to."""
    open_lines = {line.text: line for line in table.lines if line.choice is None}
    if not table.open_list or not open_lines:
        return
    name = plain(connection.name)
    with st.expander(f"Add values to the list in {name}"):
        chosen = st.multiselect(
            "Values that the account should know from now on",
            list(open_lines),
            placeholder="choose …",
            key=f"choices-{table.target}",
        )
        if not chosen:
            return
        with problems.sentences():
            new = new_choices.foreseen(context(), connection.id, table, chosen)
            place = f"{ONE[Target.parse(table.target).object].capitalize()} · {plain(table.label)}"
            lines = [
                f"- “{plain(one)}” ({count(open_lines[one].rows, 'row')})" for one in new if one in open_lines
            ]
            st.markdown(f"**This would be added to {place} in {name}:**\n" + "\n".join(lines))
            st.caption(
                f"Everybody who works in that account sees it there. It is taken away in {account.system(connection)} only: "
                "undoing an import leaves it."
            )
            if rights.button(
                f"Add {count(len(new), 'choice')} to {name}",
                new_choices.add,
                type="primary",
                key=f"choices-add-{table.target}",
            ):
                added = new_choices.add(context(), connection.id, table, chosen)
                looked_up.fields_of.clear()
                st.session_state[_TOLD] = f"{count(len(added), 'choice')} added to {place} in {name}."
                st.rerun()
