"""How much each part weighs, and what gives points in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from pages.blocks.company import GRID_HELP, TOPICS
from pages.blocks.scoring import drafts
from pages.blocks.words import plain
from smartsync_core.model.score import Topic
from smartsync_core.orchestrator import card_parts
from smartsync_core.orchestrator.card_parts import Level, Place, ScoreCard

__all__ = ["show", "table"]

_WHOLE = 100
_EVENTS = {"each": "Each time", "cap": "Together at most", "half_life": "Halved every … days"}
_KINDS = {
    "primary": "your main industries",
    "secondary": "others that you sell to",
    "excluded": "industries that you never sell to",
    "core": "the size you sell to",
    "adjacent": "close to it",
    "covered": "a country you cover",
    "other": "any other",
    "micro-entity": "micro entity",
    "active-proposal-to-strike-off": "active, to be struck off",
    "insolvency-proceedings": "insolvency proceedings",
    "voluntary-arrangement": "voluntary arrangement",
}


def show(card: ScoreCard) -> None:
    weights, target = _weights(card)
    wanted: dict[Place, int | None] = {}
    whole = weights is not None
    for topic in Topic:
        st.subheader(TOPICS[topic])
        st.caption(f"Starts at {card.subscores[topic].start}; ends at 0 and at 100.")
        levels = [one for one in card_parts.levels(card, topic) if one.fact != card_parts.TITLES]
        numbers = table(card, levels, topic.value)
        whole = whole and numbers is not None
        wanted |= numbers or {}
    rest = {**_grid(card), **_knock_outs(card)}
    parts = None
    if whole and weights is not None:
        parts = {
            "target": target,
            "weights": card_parts.weights_part(weights),
            "subscores": card_parts.points_part(card, wanted),
            **rest,
        }
    drafts.keep_button(parts, card, "points")


def _weights(card: ScoreCard) -> tuple[dict[Topic, int] | None, int]:
    """None while they are not a hundred together."""
    st.subheader("Weights")
    st.caption("How much of the lead score each part gives, where all four are known.")
    with st.grid("auto", min_column_width=150):
        weights = {
            topic: st.slider(
                TOPICS[topic], 1, _WHOLE, card.weights[topic], key=f"weight-{topic}-{card.sha256}"
            )
            for topic in Topic
        }
    total = sum(weights.values())
    if total != _WHOLE:
        more = f"{_WHOLE - total} more" if total < _WHOLE else f"{total - _WHOLE} less"
        st.error(f"Give the parts {more} in all.", title=f"The weights are {total} together, not {_WHOLE}.")
    target = st.slider(
        "Target: from here on a company is a strong lead",
        1,
        _WHOLE,
        card.target,
        key=f"target-{card.sha256}",
    )
    return (weights if total == _WHOLE else None), target


def _grid(card: ScoreCard) -> Mapping[str, Any]:
    st.subheader("Grid")
    st.caption(f"{GRID_HELP}. It is shown beside the score and gives no points.")
    with st.grid("auto", min_column_width=250):
        fit = _bounds(
            "Fit: B from the first number on, A from the second", card.grid.fit, f"fit-{card.sha256}"
        )
        engagement = _bounds(
            "Engagement: 2 from the first number on, 1 from the second",
            card.grid.engagement,
            f"engagement-{card.sha256}",
        )
    return {"grid": {"fit": fit, "engagement": engagement}}


def _bounds(label: str, best_and_next: tuple[int, int], key: str) -> list[int]:
    best, following = best_and_next
    low, high = st.slider(label, 0, _WHOLE, (following, best), key=f"grid-{key}")
    return [high, low]


def _knock_outs(card: ScoreCard) -> Mapping[str, Any]:
    """Which they are is told; they are written in the card's text."""
    if not card.knock_outs:
        return {}
    st.subheader("Knock-outs")
    st.caption("Whatever else speaks for a company, its lead score is capped where")
    st.markdown("\n".join(f"- {plain(out.text[:1].lower() + out.text[1:])}" for out in card.knock_outs))
    cap = st.slider("Then it is at most", 0, _WHOLE, card.knock_out_cap, key=f"cap-{card.sha256}")
    return {"knock_out_cap": cap}


def table(card: ScoreCard, levels: Sequence[Level], key: str) -> dict[Place, int | None] | None:
    """The numbers of values and events that were changed in the tables; None where one is missing."""
    values = [one for one in levels if one.place[1] == "points"]
    rules = list(dict.fromkeys(one.place[0] for one in levels if one.place[1] != "points"))
    events = [{str(one.place[1]): one for one in levels if one.place[0] == rule} for rule in rules]
    changed = _values(card, values, key) if values else {}
    changed |= _events(card, events, key) if events else {}
    missing = next((one for one in levels if _is_missing(one, changed)), None)
    if missing is not None:
        st.error("Write 0 where nothing is given.", title=f"{missing.looks_at} has no points.")
        return None
    return changed


def _is_missing(one: Level, changed: Mapping[Place, int | None]) -> bool:
    return one.place in changed and changed[one.place] is None and one.place[1] in ("points", "each")


def _values(card: ScoreCard, levels: Sequence[Level], key: str) -> dict[Place, int | None]:
    frame = pd.DataFrame(
        {
            "What": [one.looks_at for one in levels],
            "When": [_KINDS.get(one.when, one.when) for one in levels],
            "Points": _numbers([one.number for one in levels]),
        }
    )
    edited = st.data_editor(
        frame,
        key=f"points-{key}-{card.sha256}",
        hide_index=True,
        placeholder="",
        disabled=["What", "When"],
        height="content",
        column_config={
            "What": st.column_config.TextColumn(width=260),
            "When": st.column_config.TextColumn(width=220),
            "Points": st.column_config.NumberColumn(min_value=-100, max_value=100, step=1, width=80),
        },
    )
    return _changed(levels, edited["Points"])


def _events(card: ScoreCard, events: Sequence[Mapping[str, Level]], key: str) -> dict[Place, int | None]:
    """One line per rule; where it counts by number, the points of one are not said."""
    frame = pd.DataFrame({"What": [next(iter(one.values())).looks_at for one in events]})
    for field, title in _EVENTS.items():
        frame[title] = _numbers([one[field].number if field in one else None for one in events])
    most = st.column_config.NumberColumn(min_value=0, max_value=100, step=1, width=120)
    edited = st.data_editor(
        frame,
        key=f"events-{key}-{card.sha256}",
        hide_index=True,
        placeholder="",
        disabled=["What"],
        height="content",
        column_config={
            "What": st.column_config.TextColumn(width=260),
            _EVENTS["each"]: st.column_config.NumberColumn(min_value=-100, max_value=100, step=1, width=120),
            _EVENTS["cap"]: most,
            _EVENTS["half_life"]: st.column_config.NumberColumn(
                min_value=1,
                step=1,
                width=160,
                help="After so many days half of the points is left. Empty: they stay.",
            ),
        },
    )
    changed: dict[Place, int | None] = {}
    for field, title in _EVENTS.items():
        there = [place for place, one in enumerate(events) if field in one]
        changed |= _changed([events[place][field] for place in there], edited[title].iloc[there])
    return changed


def _changed(levels: Sequence[Level], column: pd.Series) -> dict[Place, int | None]:
    numbers = [None if pd.isna(one) else int(one) for one in column]
    return {one.place: number for one, number in zip(levels, numbers, strict=True) if number != one.number}


def _numbers(values: Sequence[int | None]) -> Any:
    return pd.array(values, dtype="Int64")
