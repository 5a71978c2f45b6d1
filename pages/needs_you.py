"""Needs you: everything that waits for a person, in one list."""

import streamlit as st

from pages.blocks import needs, problems, standing

st.title("Needs you")
with problems.sentences():
    standing.follow()
    needs.page()
