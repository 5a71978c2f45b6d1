"""A step as a person writes it on a command line: "Column=step option=value"."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence

from smartsync_core.errors import BadInput
from smartsync_core.mapping.overrides import find_column
from smartsync_core.mapping.text import quoted
from smartsync_core.model.mapping import Step

__all__ = ["parse_steps"]

_STEP = re.compile(r"(.+?)=([a-z_]+)(?:\s+(.*))?", re.DOTALL)


def parse_steps(texts: Iterable[str], columns: Sequence[str]) -> dict[str, tuple[Step, ...]]:
    """Each column's steps, in the order in which they are written. Raises BadInput naming what cannot be read."""
    found: dict[str, tuple[Step, ...]] = {}
    for text in texts:
        match = _STEP.fullmatch(text)
        if match is None:
            raise _unreadable(text)
        column = find_column(match[1], columns)
        found[column] = (*found.get(column, ()), Step(name=match[2], options=_options(text, match[3] or "")))
    return found


def _options(text: str, written: str) -> dict[str, str]:
    try:
        words = [word.partition("=") for word in shlex.split(written)]
    except ValueError:
        raise _unreadable(text) from None
    if not all(name and equals for name, equals, _ in words):
        raise _unreadable(text)
    return {name: value.replace("\\n", "\n") for name, _, value in words}


def _unreadable(text: str) -> BadInput:
    return BadInput(
        f"{quoted(text)} does not say what is done to a column.",
        hint='Write it as "Column=step option=value", with quotes around a value that has spaces.',
        code="bad_step",
    )
