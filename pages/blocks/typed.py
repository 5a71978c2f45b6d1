"""What is large, or takes something away, needs its number typed."""

from __future__ import annotations

import streamlit as st

__all__ = ["MANY", "number"]

MANY = 500  # records; more than this is large


def number(wanted: int, what: str, key: str) -> bool:
    """Whether a person typed it. `what`: "501 records would be written"."""
    typed = st.text_input(f"{what}. Type {wanted} to go on.", key=key, width=420)
    return (typed or "").replace(",", "").strip() == str(wanted)
