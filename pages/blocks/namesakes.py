"""Possibly the same company: one click per company says which one it is, on the preview and among the rows to fix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from pages.blocks import problems, rights
from pages.blocks.services import context
from pages.blocks.words import count, plain, rows_word
from smartsync_core.model.crm import ObjectName
from smartsync_core.orchestrator import imports, namesakes, past
from smartsync_core.orchestrator.imports import ImportDraft
from smartsync_core.orchestrator.namesakes import Question
from smartsync_core.orchestrator.record_pages import RecordPages

__all__ = ["settle"]

_PAGE = 20
_CLICKED = "namesakes-clicked"
_NEW, _THIS = "It is a new company", "It is this one"


def settle(
    one: past.OneImport,
    button: str,
    after_the_last: str,
    go_on: Callable[[], None],
    draft: ImportDraft | None = None,
) -> None:
    """A card per company that waits; every answer is kept at once, in the draft too. Nothing where no company waits.

    `go_on` does what `button` says. The answer on the last company that was open does it by itself: `after_the_last` says so.
    """
    asked = namesakes.questions(context(), one.run.id)
    if not asked:
        return
    st.subheader("Possibly the same company")
    if not rights.told(namesakes.decide):
        return
    still = sum(question.answer is None for question in asked)
    st.caption(
        "HubSpot has companies of these names, and a name alone is not proof. Say it once: every row of the company goes by "
        f"it, and a contact's first company stays the first. {after_the_last}"
    )
    page = st.pagination(-(-len(asked) // _PAGE), key="namesakes-page") if len(asked) > _PAGE else 1
    for question in asked[(page - 1) * _PAGE : page * _PAGE]:
        _card(one, question, draft)
    clicked = st.session_state.pop(_CLICKED, "") == one.run.id
    if still < len(asked):
        words = f"{button} ({still:,} of {count(len(asked), 'company', 'companies')} still open)"
        pressed = st.button(words if still else button, type="primary", key="namesakes-go")
        if pressed or (clicked and not still):
            with problems.sentences():
                go_on()


def _card(one: past.OneImport, question: Question, draft: ImportDraft | None) -> None:
    with st.container(border=True):
        st.markdown(f"**{plain(question.name)}** · {rows_word(len(question.rows))}")
        pages = RecordPages(context(), one.connection)
        st.markdown(
            "  \n".join(f"In HubSpot: {_record(pages, *known)}" for known in question.candidates.items())
        )
        key = f"namesake-{one.run.id}-{'-'.join(question.key)}"
        st.session_state.setdefault(key, question.answer)
        alone = len(question.candidates) == 1
        words = {id_: _THIS if alone else f"It is record {id_}" for id_ in question.candidates} | {"": _NEW}
        st.segmented_control(
            f"Which company is {plain(question.name)}?",
            list(words),
            format_func=words.__getitem__,
            key=key,
            label_visibility="collapsed",
            on_change=_answer,
            args=(one.run.id, question, key, draft.id if draft else ""),
        )


def _record(pages: RecordPages, crm_id: str, called: str) -> str:
    """`Okoro Logistics · okoro.example (record 123)`, leading to it."""
    told = f"{plain(called)} (record {crm_id})" if called else f"record {crm_id}"
    address = pages.address(ObjectName.COMPANIES, crm_id)
    return f"[{told}]({address})" if address else told


def _answer(run_id: str, question: Question, key: str, draft_id: str) -> None:
    """Keep it, with the run and with its draft. A second click on an answer leaves it as it is."""
    said = st.session_state[key]
    if said is None:
        st.session_state[key] = question.answer
        return
    with problems.sentences():
        namesakes.decide(context(), run_id, question.key, said)
        st.session_state[_CLICKED] = run_id
        draft = imports.load(context(), draft_id) if draft_id else None
        if draft is not None:
            imports.save(context(), replace(draft, companies=context().runs.get(run_id).options.companies))
