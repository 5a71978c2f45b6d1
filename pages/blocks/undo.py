"""Undo of an import: what would be put back, what stays and why, what cannot be taken back; then the same as done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import streamlit as st

from pages.blocks import account, checks, outcomes, problems, rights, rows, typed, values, working
from pages.blocks.moving import moving
from pages.blocks.services import context
from pages.blocks.words import MANY, ONE, all_rows, count, duration, moment, part_of, plain
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.run import Run, RunState
from smartsync_core.orchestrator import past, write
from smartsync_core.orchestrator.undo import redo, start_undo

__all__ = ["mark", "offer", "show"]

_POLL_S, _QUIET_POLL_S = 0.5, 3.0
_STATES = {
    RunState.RUNNING: "being written",
    RunState.PAUSED: "paused",
    RunState.STOPPED: "stopped",
    RunState.FAILED: "failed",
}
_PARTS = {"all": "Everything that this import wrote", "created": "Only the records that it created"}


# On the page of the import


def mark(one: past.OneImport) -> None:
    """Says on an import that it was taken back, or which part of it, with the way to each undo."""
    _follow(one.run, _states(one.undos))
    if not one.undos:
        return
    newest = one.undos[0]
    st.info(f"{past.undone(one.undos)} · {moment(newest.finished_at or newest.approved_at)}")
    for undo in one.undos:
        told = ", ".join(filter(None, (part_of(undo), _STATES.get(undo.state, ""))))
        label = f"Show the undo: {told}" if told else "Show the undo"
        st.page_link("history.py", label=label, query_params={"run": undo.id})


@moving(_QUIET_POLL_S)
def _follow(run: Run, drawn: list[tuple[str, RunState]]) -> None:
    """Somebody else may work on it while this page stands open. What is typed here is not taken away for rows sent again."""
    now = context().runs.get(run.id)
    if _states(past.undos(context(), run)) != drawn:
        st.rerun()
    if (now.state, now.finished_at) != (run.state, run.finished_at):
        st.info("Rows of this import were sent again since this page was drawn.")
        if st.button("Show how it stands now", key=f"drawn-anew-{run.id}"):
            st.rerun()


def _states(undos: Sequence[Run]) -> list[tuple[str, RunState]]:
    return [(undo.id, undo.state) for undo in undos]


def offer(one: past.OneImport) -> None:
    """Begin an undo; nothing is written before its preview was seen."""
    if one.run.state not in (RunState.DONE, RunState.STOPPED):
        return
    if past.undone(one.undos) == "Undone":
        if rights.button("Preview this import again", redo, key="redo"):
            with problems.sentences():
                st.switch_page("import_file.py", query_params={"run": redo(context(), one.run.id)})
        return
    st.subheader("Undo")
    part = st.radio(
        "What to take back",
        list(_PARTS),
        format_func=_PARTS.__getitem__,
        key=f"undo-part-{one.run.id}",
        label_visibility="collapsed",
    )
    if rights.button("Preview undo", start_undo, key="undo"):
        with problems.sentences():
            undo_id = start_undo(context(), one.run.id, only_created=part == "created")
            st.switch_page("history.py", query_params={"run": undo_id})
    st.caption("First shows what would be put back, what stays and why. Nothing is written yet.")


# The undo itself


def show(one: past.OneImport) -> None:
    """An undo in whatever state it is."""
    part = part_of(one.run)
    st.markdown(f"{moment(one.run.approved_at or one.run.created_at)}{f' · **{part}**' if part else ''}")
    st.page_link("history.py", label="Show the import", query_params={"run": one.run.undo_of})
    state = one.run.state
    if state is RunState.PREVIEWING:
        _being_made(one.run.id)
    elif state is RunState.FAILED:
        st.error(plain(one.run.message), title="The undo could not be planned. Nothing was written.")
    elif state is RunState.PREVIEWED:
        _preview(one)
    elif state is RunState.RUNNING:
        working.under_way(one.run.id)
    else:
        _result(one)


@moving(_POLL_S)
def _being_made(run_id: str) -> None:
    run = context().runs.get(run_id)
    if run.state is not RunState.PREVIEWING:
        st.rerun()
    waited = duration((datetime.now(UTC) - run.created_at).total_seconds())
    st.status(f"Reading what {account.system_of(run)} holds now · {waited}", state="running")
    st.caption("You can close this tab; keep this computer on. Nothing is written.")


def _preview(one: past.OneImport) -> None:
    st.subheader(_headline(one, done=False))
    outcomes.numbers(one.report.predicted, undo=True)
    read = moment(one.run.crm_read_at, seconds=True)
    st.caption(
        f"What would become of {all_rows(one.report.rows)} that wrote something. "
        f"{account.system(one.connection)} was read {read}."
    )
    _kept(one)
    _never(one)
    _button(one)
    _tables(one, written=False)


def _result(one: past.OneImport) -> None:
    if one.run.state in (RunState.PAUSED, RunState.STOPPED):
        working.waiting(one.run)
    st.subheader(_headline(one, done=True))
    outcomes.numbers(one.report.outcomes, undo=True)
    if one.run.state is RunState.DONE:
        proof = one.report.proof
        checked, others = proof.get("checked", 0), proof.get("changed", 0) + proof.get("missing", 0)
        told = f"{count(checked, 'record')} read back, and found as planned."
        say = st.warning if others else st.success
        say(
            f"{told} {count(others, 'other')} not." if others else told,
            title=f"Checked in {account.system(one.connection)} {moment(one.run.finished_at, seconds=True)}",
        )
        checks.again(one)
    _kept(one)
    _never(one)
    _tables(one, written=True)


def _headline(one: past.OneImport, *, done: bool) -> str:
    """`Contacts: 40 to the recycle bin, 12 put back · 3 associations taken away`."""
    told = []
    for name, counts in _counts(one).items():
        words = [
            f"{counts[kind]:,} {word}"
            for kind, word in (("archive", "moved to the recycle bin"), ("update", "put back"))
            if counts.get(kind)
        ]
        if words:
            told.append(f"{MANY[name].capitalize()}: {', '.join(words)}")
    parted = sum(counts.get("unlink", 0) for counts in one.report.actions.values())
    if parted:
        told.append(f"{count(parted, 'association')} taken away")
    return " · ".join(told) or ("Nothing was taken back" if done else "There is nothing to take back")


def _counts(one: past.OneImport) -> dict[ObjectName, Mapping[str, int]]:
    """Per type of record, contacts before companies."""
    return {name: one.report.actions[name] for name in MANY if name in one.report.actions}


def _kept(one: past.OneImport) -> None:
    if groups := rows.told(one):
        st.subheader("Kept, and why")
        rows.reasons(one, groups)


def _never(one: past.OneImport) -> None:
    never = [reason.message for reason in one.report.reasons if reason.code == "cannot_take_back"]
    if never:
        st.subheader("Cannot be taken back")
        st.markdown("\n".join(f"- {plain(message)}" for message in never))


def _tables(one: past.OneImport, *, written: bool) -> None:
    st.subheader("Rows")
    rows.table(one, one.report.outcomes if written else one.report.predicted, written=written)
    if any(counts.get("update") for counts in one.report.actions.values()):
        st.subheader("Values that go back")
        values.table(one.run, written=written)


def _button(one: past.OneImport) -> None:
    wanted = {
        name: counts.get("archive", 0) + counts.get("update", 0) for name, counts in _counts(one).items()
    }
    records = sum(wanted.values())
    parted = sum(counts.get("unlink", 0) for counts in one.report.actions.values())
    if not records and not parted:
        return
    agreed = records <= typed.MANY or typed.number(
        records, f"{count(records, 'record')} would be taken back", f"typed-{one.run.id}"
    )
    told = " and ".join(count(number, ONE[name], MANY[name]) for name, number in wanted.items() if number)
    label = f"Undo {told or count(parted, 'association')}"
    if rights.button(label, write.approve, type="primary", key="write-undo", disabled=not agreed):
        with problems.sentences():
            write.approve(context(), one.run.id, shown=True)
            st.rerun()
    st.caption(
        f"Writes to {plain(one.connection.name)}, account {one.connection.portal_id}. What somebody changes until then stays."
    )
