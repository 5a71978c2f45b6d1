"""A table as a file, in the two forms people ask for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import chain
from pathlib import Path

import streamlit as st

from pages.blocks.later import later
from pages.blocks.services import context
from pages.blocks.words import count, zone_name
from smartsync_core.errors import BadInput
from smartsync_core.orchestrator.export import write_lines

__all__ = ["buttons", "lines", "made", "these", "when"]

_Told = Callable[[], Iterable[Mapping[str, object]]]


def these(number: int, one: str, many: str = "") -> str:
    """The label for what a filter finds: it names how much, so that nobody takes what stood there before."""
    return f"Download this {one}" if number == 1 else f"Download these {count(number, one, many)}"


def when(header: str, in_file: bool = True) -> str:
    """Of a column with times: a file says by whose clock."""
    return f"{header} ({zone_name()})" if in_file else header


def lines(label: str, stem: str, title: str, told: _Told) -> None:
    """`told` says the lines when the file is asked for, all of the same columns."""
    buttons(label, stem, partial(_write, title, told))


def _write(title: str, told: _Told, path: Path) -> int:
    every = iter(told())
    first = next(every, {})
    cells = ([_as_cell(value) for value in one.values()] for one in chain([first], every))
    return write_lines(title, list(first), cells, path)


def _as_cell(value: object) -> str | float:
    return value if isinstance(value, str | int | float) else str(value or "")


def buttons(label: str, stem: str, write: Callable[[Path], object]) -> None:
    """One for Excel, one for CSV; `write` makes the file when it is asked for, in the form that its path ends in."""
    with st.container(horizontal=True):
        for ending, word in ((".xlsx", "Excel"), (".csv", "CSV")):
            st.download_button(
                f"{label} ({word})",
                later(partial(_as_of_now, write, ending)),
                file_name=stem + ending,
                key=f"download {stem} {label}{ending}",
                on_click="ignore",
            )


def _as_of_now(write: Callable[[Path], object], ending: str) -> bytes:
    """What is written meanwhile moves no line from one portion to the next."""
    with context().database.one_view():
        return made(write, ending)


def made(write: Callable[[Path], object], ending: str) -> bytes:
    """The file. Of one that cannot be a workbook, a workbook that says why: from here nothing can be said on the page."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"rows{ending}"
        try:
            write(path)
        except BadInput as error:
            if ending == ".csv":
                raise
            write_lines("Not made", [f"{error.message} Download it as CSV instead."], [], path)
        return path.read_bytes()
