"""The step before the last: rows that may be one record, and a person's word on each."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from pages.blocks import account, looked_up, problems
from pages.blocks.importing import course
from pages.blocks.services import context
from pages.blocks.words import MANY, count, table_height
from smartsync_core.model.duplicates import Decision
from smartsync_core.orchestrator import duplicates, imports, past
from smartsync_core.orchestrator.duplicates import Question
from smartsync_core.orchestrator.imports import ImportDraft

__all__ = ["offer", "settle"]

_PAGE = 50
_SAME, _APART = "the same", "not the same"
_WORDS = {True: _SAME, False: _APART, None: None}
_FIRST, _SECOND = "first", "second"


def offer(one: past.OneImport, draft: ImportDraft) -> None:
    """On a preview that found some, or that goes by decisions: the way to them."""
    found = any(reason.code == "likely_duplicates" for reason in one.report.reasons)
    words = "Decide on likely duplicates" if found else "Change what you decided on duplicates"
    if (found or draft.decisions) and st.button(words, key="to-duplicates"):
        course.go(duplicates.look_at(draft), "duplicates")


def settle(draft: ImportDraft) -> None:
    """A table of pairs, below it the fields in which those that are one differ. Every word is kept at once."""
    connection = context().connections.get(draft.connection_id)
    account.banner(connection)
    with problems.sentences():
        asked = duplicates.questions(context(), draft)
    st.subheader("Likely duplicates")
    if not asked:
        st.success("No two rows look like the same record.")
    else:
        _summary(asked)
        page = st.pagination(-(-len(asked) // _PAGE), key="duplicates-page") if len(asked) > _PAGE else 1
        shown = asked[(page - 1) * _PAGE : page * _PAGE]
        _pairs(draft, shown)
        _survivors(draft, [one for one in shown if one.same])
    _onward(draft)


def _summary(asked: Sequence[Question]) -> None:
    still = sum(one.same is None for one in asked)
    if still:
        st.warning(
            "Nothing is taken for the same by itself: what you leave open becomes a record of its own.",
            title=f"{count(still, 'pair')} of rows may be the same record",
        )
    told = [
        (sum(one.same is True for one in asked), _SAME),
        (sum(one.same is False for one in asked), _APART),
    ]
    if any(number for number, _ in told):
        st.markdown(
            "You said: " + ", ".join(f"{count(number, 'pair')} {word}" for number, word in told if number)
        )


def _pairs(draft: ImportDraft, shown: Sequence[Question]) -> None:
    frame = pd.DataFrame(
        {
            "Rows": [f"{one.row} and {one.later}" for one in shown],
            "They are": [_WORDS[one.same] for one in shown],
            "First": [one.first for one in shown],
            "Second": [one.second for one in shown],
            "Both have": [one.why for one in shown],
            "Record type": [MANY[one.object] for one in shown],
        }
    )
    if frame["Record type"].nunique() == 1:
        frame = frame.drop(columns="Record type")
    edited = st.data_editor(
        frame,
        key=_key("pairs", draft),
        hide_index=True,
        placeholder="choose …",
        height=table_height(len(shown)),
        disabled=["Rows", "First", "Second", "Both have", "Record type"],
        column_config={
            "Rows": st.column_config.TextColumn(width=90, help="Lines in your file"),
            "They are": st.column_config.SelectboxColumn(options=[_SAME, _APART], width=110),
            "First": st.column_config.TextColumn(width=320),
            "Second": st.column_config.TextColumn(width=320),
            "Both have": st.column_config.TextColumn(width=220),
        },
    )
    said = [(one, _said(edited.iloc[place]["They are"])) for place, one in enumerate(shown)]
    changed = [_decision(one, same) for one, same in said if same is not one.same]
    if changed:
        _keep(draft, changed)


def _said(word: object) -> bool | None:
    return {_SAME: True, _APART: False}.get(word) if isinstance(word, str) else None


def _decision(one: Question, same: bool | None) -> Decision | Question:
    if same is None:
        return one
    survivors = one.survivors if same else {}
    return Decision(object=one.object, row=one.row, later=one.later, same=same, survivors=survivors)


def _survivors(draft: ImportDraft, same: Sequence[Question]) -> None:
    """Of each record that two rows are, the fields of which they say different things."""
    lines = [(one, field) for one in same for field in one.differing]
    if not lines:
        return
    st.subheader("Where the same ones differ")
    st.caption("Choose which value counts. A field that only one of the rows fills is taken from there.")
    frame = pd.DataFrame(
        {
            "Rows": [f"{one.row} and {one.later}" for one, _ in lines],
            "Field": [field.label for _, field in lines],
            "Counts": [
                _SECOND if one.survivors.get(field.property) == one.later else _FIRST for one, field in lines
            ],
            "First": [field.first for _, field in lines],
            "Second": [field.second for _, field in lines],
        }
    )
    edited = st.data_editor(
        frame,
        key=_key("survivors", draft),
        hide_index=True,
        height=table_height(len(lines)),
        disabled=["Rows", "Field", "First", "Second"],
        column_config={
            "Rows": st.column_config.TextColumn(width=90),
            "Counts": st.column_config.SelectboxColumn(options=[_FIRST, _SECOND], required=True, width=90),
        },
    )
    words = list(zip(lines, edited["Counts"], strict=True))
    changed = []
    for one in same:
        rows = {
            field.property: one.later if word == _SECOND else one.row
            for (of, field), word in words
            if of is one
        }
        if any(one.survivors.get(name, one.row) != row for name, row in rows.items()):
            changed.append(
                Decision(object=one.object, row=one.row, later=one.later, same=True, survivors=rows)
            )
    if changed:
        _keep(draft, changed)


def _keep(draft: ImportDraft, changed: Sequence[Decision | Question]) -> None:
    duplicates.decide(context(), draft, changed)
    st.rerun()


def _key(table: str, draft: ImportDraft) -> str:
    """Another table is another widget: no edit of the last one clings to it."""
    return f"{table}-{draft.id}-{abs(hash(str(draft.decisions)))}"


def _onward(draft: ImportDraft) -> None:
    with st.container(horizontal=True):
        wanted = st.button("Preview", type="primary", key="duplicates-preview")
        if st.button("Back to columns", key="duplicates-back"):
            course.go(draft, "columns")
    st.caption("The preview reads HubSpot and writes nothing.")
    if wanted:
        with problems.sentences(), st.spinner("Beginning the preview …"):
            fields = looked_up.fields_of(draft.connection_id)
            course.go(imports.preview(context(), draft, fields), "preview")
