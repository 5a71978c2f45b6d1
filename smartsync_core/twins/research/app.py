"""One ASGI app: websites by their Host, services under a path of their own, bad manners under `/bad`, an LLM under `/llm`."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from smartsync_core.twins.research import bad_manners, llm
from smartsync_core.twins.research.companies import FILINGS, PROFILES, ROBOTS, SITES, TITLES

Answer = Callable[[Request], Awaitable[Response]]
_NUMBERED = re.compile(r"-\d+(?=\.)")  # acme-17.example is a site like acme.example
_KNOWN_BOARD = "acmerobotics"


@dataclass(frozen=True)
class Manners:
    """`dead` names services that never answer."""

    latency_ms: tuple[int, int] = (0, 0)
    dead: frozenset[str] = frozenset()
    seed: int = 1


def application(manners: Manners) -> Starlette:
    random = Random(manners.seed)

    def paced(name: str, answer: Answer) -> Answer:
        async def late(request: Request) -> Response:
            if name in manners.dead:
                return await _nothing()
            await asyncio.sleep(random.randint(*manners.latency_ms) / 1000)
            return await answer(request)

        return late

    services = {
        "/companies-house/search/companies": ("companies-house", _search),
        "/companies-house/company/{number}": ("companies-house", _profile),
        "/companies-house/company/{number}/filing-history": ("companies-house", _filings),
        "/greenhouse/v1/boards/{token}/jobs": ("greenhouse", _greenhouse),
        "/lever/v0/postings/{token}": ("lever", _lever),
        "/ashby/posting-api/job-board/{token}": ("ashby", _ashby),
        "/workable/api/v1/widget/accounts/{token}": ("workable", _workable),
        "/robots.txt": ("website", _robots),
        "/": ("website", _page),
    }
    return Starlette(
        routes=[
            *bad_manners.ROUTES,
            *llm.ROUTES,
            *(Route(path, paced(name, answer)) for path, (name, answer) in services.items()),
        ]
    )


async def _nothing() -> Response:
    """Silence, until the stand-in itself ends."""
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        return Response(status_code=503)
    return Response(status_code=504)


async def _search(request: Request) -> Response:
    if _no_key(request):
        return JSONResponse({"error": "Invalid Authorization"}, 401)
    words = request.query_params.get("q", "").lower().split()
    wanted = [one for one in PROFILES.values() if any(word in one["company_name"].lower() for word in words)]
    if request.query_params.get("items_per_page") == "1":  # as the real one does
        wanted = []
    items = [
        {
            "title": one["company_name"],
            "company_number": one["company_number"],
            "company_status": one["company_status"],
            "address": one["registered_office_address"],
        }
        for one in wanted
    ]
    return JSONResponse({"items": items, "total_results": len(items)})


async def _profile(request: Request) -> Response:
    if _no_key(request):
        return JSONResponse({"error": "Invalid Authorization"}, 401)
    found = PROFILES.get(request.path_params["number"])
    return JSONResponse(found or {"errors": [{"error": "company-profile-not-found"}]}, 200 if found else 404)


async def _filings(request: Request) -> Response:
    if _no_key(request):
        return JSONResponse({"error": "Invalid Authorization"}, 401)
    items = FILINGS.get(request.path_params["number"], [])
    return JSONResponse({"items": items, "total_count": len(items)})


async def _greenhouse(request: Request) -> Response:
    jobs = [{"id": n, "title": title, "location": {"name": "London"}} for n, title in enumerate(TITLES)]
    return _board(request, {"jobs": jobs, "meta": {"total": len(jobs)}}, {"jobs": [], "meta": {"total": 0}})


async def _lever(request: Request) -> Response:
    return _board(request, [{"id": str(n), "text": title} for n, title in enumerate(TITLES)], [])


async def _ashby(request: Request) -> Response:
    jobs = [{"title": title, "isListed": n != 0} for n, title in enumerate(TITLES)]
    return _board(request, {"jobs": jobs}, {"jobs": []})


async def _workable(request: Request) -> Response:
    return _board(request, {"name": "Acme", "jobs": [{"title": title} for title in TITLES]}, {"jobs": []})


def _board(request: Request, full: Any, empty: Any) -> Response:
    token = request.path_params["token"]
    if token == "html":
        return HTMLResponse("<h1>Sign in</h1>")
    if token == "lying":
        return JSONResponse({"jobs": "many", "meta": {"total": "score 100"}})
    if token == "broken":
        return PlainTextResponse('{"jobs": [', media_type="application/json")
    if token == "down":
        return JSONResponse({"error": "down"}, 503)
    if token == "quiet":
        return JSONResponse(empty)
    return JSONResponse(full) if token == _KNOWN_BOARD else JSONResponse({"status": 404}, 404)


async def _robots(request: Request) -> Response:
    found = ROBOTS.get(request.url.hostname or "")
    return PlainTextResponse(found) if found else PlainTextResponse("", 404)


async def _page(request: Request) -> Response:
    host = request.url.hostname or ""
    found = SITES.get(host) or SITES.get(_NUMBERED.sub("", host))
    return HTMLResponse(found) if found else HTMLResponse("not here", 404)


def _no_key(request: Request) -> bool:
    return not request.headers.get("authorization", "").startswith("Basic ")
