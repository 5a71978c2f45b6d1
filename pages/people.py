"""People and keys: who logs in and in which role, keys for programs, and who changed what."""

import streamlit as st

from pages.blocks import api_keys, audit, people

st.title("People and keys")

people.section()
api_keys.section()
audit.section()
