"""On the columns step: what is done to the cells of one column, with the file's own rows before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.blocks import problems
from pages.blocks.importing import course
from pages.blocks.services import context
from pages.blocks.words import WHY_PX, plain, row_height
from smartsync_core.model.mapping import ColumnMatch, Policy, Step
from smartsync_core.orchestrator import adjust
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.imports import ImportDraft

__all__ = ["column"]

_OPENED = "column"  # in the address: a reload finds it open
_POLICIES = {
    "": "As for all fields",
    Policy.FILL.value: "Fill only what is empty",
    Policy.OVERWRITE.value: "Replace with my file",
    Policy.NEVER.value: "Never touch it on records that are there already",
}


def column(draft: ImportDraft, matches: Sequence[ColumnMatch], fields: AccountFields) -> ImportDraft:
    """The steps and the policy of a column that the person picks; the draft with what they chose."""
    going = {match.header: match for match in matches if match.target is not None}
    if not going:
        return draft
    opened = st.query_params.get(_OPENED)
    header = st.selectbox(
        "Column to adjust",
        list(going),
        index=list(going).index(opened) if opened in going else None,
        format_func=lambda one: f"{one} ({_steps_word(draft.steps.get(one, ()))})",
        placeholder="choose a column …",
        key=f"adjust-{draft.id}",
    )
    if header is None:
        st.query_params.pop(_OPENED, None)
        return draft
    st.query_params[_OPENED] = header
    with st.container(border=True):
        draft = _policy(draft, going[header])
        steps = draft.steps.get(header, ())
        _list(draft, header, steps)
        pending = _pending(draft, header, steps)
        with problems.sentences():
            _rows(
                adjust.look(
                    context(), draft, fields, matches, header, (*steps, *([pending] if pending else ()))
                )
            )
            if pending and st.button("Add this step", type="primary", key=f"step-add-{draft.id}"):
                _keep(draft, header, adjust.checked(context(), draft, (*steps, pending)))
    return draft


def _steps_word(steps: Sequence[Step]) -> str:
    return "as it is" if not steps else "1 step" if len(steps) == 1 else f"{len(steps)} steps"


def _policy(draft: ImportDraft, match: ColumnMatch) -> ImportDraft:
    target = str(match.target)
    stands = draft.policies.get(target)
    chosen = st.selectbox(
        "Values of this field on records that are there already",
        list(_POLICIES),
        index=list(_POLICIES).index(stands.value if stands else ""),
        format_func=_POLICIES.__getitem__,
        key=f"adjust-policy-{draft.id}-{target}",
    )
    others = {name: policy for name, policy in draft.policies.items() if name != target}
    policies = {**others, target: Policy(chosen)} if chosen else others
    return (
        draft
        if policies == dict(draft.policies)
        else course.keep(replace(draft, policies=policies, run_id=""))
    )


def _list(draft: ImportDraft, header: str, steps: Sequence[Step]) -> None:
    if not steps:
        st.caption("Nothing is done to its cells yet but the usual cleaning.")
    for place, step in enumerate(steps):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{place + 1}. {_told(step)}", width="stretch")
            if place and st.button(
                "", icon=":material/arrow_upward:", key=f"step-up-{place}", help="Do it earlier"
            ):
                moved = [*steps[: place - 1], step, steps[place - 1], *steps[place + 1 :]]
                _keep(draft, header, moved)
            if st.button("", icon=":material/close:", key=f"step-out-{place}", help="Take this step away"):
                _keep(draft, header, [*steps[:place], *steps[place + 1 :]])


def _told(step: Step) -> str:
    transform = adjust.transforms()[step.name]
    said = ", ".join(
        f"{option.name.replace('_', ' ')} “{plain(step.options[option.name])}”"
        for option in transform.options
        if option.name in step.options
    )
    return f"**{transform.label}**" + (f": {said}" if said else "")


def _keep(draft: ImportDraft, header: str, steps: Sequence[Step]) -> None:
    others = {name: chain for name, chain in draft.steps.items() if name != header}
    chains = {**others, header: tuple(steps)} if steps else others
    course.keep(replace(draft, steps=chains, run_id=""))
    st.rerun()


def _pending(draft: ImportDraft, header: str, steps: Sequence[Step]) -> Step | None:
    """A step that is being put together: shown on the rows below, kept only when it is added."""
    known = adjust.transforms()
    key = f"{draft.id}-{header}-{len(steps)}"  # after it is added the next one starts empty
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


def _rows(changed: Sequence[adjust.Changed]) -> None:
    frame = pd.DataFrame(
        {
            "Row": [one.row for one in changed],
            "In the file": [one.before for one in changed],
            "After the steps": [one.after for one in changed],
            "Goes to HubSpot as": [one.sent for one in changed],
            "Note": [one.note for one in changed],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        height="content",
        row_height=row_height(one.note for one in changed),
        column_config={"Note": st.column_config.TextColumn(width=WHY_PX)},
    )
