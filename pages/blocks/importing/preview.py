"""The fourth step: what would happen, value by value, and the button that says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import streamlit as st

from pages.blocks import account, looked_up, namesakes, outcomes, problems, rights, rows, typed, values
from pages.blocks.importing import copying, course, duplicates, extras
from pages.blocks.moving import moving
from pages.blocks.services import context
from pages.blocks.words import MANY, ONE, all_rows, count, duration, moment, noted, plain, rows_word
from smartsync_core.model.crm import AccountKind, ObjectName
from smartsync_core.model.run import RunReport, RunState, Wish
from smartsync_core.orchestrator import connect, import_drafts, imports, past, write
from smartsync_core.orchestrator.extras import TOLD
from smartsync_core.orchestrator.import_drafts import ImportDraft

__all__ = ["of_draft", "show"]

_FIRST = 10  # rows that can be sent alone, to look at them
_POLL_S = 0.5
_STANDING_TTL_S = 20
_FEW = 10  # columns left out that are named at once; more would push the values off the screen


def of_draft(draft: ImportDraft) -> None:
    """The draft's newest preview; without one, back to the columns."""
    if not draft.run_id:
        course.go(draft, "columns")
    with problems.sentences():
        one = looked_up.one_import(draft.run_id)
        if one.run.approved_at is not None:
            course.show_run(one.run.id)
        show(one, draft)


def show(one: past.OneImport, draft: ImportDraft | None = None) -> None:
    """A preview in whatever state it is; with its draft, the way back to the columns."""
    account.banner(one.connection)
    if one.run.state is RunState.PREVIEWING:
        _being_made(one.run.id)
    elif one.run.state in (RunState.FAILED, RunState.STOPPED):
        if one.run.state is RunState.STOPPED:
            st.warning("Nothing was written.", title=plain(one.run.message))
        else:
            st.error(plain(one.run.message), title="The preview could not be made. Nothing was written.")
        with st.container(horizontal=True):
            if rights.button("Try again", imports.again, key="preview-again"):
                _again(one, draft, copies_from=one.run.copies_from)
            _back(one, draft)
    else:
        _plan(one, draft)
        _write(one, draft)


@moving(_POLL_S)
def _being_made(run_id: str) -> None:
    run = context().runs.get(run_id)
    if run.state is not RunState.PREVIEWING:
        st.rerun()
    waited = duration((datetime.now(UTC) - run.created_at).total_seconds())
    reading, whom = f"Reading {account.system_of(run)}", ""
    if run.copies_from:
        source = plain(context().connections.get(run.copies_from).name)
        so_far = f" ({run.message})" if run.message else ""
        reading, whom = f"Copying the matching records from {source}{so_far}", f" to {source}"
    st.status(f"{reading} and comparing {rows_word(run.row_count)} · {waited}", state="running")
    wish = context().wishes.get(run_id)
    if rights.button("Stop", write.ask, key=f"stop-{run_id}", disabled=wish is not None):
        with problems.sentences():
            write.ask(context(), run_id, Wish.STOP)
            st.rerun()
    closing = "It stops in a moment." if wish else "You can close this tab; keep this computer on."
    st.caption(f"{closing} Nothing is written{whom}.")


# What would happen


def _plan(one: past.OneImport, draft: ImportDraft | None) -> None:
    st.markdown(f"**{plain(one.run.file_name)}** · {rows_word(one.report.rows)}")
    st.subheader(" · ".join(_headline(name, one.report) for name in one.run.options.record_type.objects))
    outcomes.numbers(one.report.predicted)
    read = f"{account.system(one.connection)} was read {moment(one.run.crm_read_at, seconds=True)}"
    st.caption(f"What would become of {all_rows(one.report.rows)}. {read}.")
    _notes(one)
    copying.offer(one, lambda source_id: _again(one, draft, copies_from=source_id))
    if draft is not None:
        duplicates.offer(one, draft)
    _needs_you(one)
    namesakes.settle(
        one,
        "Preview with these answers",
        "With the last answer the preview is made again.",
        partial(_again, one, draft, same_choices=False),
        draft,
    )
    st.subheader("Values")
    values.headline(looked_up.cell_totals(one))
    values.riskiest(one.run, looked_up.riskiest(one))
    values.table(one.run, written=False)
    extras.show(one, draft)
    st.subheader("Rows")
    rows.table(one, one.report.predicted, written=False)
    _cost(one)


def _headline(name: ObjectName, report: RunReport) -> str:
    """`Contacts: 40 new, 12 changed, 2 need you`."""
    counts = report.actions.get(name, {})
    told = [
        f"{counts.get(kind, 0):,} {word}"
        for kind, word in (("create", "new"), ("update", "changed"), ("unchanged", "already up to date"))
        if counts.get(kind)
    ]
    if waiting := counts.get("blocked", 0):
        told.append(f"{waiting:,} {'needs' if waiting == 1 else 'need'} you")
    return f"{MANY[name].capitalize()}: {', '.join(told) or 'nothing to write'}"


def _notes(one: past.OneImport) -> None:
    """What concerns the whole file."""
    notes = [reason for reason in one.report.reasons if not reason.row and reason.code not in TOLD]
    left_out = [reason for reason in notes if reason.code == "column_left_out"]
    for reason in notes:
        if reason.code in ("no_key", "already_imported", "likely_duplicates"):
            st.warning(noted(reason.message))
        elif reason not in left_out:
            st.info(noted(reason.message))
    if left_out:
        with st.expander(f"{count(len(left_out), 'column')} not imported", expanded=len(left_out) <= _FEW):
            for reason in left_out:
                st.markdown(f"**{plain(reason.field)}** · {plain(reason.message)}")


def _needs_you(one: past.OneImport) -> None:
    blocked = one.report.predicted.get("blocked", 0)
    if not past.grouped(one.report.reasons):
        return
    st.subheader("What to know about the rows")
    if blocked:
        others = _total(one, "create") + _total(one, "update") + _total(one, "link")
        st.markdown(_blocked_words(blocked, one.run.predicted.get("partly_blocked", 0), others))
    rows.reasons(one, rows.told(one))


def _blocked_words(blocked: int, partly: int, others: int) -> str:
    """`partly`: how many of them have a contact that goes, while its company waits. `others`: what can be written."""
    told = f"**{rows_word(blocked)} would need you**"
    if not others:
        return f"{told} and would not be written."
    if not partly:
        return (
            f"{told} and would not be written. The others can go now; "
            "correct these afterwards, on the result, and send them again."
        )
    if partly == blocked:
        whose = (
            "its company waits, its contact does"
            if blocked == 1
            else "their companies wait, their contacts do"
        )
        return f"{told}: only {whose} not. What is open can be settled now, or afterwards on the result."
    return (
        f"{told}. In {partly:,} of them only the company waits; {blocked - partly:,} would not be written at all. "
        "All else can go now; what is open can be settled afterwards, on the result."
    )


def _cost(one: past.OneImport) -> None:
    budget = one.run.budget
    calls, crm = one.report.foreseen_calls, account.system(one.connection)
    st.subheader("Time and limits")
    if not calls:
        st.markdown(f"Nothing is to be written, so {crm} is not called again.")
        return
    allowed = duration(float(budget.get("seconds", 0)))
    st.markdown(
        f"Writing and checking takes about {count(calls, 'call')} to {crm}. The account's limits alone ask for {allowed}; "
        f"{crm}'s answers and our own work come on top. The time left is shown while it is written."
    )
    if one.connection.kind is not AccountKind.PRACTICE:
        _not_ours(one.report.actions.get(ObjectName.CONTACTS, {}).get("create", 0), crm)


def _not_ours(new_contacts: int, crm: str) -> None:
    """What the CRM does on its side."""
    if new_contacts:
        st.warning(f"{count(new_contacts, 'new contact')} may count toward your {crm} bill.")
    st.caption(f"{crm}'s own workflows may start when records change.")


# The button


def _write(one: past.OneImport, draft: ImportDraft | None) -> None:
    creates, updates = _total(one, "create"), _total(one, "update")
    links = _total(one, "link")
    if not creates and not updates and not links:
        if blocked := one.report.predicted.get("blocked", 0):
            st.info(f"There is nothing to write yet: {rows_word(blocked)} would need you.")
        elif left_out := one.report.predicted.get("skipped", 0):
            st.info(f"There is nothing to write: {rows_word(left_out)} would be left out.")
        else:
            st.success(
                f"{account.system(one.connection)} holds all of this already. There is nothing to write."
            )
        _back(one, draft)
        return
    agreed = _may_write(one) and _typed(one, creates + updates)
    first = False
    with st.container(horizontal=True):
        pressed = rights.button(
            _button_words(creates, updates, links),
            write.approve,
            type="primary",
            key="write",
            disabled=not agreed,
        )
        if one.report.rows > _FIRST:
            first = rights.button(
                f"Send the first {_FIRST}, then pause", write.approve, key="write-first", disabled=not agreed
            )
        if rights.button(f"Read {account.system(one.connection)} again", imports.again, key="refresh"):
            _again(one, draft)
        _back(one, draft)
    st.caption(f"Writes {_records(one)} to {_account_words(one)}.")
    if pressed or first:
        with problems.sentences():
            write.approve(context(), one.run.id, shown=True, first=_FIRST if first else 0)
            if draft is not None:
                import_drafts.settle(context(), draft)
            course.show_run(one.run.id)


def _total(one: past.OneImport, kind: str) -> int:
    return sum(kinds.get(kind, 0) for kinds in one.report.actions.values())


def _button_words(creates: int, updates: int, links: int) -> str:
    told = [f"{word} {number:,}" for word, number in (("create", creates), ("update", updates)) if number]
    return ", ".join(told or [f"associate {links:,}"]).capitalize()


def _records(one: past.OneImport) -> str:
    """`53 contacts, 28 companies and 28 tasks, and 53 associations,`."""
    written = {
        name: one.report.actions.get(name, {}).get("create", 0)
        + one.report.actions.get(name, {}).get("update", 0)
        for name in dict.fromkeys([*one.run.options.record_type.objects, *ObjectName])
    }
    named = [count(number, ONE[name], MANY[name]) for name, number in written.items() if number]
    told = " and ".join(filter(None, [", ".join(named[:-1]), *named[-1:]]))
    links = _total(one, "link")
    if not links:
        return told
    return f"{told}, and {count(links, 'association')}," if told else count(links, "association")


def _account_words(one: past.OneImport) -> str:
    if one.connection.kind is AccountKind.PRACTICE:
        return f"{plain(one.connection.name)}: nothing leaves this computer"
    return (
        f"{account.system(one.connection)} {plain(one.connection.name)}, account {one.connection.portal_id}"
    )


def _typed(one: past.OneImport, writes: int) -> bool:
    """A large or emptying import needs its number typed."""
    emptied = looked_up.cell_totals(one)["emptied"]
    if writes <= typed.MANY and not emptied:
        return True
    wanted = emptied or writes
    what = (
        f"{count(emptied, 'value')} would be emptied"
        if emptied
        else f"{count(writes, 'record')} would be written"
    )
    return typed.number(wanted, what, f"typed-{one.run.id}")


@st.cache_data(ttl=_STANDING_TTL_S, max_entries=16, show_spinner="Asking what the key may do …")
def _may_write_now(connection_id: str) -> bool:
    return connect.test_connection(context(), context().connections.get(connection_id)).can_write


def _may_write(one: past.OneImport) -> bool:
    if not one.connection.is_active:  # the banner says so
        return False
    with problems.sentences():
        if _may_write_now(one.connection.id):
            return True
        st.warning(
            "The preview above is complete. To write it, connect this account again with a key that may create and change "
            "contacts and companies.",
            title=f"The key of {plain(one.connection.name)} can read but not write.",
        )
        st.page_link("accounts.py", label="Accounts")
    return False


def _again(
    one: past.OneImport, draft: ImportDraft | None, *, same_choices: bool = True, copies_from: str = ""
) -> None:
    """A new preview of the same choices, or with a word on companies or copies of an account, for the CRM as it is now."""
    with problems.sentences():
        run_id = imports.again(context(), one.run.id, same_choices=same_choices, copies_from=copies_from)
        if draft is None:
            course.show_run(run_id)
        else:
            course.go(replace(draft, run_id=run_id), "preview")


def _back(one: past.OneImport, draft: ImportDraft | None) -> None:
    if draft is not None and st.button("Back to columns", key="preview-back"):
        course.go(draft, "columns")
    if one.run.options.typed and st.button("Change the contact", key="preview-back"):
        course.type_contact(like=one.run.id)
