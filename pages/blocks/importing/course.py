"""Where an import stands: its draft is named in the address, so that a reload or a restart loses nothing."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from pages.blocks.services import context
from smartsync_core.orchestrator import import_drafts
from smartsync_core.orchestrator.import_drafts import ImportDraft

__all__ = ["STEPS", "go", "keep", "leave", "show_run", "show_typed", "steps", "type_contact"]

STEPS = {
    "file": "File",
    "account": "Account",
    "columns": "Columns",
    "values": "Values",
    "duplicates": "Duplicates",
    "preview": "Preview",
    "result": "Result",
}
_OF_A_CONTACT = {"contact": "Contact", "preview": STEPS["preview"], "result": STEPS["result"]}


def steps(now: str, *, typed: bool = False) -> None:
    """The way of an import, or of a contact that is typed, with the place where the person is."""
    steps = _OF_A_CONTACT if typed else STEPS
    names = list(steps)
    told = []
    for place, (step, word) in enumerate(steps.items(), start=1):
        name = f"{place}\N{NO-BREAK SPACE}{word}"
        if step == now:
            told.append(f":blue-badge[**{name}**]")
        else:
            told.append(name if names.index(step) < names.index(now) else f":gray[{name}]")
    st.markdown("  ›  ".join(told))


def keep(draft: ImportDraft) -> ImportDraft:
    """Save it; the address names it from now on. What else it says of this step stays."""
    saved = import_drafts.save(context(), draft)
    if st.query_params.get("draft") != saved.id:
        st.query_params.from_dict({"draft": saved.id})
    return saved


def go(draft: ImportDraft, step: str) -> None:
    """On, or back, to a step."""
    saved = keep(replace(draft, step=step))
    st.query_params.from_dict({"draft": saved.id})
    st.rerun()


def leave() -> None:
    """To the beginning of the page."""
    st.query_params.clear()
    st.rerun()


def type_contact(like: str = "") -> None:
    """To the form for one contact; with a run, as it was typed there."""
    st.query_params.from_dict({"of": "contact"} | ({"like": like} if like else {}))
    st.rerun()


def show_typed(run_id: str) -> None:
    """To the import of what was typed; the browser's way back leads to the form as it was sent."""
    st.query_params.from_dict({"of": "contact", "like": run_id})
    show_run(run_id)


def show_run(run_id: str) -> None:
    """The address names the import itself."""
    st.query_params.from_dict({"run": run_id})
    st.rerun()
