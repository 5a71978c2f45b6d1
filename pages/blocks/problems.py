"""What went wrong, as a sentence in its place; never a traceback."""

from __future__ import annotations

import logging
from types import TracebackType
from uuid import uuid4

import streamlit as st

from pages.blocks.words import plain
from smartsync_core.errors import SmartSyncError

__all__ = ["script_error", "sentences", "tell"]

_log = logging.getLogger("smartsync_core.screens")


def tell(error: SmartSyncError) -> None:
    """What happened, and under it what to do."""
    st.error(
        plain(error.hint) if error.hint else plain(error.message),
        title=plain(error.message) if error.hint else None,
    )


class sentences:  # noqa: N801 - read as a word: `with sentences():`
    """A deliberate error inside is told here; the rest of the page goes on."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> bool:
        if isinstance(error, SmartSyncError):
            tell(error)
            return True
        return False


def script_error(error: Exception) -> bool:
    """The outermost edge of every page: deliberate errors speak for themselves, others get a number that the log knows."""
    if isinstance(error, SmartSyncError):
        tell(error)
        return True
    number = uuid4().hex[:8]
    _log.error("Error %s on a page", number, exc_info=error)
    st.error(
        f"What was saved before is still there. Reload the page; if it happens again, tell your admin the number {number}.",
        title="This page could not be shown.",
    )
    return True
