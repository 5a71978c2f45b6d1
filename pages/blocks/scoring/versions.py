"""Every version that was published, with who and when; two of them compared; an older one opened as a draft."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.blocks import problems, rights
from pages.blocks.scoring import drafts
from pages.blocks.services import context
from pages.blocks.words import moment, person, plain, table_height
from smartsync_core.orchestrator import card_drafts
from smartsync_core.orchestrator.card_drafts import CardVersion
from smartsync_core.orchestrator.card_parts import ScoreCard

__all__ = ["show"]


def show(_: ScoreCard) -> None:
    known = card_drafts.versions(context())
    lines = [
        {
            "Version": one.card.label,
            "Published": moment(one.used_at) or "As shipped",
            "By": person(one.used_by),
            "In use": "In use" if one.in_use else "",
        }
        for one in known
    ]
    st.dataframe(pd.DataFrame(lines), hide_index=True, placeholder="", height=table_height(len(lines)))
    st.caption(
        "A version says one thing for ever: each score names its own, and can be computed again by it."
    )
    if len(known) > 1:
        _two(known)


def _two(known: list[CardVersion]) -> None:
    st.subheader("Compare two versions")
    labels = {one.card.sha256: one for one in known}
    in_use = next((place for place, one in enumerate(known) if one.in_use), 0)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        old = st.selectbox(
            "From", list(labels), index=min(in_use + 1, len(known) - 1),
            format_func=lambda one: labels[one].card.label, key="compare-old", width=220,
        )  # fmt: skip
        new = st.selectbox(
            "To", list(labels), index=in_use,
            format_func=lambda one: labels[one].card.label, key="compare-new", width=220,
        )  # fmt: skip
        if rights.button(
            f"Open {plain(labels[old].card.label)} as a draft", card_drafts.keep, key="open-version"
        ):
            with problems.sentences():
                drafts.keep(labels[old].text)
    found = drafts.compared(labels[old].card, labels[new].card)
    st.markdown(f"**{found.diff.sentence()}**")
    drafts.moved(found)
    drafts.differences(found)
