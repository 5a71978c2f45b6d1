"""A table as a file, in the two forms people ask for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

__all__ = ["buttons"]


def buttons(label: str, stem: str, write: Callable[[Path], object]) -> None:
    """One for Excel, one for CSV; `write` makes the file when it is asked for, in the form that its path ends in."""
    with st.container(horizontal=True):
        for ending, word in ((".xlsx", "Excel"), (".csv", "CSV")):
            st.download_button(
                f"{label} ({word})",
                partial(_made, write, ending),
                file_name=stem + ending,
                key=f"download {label}{ending}",
                on_click="ignore",
            )


def _made(write: Callable[[Path], object], ending: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"rows{ending}"
        write(path)
        return path.read_bytes()
