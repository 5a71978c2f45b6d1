"""The pages, their order and their titles."""

from pathlib import Path

import streamlit as st

_ICON = Path(__file__).parent / "images" / "icon.png"

st.set_page_config(page_title="SmartSync", page_icon=_ICON, layout="wide")
st.title("x")
