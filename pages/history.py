"""History: the imports, newest first; one of them with its rows and values."""

import streamlit as st

from pages.blocks import account, looked_up, problems, record, report, undo
from pages.blocks.outcomes import line
from pages.blocks.services import context
from pages.blocks.words import STATES, moment, plain, rows_word
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import past

_PAGE = 20


def _list() -> None:
    st.title("History")
    kinds = {"written": "Imports", "previews": "Previews only"}
    kind = st.segmented_control(
        "Show",
        list(kinds),
        default="written",
        required=True,
        format_func=kinds.__getitem__,
        key="show",
        bind="query-params",
    )
    pages = st.session_state.get("history-pages", 1)
    found = past.imports(context(), written=kind == "written", limit=_PAGE * pages + 1)
    if not found:
        st.info(
            "Nothing was imported yet." if kind == "written" else "There is no preview that was not written."
        )
        st.page_link("import_file.py", label="Import a file")
        return
    for one in found[: _PAGE * pages]:
        _card(one)
    if len(found) > _PAGE * pages and st.button("Show older ones"):
        st.session_state["history-pages"] = pages + 1
        st.rerun()


def _card(one: past.ImportLine) -> None:
    run = one.run
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            what = "Undo of " if run.undo_of else ""
            st.markdown(f"{what}**{plain(run.file_name)}** · {rows_word(run.row_count)}", width="stretch")
            if undone := undo.word(one.undos):
                st.badge(undone, color="orange")
            if run.state is not RunState.DONE:
                st.badge(STATES[run.state], color="red" if run.state is RunState.FAILED else "blue")
            account.badge(one.connection)
            target = "import_file.py" if run.approved_at is None and not run.undo_of else "history.py"
            st.page_link(target, label="Open", query_params={"run": run.id})
        when = moment(run.approved_at or run.created_at)
        st.caption(f"{when} · {plain(one.connection.name)} · {line(one.counts, undo=bool(run.undo_of))}")


def _one(run_id: str) -> None:
    if st.button("All imports", icon=":material/arrow_back:"):
        st.query_params.clear()
        st.rerun()
    with problems.sentences():
        one = looked_up.one_import(run_id)
        if named := st.query_params.get("record", ""):
            record.show(one, named)
            return
        what = "Undo" if one.run.undo_of else "Import"
        st.title(f"{what} of {plain(one.run.file_name)}")
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
