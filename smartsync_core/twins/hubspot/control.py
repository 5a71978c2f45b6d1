"""The control plane under `/_twin/`: never counted, delayed or faulted.

GET  state       {"contacts": n, …}, live records
GET  calls       {"app": n, "search": n, "association": n}, every request received
GET  revision    {"revision": n}, how many requests changed something
GET|PUT faults   see faults.py
PUT  clock       {"advance_s": n}
PUT  tokens      {"<token>": {"scopes": […], "expires_in": s | null, "refresh_token": "…"}}
PUT  codes       {"<authorization code>": {"scopes": […], "expires_in": s}}
PUT  latency     {"ms": n}
PUT  search      {"lag_s": n, "flap": true}
PUT  limits      {"used_today": n}
GET|PUT switches see options.py
GET|PUT pipelines/{object}   the whole list; what it lacks is filled in
PUT  records     {"lines": [...]}, as a seed file
PUT  naming      {"text": "…"}, an address or domain: {"records": [{"object", "id", "properties"}]} that name it
PUT  forget      {"text": "…"}: {"removed": n}, those records for ever
POST reset       an empty account; tokens, faults, clock and counts stay
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from smartsync_core.twins.hubspot import forgetting, people, seeding
from smartsync_core.twins.hubspot.gate import HubSpotTwin
from smartsync_core.twins.hubspot.options import Switches

Body = dict[str, Any]


def control_routes(twin: HubSpotTwin) -> list[Route]:
    gets: dict[str, Callable[[], Body]] = {
        "state": twin.portal.live_counts,
        "calls": lambda: dict(twin.limits.received),
        "revision": lambda: {"revision": twin.portal.journal.revision},
        "faults": twin.faults.shown,
        "switches": lambda: asdict(twin.options.switches),
    }
    puts: dict[str, Callable[[Body], Body]] = {
        "faults": twin.faults.set,
        "clock": lambda body: _clock(twin, body),
        "tokens": lambda body: _tokens(twin, body),
        "codes": lambda body: _codes(twin, body),
        "latency": lambda body: _latency(twin, body),
        "search": lambda body: _search(twin, body),
        "limits": lambda body: _limits(twin, body),
        "switches": lambda body: _switches(twin, body),
        "records": lambda body: {"made": seeding.seed(twin.portal, body["lines"])},
        "naming": lambda body: {"records": forgetting.naming(twin.portal, body["text"])},
        "forget": lambda body: {"removed": forgetting.forget(twin.portal, body["text"])},
    }
    routes = [Route(f"/{name}", _get(answer), methods=["GET"]) for name, answer in gets.items()]
    routes += [Route(f"/{name}", _put(change), methods=["PUT"]) for name, change in puts.items()]
    routes.append(Route("/pipelines/{object}", _pipelines(twin), methods=["GET", "PUT"]))
    routes.append(Route("/reset", _put(lambda _body: _reset(twin)), methods=["POST"]))
    return routes


def _get(answer: Callable[[], Body]) -> Callable[[Request], Any]:
    async def endpoint(_request: Request) -> JSONResponse:
        return JSONResponse(answer())

    return endpoint


def _put(change: Callable[[Body], Body]) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> JSONResponse:
        try:
            body = await request.json() if await request.body() else {}
            return JSONResponse(change(body))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return JSONResponse({"message": f"{type(error).__name__}: {error}"}, status_code=400)

    return endpoint


def _clock(twin: HubSpotTwin, body: Body) -> Body:
    twin.clock.advance(float(body["advance_s"]))
    return {"now_ms": twin.clock.now_ms()}


def _tokens(twin: HubSpotTwin, body: Body) -> Body:
    for token, given in body.items():
        twin.tokens.set(token, given)
    return {"known": len(twin.tokens.known)}


def _codes(twin: HubSpotTwin, body: Body) -> Body:
    for code, given in body.items():
        twin.tokens.set_code(code, given)
    return {"known": len(twin.tokens.codes)}


def _latency(twin: HubSpotTwin, body: Body) -> Body:
    twin.latency_ms = int(body["ms"])
    return {"ms": twin.latency_ms}


def _search(twin: HubSpotTwin, body: Body) -> Body:
    if "lag_s" in body:
        twin.portal.set_search_lag(float(body["lag_s"]))
    if "flap" in body:
        twin.always_flapping = bool(body["flap"])
    return {"lag_s": twin.options.search_lag_s, "flap": twin.always_flapping}


def _limits(twin: HubSpotTwin, body: Body) -> Body:
    twin.limits.spend_today(int(body["used_today"]), twin.clock.now_ms())
    return {"used_today": twin.limits.used_today(twin.clock.now_ms())}


def _switches(twin: HubSpotTwin, body: Body) -> Body:
    known = {one.name for one in fields(Switches)}
    for name, value in body.items():
        if name not in known:
            raise ValueError(f"unknown switch {name}; known are {', '.join(sorted(known))}")
        setattr(twin.options.switches, name, value)
    return asdict(twin.options.switches)


def _reset(twin: HubSpotTwin) -> Body:
    twin.portal.start_over()
    return dict(twin.portal.live_counts())


def _pipelines(twin: HubSpotTwin) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> JSONResponse:
        name = request.path_params["object"]
        if name not in twin.portal.shelves:
            return JSONResponse({"message": f"There is no object {name}"}, status_code=404)
        if request.method == "PUT":
            given = await request.json()
            twin.portal.pipelines[name] = [_pipeline(order, item) for order, item in enumerate(given)]
            twin.portal.save_pipelines(name)
            twin.portal.commit()
        return JSONResponse(twin.portal.pipelines.get(name, []))

    return endpoint


def _pipeline(order: int, item: Body) -> Body:
    stages = [
        people.stage(
            one["id"],
            one.get("label") or one["id"],
            number,
            {"isClosed": "false", "probability": "0.5", **one.get("metadata", {})},
        )
        for number, one in enumerate(item["stages"])
    ]
    return people.pipeline(item["id"], item.get("label") or item["id"], stages, order)
