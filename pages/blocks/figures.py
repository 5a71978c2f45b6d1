"""Charts as figures: colours by meaning, the same in light and dark; what the numbers are is decided elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape
from textwrap import wrap

import plotly.graph_objects as go

from pages.blocks.words import EXTRA_OUTCOMES, OUTCOMES
from smartsync_core.model.plan import Outcome
from smartsync_core.orchestrator.charts import CellsOfField, Landed, Rate, Took, Waits

__all__ = [
    "AGES",
    "EFFECT_COLORS",
    "OUTCOME_COLORS",
    "WAITING_COLOR",
    "ages",
    "bars",
    "calibration",
    "fields",
    "landed",
    "lines",
    "times",
]

OUTCOME_COLORS: Mapping[str, str] = {
    Outcome.CREATED.value: "#2f9e63",
    Outcome.UPDATED.value: "#3a7bea",
    Outcome.UNCHANGED.value: "#86a8d6",
    Outcome.SKIPPED.value: "#a9b3bf",
    Outcome.BLOCKED.value: "#e08a1e",
    Outcome.FAILED.value: "#d0433b",
    Outcome.NOT_SENT.value: "#6b7280",
    Outcome.IN_DOUBT.value: "#7c4dff",
}
_WORDS = {one.value: word for one, word in {**OUTCOMES, **EXTRA_OUTCOMES}.items()}
WAITING_COLOR = "#e08a1e"
EFFECT_COLORS: Mapping[str, str] = {
    "new": "#86a8d6",
    "filled": "#2f9e63",
    "replaced": "#3a7bea",
    "emptied": "#d0433b",
}
AGES: Mapping[str, str] = {
    "<1": "under 1 day",
    "1-3": "1 to 3 days",
    "3-7": "3 to 7 days",
    ">7": "over 7 days",
}
_MACHINE, _PROMISE = "#3a7bea", "#d0433b"
_AGES = ("#86a8d6", "#e3c04d", "#e08a1e", "#d0433b")
_SHARES = {"p50": "#86a8d6", "p90": "#3a7bea", "p99": "#7c4dff"}
_HEIGHT, _ROW_HEIGHT = 340, 44
_MINUTES_FROM_S = 180
_LINE, _LINES_BESIDE = 34, 2  # characters; so that a bar is left beside them in a narrow window
_WEEKS_TOLD, _OF_MORE = 13, 7  # under as many bars there is room for words, in a narrow window too


def landed(found: Sequence[Landed], rates: Sequence[Rate]) -> go.Figure:
    """Rows per week in the six outcomes, imports that were undone hatched; first pass and after repair as lines.

    The lines take neither pointer nor press: in a narrow window they cover the bars that matter most, which say the rates.
    """
    first, last = min(one.week for one in found), max(one.week for one in found)
    weeks = [first + timedelta(weeks=number) for number in range((last - first).days // 7 + 1)]
    totals = {week: sum(one.rows for one in found if one.week == week) for week in weeks}
    told_rates = {
        one.week: f"first pass {one.first_pass:.1%}, after repair {one.after_repair:.1%}" for one in rates
    }
    figure = go.Figure()
    for outcome, word in _WORDS.items():
        for undone in (False, True):
            rows = {one.week: one.rows for one in found if (one.outcome, one.undone) == (outcome, undone)}
            if rows:
                figure.add_bar(
                    x=[_week(week) for week in weeks],
                    y=[rows.get(week, 0) for week in weeks],
                    name=f"{word}, undone since" if undone else word,
                    marker={
                        "color": OUTCOME_COLORS[outcome],
                        "pattern": {"shape": "/" if undone else ""},
                        "line": {"width": 0},
                    },
                    customdata=[[f"{week:%Y-%m-%d}", outcome, undone] for week in weeks],
                    hovertext=[told_rates.get(week, "") for week in weeks],
                    hovertemplate="%{y:,} rows<br>%{hovertext}<extra>%{fullData.name}</extra>",
                )
    for name, shares, dash in (
        ("First pass", {one.week: one.first_pass for one in rates}, "solid"),
        ("After repair", {one.week: one.after_repair for one in rates}, "dot"),
    ):
        figure.add_scatter(
            x=[_week(week) for week in weeks],
            y=[shares.get(week) for week in weeks],
            name=name,
            yaxis="y2",
            mode="lines+markers",
            line={"color": "#7c4dff", "dash": dash},
            hoverinfo="skip",
        )
    figure.update_layout(
        barmode="stack",
        yaxis={"title": "Rows"},
        yaxis2={
            "overlaying": "y",
            "side": "right",
            "range": [0, 1.03],
            "tickvals": [0, 0.25, 0.5, 0.75, 1],
            "tickformat": ".0%",
            "showgrid": False,
        },
    )
    told = weeks if len(weeks) <= _WEEKS_TOLD else weeks[:: -(-len(weeks) // _OF_MORE)]
    figure.update_xaxes(
        tickvals=[_week(week) for week in told],
        ticktext=[f"{_week(week)}<br>n {totals[week]:,}" for week in told],
        tickfont={"size": 10},
        autotickangles=[0, 90],
    )
    return _dressed(figure)


def bars(labels: Sequence[str], values: Sequence[int], color: str = WAITING_COLOR) -> go.Figure:
    """Lying bars, the first on top; each carries its place. Of a long label the beginning stands beside its bar, all of it
    comes with the pointer on it."""
    figure = go.Figure()
    figure.add_bar(
        x=values,
        y=list(range(len(labels))),
        orientation="h",
        marker={"color": color},
        text=[f"{value:,}" for value in values],
        textposition="outside",
        cliponaxis=False,
        customdata=[[place] for place in range(len(labels))],
        hovertext=[_in_lines(label) for label in labels],
        hovertemplate="%{hovertext}: %{x:,} rows<extra></extra>",
    )
    figure.update_yaxes(
        tickvals=list(range(len(labels))),
        ticktext=[_in_lines(label, _LINES_BESIDE) for label in labels],
        autorange="reversed",
        automargin=True,
    )
    return _dressed(figure, height=90 + _ROW_HEIGHT * len(labels), legend=False)


def ages(found: Sequence[Waits]) -> go.Figure:
    figure = go.Figure()
    figure.add_bar(
        x=[AGES[one.days] for one in found],
        y=[one.rows for one in found],
        marker={"color": _AGES},
        text=[f"{one.rows:,}" for one in found],
        textposition="outside",
        cliponaxis=False,
        customdata=[[one.days] for one in found],
        hovertemplate="%{x}: %{y:,} rows<extra></extra>",
    )
    return _dressed(figure, legend=False)


def calibration(bins: Sequence[tuple[float, float, int]]) -> go.Figure:
    """How often it was foretold beside how often it came, of so many deals each; the line is where both agree."""
    figure = go.Figure()
    most = max([0.1, *(max(foretold, came) for foretold, came, _ in bins)]) * 1.05
    figure.add_scatter(
        x=[0, most], y=[0, most], mode="lines", line={"color": WAITING_COLOR, "dash": "dot"}, hoverinfo="skip"
    )
    figure.add_scatter(
        x=[foretold for foretold, _, _ in bins],
        y=[came for _, came, _ in bins],
        mode="lines+markers",
        line={"color": _MACHINE},
        customdata=[[deals] for _, _, deals in bins],
        hovertemplate="foretold %{x:.0%}, came %{y:.0%}, n %{customdata[0]:,}<extra></extra>",
    )
    dressed = _dressed(figure, legend=False)
    dressed.update_xaxes(title="Won, as foretold", type="linear", tickformat=".0%", range=[0, most])
    return dressed.update_yaxes(title="Won, as it came", tickformat=".0%", range=[0, most])


def times(found: Sequence[Took], bands: Sequence[str]) -> go.Figure:
    """Machine beside waiting per size: the median as a bar, nine of ten as a mark; in seconds where all is quick."""
    figure = go.Figure()
    longest = max(max(one.machine_p90_s, one.waiting_p90_s) for one in found)
    unit, in_unit = ("minutes", _minutes) if longest >= _MINUTES_FROM_S else ("seconds", _tenths)
    for name, color, medians, most in (
        ("Working", _MACHINE, [x.machine_median_s for x in found], [x.machine_p90_s for x in found]),
        ("Waiting", WAITING_COLOR, [x.waiting_median_s for x in found], [x.waiting_p90_s for x in found]),
    ):
        figure.add_bar(
            x=list(bands),
            y=[in_unit(value) for value in medians],
            name=name,
            marker={"color": color},
            error_y={
                "type": "data",
                "symmetric": False,
                "array": [in_unit(p90 - median) for p90, median in zip(most, medians, strict=True)],
                "thickness": 1.5,
            },
            customdata=[[one.most_rows, in_unit(value)] for one, value in zip(found, most, strict=True)],
            hovertemplate=f"median %{{y:,.1f}}, nine of ten %{{customdata[1]:,.1f}} {unit}<extra>%{{fullData.name}}</extra>",
        )
    figure.update_yaxes(title=unit.capitalize())
    return _dressed(figure)


def fields(found: Sequence[CellsOfField], labels: Sequence[str]) -> go.Figure:
    figure = go.Figure()
    for effect in ("filled", "replaced", "emptied"):
        figure.add_bar(
            x=[getattr(one, effect) for one in found],
            y=list(labels),
            name=effect.capitalize(),
            orientation="h",
            marker={"color": EFFECT_COLORS[effect]},
            customdata=[[place, effect] for place in range(len(found))],
            hovertemplate="%{y}: %{x:,} values<extra>%{fullData.name}</extra>",
        )
    figure.update_layout(barmode="stack")
    figure.update_yaxes(autorange="reversed", automargin=True)
    return _dressed(figure, height=140 + _ROW_HEIGHT * len(labels))


def lines(
    weeks: Sequence[date], values: Mapping[str, Sequence[float | None]], promise: float, unit: str
) -> go.Figure:
    """Weekly values, and what was promised as a dashed line."""
    figure = go.Figure()
    places = [_week(week) for week in weeks]
    for name, those in values.items():
        figure.add_scatter(
            x=places,
            y=list(those),
            name=name,
            mode="lines+markers",
            line={"color": _SHARES.get(name, _MACHINE)},
            hovertemplate=f"%{{y:,}} {unit}<extra>%{{fullData.name}}</extra>",
        )
    promised = {"color": _PROMISE, "dash": "dash"}
    if len(places) == 1:  # through one point there is no line
        figure.add_hline(y=promise, line=promised)
    figure.add_scatter(
        x=places,
        y=[promise] * len(places),
        name="Promise",
        mode="lines",
        line=promised,
        hovertemplate=f"%{{y:,}} {unit}<extra>%{{fullData.name}}</extra>",
    )
    figure.update_yaxes(title=unit, rangemode="tozero", tickformat=",")
    return _dressed(figure)


def _dressed(figure: go.Figure, *, height: int = _HEIGHT, legend: bool = True) -> go.Figure:
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 8, "t": 16, "b": 8},
        showlegend=legend,
        legend={"orientation": "h", "y": -0.25, "yanchor": "top", "traceorder": "normal"},
        dragmode=False,
        bargap=0.3,
    )
    figure.update_xaxes(type="category") if not _lying(figure) else figure.update_xaxes(rangemode="tozero")
    return figure


def _lying(figure: go.Figure) -> bool:
    return any(getattr(trace, "orientation", "") == "h" for trace in figure.data)


def _in_lines(text: str, most: int | None = None) -> str:
    """Text from a file, in as many lines as fit beside a bar. A chart reads markup: what looks like it is text here."""
    return "<br>".join(
        escape(line, quote=False) for line in wrap(text, _LINE, max_lines=most, placeholder=" …")
    )


def _week(week: date) -> str:
    return f"{week.day} {week:%b}"


def _tenths(seconds: float) -> float:
    return round(max(seconds, 0.0), 1)


def _minutes(seconds: float) -> float:
    return round(max(seconds, 0.0) / 60, 2)
