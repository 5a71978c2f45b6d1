"""Recipes on the Import page: offered when a file looks like an earlier one, saved when its choices are made."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from pages.blocks import looked_up, problems
from pages.blocks.importing import course
from pages.blocks.services import context
from pages.blocks.words import noted, plain
from smartsync_core.model.mapping import Certainty, ColumnMatch
from smartsync_core.orchestrator import imports, recipes
from smartsync_core.orchestrator.import_drafts import ImportDraft
from smartsync_core.orchestrator.recipes import Fit

__all__ = ["offer", "save"]


def offer(draft: ImportDraft) -> None:
    """Every recipe that fits the file: straight to the preview, or to the columns where something has drifted."""
    for fit in recipes.fitting(context(), draft):
        account = context().connections.get(fit.integration_id)
        with st.container(border=True):
            st.markdown(
                f"This file looks like **{plain(fit.name)}**, which goes to **{plain(account.name)}**."
            )
            for concern in fit.concerns:
                st.warning(noted(concern))
            with st.container(horizontal=True):
                words = "Use it and look at the columns" if fit.concerns else "Use it and preview"
                if st.button(words, type="primary", key=f"recipe-use-{fit.id}"):
                    _use(draft, fit)
                if st.button("Forget this recipe", key=f"recipe-forget-{fit.id}"):
                    recipes.forget(context(), fit)
                    st.rerun()


def _use(draft: ImportDraft, fit: Fit) -> None:
    with problems.sentences(), st.spinner("Reading the account …"):
        taken = recipes.take(context(), draft, fit)
        fields = looked_up.fields_of(fit.integration_id)
        if fit.concerns or imports.missing(context(), taken, fields):
            course.go(taken, "columns")
        course.go(imports.preview(context(), taken, fields), "preview")


def save(draft: ImportDraft, matches: Sequence[ColumnMatch]) -> None:
    """A name for these choices."""
    with st.expander("Save these choices as a recipe"):
        st.caption(
            "The next file with such columns is recognised, and goes straight to its preview with the same choices."
        )
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input("Name of the recipe", key=f"recipe-name-{draft.id}", width=320)
            if st.button("Save", key="recipe-save"):
                with problems.sentences():
                    recipes.keep(context(), draft, matches, name or "")
                    st.success(f"Saved as “{plain(name or '')}”.")
                    _still_open(matches)


def _still_open(matches: Sequence[ColumnMatch]) -> None:
    """A recipe asks nobody: what is not settled now would be missing month after month, unseen."""
    names = [f"“{plain(one.header)}”" for one in matches if one.certainty is Certainty.CHECK]
    if names:
        st.warning(
            f"It leaves out {', '.join(names)}, which {'is' if len(names) == 1 else 'are'} still to check. "
            "Settle that, and save it again under the same name, to have it in later files too."
        )
