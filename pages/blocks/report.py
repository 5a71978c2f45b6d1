"""What became of an import: the six numbers, what was checked, why something did not land, its rows and values."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from pages.blocks import account, checks, download, fixing, handout, outcomes, rows, undo, values, working
from pages.blocks.services import context
from pages.blocks.words import MANY, all_rows, count, duration, moment, noted, plain
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import Outcome
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import export, past

__all__ = ["headline", "result", "show"]


def show(one: past.OneImport) -> None:
    """An import that was approved, in whatever state it is."""
    state = one.run.state
    if state is RunState.RUNNING:
        working.under_way(one.run.id)
        return
    if state is RunState.FAILED:
        st.error(plain(one.run.message or "No reason is on record."), title="The import ended with an error.")
    elif state is not RunState.DONE:
        working.waiting(one.run)
    elif one.run.message:
        st.warning(plain(one.run.message))
    result(one)


def result(one: past.OneImport) -> None:
    """The whole report of an import that was written, and what can be done about it."""
    undo.mark(one)
    st.subheader(headline(one))
    outcomes.numbers(one.report.outcomes)
    st.caption(_sum(one))
    _checked(one)
    _beside(one)
    _why(one)
    fixing.table(one)
    st.subheader("Rows")
    rows.table(one, one.report.outcomes, written=True)
    stem = f"{Path(one.run.file_name).stem} result"
    download.buttons("Download everything", stem, partial(export.write_result, context(), one.run.id))
    handout.button(one, headline(one))
    st.subheader("Values")
    values.table(one.run, written=True)
    undo.offer(one)


_BESIDE = (ObjectName.TASKS, ObjectName.DEALS, ObjectName.NOTES)
_TOLD_APART = (*checks.LATE, "checked_again")


def headline(one: past.OneImport) -> str:
    """`Contacts: 40 created, 12 updated · Companies: 9 created · Tasks: 9 created`."""
    told = []
    for name in (*one.run.options.record_type.objects, *_BESIDE):
        counts = one.report.actions.get(name, {})
        words = [
            f"{counts[kind]:,} {word}"
            for kind, word in (("create", "created"), ("update", "updated"))
            if counts.get(kind)
        ]
        if words:
            told.append(f"{MANY[name].capitalize()}: {', '.join(words)}")
    links = sum(kinds.get("link", 0) for kinds in one.report.actions.values())
    if links:
        told.append(f"{links:,} associated")
    if not told and one.report.outcomes.get(Outcome.IN_DOUBT.value):
        return "Whether anything was written is in doubt"
    return " · ".join(told) or "Nothing was written"


def _sum(one: past.OneImport) -> str:
    partly = one.report.partly_failed + one.report.partly_blocked
    of = "" if one.run.options.typed else " of the file"
    told = f"The numbers add up to {all_rows(one.report.rows)}{of}."
    if not partly:
        return told
    crm = account.system(one.connection)
    return (
        f"{told} Of {partly:,} of them the record itself is in {crm}; what belongs to it is not, or not yet."
    )


def _checked(one: past.OneImport) -> None:
    found, as_sent = checks.read_back(one)
    if one.run.state is not RunState.DONE or not found:
        return
    say = st.success if as_sent else st.warning
    say(
        found,
        title=f"Checked in {account.system(one.connection)} {moment(one.run.checked_at, seconds=True)}".strip(),
    )
    checks.late(one)
    checks.again(one)


def _beside(one: past.OneImport) -> None:
    """Preview and result side by side, and what it took."""
    words = outcomes.words_of(one.report.outcomes) | outcomes.words_of(one.report.predicted)
    same = all(one.report.predicted.get(name, 0) == one.report.outcomes.get(name, 0) for name in words)
    cost = (
        f"Writing and checking took {count(one.report.written_calls, 'call')} to {account.system(one.connection)}; "
        f"{one.report.foreseen_calls:,} were foreseen. "
        f"{_sent_again(one.report.repair_calls)}"
        f"{duration(one.report.duration_s).capitalize()} without waiting for you."
    )
    if one.run.state is not RunState.DONE:
        st.caption(cost)
        return
    if same:
        st.caption(f"Exactly as the preview said. {cost}")
        return
    st.caption(cost)
    since = ": rows were sent again since" if one.report.repair_calls else ""
    with st.expander(f"Preview and result differ{since}", expanded=not since):
        frame = pd.DataFrame(
            {
                "Rows": list(words.values()),
                "Preview": [one.report.predicted.get(name, 0) for name in words],
                "Result": [one.report.outcomes.get(name, 0) for name in words],
            }
        )
        st.dataframe(frame, hide_index=True, height="content", width="content")


def _sent_again(calls: int) -> str:
    return f"Sending rows again took {count(calls, 'more call', 'more calls')}. " if calls else ""


def _why(one: past.OneImport) -> None:
    unhoped = past.not_as_hoped(context(), one.run.id)
    if groups := rows.told(one, unhoped):
        st.subheader("What did not go as hoped")
        rows.reasons(one, groups)
    notes = [one for one in one.report.reasons if not one.row and one.code not in _TOLD_APART]
    of_rows = rows.told(one, {reason.row for reason in one.report.reasons} - unhoped)
    if notes or of_rows:
        with st.expander(f"{count(len(notes) + len(of_rows), 'note')} on this import"):
            for reason in notes:
                place = f"**{plain(reason.field)}** · " if reason.field else ""
                st.markdown(f"{place}{noted(reason.message)}")
            if of_rows:
                rows.reasons(one, of_rows)
