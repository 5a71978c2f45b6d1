"""Answers that no honest server gives: slow, dripping, huge, bombs, redirects, lies."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

_BOMB = gzip.compress(b"0" * 20_000_000)


async def _slow(_: Request) -> Response:
    await asyncio.sleep(30)
    return PlainTextResponse("late")


async def _drip(_: Request) -> Response:
    async def drops() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b"."
            await asyncio.sleep(0.1)

    return StreamingResponse(drops(), media_type="text/html")


async def _huge(_: Request) -> Response:
    async def flood() -> AsyncIterator[bytes]:
        for _ in range(500):
            yield b"x" * 65_536

    return StreamingResponse(flood(), media_type="text/html")


async def _bomb(_: Request) -> Response:
    return Response(_BOMB, media_type="text/html", headers={"Content-Encoding": "gzip"})


async def _redirect(request: Request) -> Response:
    return RedirectResponse(request.query_params["to"], 302)


async def _circle(request: Request) -> Response:
    return RedirectResponse(str(request.url), 302)


async def _binary(_: Request) -> Response:
    return Response(b"\x89PNG", media_type="image/png")


async def _fine(_: Request) -> Response:
    return PlainTextResponse("fine")


ROUTES = [
    Route(f"/bad/{name}", answer)
    for name, answer in {
        "slow": _slow,
        "drip": _drip,
        "huge": _huge,
        "bomb": _bomb,
        "redirect": _redirect,
        "circle": _circle,
        "binary": _binary,
        "fine": _fine,
    }.items()
]
