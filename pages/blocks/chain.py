"""The steps of a column as a list that can be changed, and the next one as it is put together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from pages.blocks.words import plain
from smartsync_core.model.mapping import Step
from smartsync_core.orchestrator import adjust

__all__ = ["listed", "pending"]


def listed(steps: Sequence[Step], keep: Callable[[Sequence[Step]], None]) -> None:
    """Each with what moves it up or takes it away; `keep` is given the steps as they would be then."""
    if not steps:
        st.caption("Nothing is done to its cells yet but the usual cleaning.")
    for place, step in enumerate(steps):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{place + 1}. {_told(step)}", width="stretch")
            if place and st.button(
                "", icon=":material/arrow_upward:", key=f"step-up-{place}", help="Do it earlier"
            ):
                keep([*steps[: place - 1], step, steps[place - 1], *steps[place + 1 :]])
            if st.button("", icon=":material/close:", key=f"step-out-{place}", help="Take this step away"):
                keep([*steps[:place], *steps[place + 1 :]])


def pending(key: str) -> Step | None:
    """A step that is being put together; None until everything that it needs is said."""
    known = adjust.transforms()
    name = st.selectbox(
        "Next step",
        list(known),
        index=None,
        format_func=lambda one: known[one].label,
        placeholder="choose what to do …",
        key=f"step-{key}",
    )
    if name is None:
        return None
    st.caption(known[name].does)
    given = {option.name: _given(option, f"{key}-{name}-{option.name}") for option in known[name].options}
    if any(option.needed and not given[option.name] for option in known[name].options):
        return None
    return Step(name=name, options=_said(given, {one.name: one.preset for one in known[name].options}))


def _told(step: Step) -> str:
    transform = adjust.transforms()[step.name]
    said = adjust.options_in_words(step)
    return f"**{transform.label}**" + (f": {plain(said)}" if said else "")


def _said(given: Mapping[str, str], presets: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in given.items() if value != presets[name]}


def _given(option: adjust.Option, key: str) -> str:
    if option.choices:
        return st.selectbox(
            option.label, option.choices, index=option.choices.index(option.preset), key=f"option-{key}"
        )
    if option.kind == "pairs":
        return st.text_area(option.label, value=option.preset, key=f"option-{key}") or ""
    return st.text_input(option.label, value=option.preset, key=f"option-{key}") or ""
