"""What to do next and which stage is suggested: ordered rules; the first three that hold speak."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.blocks.scoring import drafts
from smartsync_core.orchestrator import card_parts
from smartsync_core.orchestrator.card_parts import ActionRule, ScoreCard

__all__ = ["show"]

_ALWAYS = (
    "It asked not to be contacted: do not contact",
    "It is a competitor: leave it alone",
    "The register says it is dissolved: stop",
    "The register says it is insolvent: stop and check its credit",
)
_STAGES = (
    "A quote was sent: **Proposal**",
    "They replied, asked for contact or met us, it fits, who decides is known and there is a reason to act now: **Qualified**",
    "They replied, asked for contact or met us: **Engaged**",
    "We were in touch: **Contacted**",
    "Else: **New**",
)
_MOST = 90


def show(card: ScoreCard) -> None:
    st.subheader("What to do next")
    st.markdown("\n".join(f"- {one}" for one in _ALWAYS))
    st.caption(
        "These come first and speak alone. Of the following, the first three that hold speak, in this order."
    )
    steps = _steps(card)
    st.subheader("Suggested stage")
    st.markdown("\n".join(f"{number}. {one}" for number, one in enumerate(_STAGES, 1)))
    st.caption("Events alone decide; the score never does. What somebody set in the CRM is never moved back.")
    at = st.slider(
        "It fits from a fit of",
        1,
        100,
        card.qualifies_at or card_parts.QUALIFYING_FIT,
        key=f"qualifies-{card.sha256}",
    )
    parts = None
    if steps is not None:
        parts = {"next_actions": card_parts.actions_part(steps), "qualifies_at": at}
    drafts.keep_button(parts, card, "next")


def _steps(card: ScoreCard) -> list[tuple[ActionRule, int]] | None:
    """None where none is left on, or a number is missing."""
    used = {step.rule: step.within for step in card.steps}
    shipped = {step.rule: step.within for step in card_parts.AS_SHIPPED}
    order = [*used, *(rule for rule in shipped if rule not in used)]
    frame = pd.DataFrame(
        {
            "Use": [rule in used for rule in order],
            "Order": range(1, len(order) + 1),
            "Rule": [card_parts.ACTIONS[rule] for rule in order],
            "Within": pd.array([None if rule == "nurture" else used.get(rule, shipped[rule]) for rule in order], dtype="Int64"),
            "Unit": ["hours" if rule == "inbound" else "" if rule == "nurture" else "working days" for rule in order],
        }
    )  # fmt: skip
    edited = st.data_editor(
        frame,
        key=f"steps-{card.sha256}",
        hide_index=True,
        placeholder="",
        disabled=["Rule", "Unit"],
        height="content",
        column_config={
            "Use": st.column_config.CheckboxColumn(width=50),
            "Order": st.column_config.NumberColumn(width=60, min_value=1, max_value=99, step=1),
            "Rule": st.column_config.TextColumn(width=470),
            "Within": st.column_config.NumberColumn(width=70, min_value=1, max_value=_MOST, step=1),
            "Unit": st.column_config.TextColumn(" ", width=110),
        },
    )
    chosen = [
        (float("inf") if pd.isna(line["Order"]) else line["Order"], place, line["Within"])
        for place, (_, line) in enumerate(edited.iterrows())
        if line["Use"]
    ]
    if not chosen:
        st.error("Leave at least one of the rules on.", title="Nothing would ever be proposed.")
        return None
    if any(pd.isna(within) and order[place] != "nurture" for _, place, within in chosen):
        st.error("Write a number in every line that is used.", title="By when is not said.")
        return None
    ordered = sorted(chosen, key=lambda one: one[:2])
    return [
        (order[place], shipped["nurture"] if pd.isna(within) else int(within)) for _, place, within in ordered
    ]
