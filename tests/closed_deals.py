"""Closed deals in a twin, each with a company that was known before it and written to again after it ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from smartsync_core.scoring.backtest import Deals
from tests.twin_process import CLIENT, TwinProcess

__all__ = ["close_deals"]

_INDUSTRY = {
    "Software": "COMPUTER_SOFTWARE",
    "Retail": "RETAIL",
    "Mining": "MINING_METALS",
    "Farming": "FARMING",
}
_PRIMARY_COMPANY = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 5}
_BATCH = 100


def close_deals(twin: TwinProcess, deals: Deals) -> None:
    """As other people do, over HTTP. How a deal ended stands in its company's type, written once it was closed.

    Their days are moved as a whole, so that the first is the day on which they are opened.
    """
    companies = _create(
        twin, "companies", [{"properties": _company(deals, place)} for place in range(len(deals.won))]
    )
    now_ms = twin.control("PUT", "clock", {"advance_s": 60})["now_ms"]
    later = datetime.fromtimestamp(now_ms / 1000, UTC).date() - min(deals.days)
    deals = replace(deals, days=tuple(day + later for day in deals.days))
    _create(twin, "deals", [_deal(deals, place, company) for place, company in enumerate(companies)])
    twin.control("PUT", "clock", {"advance_s": 60})
    types = ["PROSPECT" if won else "OTHER" for won in deals.won]
    since = [
        {"id": company, "properties": {"type": kind, "numberofemployees": "1" if kind == "OTHER" else "9999"}}
        for company, kind in zip(companies, types, strict=True)
    ]
    _send(twin, "companies/batch/update", since)


def _company(deals: Deals, place: int) -> dict[str, str]:
    industry, people = deals.columns["Industry"][place], deals.columns["Employees"][place]
    told = {"name": f"Company {place}", "industry": _INDUSTRY[str(industry)]}
    return told if people is None else {**told, "numberofemployees": str(round(float(people)))}


def _deal(deals: Deals, place: int, company: str) -> dict[str, Any]:
    properties = {
        "dealname": f"Deal {place}",
        "pipeline": "default",
        "dealstage": "closedwon" if deals.won[place] else "closedlost",
        "closedate": f"{deals.days[place]}T12:00:00Z",
    }
    return {"properties": properties, "associations": [{"to": {"id": company}, "types": [_PRIMARY_COMPANY]}]}


def _create(twin: TwinProcess, kind: str, inputs: Sequence[dict[str, Any]]) -> list[str]:
    """The ids, in the order of the inputs."""
    named = "name" if kind == "companies" else "dealname"
    made = {one["properties"][named]: one["id"] for one in _send(twin, f"{kind}/batch/create", inputs)}
    return [made[one["properties"][named]] for one in inputs]


def _send(twin: TwinProcess, path: str, inputs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(_sent(twin, path, inputs))


def _sent(twin: TwinProcess, path: str, inputs: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for start in range(0, len(inputs), _BATCH):
        answer = CLIENT.post(
            f"{twin.url}/crm/v3/objects/{path}",
            json={"inputs": inputs[start : start + _BATCH]},
            headers=twin.headers,
        )
        yield from answer.raise_for_status().json()["results"]
