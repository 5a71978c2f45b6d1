"""Import: a file, or one contact, becomes records, by preview, write and check."""

import streamlit as st

from pages.blocks import address, looked_up, problems, rights
from pages.blocks.importing import (
    account,
    columns,
    course,
    duplicates,
    file,
    one_contact,
    preview,
    recipe,
    values,
    writing,
)
from pages.blocks.services import context
from smartsync_core.orchestrator import import_drafts

_OF = {"file": "A file", "contact": "One contact"}

st.title("Import")

draft_id, run_id = st.query_params.get("draft", ""), st.query_params.get("run", "")
if not run_id and not rights.told(import_drafts.begin):
    st.stop()
draft = import_drafts.load(context(), draft_id) if draft_id else None

if run_id:
    with problems.sentences():
        one = looked_up.one_import(run_id)
        writing.show(one)
elif draft is None:
    if draft_id:
        st.info("The import at this address was discarded. History shows what was written.")
    if address.choice("What to import", "of", _OF, usual="file", hidden=True) == "contact":
        one_contact.form()
    else:
        course.steps("file")
        file.hand_in()
else:
    course.steps(draft.step)
    if draft.step == "file":
        recipe.offer(draft)
        file.look(draft)
    elif draft.step == "account":
        account.choose(draft)
    elif draft.step == "columns":
        columns.match(draft)
    elif draft.step == "values":
        values.settle(draft)
    elif draft.step == "duplicates":
        duplicates.settle(draft)
    else:
        preview.of_draft(draft)
