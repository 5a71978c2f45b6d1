"""Fields and columns: where columns of a name always go in an account, whatever file they stand in."""

import streamlit as st

from pages.blocks import looked_up, problems, standing_mappings
from pages.blocks.services import context
from pages.blocks.words import ONE, plain
from smartsync_core.model.crm import ObjectName
from smartsync_core.orchestrator import accounts

st.title("Fields and columns")

_ACCOUNT = "account"  # in the address

known = {line.connection.id: line.connection for line in accounts.accounts(context())}
if not known:
    st.info("No account is connected yet. Connect one under Accounts, or learn with the practice account.")
    st.stop()
asked = st.query_params.get(_ACCOUNT, "")
with st.container(horizontal=True, vertical_alignment="bottom"):
    account_id = st.selectbox(
        "Account",
        list(known),
        index=list(known).index(asked) if asked in known else 0,
        format_func=lambda one: known[one].name,
        key="fields-account",
        width=320,
    )
    chosen = st.segmented_control(
        "Record type",
        [ObjectName.CONTACTS, ObjectName.COMPANIES],
        default=ObjectName.CONTACTS,
        required=True,
        format_func=lambda one: ONE[one].capitalize(),
        key="fields-object",
    )
    if st.button("Read the fields again", key="fields-read"):
        looked_up.fields_of.clear()
st.query_params[_ACCOUNT] = account_id
with problems.sentences():
    connection = known[account_id]
    with st.spinner(f"Reading the fields of {plain(connection.name)} …"):
        fields = looked_up.fields_of(account_id)
    standing_mappings.show(connection, ObjectName(chosen), fields)
