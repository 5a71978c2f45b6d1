"""What waits for a person: in short, and as a list in which many are decided at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from time import monotonic

import streamlit as st

from pages.blocks import account, address, download, rights
from pages.blocks.services import context
from pages.blocks.words import count, duration, moment, noted, plain, rows_word
from smartsync_core.model.moments import told_by
from smartsync_core.orchestrator import needs_you
from smartsync_core.orchestrator.field_words import usual_name
from smartsync_core.orchestrator.needs_you import ROW_KINDS, Need, NeedKind

__all__ = ["page", "summary", "total", "word"]

_WORDS: Mapping[NeedKind, str] = {
    NeedKind.ACCOUNT: "Account does not work",
    NeedKind.RUN: "Import waits",
    NeedKind.RECIPE: "File differs from its recipe",
    NeedKind.DOUBT: "In doubt",
    NeedKind.REFUSED: "Refused by {crm}",
    NeedKind.STALE: "Changed in {crm} since preview",
    NeedKind.AMBIGUOUS: "Several records could be meant",
    NeedKind.POSSIBLE: "Possibly the same company",
    NeedKind.DELETED: "Deleted in {crm}",
    NeedKind.CELL: "Cell to correct",
    NeedKind.KIN: "Goes with another row",
}
_DAY_S = 86_400
_NOBODY = "-"
_TOLD, _SHOWN = "needs-told", 50
_NAME_CHARS = 80
_TOLD_S = 60  # the page is drawn anew by itself meanwhile, when an import begins or ends
_AS_THEY_STAND = (NeedKind.DOUBT, NeedKind.REFUSED, NeedKind.STALE, NeedKind.POSSIBLE, NeedKind.AMBIGUOUS)
"""What may have been settled in the CRM meanwhile, so that sending again as it stands makes sense."""


def word(kind: NeedKind) -> str:
    return _WORDS[kind].format(crm=account.every_system())


def total(found: Sequence[Need]) -> int:
    """Rows, and one for each other thing."""
    return sum(one.rows or 1 for one in found)


def summary(found: Sequence[Need]) -> None:
    """One line per kind, with the way to it."""
    if not found:
        st.success("Nothing waits for you.")
        return
    for kind, those in _by_kind(found).items():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{total(those):,}** · {word(kind)} · oldest {_age(those)}", width="stretch")
            st.page_link("needs_you.py", label="Show", query_params={"kind": kind.value})


def page() -> None:
    """The list with its filters; the address names them."""
    _told()
    found = needs_you.needs(context())
    if not found:
        st.success("Nothing waits for you. What cannot be decided without you will stand here.")
        st.page_link("history.py", label="Show the imports")
        return
    shown, colleagues = _filtered(found), _colleagues()
    _all_at_once(shown, colleagues)
    key = f"needs-page-{sorted(st.query_params.items())}"
    pages = -(-len(shown) // _SHOWN)
    first = (min(int(st.session_state.get(key, 1)), pages) - 1) * _SHOWN
    for one in shown[first : first + _SHOWN]:
        _card(one, colleagues)
    if pages > 1:
        st.pagination(pages, key=key)
    if shown:
        told = partial(map, _line, shown)
        download.lines(download.these(len(shown), "line"), "Needs you", "Needs you", told)


def _told() -> None:
    """What became of what was sent again last."""
    at, sentences = st.session_state.get(_TOLD, (0.0, ()))
    if sentences and monotonic() - at < _TOLD_S:
        st.info("  \n".join(map(plain, sentences)))


def _filtered(found: Sequence[Need]) -> list[Need]:
    kinds = _by_kind(found)
    kind = address.choice(
        "What it waits for",
        "kind",
        {one.value: f"{word(one)} {total(those):,}" for one, those in kinds.items()},
    )
    if any(len(those) > 1 and those[0].rows for those in kinds.values()):
        st.caption("A row of which several things are said counts for each.")
    names = {one.connection.id: one.connection.name for one in found}
    account_id = address.choice("Account", "account", names) if len(names) > 1 else ""
    takers = {one.assignee: one.assignee for one in found if one.assignee}
    taker = address.choice("Taken by", "taken", {_NOBODY: "Nobody"} | takers) if takers else ""
    return [
        one
        for one in found
        if kind in ("", one.kind.value)
        and account_id in ("", one.connection.id)
        and taker in ("", one.assignee or _NOBODY)
    ]


def _all_at_once(shown: Sequence[Need], colleagues: frozenset[str]) -> None:
    """One decision for all that is shown."""
    if len(shown) > 1:
        _assign(shown, f"Who takes these {len(shown):,} …", colleagues)
    able = [one for one in shown if one.kind in _AS_THEY_STAND]
    if not able or not rights.told(needs_you.send_again):
        return
    if len({one.kind for one in shown}) > 1:
        st.caption("Choose what it waits for: rows of one kind can be sent again together.")
        return
    label = f"Send {rows_word(needs_you.row_count(context(), able))} again as they stand"
    if rights.button(label, needs_you.send_again, key=f"needs-send-{_as_seen(able)}"):
        _send(able)
    st.caption(
        "Each is compared with what the account holds then; what still cannot be decided comes back here."
    )


def _as_seen(shown: Sequence[Need]) -> str:
    """A button's key: where the list or its takers changed meanwhile it is another, so that a press is about what was seen."""
    return sha256(repr([(one.key, one.rows, one.assignee) for one in shown]).encode()).hexdigest()[:12]


def _assign(chosen: Sequence[Need], label: str, colleagues: frozenset[str]) -> None:
    key = _as_seen(chosen)
    with st.popover(label, key=f"needs-assign-{key}"):
        if not rights.told(needs_you.assign):
            return
        taken = {one.assignee for one in chosen}
        name = _who(taken.pop() if len(taken) == 1 else "", colleagues, f"needs-who-{key}")
        if rights.button("Save", needs_you.assign, key=f"needs-take-{key}"):
            needs_you.assign(context(), chosen, name)
            st.rerun()


def _colleagues() -> frozenset[str]:
    """Who has logged in once and has a role; nobody where nobody logs in."""
    return frozenset(one.called for one in context().people.all() if one.role is not None)


def _who(now: str, colleagues: frozenset[str], key: str) -> str:
    """A colleague, or any other name; "" = nobody."""
    if not colleagues:
        name = st.text_input("Who takes it", value=now, max_chars=_NAME_CHARS, key=key)
        st.caption("A name that your colleagues know. Empty it for nobody.")
        return name
    st.session_state.setdefault(key, now or None)  # one that is given as the usual one cannot be emptied
    chosen = st.selectbox(
        "Who takes it",
        sorted(colleagues | {now} - {""}),
        index=None,
        accept_new_options=True,
        placeholder="nobody",
        help="A colleague, or any other name that your colleagues know",
        key=key,
    )
    return (chosen or "")[:_NAME_CHARS]


def _send(chosen: Sequence[Need]) -> None:
    sent = needs_you.send_again(context(), chosen)
    are = "is" if sent.rows == 1 else "are"
    told = [f"{rows_word(sent.rows)} of {count(sent.imports, 'import')} {are} being sent again."] * (
        sent.rows > 0
    )
    st.session_state[_TOLD] = monotonic(), (*told, *sent.sentences)
    st.rerun()


def _card(one: Need, colleagues: frozenset[str]) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(_head(one), width="stretch")
            account.badge(one.connection)
            _assign([one], "Who takes it …", colleagues)
            _way(one)
        st.markdown(noted(one.sentence))
        st.caption(f"{plain(one.connection.name)} · waits {_waited(one.since)}{_taken(one)}")


def _line(one: Need) -> dict[str, str | int]:
    """What its card says, in a file."""
    return {
        "What it waits for": word(one.kind),
        "File": "" if one.kind is NeedKind.ACCOUNT else one.subject,
        "Rows": one.rows or "",
        "Column": usual_name(one.column) if one.column else "",
        "What to know": told_by(partial(moment, dated=True), one.sentence),
        "Account": one.connection.name,
        download.when("Waits since"): moment(one.since, dated=True),
        "Taken by": one.assignee,
    }


def _taken(one: Need) -> str:
    return f" · taken by {plain(one.assignee)}" if one.assignee else ""


def _head(one: Need) -> str:
    if not one.rows:
        return f"**{plain(one.subject)}** · {word(one.kind)}"
    place = f" · column {plain(usual_name(one.column))}" if one.column else ""
    return f"**{plain(one.subject)}** · {rows_word(one.rows)} · {word(one.kind)}{place}"


def _way(one: Need) -> None:
    if one.kind is NeedKind.ACCOUNT:
        st.page_link("accounts.py", label="Open account")
    elif one.draft_id:
        st.page_link("import_file.py", label="Open", query_params={"draft": one.draft_id})
    elif one.kind in ROW_KINDS and one.kind in _AS_THEY_STAND:
        st.page_link("history.py", label="Decide", query_params={"run": one.run_id})
    elif one.run_id:
        st.page_link(
            "history.py",
            label="Correct" if one.kind in ROW_KINDS else "Open",
            query_params={"run": one.run_id},
        )


def _by_kind(found: Sequence[Need]) -> dict[NeedKind, list[Need]]:
    kinds: dict[NeedKind, list[Need]] = {}
    for one in found:
        kinds.setdefault(one.kind, []).append(one)
    return kinds


def _age(found: Sequence[Need]) -> str:
    return _waited(min((one.since for one in found if one.since), default=None))


def _waited(since: datetime | None) -> str:
    if since is None:
        return "for a while"
    seconds = (datetime.now(UTC) - since).total_seconds()
    return count(round(seconds / _DAY_S), "day") if seconds >= 2 * _DAY_S else duration(seconds)
