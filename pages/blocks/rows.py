"""The rows of an import by outcome: which they are, and what is said about each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from pages.blocks import account, download, record
from pages.blocks.outcomes import words_of
from pages.blocks.services import context
from pages.blocks.words import ONE, WHY_PX, plain, row_height, rows_word, table_height
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.mapping import Certainty
from smartsync_core.orchestrator import export, past
from smartsync_core.orchestrator.field_words import usual_name
from smartsync_core.orchestrator.record_pages import RecordPages

__all__ = ["FOUND_AGAIN", "column", "reasons", "table", "told", "total"]

FOUND_AGAIN = ("changed_since", "merged_since", "gone_since", "back_since")

_PAGE = 50
_SHOWN_CELLS = 4  # columns of the file beside each row
_SHOWN_REASONS = 12
_SHOWN_ROWS = 6
_KNOW = "#know"  # no file has a column of this name
_PROOF = {"checked": "Yes", "changed": "Yes, {crm} changed a value", "missing": "Not found", "": ""}


@st.fragment
def table(one: past.OneImport, counts: Mapping[str, int], *, written: bool) -> None:
    """A choice of outcomes with their numbers; the chosen one's rows below, in file order."""
    words = {
        outcome: word
        for outcome, word in words_of(counts, undo=bool(one.run.undo_of)).items()
        if counts.get(outcome)
    }
    if not words:
        return
    chosen = st.segmented_control(
        "Outcome",
        list(words),
        default=_first(words, st.query_params.get("outcome", "")),
        required=True,
        format_func=lambda outcome: f"{words[outcome]} {counts[outcome]:,}",
        key=f"rows-outcome-{one.run.id}-{written}",
        label_visibility="collapsed",
    )
    key = f"rows-page-{one.run.id}-{written}-{chosen}"
    page = int(st.session_state.get(key, 1))
    found = past.rows(context(), one.run.id, outcome=chosen, limit=_PAGE, offset=(page - 1) * _PAGE)
    _draw(one, found, written)
    if counts[chosen] > _PAGE:
        st.pagination(-(-counts[chosen] // _PAGE), key=key)
    if found and len(words) > 1:
        download.buttons(
            download.these(counts[chosen], "row"),
            f"{Path(one.run.file_name).stem} {words[chosen].lower()}",
            partial(export.write_result, context(), one.run.id, outcome=chosen),
        )


def _first(words: Mapping[str, str], named: str) -> str:
    """The one that the address names, else what a person has to look at, else the first there is."""
    wanted = (named, "failed", "blocked", "in_doubt")
    return next((outcome for outcome in wanted if outcome in words), next(iter(words)))


def _draw(one: past.OneImport, rows: list[past.ResultRow], written: bool) -> None:
    shown, pages = _telling(one), RecordPages(context(), one.connection)
    crm = account.system(one.connection)
    checked, there = f"Checked in {crm}", f"Open in {crm}"
    lines = []
    for row in rows:
        line: dict[str, object] = {"Row": row.row}
        line[_KNOW] = " ".join(_said(one, row))
        line |= {header: row.cells[index] if index < len(row.cells) else "" for index, header in shown}
        if written:
            line["Matched record"] = row.crm_id
            line[checked] = _PROOF.get(row.proof, row.proof).format(crm=crm)
            line[there] = pages.address(ObjectName(row.object), row.crm_id) if row.object else ""
            line["Change history"] = record.address(one, row) if row.crm_id else ""
        lines.append(line)
    if not lines:
        st.caption("They stand here as soon as everything that is on its way is answered.")
        return
    frame = pd.DataFrame(lines)
    for name in (_KNOW, "Matched record", checked, there, "Change history"):
        if name in frame and not frame[name].any():
            frame = frame.drop(columns=name)
    st.dataframe(
        frame,
        hide_index=True,
        height=table_height(len(lines)),
        row_height=row_height(str(line[_KNOW]) for line in lines),
        column_config={
            "Row": st.column_config.NumberColumn(width=60, help="Line in your file"),
            _KNOW: st.column_config.TextColumn("What to know", width=WHY_PX),
            there: st.column_config.LinkColumn(display_text="Open", width=130),
            "Change history": st.column_config.LinkColumn(display_text="Show", width=110),
        },
    )


def _telling(one: past.OneImport) -> list[tuple[int, str]]:
    """The first imported columns: they say best which row it is."""
    going = (match.index for match in one.run.options.columns if match.certainty is Certainty.SURE)
    indexes = list(dict.fromkeys(going))[:_SHOWN_CELLS]
    return [(index, one.columns[index]) for index in indexes or range(min(_SHOWN_CELLS, len(one.columns)))]


def _said(one: past.OneImport, row: past.ResultRow) -> list[str]:
    said = [
        f"{_place(one, reason.field)}{reason.message}"
        for reason in row.reasons
        if reason.code not in FOUND_AGAIN
    ]
    if row.duplicate_of and not said:
        kind = ONE[ObjectName(row.object)] if row.object else "record"
        said.append(f"The same {kind} as row {row.duplicate_of}.")
    return said


def _place(one: past.OneImport, field: str) -> str:
    if not field:
        return ""
    return f"{column(one, field)}: "


def column(one: past.OneImport, field: str) -> str:
    """A column of the file by its name, a field of the CRM by its usual one."""
    return field if field in one.columns or not field else usual_name(field)


def reasons(one: past.OneImport, groups: Sequence[past.ReasonGroup]) -> None:
    """What is said of rows, in whole sentences, so that nothing is cut off."""
    lines = [
        {
            "Rows": f"{len(group.rows):,}",
            "Column": plain(column(one, group.field)),
            "Why": plain(group.example),
            "In rows": ", ".join(map(str, group.rows[:_SHOWN_ROWS]))
            + (" …" if len(group.rows) > _SHOWN_ROWS else ""),
        }
        for group in groups[:_SHOWN_REASONS]
    ]
    st.table(pd.DataFrame(lines), border="horizontal", hide_index=True)
    if len(groups) > _SHOWN_REASONS:
        st.caption(f"And {len(groups) - _SHOWN_REASONS:,} more kinds: each row below says its own.")


def told(one: past.OneImport, lines: Collection[int] | None = None) -> list[past.ReasonGroup]:
    """Reasons by kind, of these rows or of all, the most frequent first; without what was found when it was checked again."""
    return past.grouped(
        reason
        for reason in one.report.reasons
        if reason.code not in FOUND_AGAIN and (lines is None or reason.row in lines)
    )


def total(counts: Mapping[str, int]) -> str:
    """All rows, as the sum of the numbers shown."""
    return rows_word(sum(counts.get(outcome, 0) for outcome in words_of(counts)))
