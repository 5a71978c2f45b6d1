"""The people who logged in, with the role of each."""

from __future__ import annotations

import streamlit as st

from pages.blocks import problems, rights
from pages.blocks.services import application, context
from pages.blocks.words import moment, plain
from smartsync_core.model.access import Person, Role
from smartsync_core.orchestrator.people import give_role, people

__all__ = ["ROLES", "section"]

ROLES = {
    Role.VIEWER: "Viewer: sees everything, changes nothing",
    Role.OPERATOR: "Operator: imports, corrects and takes back",
    Role.ADMIN: "Admin: sets up accounts, fields, people and keys, too",
}
_NONE = "No role: sees nothing"
_TOLD = "people-told"  # one sentence that outlives the rerun after a change


def section() -> None:
    st.subheader("People")
    if application().settings.login is None:
        st.markdown("Nobody has to log in here: whoever sits at this computer is the admin.")
        return
    if sentence := st.session_state.pop(_TOLD, ""):
        st.success(sentence)
    may = rights.told(give_role)
    for one in people(context()):
        _card(one, may=may)


def _card(one: Person, *, may: bool) -> None:
    with (
        st.container(border=True),
        st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"),
    ):
        seen = f"last here {moment(one.last_seen_at)}" if one.last_seen_at else "not here yet"
        named = f"{one.name} · " if one.name != one.called else ""
        with st.container(width="content", gap=None):
            st.text(one.called)  # an e-mail address in Markdown becomes a link
            st.caption(plain(f"{named}{seen}"))
        options = [None, *Role]
        role = st.selectbox(
            f"Role of {one.called}",
            options,
            index=options.index(one.role),
            format_func=lambda role: ROLES[role] if role else _NONE,
            key=f"role-{one.id}-{one.role}",
            label_visibility="collapsed",
            disabled=not may,
            width=400,
        )
        if role != one.role:
            _give(one, role)


def _give(one: Person, role: Role | None) -> None:
    with problems.sentences():
        give_role(context(), one.id, role)
        st.session_state[_TOLD] = f"{plain(one.called)}: {f'role {role}' if role else 'no role any more'}."
        st.rerun()
