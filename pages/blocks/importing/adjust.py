"""On the columns step: where else a column goes, and what is done to its cells, with the file's own rows before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.blocks import account, chain, policies, problems
from pages.blocks.importing import course
from pages.blocks.services import context
from pages.blocks.words import WHY_PX, row_height
from smartsync_core.model.mapping import ColumnMatch, Policy, Step
from smartsync_core.orchestrator import adjust, further_uses, imports
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.import_drafts import ImportDraft

__all__ = ["column"]

_OPENED = "column"  # in the address: a reload finds it open


def column(draft: ImportDraft, matches: Sequence[ColumnMatch], fields: AccountFields) -> ImportDraft:
    """The further uses, the steps and the policy of a column that the person picks; the draft with what they chose."""
    going = {match.header: match for match in matches if match.target is not None}
    if not going:
        return draft
    opened = st.query_params.get(_OPENED)
    header = st.selectbox(
        "Column to adjust",
        list(going),
        index=list(going).index(opened) if opened in going else None,
        format_func=lambda one: f"{one} ({_steps_word(going[one].steps)})",
        placeholder="choose a column …",
        key=f"adjust-{draft.id}",
    )
    if header is None:
        st.query_params.pop(_OPENED, None)
        return draft
    st.query_params[_OPENED] = header
    says = imports.standing(context(), draft, fields)
    with st.container(border=True):
        _further(draft, going[header], fields)
        draft = _policy(draft, going[header], fields, says.policies)
        steps = going[header].steps

        def keep(changed: Sequence[Step]) -> None:
            _keep(draft, header, changed, says.steps.get(header, ()))

        chain.listed(steps, keep)
        pending = chain.pending(f"{draft.id}-{header}-{len(steps)}")  # once added, the next one starts empty
        with problems.sentences():
            done = (*steps, pending) if pending else steps
            seen = adjust.look(context(), draft, fields, matches, header, done)
            _rows(seen, account.system_at(draft.connection_id))
            if pending and st.button("Add this step", type="primary", key=f"step-add-{draft.id}"):
                keep(adjust.checked(context(), draft, (*steps, pending)))
        draft = _blanks(draft, going[header])
    return draft


def _steps_word(steps: Sequence[Step]) -> str:
    return "as it is" if not steps else "1 step" if len(steps) == 1 else f"{len(steps)} steps"


def _further(draft: ImportDraft, match: ColumnMatch, fields: AccountFields) -> None:
    """The same cells for one more field, or no longer."""
    if match.header in draft.copies:
        if st.button("Use it no more", key=f"further-out-{draft.id}", help=f"“{match.column}” itself stays"):
            st.query_params.pop(_OPENED, None)
            course.keep(further_uses.use_no_more(draft, match.header))
            st.rerun()
        return
    if match.copy_of or draft.record_type is None:
        return
    labels = {one.target: one.label for one in imports.destinations(fields, draft.record_type)}
    labels.pop(str(match.target), None)
    target = st.selectbox(
        "Goes besides to",
        list(labels),
        index=None,
        format_func=labels.__getitem__,
        placeholder="nowhere else",
        key=f"further-{draft.id}-{match.header}-{len(draft.copies)}",
    )
    if target is not None:
        course.keep(further_uses.use_again(context(), draft, fields, match.header, target))
        st.rerun()


def _policy(
    draft: ImportDraft, match: ColumnMatch, fields: AccountFields, of_account: Mapping[str, Policy]
) -> ImportDraft:
    target = str(match.target)
    stands, says = draft.policies.get(target), of_account.get(target)
    words = policies.words(match.target, fields)
    unsaid = f"As this account has it: {words[says.value].lower()}" if says else "As for all fields"
    options = {"": unsaid, **words}
    chosen = st.selectbox(
        "Values of this field on records that are there already",
        list(options),
        index=list(options).index(stands.value if stands else ""),
        format_func=options.__getitem__,
        key=f"adjust-policy-{draft.id}-{target}",
    )
    others = {name: policy for name, policy in draft.policies.items() if name != target}
    said = {**others, target: Policy(chosen)} if chosen else others
    return draft if said == dict(draft.policies) else course.keep(replace(draft, policies=said, run_id=""))


def _blanks(draft: ImportDraft, match: ColumnMatch) -> ImportDraft:
    """The switch that lets a blank cell empty the field; where it cannot, nothing is offered."""
    if not imports.may_empty(match, draft.keys):
        return draft
    target = str(match.target)
    wanted = st.toggle(
        "Empty this field where my cell is blank",
        value=target in draft.clears,
        key=f"adjust-empty-{draft.id}-{target}",
        help="Only on records that are there already. The preview counts these values apart and asks for their number.",
    )
    if wanted == (target in draft.clears):
        return draft
    return course.keep(replace(draft, clears=draft.clears ^ {target}, run_id=""))


def _keep(draft: ImportDraft, header: str, steps: Sequence[Step], of_account: Sequence[Step]) -> None:
    """No steps are something to remember only where the account would do some."""
    others = {name: chain for name, chain in draft.steps.items() if name != header}
    chains = {**others, header: tuple(steps)} if steps or of_account else others
    course.keep(replace(draft, steps=chains, run_id=""))
    st.rerun()


def _rows(changed: Sequence[adjust.Changed], crm: str) -> None:
    frame = pd.DataFrame(
        {
            "Row": [one.row for one in changed],
            "In the file": [one.before for one in changed],
            "After the steps": [one.after for one in changed],
            f"Goes to {crm} as": [one.sent for one in changed],
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
