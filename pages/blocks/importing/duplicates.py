"""The step before the last: rows that may be one record, and a person's word on each."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.blocks import account, looked_up, problems
from pages.blocks.importing import course
from pages.blocks.services import context
from pages.blocks.words import MANY, count, plain
from smartsync_core.model.duplicates import Decision
from smartsync_core.orchestrator import duplicates, import_drafts, imports, past
from smartsync_core.orchestrator.duplicates import Differing, Question
from smartsync_core.orchestrator.import_drafts import ImportDraft

__all__ = ["offer", "settle"]

_PAGE = 20
_SAME, _APART = "the same", "not the same"
_WORDS = {True: _SAME, False: _APART, None: None}


def offer(one: past.OneImport, draft: ImportDraft) -> None:
    """On a preview that found some, or that goes by decisions: the way to them."""
    found = any(reason.code == "likely_duplicates" for reason in one.report.reasons)
    words = "Decide on likely duplicates" if found else "Change what you decided on duplicates"
    if (found or draft.decisions) and st.button(words, key="to-duplicates"):
        course.go(duplicates.look_at(draft), "duplicates")


def settle(draft: ImportDraft) -> None:
    """Each pair on a card, with the fields in which the two differ once they are one. Every word is kept at once."""
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
        typed = len({one.object for one in asked}) > 1
        for one in shown:
            _pair(draft, one, typed=typed)
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


def _pair(draft: ImportDraft, one: Question, *, typed: bool) -> None:
    """What the two rows say, one below the other, so that it is read in full at any width; `typed` names the record type."""
    with st.container(border=True):
        kind = f" · {MANY[one.object]}" if typed else ""
        st.markdown(f"**Rows {one.row} and {one.later}**{kind} · {plain(one.why)}")
        st.markdown(f"{plain(one.first)}  \n{plain(one.second)}")
        key = _key(draft, one)
        st.session_state.setdefault(key, _WORDS[one.same])
        st.segmented_control(
            f"Rows {one.row} and {one.later} are",
            [_SAME, _APART],
            key=key,
            label_visibility="collapsed",
            on_change=_answer,
            args=(draft.id, one, key),
        )
        if one.same and one.differing:
            st.caption(
                "Which value counts where they differ? A field that only one row fills is taken from there."
            )
            for field in one.differing:
                _survivor(draft, one, field)


def _survivor(draft: ImportDraft, one: Question, field: Differing) -> None:
    values = {one.row: field.first, one.later: field.second}
    key = f"{_key(draft, one)}-{field.property}"
    st.session_state.setdefault(key, one.survivors.get(field.property, one.row))
    st.radio(
        plain(field.label),
        list(values),
        format_func=lambda row: f"{plain(values[row])} (row {row})",
        horizontal=True,
        key=key,
        on_change=_choose,
        args=(draft.id, one, field, key),
    )


def _answer(draft_id: str, one: Question, key: str) -> None:
    """Keep a word on a pair, beside whatever was said in the same moment; a word taken back opens the pair again."""
    word = st.session_state[key]
    if word is None:
        _keep(draft_id, one)
    else:
        _keep(draft_id, Decision(object=one.object, row=one.row, later=one.later, same=word == _SAME))


def _choose(draft_id: str, one: Question, field: Differing, key: str) -> None:
    """Keep which row's value counts."""
    draft = import_drafts.load(context(), draft_id)
    place = (one.object, one.row, one.later)
    decisions = draft.decisions if draft is not None else ()
    earlier = next((made for made in decisions if (made.object, made.row, made.later) == place), None)
    said = earlier.survivors if earlier is not None else {}
    survivors = {differing.property: said.get(differing.property, one.row) for differing in one.differing}
    survivors[field.property] = st.session_state[key]
    _keep(
        draft_id,
        Decision(object=one.object, row=one.row, later=one.later, same=True, survivors=survivors),
    )


def _keep(draft_id: str, said: Decision | Question) -> None:
    draft = import_drafts.load(context(), draft_id)
    if draft is not None:
        duplicates.decide(context(), draft, [said])


def _key(draft: ImportDraft, one: Question) -> str:
    """The same for as long as the pair is asked about, so that an answer does not make the others anew."""
    return f"pair-{draft.id}-{one.object}-{one.row}-{one.later}"


def _onward(draft: ImportDraft) -> None:
    with st.container(horizontal=True):
        wanted = st.button("Preview", type="primary", key="duplicates-preview")
        if st.button("Back to columns", key="duplicates-back"):
            course.go(draft, "columns")
    st.caption(f"The preview reads {account.system_at(draft.connection_id)} and writes nothing.")
    if wanted:
        with problems.sentences(), st.spinner("Beginning the preview …"):
            fields = looked_up.fields_of(draft.connection_id)
            course.go(imports.preview(context(), draft, fields), "preview")
