"""History: the imports, newest first; one of them with its rows and values."""

from functools import partial

import streamlit as st

from pages.blocks import (
    account,
    address,
    charts,
    download,
    looked_up,
    problems,
    record,
    report,
    runs,
    standing,
    technical,
    undo,
)
from pages.blocks.services import context
from pages.blocks.words import STATES, kind_of, moment, plain
from smartsync_core.orchestrator import past

_PAGE = 20
_VIEWS = {
    "written": "Imports",
    "previews": "Previews only",
    "charts": "Charts",
    "technical": "Technical",
}


def _list() -> None:
    st.title("History")
    show = address.choice("Show", "show", _VIEWS, usual="written", hidden=True)
    if show == "charts":
        charts.page()
    elif show == "technical":
        technical.page()
    else:
        _imports(show)


def _imports(show: str) -> None:
    standing.follow()
    pages = st.session_state.get("history-pages", 1)
    account_id, search = _filters()
    written = show == "written"
    found = past.imports(
        context(), written=written, limit=_PAGE * pages + 1, integration_id=account_id, search=search
    )
    if not found:
        _nothing(show, filtered=bool(account_id or search))
        return
    for one in found[: _PAGE * pages]:
        runs.card(one)
    if len(found) > _PAGE * pages and st.button("Show older ones"):
        st.session_state["history-pages"] = pages + 1
        st.rerun()
    number = past.how_many(context(), written=written, integration_id=account_id, search=search)
    word = "import" if written else "preview"
    every = partial(past.all_imports, context(), written=written, integration_id=account_id, search=search)
    title = f"{word}s".capitalize()
    download.lines(download.these(number, word), title, title, lambda: map(runs.told, every()))


def _filters() -> tuple[str, str]:
    """Account and file, as the address has them; nothing to choose from before there are several imports."""
    known = {one.id: one.name for one in context().connections.all()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = address.text("Search for a file", "file")
        account_id = address.choice("Account", "account", known) if len(known) > 1 else ""
    return account_id, search


def _nothing(show: str, *, filtered: bool) -> None:
    if filtered:
        st.info("No import matches. Empty the search, or choose another account.")
        return
    st.info("Nothing was imported yet." if show == "written" else "There is no preview that was not written.")
    st.page_link("import_file.py", label="Import a file")


def _one(run_id: str) -> None:
    if st.button("All imports", icon=":material/arrow_back:"):
        st.query_params.clear()
        st.rerun()
    with problems.sentences():
        one = looked_up.one_import(run_id)
        if named := st.query_params.get("record", ""):
            record.show(one, named)
            return
        st.title(f"{kind_of(one.run)} of {plain(one.run.file_name)}")
        account.banner(one.connection)
        if one.run.undo_of:
            undo.show(one)
            return
        st.markdown(f"{moment(one.run.approved_at or one.run.created_at)} · {STATES[one.run.state]}")
        if one.run.approved_at is None:
            st.page_link("import_file.py", label="Go on with this import", query_params={"run": run_id})
        else:
            report.show(one)


if run_id := st.query_params.get("run", ""):
    _one(run_id)
else:
    _list()
