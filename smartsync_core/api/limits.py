"""How much a caller may ask: calls per minute and key, bytes per request; and what every answer tells a browser not to do."""

from __future__ import annotations

import math
import time

from httpx import codes
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smartsync_core.api.problems import Refused, problem

__all__ = ["UPLOADS", "BodyLimit", "RateLimits", "SecurityHeaders"]

CALLS_PER_MINUTE = 6_000
LARGEST_BODY = 1 << 20
LARGEST_UPLOAD = 200 << 20  # as on the screen
UPLOADS = "/uploads"  # how their address ends
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class RateLimits:
    """Counts the calls of each key over the last minute, in this process."""

    def __init__(self, per_minute: int = CALLS_PER_MINUTE) -> None:
        self._limit = RateLimitItemPerMinute(per_minute)
        self._counter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def count(self, key_id: str) -> None:
        """Raises Refused, with the time to wait."""
        if self._counter.hit(self._limit, key_id):
            return
        wait_s = max(
            1, math.ceil(self._counter.get_window_stats(self._limit, key_id).reset_time - time.time())
        )
        raise Refused(
            codes.TOO_MANY_REQUESTS,
            "too_many_calls",
            f"This key has made {self._limit.amount} calls within a minute.",
            f"Wait {wait_s} s.",
            {"Retry-After": str(wait_s)},
        )


class BodyLimit:
    """Refuses a body that says, or turns out, to be larger than it may be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = LARGEST_UPLOAD if scope["path"].endswith(UPLOADS) else LARGEST_BODY
        said = Headers(scope=scope).get("content-length", "0")
        if said.isdecimal() and int(said) > most:
            await _too_large(most)(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise _refusal(most)
            return message

        await self._app(scope, counted, send)


class SecurityHeaders:
    """For answers that are data: nothing in them is to be run, framed, guessed at or kept."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, with_headers)


def _refusal(most: int) -> Refused:
    return Refused(codes.REQUEST_ENTITY_TOO_LARGE, *_words(most))


def _too_large(most: int) -> ASGIApp:
    code, message, hint = _words(most)
    return problem(codes.REQUEST_ENTITY_TOO_LARGE, code, message, hint)


def _words(most: int) -> tuple[str, str, str]:
    return "too_large", f"The request is larger than {most >> 20} MB.", "Send less at a time."
