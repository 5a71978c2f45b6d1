"""The table of values, old → new: filtered, searched and cut into pages by the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import pandas as pd
import streamlit as st

from pages.blocks import account, download
from pages.blocks.services import context
from pages.blocks.words import EFFECTS, ONE, count, plain, table_height
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.run import Run
from smartsync_core.orchestrator import past
from smartsync_core.orchestrator.field_words import FieldWords, usual_name
from smartsync_core.orchestrator.value_words import ValueWords

__all__ = ["headline", "riskiest", "table"]

_T = TypeVar("_T")
_PAGE = 50
_AT_ONCE = 10_000  # read for a file
_Look = Callable[..., past.CellPage]  # by `limit` and `offset`, within a filter
_Tell = Callable[[past.Cell], dict[str, str | int]]
_PROOF = {"checked": "As sent", "changed": "{crm} changed it", "missing": "Missing", "": ""}


def headline(totals: dict[str, int]) -> None:
    """What happens to what stands there already, the dangerous first."""
    with st.grid("auto", min_column_width=150):
        st.metric("Values replaced", f"{totals['replaced']:,}", border=True)
        st.metric("Values emptied", f"{totals['emptied']:,}", border=True)
        st.metric("Empty values filled", f"{totals['filled']:,}", border=True)
        st.metric("Values of new records", f"{totals['new']:,}", border=True)


def riskiest(run: Run, cells: Sequence[past.Cell]) -> None:
    """What takes something away, the few to look at first; nothing when nothing is."""
    if cells:
        st.markdown("**Look at these first**")
        _show(run, cells, written=False)


@st.fragment
def table(run: Run, *, written: bool) -> None:
    """One line per value; after the write also what the read-back said. The address may narrow it from the start."""
    objects = run.options.record_type.objects
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Search in record, column and values",
            key=f"values-search-{run.id}",
            type="search",
            width=320,
        )
        effect = st.segmented_control(
            "Show",
            list(EFFECTS),
            default=_named("effect", EFFECTS),
            format_func=EFFECTS.__getitem__,
            key=f"values-effect-{run.id}",
            width="content",
        )
        chosen = None
        if len(objects) > 1:
            chosen = st.segmented_control(
                "Record type",
                objects,
                default=_named("object", objects),
                format_func=lambda name: ONE[name].capitalize(),
                key=f"values-object-{run.id}",
            )
        field = _field(run)
    place = st.container()
    filters = {
        "object_name": str(chosen or ""),
        "field": field,
        "effect": str(effect or ""),
        "search": (text or "").strip(),
    }
    look: _Look = partial(
        past.cells,
        context(),
        run.id,
        object_name=filters["object_name"],
        field=filters["field"],
        effect=filters["effect"],
        written=written and bool(field),  # as the bar of a chart counts them, which led here
        search=filters["search"],
    )
    found = look(limit=_PAGE, offset=(_page_number(run, filters) - 1) * _PAGE)
    with place:
        _draw(run, found, written, filtered=any(filters.values()))
    if found.total > _PAGE:
        st.pagination(-(-found.total // _PAGE), key=_page_key(run, filters))
    if found.total:
        stem = f"{Path(run.file_name).stem} values"
        label = download.these(found.total, "value")
        download.lines(label, stem, "Values", partial(_all, look, _telling(run, written)))


def _named(name: str, known: Iterable[_T]) -> _T | None:
    """What the address names, where it is one of those."""
    asked = st.query_params.get(name, "")
    return next((one for one in known if one == asked), None)


def _field(run: Run) -> str:
    """The one field that the address names, until it is taken off; "" = all."""
    if not (name := st.query_params.get("field", "")):
        return ""
    chosen = st.pills(
        "Column",
        [name],
        default=name,
        format_func=lambda field: plain(usual_name(field)),
        key=f"values-field-{run.id}",
    )
    return chosen or ""


def _all(look: _Look, tell: _Tell) -> Iterator[dict[str, str | int]]:
    """All that the filter finds, as the table tells it."""
    offset = 0
    while cells := look(limit=_AT_ONCE, offset=offset).cells:
        offset += len(cells)
        yield from map(tell, cells)


def _page_key(run: Run, filters: dict[str, str]) -> str:
    """Another filter begins at its first page."""
    return f"values-page-{run.id}-{'-'.join(filters.values())}"


def _page_number(run: Run, filters: dict[str, str]) -> int:
    return int(st.session_state.get(_page_key(run, filters), 1))


def _draw(run: Run, found: past.CellPage, written: bool, *, filtered: bool) -> None:
    if not found.total:
        st.caption("No values match this filter." if filtered else "No value changes.")
        return
    st.caption(f"{count(found.total, 'value')} · old → new")
    _show(run, found.cells, written)


def _show(run: Run, cells: Sequence[past.Cell], written: bool) -> None:
    st.dataframe(
        pd.DataFrame(map(_telling(run, written), cells)),
        hide_index=True,
        height=table_height(len(cells)),
        column_config={
            "Row": st.column_config.NumberColumn(width=60, help="Line in your file"),
            "Old": st.column_config.TextColumn(
                "Old", help=f"What {account.system_of(run)} holds now; empty = nothing"
            ),
            "New": st.column_config.TextColumn("→ New"),
        },
    )


def _telling(run: Run, written: bool) -> _Tell:
    """What a line says of a value."""
    words, said = FieldWords(run.options), ValueWords(context(), [run])
    crm = account.system_of(run)

    def tell(cell: past.Cell) -> dict[str, str | int]:
        line: dict[str, str | int] = {
            "Row": cell.row,
            "Record": cell.record or f"row {cell.row}",
            "Type": ONE[ObjectName(cell.object)].capitalize(),
            "Column": words.field(cell.object, cell.field),
            "Old": said.of(cell.object, cell.field, cell.old or ""),
            "New": said.of(cell.object, cell.field, cell.new) if cell.new is not None else "(emptied)",
            "What happens": EFFECTS[cell.effect],
        }
        if written:
            line[f"Checked in {crm}"] = (
                f"holds “{said.of(cell.object, cell.field, cell.held)}”"
                if cell.held is not None
                else _PROOF[_proof(cell)].format(crm=crm)
            )
        return line

    return tell


def _proof(cell: past.Cell) -> str:
    return "checked" if cell.proof == "changed" else cell.proof
