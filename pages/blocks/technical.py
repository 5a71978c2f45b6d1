"""How quick and how sure it works, beside what was promised."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from pages.blocks import charts, figures
from pages.blocks.services import api_seconds, context
from pages.blocks.words import count, moment, zone_name
from smartsync_core.model.crm import AccountKind
from smartsync_core.orchestrator import accounts
from smartsync_core.orchestrator.charts import PROMISED, Pace, pace

__all__ = ["page"]

_SHARES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}


def page() -> None:
    number = charts.weeks()
    st.caption("Without practice accounts. p90: nine of ten were as quick as that, or quicker.")
    found = charts.kept(pace, number, zone_name())
    if not found:
        st.info("Nothing was sent to a real account in this time.")
    else:
        batch = "A record that goes out in a batch took as long as the batch."
        _times("Sending a record", found, lambda one: one.sync, PROMISED.sync_p90_ms, batch)
        _times("Research of a company", found, lambda one: one.enrichment, PROMISED.enrichment_p90_ms)
        _success(found)
    _api()
    _calls()


def _times(
    title: str,
    found: Sequence[Pace],
    of: Callable[[Pace], tuple[float | None, float | None, float | None]],
    promise: int,
    told: str = "",
) -> None:
    measured = [one for one in found if of(one)[1] is not None]
    if not measured:
        return
    st.subheader(title)
    values = {name: [of(one)[place] for one in measured] for place, name in enumerate(_SHARES)}
    _chart(figures.lines([one.week for one in measured], values, promise, "ms"), title)
    st.caption(f"Promised: p90 under {promise:,} ms. {told}")
    _numbers(measured, values)


def _success(found: Sequence[Pace]) -> None:
    st.subheader("Success")
    shares = [round(100 * one.succeeded / one.sent, 2) for one in found]
    _chart(
        figures.lines([one.week for one in found], {"Success": shares}, 100 * PROMISED.success, "%"),
        "success",
    )
    st.caption(
        f"Of everything that was sent: done ÷ all. Promised: more than {PROMISED.success:.0%}. "
        "Rows that were never sent do not count here."
    )
    _numbers(found, {"Sent": [one.sent for one in found], "Success %": shares})


def _api() -> None:
    st.subheader("API")
    seconds = pd.Series(list(api_seconds()), dtype=float)
    if seconds.empty:
        st.info("No program has called the API since SmartSync was started.")
        return
    with st.grid("auto", min_column_width=140):
        for name, share in _SHARES.items():
            st.metric(name, f"{1000 * seconds.quantile(share):,.0f} ms", border=True)
    st.caption(
        f"Over the last {count(len(seconds), 'call')} since the start. Promised: p90 under {PROMISED.api_p90_ms:,} ms."
    )


def _calls() -> None:
    lines = [
        {
            "Account": line.connection.name,
            "Calls today": f"{line.calls_today:,}",
            "Last success": moment(line.last_success),
        }
        for line in accounts.accounts(context())
        if line.connection.kind is not AccountKind.PRACTICE
    ]
    if lines:
        st.subheader("Calls")
        st.dataframe(pd.DataFrame(lines), hide_index=True, height="content")
        st.caption(
            "Calls of the imports that began today. The accounts themselves count those of other apps too: see Accounts."
        )


def _chart(figure: go.Figure, key: str) -> None:
    st.plotly_chart(figure, key=f"chart-{key}", config={"displayModeBar": False})


def _numbers(found: Sequence[Pace], values: Mapping[str, Sequence[float | None]]) -> None:
    with st.expander("The numbers"):
        weeks = {"Week": [f"{one.week:%Y-%m-%d}" for one in found]}
        st.dataframe(pd.DataFrame(weeks | dict(values)), hide_index=True, height="content")
