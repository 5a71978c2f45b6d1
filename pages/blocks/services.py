"""The one application of this process, shared by every page and the API."""

from __future__ import annotations

import streamlit as st

from pages.blocks.visitor import identity
from smartsync_core.errors import NotAllowed
from smartsync_core.orchestrator.context import Context
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application

__all__ = ["application", "close", "context"]


@st.cache_resource(show_spinner=False)
def application() -> Application:
    """Opened and started on first use. Raises NeedsPerson where another process holds the data."""
    opened = Application(Settings.from_env())
    opened.start()
    return opened


def context() -> Context:
    """What the use cases work with, in the name and the role of whoever looks. Raises NotAllowed where they have none."""
    whole = application()
    if whole.settings.login is None:
        return whole.context
    who = identity()
    person = whole.context.people.of(who) if who else None
    if person is None or person.role is None:
        raise NotAllowed("You are not logged in any more, or have no role.", hint="Reload the page.")
    return whole.context.acting_as(person.called, person.role)


def close() -> None:
    """Stop it; the next use opens another. Imports that are under way go on then."""
    application().stop()
    application.clear()
