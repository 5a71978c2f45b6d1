"""The pages, their order and their titles."""

from pathlib import Path

import streamlit as st

from pages.blocks import account, address, late_presses, login
from smartsync_core.courtesy import served_first

_HERE = Path(__file__).parent
_IMAGES = _HERE / "images"

st.set_page_config(
    page_icon=str(_IMAGES / "icon.png"), layout="wide"
)  # first, or the pages' icons are fetched from the net
st.html(_HERE / "look.css")
st.logo(str(_IMAGES / "logo.png"), size="large")
is_in = login.let_in()
pages = {
    "": [
        st.Page("home.py", title="Home", icon=":material/home:", default=True),
        st.Page("import_file.py", title="Import", icon=":material/upload_file:"),
        st.Page("needs_you.py", title="Needs you", icon=":material/inbox:"),
        st.Page("history.py", title="History", icon=":material/history:"),
        st.Page("companies.py", title="Companies", icon=":material/apartment:"),
    ],
    "Setup": [
        st.Page("accounts.py", title="Accounts", icon=":material/hub:"),
        st.Page("fields.py", title="Fields and columns", icon=":material/conversion_path:"),
        st.Page("scoring.py", title="Scoring", icon=":material/speed:"),
        st.Page("people.py", title="People and keys", icon=":material/key:"),
    ],
}
page = st.navigation(pages, position="hidden")  # its own list of them is none that a screen reader can follow
st.set_page_config(page_title=f"{page.title} · SmartSync", page_icon=str(_IMAGES / "icon.png"), layout="wide")
if is_in:
    address.show()
    with st.sidebar:
        with st.container(gap="xxsmall"):
            for section, links in pages.items():
                if section:
                    st.caption(section)
                for link in links:
                    st.page_link(link)
        account.beside()
        login.beside()
    # an import that computes gives way to whoever looks at a page
    with late_presses.told(page.url_path), served_first():
        page.run()
