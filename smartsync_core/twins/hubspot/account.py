"""Owners, pipelines, account details and usage: what a connection asks for once (contract §3, §8)."""

from __future__ import annotations

from typing import Any

from smartsync_core.twins.clock import iso
from smartsync_core.twins.hubspot.call import Answer, Call
from smartsync_core.twins.hubspot.errors import not_found
from smartsync_core.twins.hubspot.limits import Limits
from smartsync_core.twins.hubspot.object_types import object_type
from smartsync_core.twins.hubspot.portal import Portal

TIME_ZONE = "US/Eastern"


def owners(portal: Portal, call: Call) -> Answer:
    archived, email = call.flag("archived"), call.text("email").lower()
    limit, after = call.number("limit", 100, 500), call.text("after") or "0"
    start = int(after) if after.isdecimal() else 0
    found = [
        owner
        for owner in portal.owners
        if owner["archived"] is archived and (not email or (owner["email"] or "").lower() == email)
    ]
    body: dict[str, Any] = {"results": found[start : start + limit]}
    if start + limit < len(found):
        body["paging"] = call.next_page(str(start + limit))
    return Answer(200, body)


def owner(portal: Portal, call: Call) -> Answer:
    key = "userIdIncludingInactive" if call.text("idProperty", "id") == "userId" else "id"
    for found in portal.owners:
        if str(found[key]) == call.params["id"] and found["archived"] is call.flag("archived"):
            return Answer(200, found)
    raise not_found()


def pipelines(portal: Portal, call: Call) -> Answer:
    return Answer(200, {"results": _pipelines(portal, call)})


def pipeline(portal: Portal, call: Call) -> Answer:
    return Answer(200, _pipeline(portal, call))


def stages(portal: Portal, call: Call) -> Answer:
    return Answer(200, {"results": _pipeline(portal, call)["stages"]})


def stage(portal: Portal, call: Call) -> Answer:
    for found in _pipeline(portal, call)["stages"]:
        if found["id"] == call.params["stage"]:
            return Answer(200, found)
    raise not_found()


def details(portal: Portal, _call: Call) -> Answer:
    offset_ms = Limits.utc_offset_ms(portal.clock.now_ms())
    hours, minutes = divmod(abs(offset_ms) // 60_000, 60)
    sign = "-" if offset_ms < 0 else "+"
    return Answer(
        200,
        {
            "portalId": portal.id,
            "accountType": "DEVELOPER_TEST",
            "timeZone": TIME_ZONE,
            "companyCurrency": "USD",
            "additionalCurrencies": [],
            "utcOffset": f"{sign}{hours:02d}:{minutes:02d}",
            "utcOffsetMilliseconds": offset_ms,
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        },
    )


def usage(portal: Portal, limits: Limits) -> Answer:
    now_ms = portal.clock.now_ms()
    row = {
        "name": "private-apps-api-calls-daily",
        "usageLimit": limits.tier.daily,
        "currentUsage": limits.used_today(now_ms),
        "collectedAt": iso(now_ms),
        "fetchStatus": "SUCCESS",
        "resetsAt": iso(limits.next_midnight_ms(now_ms)),
    }
    return Answer(200, {"results": [row]})


def _pipelines(portal: Portal, call: Call) -> list[dict[str, Any]]:
    return portal.pipelines.get(object_type(call.params["type"]).name, [])


def _pipeline(portal: Portal, call: Call) -> dict[str, Any]:
    for found in _pipelines(portal, call):
        if found["id"] == call.params["pipeline"]:
            return found
    raise not_found()
