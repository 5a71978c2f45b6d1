"""A table as a file, in the two forms people ask for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from pages.blocks.words import count
from smartsync_core.errors import BadInput
from smartsync_core.orchestrator.export import write_lines

__all__ = ["buttons", "made", "these"]


def these(number: int, one: str) -> str:
    """The label for what a filter finds: it names how much, so that nobody takes what stood there before."""
    return f"Download this {one}" if number == 1 else f"Download these {count(number, one)}"


def buttons(label: str, stem: str, write: Callable[[Path], object]) -> None:
    """One for Excel, one for CSV; `write` makes the file when it is asked for, in the form that its path ends in."""
    with st.container(horizontal=True):
        for ending, word in ((".xlsx", "Excel"), (".csv", "CSV")):
            st.download_button(
                f"{label} ({word})",
                partial(made, write, ending),
                file_name=stem + ending,
                key=f"download {stem} {label}{ending}",
                on_click="ignore",
            )


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
