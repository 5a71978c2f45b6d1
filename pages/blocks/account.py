"""Which account a page is about: its name, id and kind; the practice account under a banner that cannot be overlooked."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from pages.blocks.services import context
from pages.blocks.words import KINDS, plain
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import AccountKind
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.connect import offered
from smartsync_core.orchestrator.copying import copied_from

__all__ = ["badge", "banner", "beside", "every_system", "practised", "system", "system_at", "system_of"]

_COLORS: dict[AccountKind, Literal["red", "orange", "violet"]] = {
    AccountKind.PRODUCTION: "red",
    AccountKind.SANDBOX: "orange",
    AccountKind.PRACTICE: "violet",
}
_PAINT = "background: rgba(124, 77, 255, 0.14); border-left: 5px solid #7c4dff; border-radius: 6px; padding: 0.6rem 1rem;"


def system(connection: Connection) -> str:
    """What the CRM is called."""
    return offered().get(connection.crm_type, connection.crm_type)


def system_at(connection_id: str) -> str:
    """The same of an account by its id."""
    return system(context().connections.get(connection_id))


def system_of(run: Run) -> str:
    """The same of the account that a run is about."""
    return system_at(run.integration_id)


def every_system() -> str:
    """The same where all accounts are meant: a name where there is only one kind."""
    titles = list(offered().values())
    return titles[0] if len(titles) == 1 else "the CRM"


def badge(connection: Connection) -> None:
    st.badge(KINDS[connection.kind], color=_COLORS[connection.kind])


def banner(connection: Connection) -> None:
    """Stands at the top of every page that reads or writes this account."""
    _named(connection)
    if not connection.is_active:
        st.warning(
            "Nothing can be read, written or taken back there until it is connected again, under Accounts.",
            title="This account is disconnected.",
        )


def _named(connection: Connection) -> None:
    name = plain(connection.name)
    if connection.kind is AccountKind.PRACTICE:
        _colored(
            "practice-banner",
            f":violet-badge[Practice] **{name}** · account {connection.portal_id}",
            f"{practised(connection)} Nothing here leaves this computer.",
        )
        return
    kind = KINDS[connection.kind]
    color = _COLORS[connection.kind]
    st.markdown(
        f"**{system(connection)} · {name}** · account {connection.portal_id} · :{color}-badge[{kind}]"
    )


def practised(connection: Connection) -> str:
    """What is in a practice account."""
    copied = " and ".join(f"**{plain(name)}**" for name in copied_from(context(), connection))
    return f"Made-up data, and copies from {copied}." if copied else "Made-up data."


def beside() -> None:
    """Every connected account, beside whatever page is open."""
    known = context().connections.all()
    if not known:
        st.caption("No account is connected yet.")
        return
    for one in known:
        color = _COLORS[one.kind]
        st.markdown(
            f":small[**{plain(one.name)}**]  \n:small[account {one.portal_id}] :{color}-badge[{KINDS[one.kind]}]"
        )


def _colored(key: str, first: str, second: str) -> None:
    st.html(f"<style>.st-key-{key} {{{_PAINT}}}</style>")
    with st.container(key=key, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(first, width="content")
        st.markdown(second, width="content")
