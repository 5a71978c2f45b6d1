"""Pieces of the Accounts page: a card per account, the practice account, and the form for a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from pages.blocks import account, account_settings, oauth, problems, rights
from pages.blocks.services import context
from pages.blocks.words import MANY, count, moment, plain
from smartsync_core.errors import BadInput
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import Account, ObjectName
from smartsync_core.orchestrator import accounts, connect, fields, practice
from smartsync_core.orchestrator.account_settings import change_settings
from smartsync_core.orchestrator.accounts import AccountLine
from smartsync_core.orchestrator.admin_request import admin_request
from smartsync_core.orchestrator.record_pages import Permissions

__all__ = ["card", "form", "practice_card", "told"]

_TOLD = "accounts-told"  # one sentence that outlives the rerun after a change
_CONNECTED = "accounts-connected"  # how many were connected in this session
_ASKED = "accounts-asked"  # {connection id: which of its dialogs is open}


def told() -> None:
    """What the last click did."""
    if sentence := st.session_state.pop(_TOLD, ""):
        st.success(sentence)


def _tell_next(sentence: str) -> None:
    st.session_state[_TOLD] = sentence
    st.rerun()


def card(line: AccountLine) -> None:
    """An account with what can be done to it."""
    connection = line.connection
    with st.container(border=True):
        head = st.container()
        with st.container(horizontal=True):
            test = rights.button("Test connection", connect.test_connection, key=f"test-{connection.id}")
            add = rights.button("Add fields …", connect.add_fields, key=f"fields-{connection.id}")
            change = rights.button("Settings …", change_settings, key=f"settings-{connection.id}")
            again = oauth.again(connection)
            leave = rights.button("Disconnect …", accounts.disconnect, key=f"leave-{connection.id}")
        if test:
            _test(connection)
            line = next(one for one in accounts.accounts(context()) if one.connection.id == connection.id)
        with head:
            _head(line, told_below=test)
        if line.permissions and line.permissions.lacking:
            _request(connection.crm_type, account.system(connection), connection.id)
        if again:
            oauth.go(connection.name)
        asked = _asked(connection, "fields" if add else "settings" if change else "leave" if leave else "")
        if asked == "fields":
            _fields(connection)
        elif asked == "settings":
            _settings(connection)
        elif asked == "leave":
            _leave(connection)


def practice_card(line: AccountLine | None) -> None:
    """The practice account, whether it was used before or not."""
    st.subheader("Practice account")
    with st.container(border=True):
        if line is None:
            st.markdown(
                "A made-up HubSpot to learn with and to try a file in. Nothing in it leaves this computer."
            )
            if rights.button(
                "Start the practice account", practice.practice_connection, key="practice-start"
            ):
                with problems.sentences(), st.spinner("Starting the practice account …"):
                    practice.practice_connection(context())
                    _tell_next("The practice account is ready.")
            return
        _head(line)
        st.caption(f"{account.practised(line.connection)} Nothing here leaves this computer.")
        over = rights.button("Start over …", practice.start_over, key="practice-over")
        if _asked(line.connection, "over" if over else "") == "over":
            _start_over(line.connection)


def form() -> None:
    """A new account by its service key."""
    crms = connect.offered()
    crm_type = next(iter(crms))
    if len(crms) > 1:
        crm_type = st.selectbox("CRM", list(crms), format_func=crms.__getitem__, key="crm")
    title = crms[crm_type]
    st.subheader(f"Connect {title}")
    if not rights.told(connect.connect):
        return
    fresh = st.session_state.get(_CONNECTED, 0)  # once connected, the next form is an empty one
    with st.form("connect-hubspot", clear_on_submit=False):
        name = st.text_input(
            "Name", key=f"name-{fresh}", placeholder=f"{title} Europe", help="How this account is called here"
        )
        token = st.text_input(
            "Service key",
            key=f"key-{fresh}",
            type="password",
            autocomplete="off",
            help="Or the access token of a private app that you have already",
        )
        st.caption(
            f"Your {title} admin makes one in {title}'s settings. It is kept encrypted on this computer and shown to nobody."
        )
        sent = st.form_submit_button("Connect", type="primary")
    _request(crm_type, title, "new")
    if sent:
        with problems.sentences(), st.spinner(f"Asking {title} …"):
            _refuse_taken(name)
            found = connect.connect(context(), crm_type=crm_type, name=name, token=token)
            st.session_state[_CONNECTED] = fresh + 1
            _tell_next(
                f"Connected {plain(found.connection.name)}, account {found.account.portal_id}. {_may(found.account)} "
                f"{plain(found.twice)}"
            )


def _request(crm_type: str, title: str, key: str) -> None:
    """What to send to whoever may make a key."""
    if text := admin_request(crm_type):
        with st.expander("Copy request for my admin", icon=":material/content_copy:", key=f"request-{key}"):
            st.caption(
                f"Steps, permissions and why, to send to your {title} admin. The button in its corner copies it."
            )
            st.code(text, language=None, wrap_lines=True)


def _refuse_taken(name: str) -> None:
    """The practice account keeps its name, and so its records."""
    if name.strip().casefold() == practice.NAME.casefold():
        raise BadInput("That name belongs to the practice account.", hint="Choose another one.")


def _head(line: AccountLine, *, told_below: bool = False) -> None:
    """`told_below`: what is wrong with it was just asked for, and stands where it was asked."""
    connection = line.connection
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{plain(connection.name)}**", width="content")
        account.badge(connection)
    last = line.last_import
    imported = (
        f"last import {moment(last.approved_at)} ({plain(last.file_name)})" if last else "no import yet"
    )
    st.markdown(f"{account.system(connection)} · account {connection.portal_id} · {imported}")
    if connection.last_error and not told_below:
        st.warning(plain(connection.last_error))
    _standing(line)


def _standing(line: AccountLine) -> None:
    """Last success, calls, what the key may do, and what happens by itself."""
    success = f"Last success {moment(line.last_success)}" if line.last_success else "Nothing was written yet"
    told = [
        f"{success} · {count(line.calls_today, 'call')} today by SmartSync's imports{_day(line.permissions)}"
    ]
    if line.connection.base_url != practice.PRACTICE_URL:
        told += [_key(line.connection, line.permissions), *account_settings.told(line.connection)]
    st.caption("  \n".join(told))


def _day(may: Permissions | None) -> str:
    """What the account itself counts, beside ours."""
    if may is None or may.day is None:
        return ""
    used, allowed = f"{may.day.used:,}", f"{may.day.allowed:,}"
    return (
        f" · {used} of the account's {allowed} calls a day used by all its apps, as of {moment(may.asked_at)}"
    )


def _key(connection: Connection, may: Permissions | None) -> str:
    what = "Permission" if connection.by_oauth else "Key"
    if connection.last_error:
        return f"{what}: the last call failed"
    if may is None:
        return f"{what}: not asked yet; press Test connection"
    asked = f"asked {moment(may.asked_at)}"
    if not may.lacking:
        return f"{what}: ok, nothing is missing · {asked}"
    lacking = "\n".join(f"- {plain(sentence)}" for sentence in may.lacking)
    return f"{what}: {'works' if may.can_write else 'can only read'}, {len(may.lacking)} missing · {asked}\n{lacking}\n"


def _test(connection: Connection) -> None:
    with problems.sentences(), st.spinner(f"Asking {plain(connection.name)} …"):
        found = connect.test_connection(context(), connection)
        title = f"{connection.name} answers: account {found.portal_id}."
        if found.missing_scopes:
            can = "The key works" if found.can_write else "The key can read but not write"
            st.warning(f"{can}; what it lacks stands above.", title=plain(title))
        else:
            st.success(_may(found), title=plain(title))
            for notice in found.notices:
                st.info(plain(notice))


def _may(found: Account) -> str:
    if not found.can_write:
        return "The key can read but not write: previews work, writing does not."
    if found.missing_scopes:
        return "The key lacks some permissions; its card names them."
    return "The key has every permission that is needed."


def _asked(connection: Connection, now: str) -> str:
    """Which question of this account is open; a click opens one and closes any other."""
    if now:
        st.session_state[_ASKED] = {connection.id: now}
        account_settings.closed()
    return str(st.session_state.get(_ASKED, {}).get(connection.id, ""))


def _answered() -> None:
    st.session_state.pop(_ASKED, None)


def _fields(connection: Connection) -> None:
    """Says which would be added; adds them only then."""
    with problems.sentences():
        with st.spinner(f"Looking at the fields of {plain(connection.name)} …"):
            found = connect.add_fields(context(), connection, dry_run=True)
        if missing := {name: names for name, names in found.added.items() if names}:
            _offer(connection, missing)
            return
        st.success("All fields of SmartSync are there already.")
    _cancel(connection, "Close")


def _offer(connection: Connection, missing: Mapping[ObjectName, Sequence[str]]) -> None:
    labels = {name: {one.name: one.label for one in known} for name, known in fields.our_fields().items()}
    st.markdown(
        "These fields would be added, in a group called SmartSync. No record changes; undoing it is done in "
        f"{account.system(connection)}."
    )
    for name, names in missing.items():
        st.markdown(f"- **{MANY[name].capitalize()}**: {', '.join(labels[name][one] for one in names)}")
    total = sum(map(len, missing.values()))
    if _agreed(connection, f"Add {count(total, 'field')}", f"add-{connection.id}"):
        with problems.sentences(), st.spinner(f"Adding the fields to {plain(connection.name)} …"):
            added = connect.add_fields(context(), connection).added
            _answered()
            total = sum(map(len, added.values()))  # of this press: another tab may have been first
            _tell_next(f"{count(total, 'field')} added to {plain(connection.name)}.")
        st.caption("Fields that were added before this happened stay there; the next try adds the rest.")


def _settings(connection: Connection) -> None:
    if account_settings.form(connection, leave=_answered):
        _answered()
        _tell_next(f"The settings of {plain(connection.name)} are saved.")


def _leave(connection: Connection) -> None:
    crm = account.system(connection)
    st.markdown(
        f"The permission is given back to {crm}. No record changes there, and its imports stay in History."
        if connection.by_oauth
        else f"Its key is forgotten here. Nothing changes in {crm}, and its imports stay in History."
    )
    if _agreed(connection, f"Disconnect {plain(connection.name)}", f"do-leave-{connection.id}"):
        with problems.sentences(), st.spinner(f"Disconnecting {plain(connection.name)} …"):
            accounts.disconnect(context(), connection.id)
            _answered()
            _tell_next(f"{plain(connection.name)} is disconnected.")


def _start_over(connection: Connection) -> None:
    st.markdown("Every record in the practice account is removed, copies too. Your imports stay in History.")
    if _agreed(connection, "Empty the practice account", "do-over"):
        with problems.sentences(), st.spinner("Emptying it …"):
            practice.start_over(context(), connection)
            _answered()
            _tell_next("The practice account is empty.")


def _agreed(connection: Connection, word: str, key: str) -> bool:
    """The question's two buttons; what goes wrong afterwards stands below both."""
    with st.container(horizontal=True):
        agreed = st.button(word, type="primary", key=key)
        _cancel(connection)
    return agreed


def _cancel(connection: Connection, word: str = "Cancel") -> None:
    """Closes before the page is drawn anew: the account is not asked once more."""
    st.button(word, key=f"cancel-{connection.id}", on_click=_answered)
