"""Home: what this is, what is going on, what waits for somebody, and where to go from here."""

import streamlit as st

from pages.blocks import account, needs, problems, rights, runs, standing
from pages.blocks.services import context
from smartsync_core.orchestrator import accounts, first_steps, import_drafts, past
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.needs_you import needs as all_needs

_LATEST = 5


def _begin() -> None:
    """The three ways in."""
    with st.container(horizontal=True):
        sample = rights.button("Try with a sample file", first_steps.try_sample, icon=":material/school:")
        own = rights.button(
            "Import my file", import_drafts.begin, type="primary", icon=":material/upload_file:"
        )
        there = rights.button(f"Connect {account.every_system()}", connect, icon=":material/hub:")
    if rights.told(import_drafts.begin):
        st.caption("The sample goes into a practice account: made-up data, nothing leaves this computer.")
    if own:
        st.switch_page("import_file.py")
    if there:
        st.switch_page("accounts.py")
    if sample:
        with problems.sentences(), st.spinner("Starting the practice account …"):
            draft = first_steps.try_sample(context())
            st.switch_page("import_file.py", query_params={"draft": draft.id})


def _checklist(steps: first_steps.FirstSteps) -> None:
    if steps.done:
        return
    st.subheader("First steps")
    crm = account.every_system()
    told = (
        (steps.practised, "Try a file in the practice account", "Nothing can go wrong there."),
        (steps.connected, f"Connect {crm}", "A key that can only read is enough for a preview."),
        (steps.previewed, "Preview a file of yours", "Old → new for every value; nothing is written."),
        (steps.written, f"Write it to {crm}", "Every record is read back, and all of it can be undone."),
    )
    lines = [f"{':green[✓]' if done else '○'} **{what}** · {why}" for done, what, why in told]
    st.markdown("  \n".join(lines))


def _waiting(steps: first_steps.FirstSteps) -> None:
    """That nothing waits is told once something could."""
    found = all_needs(context())
    if found or steps.practised or steps.previewed:
        st.subheader("Needs you")
        needs.summary(found)


def _accounts() -> None:
    lines = accounts.accounts(context())
    if not lines:
        return
    st.subheader("Accounts")
    with st.container(border=True):
        for line in lines:
            standing.account_line(line)


def _latest() -> None:
    found = past.imports(context(), written=True, limit=_LATEST)
    if not found:
        return
    st.subheader("Latest imports")
    for one in found:
        runs.card(one)
    st.page_link("history.py", label="All imports", icon=":material/history:")


st.title("SmartSync")
st.markdown(
    f"Fills {account.every_system()} from your spreadsheets: you see every change first, and every row is accounted for."
)
_begin()
with problems.sentences():
    standing.now()
    steps = first_steps.first_steps(context())
    _checklist(steps)
    _waiting(steps)
    _accounts()
    _latest()
