"""How quick and how sure it works, beside what was promised."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import plotly.graph_objects as go
import streamlit as st

from pages.blocks import charts, download, figures, standing
from pages.blocks.services import context
from pages.blocks.words import moment
from smartsync_core.model.crm import AccountKind, DayCalls
from smartsync_core.orchestrator import accounts
from smartsync_core.orchestrator.charts import PROMISED, Pace, api, pace

__all__ = ["page"]

_SHARES = ("p50", "p90", "p99")


def page() -> None:
    standing.follow()
    number, zone = charts.weeks(), charts.zone()
    st.caption("Without practice accounts. p90: nine of ten were as quick as that, or quicker.")
    found = charts.kept(pace, number, zone)
    if not found:
        st.info("Nothing was sent to a real account in this time.")
    else:
        batch = "A record that goes out in a batch took as long as the batch."
        _times("Sending a record", found, lambda one: one.sync, PROMISED.sync_p90_ms, batch)
        _times("Research of a company", found, lambda one: one.enrichment, PROMISED.enrichment_p90_ms)
        _success(found)
    _api(number, zone)
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
    values = {name: [_whole(of(one)[place]) for one in measured] for place, name in enumerate(_SHARES)}
    _chart(figures.lines([one.week for one in measured], values, promise, "ms"), title)
    st.caption(f"Promised: p90 under {promise:,} ms. {told}")
    _numbers(title, [one.week for one in measured], values)


def _whole(ms: float | None) -> int | None:
    """Between two measured times lie no thousandths."""
    return None if ms is None else round(ms)


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
    _numbers(
        "Success", [one.week for one in found], {"Sent": [one.sent for one in found], "Success %": shares}
    )


def _api(number: int, zone: str) -> None:
    st.subheader("API")
    found = charts.kept(api, number, zone)
    if not found:
        st.info("No program has called the API in this time.")
        return
    values = {name: [one.ms[place] for one in found] for place, name in enumerate(_SHARES)}
    _chart(figures.lines([one.week for one in found], values, PROMISED.api_p90_ms, "ms"), "api")
    st.caption(
        f"Promised: p90 under {PROMISED.api_p90_ms:,} ms. Times to two digits; a call counts within half a minute."
    )
    _numbers("API", [one.week for one in found], {"Calls": [one.calls for one in found], **values})


def _calls() -> None:
    found = [
        line for line in accounts.accounts(context()) if line.connection.kind is not AccountKind.PRACTICE
    ]
    if found:
        st.subheader("Calls")
        shown, in_file = ([_of_account(line, in_file=one) for line in found] for one in (False, True))
        charts.table("Calls", "Download these numbers", shown, in_file)
        st.caption(
            "Calls today: of the imports that began today, by UTC. What the account allows a day is for all apps together; "
            "it said so when it was connected or tested last."
        )


def _of_account(line: accounts.AccountLine, *, in_file: bool) -> dict[str, charts.Number]:
    told = line.permissions if line.permissions and line.permissions.day else None
    return {
        "Account": line.connection.name,
        "Calls today": line.calls_today,
        "All apps, of its day": _used(told.day) if told and told.day else "",
        download.when("As of", in_file): moment(told.asked_at, dated=in_file) if told else "",
        download.when("Last success", in_file): moment(line.last_success, dated=in_file),
    }


def _used(day: DayCalls) -> str:
    share = f", {day.used / day.allowed:.1%}" if day.allowed else ""
    return f"{day.used:,} of {day.allowed:,}{share}"


def _chart(figure: go.Figure, key: str) -> None:
    st.plotly_chart(figure, key=f"chart-{key}", config={"displayModeBar": False})


def _numbers(title: str, weeks: Sequence[date], values: Mapping[str, Sequence[float | None]]) -> None:
    charts.numbers(
        title,
        [
            {"Week": f"{week:%Y-%m-%d}"} | {name: those[place] for name, those in values.items()}
            for place, week in enumerate(weeks)
        ],
    )
