"""Possibly the same company: one click per company says which one it is, on the preview and among the rows to fix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from pages.blocks import account, problems, rights
from pages.blocks.services import context
from pages.blocks.words import count, plain, rows_word
from smartsync_core.errors import BadInput
from smartsync_core.model.crm import ObjectName
from smartsync_core.orchestrator import import_drafts, namesakes, past
from smartsync_core.orchestrator.import_drafts import ImportDraft
from smartsync_core.orchestrator.namesakes import Question
from smartsync_core.orchestrator.record_pages import RecordPages

__all__ = ["settle"]

_PAGE = 20
_CLICKED, _TAKEN_BACK = "namesakes-clicked", "namesakes-taken-back"
_NEW, _THIS = "It is a new company", "It is this one"


def settle(
    one: past.OneImport,
    button: str,
    after_the_last: str,
    go_on: Callable[[], None],
    draft: ImportDraft | None = None,
) -> None:
    """A card per company that waits; every answer is kept at once, in the draft too. Nothing where no company waits or waited.

    `go_on` does what `button` says. The answer on the last company that was open does it by itself: `after_the_last` says so. A
    word that is taken back does it, too.
    """
    if st.session_state.pop(_TAKEN_BACK, "") == one.run.id:
        with problems.sentences():
            go_on()
    asked, said = namesakes.questions(context(), one.run.id), namesakes.said(context(), one.run.id)
    if not asked and not said:
        return
    st.subheader("Possibly the same company")
    if not rights.told(namesakes.decide):
        return
    if asked:
        st.caption(
            f"{account.system(one.connection)} has companies of these names, and a name alone is not proof. Say it once: "
            "every row of the company goes by it, and a contact's first company stays the first. "
            f"{after_the_last if _still(asked) else ''}"
        )
    wanted = bool(asked) and _open(one, asked, button, draft)
    _said(one, said, draft)
    if wanted:
        with problems.sentences():
            go_on()


def _open(one: past.OneImport, asked: Sequence[Question], button: str, draft: ImportDraft | None) -> bool:
    """Whether all is said, or the person goes on with what is."""
    still = _still(asked)
    page = st.pagination(-(-len(asked) // _PAGE), key="namesakes-page") if len(asked) > _PAGE else 1
    for question in asked[(page - 1) * _PAGE : page * _PAGE]:
        _card(one, question, draft)
    clicked = st.session_state.pop(_CLICKED, "") == one.run.id
    if still == len(asked):
        return False
    words = f"{button} ({still:,} of {count(len(asked), 'company', 'companies')} still open)"
    pressed = st.button(words if still else button, type="primary", key="namesakes-go")
    return pressed or (clicked and not still)


def _still(asked: Sequence[Question]) -> int:
    """How many are open."""
    return sum(question.answer is None for question in asked)


def _said(one: past.OneImport, said: Sequence[Question], draft: ImportDraft | None) -> None:
    """What the preview goes by already, each with the way back."""
    pages, crm = RecordPages(context(), one.connection), account.system(one.connection)
    for question in said[:_PAGE]:
        record = _record(pages, question.answer or "", "")
        what = f"{record} in {crm}" if question.answer else "a new company"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(
                f"**{plain(question.name)}** · {rows_word(len(question.rows))} · you said: {what}",
                width="stretch",
            )
            st.button(
                "Ask me again",
                key=_key("again", one.run.id, question),
                on_click=_ask_again,
                args=(one.run.id, question, draft.id if draft else ""),
            )
    if len(said) > _PAGE:
        st.caption(f"And {count(len(said) - _PAGE, 'more company', 'more companies')} as you said.")


def _card(one: past.OneImport, question: Question, draft: ImportDraft | None) -> None:
    with st.container(border=True):
        st.markdown(f"**{plain(question.name)}** · {rows_word(len(question.rows))}")
        pages, crm = RecordPages(context(), one.connection), account.system(one.connection)
        told = [f"In {crm}: {_record(pages, *known)}" for known in question.candidates.items()]
        st.markdown("  \n".join(told) or f"The record that you chose is no longer in {crm}.")
        key = _key("namesake", one.run.id, question)
        st.session_state.setdefault(key, question.answer)
        alone = len(question.candidates) == 1
        words = {id_: _THIS if alone else f"It is record {id_}" for id_ in question.candidates} | {"": _NEW}
        st.segmented_control(
            f"Which company is {plain(question.name)}?",
            list(words),
            format_func=words.__getitem__,
            key=key,
            required=True,  # the second of two quick clicks would take the answer back
            label_visibility="collapsed",
            on_change=_answer,
            args=(one.run.id, question, key, draft.id if draft else ""),
        )


def _record(pages: RecordPages, crm_id: str, called: str) -> str:
    """`Okoro Logistics · okoro.example (record 123)`, leading to it."""
    told = f"{plain(called)} (record {crm_id})" if called else f"record {crm_id}"
    address = pages.address(ObjectName.COMPANIES, crm_id)
    return (
        f'[{told}]({address} "Its page")' if address else told
    )  # the title makes it a link of ours (look.css)


def _answer(run_id: str, question: Question, key: str, draft_id: str) -> None:
    """Keep it, with the run and with its draft."""
    with problems.sentences():
        _refuse_where_it_moved_on(run_id, draft_id)
        namesakes.decide(context(), run_id, question.key, st.session_state[key])
        st.session_state[_CLICKED] = run_id
        _keep(run_id, draft_id)


def _ask_again(run_id: str, question: Question, draft_id: str) -> None:
    with problems.sentences():
        _refuse_where_it_moved_on(run_id, draft_id)
        namesakes.ask_again(context(), run_id, question.key)
        st.session_state[_TAKEN_BACK] = run_id
        _keep(run_id, draft_id)


def _refuse_where_it_moved_on(run_id: str, draft_id: str) -> None:
    """In another tab: what is said of an older preview would hold for later ones, and nobody would see it."""
    draft = import_drafts.load(context(), draft_id) if draft_id else None
    if draft is not None and draft.run_id != run_id:
        raise BadInput(
            "The preview was made again meanwhile, so your answer was not kept.",
            hint="The newest one is below.",
            code="moved_on",
        )


def _keep(run_id: str, draft_id: str) -> None:
    """Later previews of the draft go by what was said, too."""
    draft = import_drafts.load(context(), draft_id) if draft_id else None
    if draft is not None:
        import_drafts.save(context(), replace(draft, companies=context().runs.get(run_id).options.companies))


def _key(what: str, run_id: str, question: Question) -> str:
    return f"{what}-{run_id}-{'-'.join(question.key)}"
