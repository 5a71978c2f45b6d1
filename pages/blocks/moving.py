"""What a page draws anew by itself, as long as whoever has it open may see it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import streamlit as st

from pages.blocks.services import context
from smartsync_core.errors import NotAllowed

__all__ = ["moving"]

_P = ParamSpec("_P")


def moving(every_s: float) -> Callable[[Callable[_P, None]], Callable[_P, None]]:
    """A fragment drawn that often. Of somebody who lost their role, or is logged out, the whole page is drawn anew: it says so,
    and what stood there is gone."""

    def dressed(draw: Callable[_P, None]) -> Callable[_P, None]:
        @wraps(draw)
        def drawn(*args: _P.args, **options: _P.kwargs) -> None:
            try:
                context()
            except NotAllowed:
                st.rerun()
            draw(*args, **options)

        return st.fragment(drawn, run_every=every_s)

    return dressed
