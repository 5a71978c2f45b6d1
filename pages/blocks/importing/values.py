"""The step between columns and preview: values that the account's lists do not know, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from pages.blocks import account, looked_up, problems
from pages.blocks.importing import course, new_choices
from pages.blocks.services import context
from pages.blocks.words import count, plain, table_height
from smartsync_core.orchestrator import imports, values
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.import_drafts import ImportDraft
from smartsync_core.orchestrator.values import ValueLine, ValueTable

__all__ = ["settle"]

_BLANK = "(leave it blank)"
_MANY_LINES = 10


def settle(draft: ImportDraft) -> None:
    """One table per column; what is confirmed is remembered for later files."""
    connection = context().connections.get(draft.connection_id)
    account.banner(connection)
    new_choices.told()
    with problems.sentences(), st.spinner(f"Reading the fields of {plain(connection.name)} …"):
        fields = looked_up.fields_of(connection.id)
        tables = values.questions(context(), draft, fields, imports.columns(context(), draft, fields))
        if not tables:
            st.success(f"Every value is one that {plain(connection.name)} knows.")
        for table in tables:
            _table(draft, table)
            new_choices.offer(connection, table)
        _onward(draft, fields, tables)
        return
    if st.button("Back", key="values-back-broken"):
        course.go(draft, "columns")


def _table(draft: ImportDraft, table: ValueTable) -> None:
    same = table.header.casefold() == table.label.casefold()
    st.subheader(plain(table.header) if same else f"{plain(table.header)} → {plain(table.label)}")
    if table.open:
        st.markdown(
            f"{count(table.open, 'value')} of this column {'is' if table.open == 1 else 'are'} not on the list. "
            "Say what each means; a suggestion counts only once you confirm it."
        )
    else:
        st.caption("All settled. What you change here holds for later files too.")
    labels = {choice.value: choice.label for choice in table.choices} | {"": _BLANK}
    frame = _frame(table.lines, labels)
    edited = st.data_editor(
        frame,
        key=f"values-{draft.id}-{table.target}-{table.open}",
        hide_index=True,
        placeholder="choose …",
        height=table_height(len(table.lines)) if len(table.lines) > _MANY_LINES else "content",
        disabled=["In the file", "Rows", "State"],
        column_config={
            "In the file": st.column_config.TextColumn(width="medium"),
            "Rows": st.column_config.NumberColumn(width=70, format="localized"),
            "Becomes": st.column_config.SelectboxColumn(options=list(labels.values()), width="medium"),
            "State": st.column_config.TextColumn(width="medium"),
        },
    )
    chosen = _chosen(table.lines, edited, labels)
    if st.button(
        f"Confirm {count(len(chosen), 'value')}", key=f"confirm-{table.target}", disabled=not chosen
    ):
        values.confirm(context(), draft, table, chosen)
        st.rerun()


def _frame(lines: Sequence[ValueLine], labels: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "In the file": [line.text for line in lines],
            "Rows": [line.rows for line in lines],
            "Becomes": [
                labels.get(line.choice if line.choice is not None else line.suggested or "?")
                for line in lines
            ],
            "State": [_state(line) for line in lines],
        }
    )


def _state(line: ValueLine) -> str:
    if line.choice is not None:
        return "confirmed"
    return "suggested" if line.suggested else line.why


def _chosen(lines: Sequence[ValueLine], edited: pd.DataFrame, labels: Mapping[str, str]) -> dict[str, str]:
    """Every line that has a choice now and has not been confirmed as that."""
    named = {label: value for value, label in labels.items()}
    picked = {line.text: named.get(str(edited.iloc[place]["Becomes"])) for place, line in enumerate(lines)}
    return {
        line.text: choice
        for line in lines
        if (choice := picked[line.text]) is not None and choice != line.choice
    }


def _meanwhile(table: ValueTable) -> str:
    """What becomes of values that nobody settled."""
    column = f"“{plain(table.header)}”"
    if table.imported:
        return f"Rows with such a value in {column} will need you; the others go."
    return f"The whole column {column} is left out until you say what they mean."


def _onward(draft: ImportDraft, fields: AccountFields, tables: Sequence[ValueTable]) -> None:
    still = sum(table.open for table in tables)
    if still:
        st.warning(
            "\n\n".join(_meanwhile(table) for table in tables if table.open),
            title=f"{count(still, 'value')} not settled",
        )
    with st.container(horizontal=True):
        wanted = st.button("Preview", type="primary", key="values-preview")
        if st.button("Back", key="values-back"):
            course.go(draft, "columns")
    st.caption(f"The preview reads {account.system_at(draft.connection_id)} and writes nothing.")
    if wanted:
        with st.spinner("Beginning the preview …"):
            course.go(imports.preview(context(), draft, fields), "preview")
