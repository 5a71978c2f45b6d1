"""Companies: those that were looked up; one of them with its score and the evidence behind every point."""

from collections.abc import Iterator

import pandas as pd
import streamlit as st

from pages.blocks import company, download, problems, rights
from pages.blocks.services import context
from pages.blocks.words import moment, table_height
from smartsync_core.orchestrator import companies
from smartsync_core.orchestrator.enrich import AT_ONCE_S, enrich, known

_SHOWN = 200
_ASKING = "Its website, the register and its job board are asked …"


def _list() -> None:
    st.title("Companies")
    with st.form("look-up", border=False), st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = st.text_input("Domain, company number or name", placeholder="acme.com")
        sent = rights.submit("Look up", enrich, type="primary")
    with problems.sentences():
        if sent:
            with st.spinner(_ASKING):
                found = enrich(context(), wanted, within_s=AT_ONCE_S)
            st.query_params["company"] = found.company
            st.rerun()
        _table(companies.companies(context(), limit=_SHOWN + 1))


def _table(found: list[companies.CompanyLine]) -> None:
    if not found:
        st.info("No company was looked up yet.")
        return
    lines = found[:_SHOWN]
    st.caption(
        "Scores as they were given when the company was last looked up. A company without one is not known enough."
    )
    st.dataframe(
        pd.DataFrame([company.line(one) for one in lines]),
        hide_index=True,
        placeholder="",
        height=table_height(len(lines)),
        column_config={
            "Company": st.column_config.LinkColumn(display_text=r"#(.*)$"),
            "Lead score": st.column_config.NumberColumn(width=90),
            "Grid": st.column_config.TextColumn(width=60, help=company.GRID_HELP),
        },
    )
    label = download.these(len(lines), "company", "companies")
    if len(found) > _SHOWN:
        st.caption(f"The {_SHOWN} that were looked up last. The file has all of them.")
        label = "Download all companies"
    download.lines(label, "Companies", "Companies", _all)


def _all() -> Iterator[dict[str, object]]:
    return (company.line(one, in_file=True) for one in companies.all_companies(context()))


def _one(key: str) -> None:
    if st.button("All companies", icon=":material/arrow_back:"):
        st.query_params.clear()
        st.rerun()
    with problems.sentences():
        found = known(context(), key)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.title(company.title(found), width="stretch")
            corrected = company.wrong(found)
            again = rights.button(
                "Ask again", enrich, icon=":material/refresh:", help="All sources are asked anew."
            )
            if again or corrected:
                with st.spinner(_ASKING):
                    found = enrich(context(), key.partition(":")[2], anew=True, within_s=AT_ONCE_S)
        asked = max((source.asked_at for source in found.sources if source.asked_at), default=None)
        told = f"sources last asked {moment(asked)}" if asked else "no source was asked yet"
        st.caption(f"{company.called(found)} · {told}")
        company.filling_in(found.company, found.pending)
        company.show(found)


if key := st.query_params.get("company", ""):
    _one(key)
else:
    _list()
