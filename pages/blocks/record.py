"""Change history of one record: who changed which value when, by which import, and what the read-back said."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from pages.blocks import account, download
from pages.blocks import address as address_bar
from pages.blocks.services import context
from pages.blocks.words import ONE, moment, person, plain, table_height
from smartsync_core.errors import NotFound
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.run import CellChange
from smartsync_core.orchestrator import past
from smartsync_core.orchestrator.field_words import FieldWords
from smartsync_core.orchestrator.record_pages import RecordPages
from smartsync_core.orchestrator.value_words import ValueWords

__all__ = ["address", "show"]

_OPERATIONS = {
    "create": "Created",
    "update": "Updated",
    "link": "Associated",
    "archive": "Moved to recycle bin",
    "unlink": "Association taken away",
}
_SEARCHED = ("Who", "Import", "Field", "Before", "After")
_PROOF = {"checked": "As sent", "changed": "{crm} changed it", "missing": "Not found"}


def address(one: past.OneImport, row: past.ResultRow) -> str:
    """Where the history of a row's main record is."""
    return "/history?" + urlencode({"run": one.run.id, "record": f"{row.object}:{row.crm_id}"})


def show(one: past.OneImport, named: str) -> None:
    """`named`: "contacts:1203", in the account of that import. Raises NotFound for anything else."""
    name, _, crm_id = named.partition(":")
    if name not in list(ObjectName) or not crm_id:
        raise NotFound(f"There is no record {named}.", hint="Open it from the rows of its import.")
    changes = context().change_history.of_record(one.run.integration_id, ObjectName(name), crm_id)
    st.title(f"Change history of {ONE[ObjectName(name)]} {plain(crm_id)}")
    account.banner(one.connection)
    crm = account.system(one.connection)
    if there := RecordPages(context(), one.connection).address(ObjectName(name), crm_id):
        st.link_button(f"Open in {crm}", there)
    if not changes:
        st.info("SmartSync never wrote to this record.")
        return
    st.caption(f"What SmartSync wrote, newest first. What people changed in {crm} itself stands in {crm}.")
    words = FieldWords(one.run.options)
    written = {change.run_id for change in changes}
    said = ValueWords(context(), [context().runs.get(run_id) for run_id in sorted(written)])

    def tell(change: CellChange, *, in_file: bool = False) -> dict[str, object]:
        return _line(change, words.field(name, change.field), partial(said.of, name), crm, in_file)

    _filtered(changes, tell, f"{name} {crm_id}")


def _filtered(every: Sequence[CellChange], tell: Callable[..., dict[str, object]], named: str) -> None:
    """The lines that the search finds, and the same ones as a file."""
    search = address_bar.text("Search in field and values", "find").casefold()
    found = [
        one for one in every if search in " ".join(str(tell(one)[name]) for name in _SEARCHED).casefold()
    ]
    lines = [tell(one) for one in found]
    if not lines:
        st.info("No change matches. Empty the search.")
        return
    st.dataframe(
        pd.DataFrame(lines),
        hide_index=True,
        height=table_height(len(lines)),
        column_config={
            "Import": st.column_config.LinkColumn(display_text=r"#(.*)$"),
            "Row": st.column_config.NumberColumn(width=60, help="Line in that file"),
            "After": st.column_config.TextColumn("→ After"),
        },
    )
    label = download.these(len(lines), "change")
    download.lines(label, f"{named} changes", "Changes", lambda: (tell(one, in_file=True) for one in found))


def _line(
    change: CellChange, column: str, said: Callable[[str, str], str], crm: str, in_file: bool
) -> dict[str, object]:
    """The import leads to itself; in a file it is its name."""
    return {
        download.when("When", in_file): moment(change.at, seconds=True, dated=in_file),
        "Who": person(change.who),
        "Import": change.file_name if in_file else f"/history?run={change.run_id}#{change.file_name}",
        "Row": change.row or None,
        "What": _OPERATIONS.get(change.operation, change.operation),
        "Field": column,
        "Before": said(change.field, change.before or ""),
        "After": said(change.field, change.after) if change.after is not None else "(emptied)",
        f"Checked in {crm}": f"holds “{said(change.field, change.held)}”"
        if change.held
        else _PROOF.get(change.proof, "").format(crm=crm),
    }
