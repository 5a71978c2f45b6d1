"""What runs after a page was drawn: by the clock, in the name and in the role of whoever it was drawn for."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from streamlit.runtime.scriptrunner import add_script_run_ctx, get_script_run_ctx

__all__ = ["later"]

_T = TypeVar("_T")


def later(work: Callable[[], _T]) -> Callable[[], _T]:
    """`work`, for a thread that knows of no browser: there `context()` would refuse, and times would be those of UTC.

    Whether they may look is asked again then.
    """
    drawn = get_script_run_ctx()

    def done() -> _T:
        with ThreadPoolExecutor(1, initializer=partial(add_script_run_ctx, ctx=drawn)) as own:
            return own.submit(work).result()

    return done
