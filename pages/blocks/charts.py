"""The charts on History, each with its numbers as a table and the way from a bar to its imports and their rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.blocks import account, address, behind, download, figures, reasons, rights, standing
from pages.blocks.services import context
from pages.blocks.words import EXTRA_OUTCOMES, ONE, OUTCOMES, count, duration, plain, rows_word, zone_name
from smartsync_core.orchestrator import charts, organisation, past
from smartsync_core.orchestrator.field_words import usual_name

__all__ = ["Number", "kept", "numbers", "page", "table", "weeks", "zone"]

_T = TypeVar("_T")
Number = str | float | None
_KEPT_S = 30
_WEEKS = {"4": "4 weeks", "12": "12 weeks", "52": "A year"}
_BANDS = {100: "up to 100 rows", 1_000: "101–1,000", 10_000: "1,001–10,000", 0: "over 10,000"}
_OUTCOMES = {one.value: word for one, word in {**OUTCOMES, **EXTRA_OUTCOMES}.items()}


def page() -> None:
    standing.follow()
    number, here = weeks(), zone()
    st.caption("Without practice accounts. Press a bar to see what is behind it.")
    _time_zone(here)
    _landed(number, here)
    _why(here)
    _waiting(here)
    _took(number, here)
    _cells(number, here)


def weeks() -> int:
    """Over how many weeks, as the address has it."""
    return int(address.choice("Over", "weeks", _WEEKS, usual="12"))


def zone() -> str:
    """By whose Mondays weeks are counted: the organisation's, or as long as none is known, the person's own."""
    return organisation.time_zone(context()) or zone_name()


def _time_zone(now: str) -> None:
    """Which it is, for everybody, and for admins the way to another."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f"Weeks begin on Monday, in {plain(now)}.", width="content")
        with st.popover("Change", type="tertiary"):
            chosen = st.selectbox(
                "Time zone of the charts, for everybody",
                organisation.time_zones(),
                index=None,
                placeholder=now,
            )
            if (
                rights.button("Save", organisation.choose_time_zone, key="zone-save", disabled=chosen is None)
                and chosen
            ):
                organisation.choose_time_zone(context(), chosen)
                st.rerun()


# 1. Did it land?


def _landed(number: int, zone: str) -> None:
    st.subheader("Did it land?")
    found = kept(charts.landed, number, zone)
    if not found:
        _nothing("Nothing was written to a real account in this time.")
        return
    rates = charts.rates(found)
    chosen = _draw(figures.landed(found, rates), "landed", found[0].week, found[-1].week)
    st.caption(
        "First pass: rows that landed without a repair, of all that were not left out. After repair: with those that were "
        "corrected and sent again. What was undone since is hatched; it counts as "
        "landed, and so does an import of which a part was undone."
    )
    numbers(
        "Did it land", [_of_week(week, found, rates) for week in dict.fromkeys(one.week for one in found)]
    )
    for one in found:
        if [*chosen] == [f"{one.week:%Y-%m-%d}", one.outcome, one.undone]:
            _behind_landed(one, zone)


def _behind_landed(one: charts.Landed, zone: str) -> None:
    word = f"{_OUTCOMES[one.outcome]}{', undone since,' if one.undone else ''}"
    behind.title(f"{word} in the week of {one.week.day} {one.week:%b}")
    behind.rows("landed", charts.behind_landed(context(), one, zone), {"outcome": one.outcome})


def _of_week(week: date, found: Sequence[charts.Landed], rates: Sequence[charts.Rate]) -> dict[str, Number]:
    """Without a rate where all rows were left out."""
    rate = next((one for one in rates if one.week == week), None)
    told: dict[str, Number] = {
        "Week": f"{week:%Y-%m-%d}",
        "Rows not left out": rate.rows if rate else 0,
        "First pass": f"{rate.first_pass:.1%}" if rate else "",
        "After repair": f"{rate.after_repair:.1%}" if rate else "",
    }
    return told | {
        word: sum(one.rows for one in found if (one.week, one.outcome) == (week, outcome))
        for outcome, word in _OUTCOMES.items()
    }


# 2. Why not?


def _why(zone: str) -> None:
    st.subheader("Why not?")
    found = kept(charts.why, zone)
    if not found:
        _nothing(
            f"Of the last {charts.WHY_DAYS} days, no row of a real account failed to land at its first try."
        )
        return
    labels = [_reason(one) for one in found]
    chosen = _draw(figures.bars(labels, [one.rows for one in found]), "why", *labels)
    st.caption(
        f"Rows of the last {charts.WHY_DAYS} days that did not land at their first try, by reason, field and recipe; "
        "also those that were corrected since."
    )
    numbers(
        "Why not",
        [{"Reason": _reason(one), "Rows": one.rows, "For example": charts.said(one)} for one in found],
    )
    if chosen:
        one = found[int(chosen[0])]
        behind.title(_reason(one))
        behind.reason(one, _reason(one))


def _reason(one: charts.Why) -> str:
    what = reasons.in_short(one.code, charts.said(one))
    place = f" · {usual_name(one.field)}" if one.field else ""
    return f"{what}{place}{f' · {one.recipe}' if one.recipe else ''}"


# 3. Waiting on people


def _waiting(zone: str) -> None:
    st.subheader("Waiting on people")
    found = kept(charts.waiting, zone)
    rows = sum(one.rows for one in found)
    if not rows:
        _nothing("No row of a real account waits for anybody.")
        return
    chosen = _draw(figures.ages(found), "waiting", *found)
    st.caption(f"{rows_word(rows)} that need somebody, by the time since their import was written.")
    numbers("Waiting on people", [{"Waiting for": figures.AGES[one.days], "Rows": one.rows} for one in found])
    if chosen:
        behind.title(f"Waiting for {figures.AGES[chosen[0]]}")
        behind.rows("waiting", charts.behind_waiting(context(), chosen[0]))
    st.page_link("needs_you.py", label="Show what needs you")


# 4. File to CRM time


def _took(number: int, zone: str) -> None:
    st.subheader(f"From file to {account.every_system()}")
    found = kept(charts.took, number, zone)
    if not found:
        _nothing("No import into a real account was finished in this time.")
        return
    bands = [f"{_BANDS[one.most_rows]}<br>n {one.imports:,}" for one in found]
    chosen = _draw(figures.times(found, bands), "took", *bands)
    st.caption(
        "From the upload to the last row read back. Bars are medians; nine of ten imports stayed below the mark. "
        f"Waiting is for a person, or for the next day of {account.every_system()}'s limits."
    )
    numbers(
        "From file to CRM",
        [
            {
                "Rows of the file": _BANDS[one.most_rows],
                "Imports": one.imports,
                "Median": duration(one.median_s),
                "Nine of ten": duration(one.p90_s),
                "Working, median": duration(one.machine_median_s),
                "Waiting, median": duration(one.waiting_median_s),
            }
            for one in found
        ],
    )
    if chosen:
        most = int(chosen[0])
        behind.title(f"Imports of {_BANDS[most]}, the slowest first")
        behind.times(charts.behind_took(context(), number, zone, most))


# 5. What it did to our data


def _cells(number: int, zone: str) -> None:
    st.subheader("What it did to our data")
    found = kept(charts.cells, number, zone)
    if not found:
        _nothing("No value of a record that was there in a real account was changed in this time.")
        return
    labels = [f"{usual_name(one.field)} ({ONE[one.object]})" for one in found]
    chosen = _draw(figures.fields(found, labels), "cells", *labels)
    total = sum(one.filled + one.replaced + one.emptied for one in found)
    judged, regretted = sum(one.judged for one in found), sum(one.regretted for one in found)
    rate = (
        f"Regret rate {regretted / judged:.1%}: of {count(judged, 'value')} replaced two to four weeks ago, somebody "
        f"changed {regretted:,} again within 14 days."
        if judged
        else "The regret rate is not known: no account with values replaced two to four weeks ago tells of people's changes."
    )
    st.caption(
        f"{count(total, 'value')} of records that were there, in the fields that say who a record is and whose it is. {rate}"
    )
    numbers(
        "What it did to our data",
        [
            {
                "Field": label,
                "Filled": one.filled,
                "Replaced": one.replaced,
                "Emptied": one.emptied,
                "Changed again within 14 days": f"{one.regretted:,} of {one.judged:,}" if one.judged else "",
            }
            for label, one in zip(labels, found, strict=True)
        ],
    )
    if chosen:
        one, effect = found[int(chosen[0])], str(chosen[1])
        behind.title(f"{labels[int(chosen[0])]}: {effect}")
        behind.values(charts.behind_cells(context(), number, zone, one, effect), one, effect)


# Shared


def _draw(figure: go.Figure, name: str, *version: object) -> Sequence[Any]:
    """What the pressed bar carries; () while none is. Another chart under the same name forgets it."""
    event = st.plotly_chart(
        figure,
        key=f"chart-{name}-{hash(tuple(map(str, version)))}",
        on_select="rerun",
        selection_mode="points",
        config={"displayModeBar": False},
    )
    points = event["selection"]["points"]
    carried = points[0].get("customdata") if points else None
    return carried if isinstance(carried, list) else ()


def numbers(title: str, lines: Sequence[Mapping[str, Number]]) -> None:
    """What a chart draws, to read and to take away."""
    with st.expander("The numbers"):
        table(title, "Download these numbers", lines)


def table(
    title: str,
    label: str,
    lines: Sequence[Mapping[str, Number]],
    in_file: Sequence[Mapping[str, Number]] | None = None,
) -> None:
    """Lines of the same columns, at least one, to read and to take away; `in_file` where a file says them differently."""
    st.dataframe(pd.DataFrame(lines), hide_index=True, height="content")
    download.lines(label, title, "Numbers", lambda: in_file or lines)


def _nothing(sentence: str) -> None:
    st.info(sentence)


def kept(use: Callable[..., _T], *given: int | str) -> _T:
    """Until an import or an undo ends, half a minute makes no difference, and drawing again is quick."""
    found: _T = _kept(use.__name__, str(past.pulse(context()).last_ended), *given)
    return found


@st.cache_data(ttl=_KEPT_S, max_entries=64, show_spinner=False)
def _kept(name: str, as_of: str, *given: int | str) -> Any:
    return getattr(charts, name)(context(), *given)
