"""Whom you sell to: industries, sizes, countries, and how senior a contact is."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.blocks.scoring import drafts, points
from pages.blocks.services import context
from smartsync_core.model.score import Topic
from smartsync_core.orchestrator import card_parts
from smartsync_core.orchestrator.card_parts import ScoreCard, Size

__all__ = ["show"]

_GROUPS = {
    "primary": "Your main industries",
    "secondary": "Others that you sell to",
    "excluded": "Industries that you never sell to",
}
_KINDS = {"core": "The size you sell to", "adjacent": "Close to it"}


def show(card: ScoreCard) -> None:
    st.caption("What you leave empty is not judged. Points for each are under Weights and points.")
    industry = _industries(card)
    covered = _countries(card)
    sizes = _sizes(card)
    st.subheader("Job titles of contacts")
    titles = points.table(
        card, [one for one in card_parts.levels(card, Topic.FIT) if one.fact == card_parts.TITLES], "titles"
    )
    parts: dict[str, Any] | None = None
    if sizes is not None and titles is not None:
        parts = {
            "icp": card_parts.icp_part(industry, sizes, covered),
            "subscores": card_parts.points_part(card, titles),
        }
    drafts.keep_button(parts, card, "whom")


def _industries(card: ScoreCard) -> dict[str, list[str]]:
    st.subheader("Industries")
    known = card_parts.industries(context(), card)
    listed = {str(group): names for group, names in card.icp.industry.items()}
    return {
        group: st.multiselect(
            label,
            known,
            default=list(listed.get(group, ())),
            accept_new_options=True,
            placeholder="choose or write",
            key=f"industry-{group}-{card.sha256}",
        )
        for group, label in _GROUPS.items()
    }


def _countries(card: ScoreCard) -> list[str]:
    st.subheader("Countries")
    names = card_parts.countries()
    return st.multiselect(
        "Countries that you cover",
        list(names),
        default=[code.upper() for code in card.icp.country.get("covered", ())],
        format_func=names.__getitem__,
        placeholder="choose",
        key=f"countries-{card.sha256}",
    )


def _sizes(card: ScoreCard) -> list[Size] | None:
    """None while a line is not finished."""
    st.subheader("Sizes")
    lines = [
        {"From": low, "To": high, "Counts as": _KINDS[kind]}
        for kind, ranges in card.icp.employees.items()
        for low, high in ranges
    ]
    frame = pd.DataFrame(lines, columns=["From", "To", "Counts as"]).astype(
        {"From": "Int64", "To": "Int64", "Counts as": "string"}
    )
    edited = st.data_editor(
        frame,
        num_rows="dynamic",
        hide_index=True,
        placeholder="",
        key=f"sizes-{card.sha256}",
        width=520,
        column_config={
            "From": st.column_config.NumberColumn("From (people)", min_value=0, step=1),
            "To": st.column_config.NumberColumn(
                "To (people)", min_value=0, step=1, help="Empty: without end"
            ),
            "Counts as": st.column_config.SelectboxColumn(options=list(_KINDS.values()), width=180),
        },
    )
    kinds, sizes = {word: kind for kind, word in _KINDS.items()}, []
    for _, line in edited.dropna(how="all").iterrows():
        if pd.isna(line["From"]) or pd.isna(line["Counts as"]):
            st.error("Say from how many people on, and what that counts as.", title="A size is not finished.")
            return None
        high = None if pd.isna(line["To"]) else int(line["To"])
        sizes.append(Size(low=int(line["From"]), high=high, kind=kinds[line["Counts as"]]))
    return sizes
