"""Scoring: whom you sell to, what gives points, what follows from them; a draft is compared before anything goes by it."""

import streamlit as st

from pages.blocks import address, problems
from pages.blocks.scoring import drafts, next_steps, owners, points, trial, versions, whom
from pages.blocks.services import context
from smartsync_core.orchestrator import card_drafts
from smartsync_core.orchestrator.score_cards import current_card

st.title("Scoring")

_PARTS = {
    "whom": ("Whom you sell to", whom.show),
    "points": ("Weights and points", points.show),
    "next": ("What to do next", next_steps.show),
    "owners": ("Owners", owners.show),
    "draft": ("Compare and publish", drafts.show),
    "versions": ("Versions", versions.show),
    "trial": ("Back-test", trial.show),
}

with problems.sentences():
    current, draft = current_card(context()), card_drafts.draft(context())
    drafts.standing(current, draft)
    part = address.choice(
        "Part", "part", {name: title for name, (title, _) in _PARTS.items()}, usual="whom", hidden=True
    )
    _PARTS[part][1](draft.card if draft else current.card)
