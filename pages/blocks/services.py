"""The one application of this process, shared by every page and the API."""

from __future__ import annotations

import streamlit as st

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
    """What the use cases work with."""
    return application().context


def close() -> None:
    """Stop it; the next use opens another. Imports that are under way go on then."""
    application().stop()
    application.clear()
