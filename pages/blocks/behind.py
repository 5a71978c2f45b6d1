"""What stands behind a pressed bar: its imports, each with the way to its rows or values, and the rows of a reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeVar
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from pages.blocks import download, runs
from pages.blocks.services import context
from pages.blocks.words import (
    EXTRA_OUTCOMES,
    OUTCOMES,
    WHY_PX,
    count,
    duration,
    moment,
    plain,
    row_height,
    rows_word,
    table_height,
)
from smartsync_core.orchestrator import charts
from smartsync_core.orchestrator.past import ImportLine

__all__ = ["reason", "rows", "times", "title", "values"]

_IMPORTS, _ROWS = 10, 50  # on a page
_WORDS = {one.value: word for one, word in {**OUTCOMES, **EXTRA_OUTCOMES}.items()}
_T = TypeVar("_T", charts.ImportCount, charts.ImportTime)


def title(text: str) -> None:
    st.markdown(f"**{plain(text)}**")


def rows(name: str, found: Sequence[charts.ImportCount], at: Mapping[str, str] | None = None) -> None:
    """Imports with so many of their rows; each opens at that filter. `name` is the chart's: two may show the same imports."""
    _imports(name, found, lambda one, line: f"{rows_word(one.number)} of {line.run.row_count:,}", at)


def times(found: Sequence[charts.ImportTime]) -> None:
    _imports("took", found, lambda one, line: f"{rows_word(line.run.row_count)} · {_took(one)}")


def values(found: Sequence[charts.ImportCount], of: charts.CellsOfField, effect: str) -> None:
    """Imports with so many values of a field; each opens at these values."""
    at = {"object": of.object.value, "field": of.field, "effect": effect}

    def beside(one: charts.ImportCount, line: ImportLine) -> str:
        return f"{count(one.number, 'value')} in {rows_word(line.run.row_count)}"

    _imports("cells", found, beside, at)


def reason(of: charts.Why, label: str) -> None:
    """Its rows, with what became of each."""
    place, page = st.container(), _page(f"behind-{label}", of.rows, _ROWS)
    lines = [_row(one) for one in charts.rows_behind(context(), of, limit=_ROWS, offset=page * _ROWS)]
    place.dataframe(
        pd.DataFrame(lines),
        hide_index=True,
        height=table_height(len(lines)),
        row_height=row_height(str(line["What to know"]) for line in lines),
        column_config={
            "Row": st.column_config.NumberColumn(width=60, help="Line in its file"),
            "What to know": st.column_config.TextColumn(width=WHY_PX),
            "Import": st.column_config.LinkColumn(display_text="Open", width=90),
        },
    )
    download.lines(download.these(of.rows, "row"), label, "Rows", partial(_all, of))
    with st.expander("Their imports"):
        rows("why", charts.behind_why(context(), of))


def _row(one: charts.RowBehind, *, in_file: bool = False) -> dict[str, object]:
    line: dict[str, object] = {
        "File": one.file_name,
        "Row": one.row,
        "What to know": one.message,
        "Now": _now(one),
        download.when("Written", in_file): moment(one.approved_at, dated=in_file),
    }
    if not in_file:
        line["Import"] = f"/history?{urlencode({'run': one.run_id, 'outcome': one.outcome})}"
    return line


def _all(of: charts.Why) -> Iterator[dict[str, object]]:
    return (_row(one, in_file=True) for one in charts.all_rows_behind(context(), of))


def _now(one: charts.RowBehind) -> str:
    word = _WORDS.get(one.outcome, one.outcome)
    return f"{word}, after a correction" if one.corrected else word


def _took(one: charts.ImportTime) -> str:
    waiting = f", {duration(one.waiting_s)} of it waiting" if one.waiting_s >= 1 else ""
    return f"{duration(one.total_s)}{waiting}"


def _imports(
    name: str,
    found: Sequence[_T],
    beside: Callable[[_T, ImportLine], str],
    at: Mapping[str, str] | None = None,
) -> None:
    place, page = st.container(), _page(f"behind-{name}-{hash(tuple(found))}", len(found), _IMPORTS)
    those = found[page * _IMPORTS : (page + 1) * _IMPORTS]
    with place:
        for one, line in zip(those, charts.shown(context(), those), strict=True):
            runs.card(line, beside=beside(one, line), at=at)


def _page(key: str, total: int, size: int) -> int:
    """Which is looked at, from 0."""
    return int(st.pagination(-(-total // size), key=key)) - 1 if total > size else 0
