"""The third step: where each column goes, what recognises a record, what may happen to records that are there already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from pages.blocks import account, looked_up, problems
from pages.blocks.importing import adjust, course, recipe, stamp, standing
from pages.blocks.services import context
from pages.blocks.words import MANY, ONE, count, moment, plain
from smartsync_core.model.connection import Connection
from smartsync_core.model.mapping import Certainty, ColumnMatch, Policy, RecordType
from smartsync_core.model.plan import Mode
from smartsync_core.orchestrator import imports, values
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.import_drafts import ImportDraft

__all__ = ["match"]

_SHORT_TABLE, _LONG_TABLE_PX = 30, 900  # a longer one scrolls in itself, so that Preview stays near
_CERTAINTY = {Certainty.SURE: "sure", Certainty.CHECK: "check", Certainty.NONE: "not imported"}
_POLICIES = {
    Policy.FILL: ("Fill only what is empty", "values that {crm} holds stay as they are"),
    Policy.OVERWRITE: (
        "Replace with my file",
        "values that {crm} holds are replaced; the preview shows each one",
    ),
}
_MODES = {
    Mode.BOTH: "Create new ones, update existing ones",
    Mode.CREATE_ONLY: "Only create new ones",
    Mode.UPDATE_ONLY: "Only update existing ones",
}


def match(draft: ImportDraft) -> None:
    """Everything a preview needs to know besides the rows."""
    connection = context().connections.get(draft.connection_id)
    account.banner(connection)
    fields = _fields(connection)
    if fields is None:
        _back(draft)
        return
    matches = imports.columns(context(), draft, fields)
    _table(draft, matches, fields)
    draft = adjust.column(draft, matches, fields)
    st.subheader("Who is who")
    draft = _kept(draft, keys=_keys(draft, matches, fields))
    st.subheader("Records that are there already")
    draft = _kept(draft, mode=_mode(draft), policy=_policy(draft, account.system(connection)))
    draft = _kept(draft, stamp=stamp.choose(draft, fields))
    recipe.save(draft, matches)
    standing.keep(draft, matches, fields)
    _imported_before(draft, connection)
    with st.container(horizontal=True):
        unsettled = sum(table.open for table in values.questions(context(), draft, fields, matches))
        if unsettled and st.button("Next: values", type="primary", key="to-values"):
            course.go(draft, "values")
        wanted = st.button("Preview", type="secondary" if unsettled else "primary", key="preview")
        if st.button("Back", key="columns-back"):
            course.go(draft, "account")
        if st.button("Read the fields again", key="fields-read"):
            looked_up.fields_of.clear()
            st.rerun()
    if unsettled:
        st.caption(f"Not on the lists of this account: {count(unsettled, 'value')}.")
    st.caption(f"The preview reads {account.system(connection)} and writes nothing.")
    if wanted:
        with problems.sentences(), st.spinner("Beginning the preview …"):
            kept = imports.preview(context(), draft, fields)
            course.go(kept, "preview")


def _kept(draft: ImportDraft, **chosen: Any) -> ImportDraft:
    """Saved at once where it is something new, so that a reload loses nothing."""
    now = replace(draft, **chosen)
    return draft if now == draft else course.keep(replace(now, run_id=""))


def _fields(connection: Connection) -> AccountFields | None:
    with problems.sentences(), st.spinner(f"Reading the fields of {plain(connection.name)} …"):
        return looked_up.fields_of(connection.id)
    return None


def _back(draft: ImportDraft) -> None:
    with st.container(horizontal=True):
        st.button("Try again", key="fields-again")
        if st.button("Choose another account", key="fields-back"):
            course.go(draft, "account")


# Columns


def _table(draft: ImportDraft, matches: Sequence[ColumnMatch], fields: AccountFields) -> None:
    assert draft.record_type is not None
    labels = {one.target: one.label for one in imports.destinations(fields, draft.record_type)}
    for header, name in imports.missing(context(), draft, fields).items():
        st.warning(
            "Choose another place for it, or leave it out.",
            title=f"“{plain(header)}” was to go to “{plain(name)}”. This account has no such field.",
        )
    _summary(matches)
    _one_sided(draft.record_type, matches)
    shown = _filtered(matches)
    if not shown:
        st.caption("No columns of this kind.")
        return
    frame = _frame(shown, labels)
    state = (tuple(one.index for one in shown), tuple(sorted(draft.chosen.items())))
    key = f"columns-{draft.id}-{abs(hash(state))}"  # another table is another widget: no edit of the last one clings to it
    edited = st.data_editor(
        frame,
        key=key,
        hide_index=True,
        height="content" if len(shown) <= _SHORT_TABLE else _LONG_TABLE_PX,
        placeholder="choose …",
        disabled=["Column", "Samples", "Filled", "Sure?", "Why"],
        column_config={
            "Import": st.column_config.CheckboxColumn(width=70, help="Tick what should be imported"),
            "Filled": st.column_config.ProgressColumn(format="%d%%", min_value=0, max_value=100, width=90),
            "Column": st.column_config.TextColumn(width=130),
            "Samples": st.column_config.TextColumn(width=160),
            "Goes to": st.column_config.SelectboxColumn(options=list(labels.values()), width=180),
            "Sure?": st.column_config.MultiselectColumn(
                options=list(_CERTAINTY.values()), color=["green", "orange", "gray"], width=110
            ),
            "Why": st.column_config.TextColumn(width=290),
        },
    )
    _twice(matches, labels)
    for one in shown:
        if one.certainty is Certainty.CHECK:
            st.markdown(f"- **{plain(one.header)}**: {plain(one.reason)}")
    chosen = _chosen(draft, shown, frame, edited, labels)
    if chosen != dict(draft.chosen):
        course.keep(replace(draft, chosen=chosen, run_id=""))
        st.rerun()


def _twice(matches: Sequence[ColumnMatch], labels: Mapping[str, str]) -> None:
    """A field that two columns were to go to: said whichever columns are shown."""
    holders = {one.target: one.header for one in matches if one.target and one.certainty is Certainty.SURE}
    for one in matches:
        if one.certainty is Certainty.CHECK and one.target in holders:
            holder, place = plain(holders[one.target]), plain(labels.get(str(one.target), ""))
            st.warning(
                f"Only “{holder}” is imported. Choose another place for one of them, or bring both together in "
                f"“{holder}” with the step *First that is not blank*.",
                title=f"“{holder}” and “{plain(one.header)}” both go to {place}",
            )


def _summary(matches: Sequence[ColumnMatch]) -> None:
    to_check = sum(one.certainty is Certainty.CHECK for one in matches)
    going = sum(one.certainty is Certainty.SURE for one in matches)
    left = len(matches) - to_check - going
    told = f"{count(going, 'column')} will be imported, {left} will not" + (
        f", {to_check} to check." if to_check else "."
    )
    if to_check:
        st.warning(
            "They are not imported until you tick them, or choose another place for them.",
            title=f"{count(to_check, 'column')} to check",
        )
    st.markdown(told)


def _one_sided(record_type: RecordType, matches: Sequence[ColumnMatch]) -> None:
    """Two record types were asked for, and nothing in the file goes to one of them."""
    reached = {one.target.object for one in matches if one.target and one.certainty is Certainty.SURE}
    for name in record_type.objects:
        if reached and name not in reached:
            st.warning(
                f"Choose a place of a {ONE[name]} for one of the columns, or go back to the file and say that each row is "
                "only one of the two.",
                title=f"No column goes to a {ONE[name]}, so no {MANY[name]} are written.",
            )


def _filtered(matches: Sequence[ColumnMatch]) -> list[ColumnMatch]:
    """Opens on those to check, where there are any."""
    words = {"all": "All", **{certainty.value: word for certainty, word in _CERTAINTY.items()}}
    to_check = any(one.certainty is Certainty.CHECK for one in matches)
    kind = st.segmented_control(
        "Columns",
        list(words),
        default=Certainty.CHECK.value if to_check else "all",
        required=True,
        format_func=lambda one: words[one].capitalize(),
        key="columns-shown",
    )
    return [one for one in matches if kind in ("all", one.certainty.value)]


def _frame(shown: Sequence[ColumnMatch], labels: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Import": [one.certainty is Certainty.SURE for one in shown],
            "Column": [one.header for one in shown],
            "Goes to": [labels.get(str(one.target)) for one in shown],
            "Sure?": [[_CERTAINTY[one.certainty]] for one in shown],
            "Samples": [" · ".join(one.samples) for one in shown],
            "Filled": [round(one.filled * 100) for one in shown],
            "Why": [one.reason for one in shown],
        }
    )


def _chosen(
    draft: ImportDraft,
    shown: Sequence[ColumnMatch],
    before: pd.DataFrame,
    after: pd.DataFrame,
    labels: Mapping[str, str],
) -> dict[str, str]:
    """The person's own words, those of this edit included. A place that is not on the list is not taken."""
    targets = {label: target for target, label in labels.items()}
    chosen = dict(draft.chosen)
    for place, one in enumerate(shown):
        old, new = before.iloc[place], after.iloc[place]
        place_changed = _text(new["Goes to"]) != _text(old["Goes to"])
        if place_changed:
            target = targets.get(_text(new["Goes to"]), "")
            if _text(new["Goes to"]) and not target:
                st.error(
                    f"“{plain(_text(new['Goes to']))}” is no field of this account. Choose one from the list."
                )
                continue
            chosen[one.header] = target
        elif bool(new["Import"]) != bool(old["Import"]):
            if new["Import"] and one.target is None:
                st.error(f"Choose where “{plain(one.header)}” goes: the list is in the column “Goes to”.")
                continue
            chosen[one.header] = str(one.target) if new["Import"] else ""
    return chosen


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


# Keys and policy


def _keys(draft: ImportDraft, matches: Sequence[ColumnMatch], fields: AccountFields) -> dict[str, str]:
    assert draft.record_type is not None
    keys = {}
    for name in draft.record_type.objects:
        options = imports.key_options(draft, matches, fields, name)
        headers = [one.header for one in options]
        words = {one.header: one.label for one in options}
        stands = draft.keys.get(name.value, "")
        chosen = st.selectbox(
            f"What recognises {MANY[name]} that are there already?",
            headers,
            index=headers.index(stands) if stands in headers else 0,
            format_func=words.__getitem__,
            key=f"key-{draft.id}-{name}",
        )
        if chosen:
            keys[name.value] = chosen
        elif words[""].startswith("Nothing"):
            st.warning(
                "Importing this file again would create every row once more. Choose a column that names each row."
            )
    return keys


def _policy(draft: ImportDraft, crm: str) -> Policy:
    policies = list(_POLICIES)
    return st.radio(
        "Values of records that are there already",
        policies,
        index=policies.index(draft.policy),
        format_func=lambda one: _POLICIES[one][0],
        captions=[caption.format(crm=crm) for _, caption in _POLICIES.values()],
        label_visibility="collapsed",
        key=f"policy-{draft.id}",
    )


def _mode(draft: ImportDraft) -> Mode:
    modes = list(_MODES)
    return st.radio(
        "Which records may be written",
        modes,
        index=modes.index(draft.mode),
        format_func=_MODES.__getitem__,
        horizontal=True,
        key=f"mode-{draft.id}",
    )


def _imported_before(draft: ImportDraft, connection: Connection) -> None:
    before = imports.earlier(context(), draft)
    if before:
        st.warning(
            f"Rows that {account.system(connection)} holds already will be “Already up to date”.",
            title=f"This file was written to {plain(connection.name)} before, {moment(before[0].approved_at)}.",
        )
