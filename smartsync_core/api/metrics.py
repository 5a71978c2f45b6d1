"""Calls and how long they took, per route, for Prometheus."""

from __future__ import annotations

import time
from collections import deque
from contextlib import nullcontext

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smartsync_core.courtesy import served_first

__all__ = ["Measured", "Metrics"]

_REMEMBERED = 10_000
_ASKED_BY_MACHINES = ("none", "/health", "/metrics")  # so often and so quick that they would hide the others


class Metrics:
    """Of one API; counts from its start."""

    def __init__(self) -> None:
        self.latest: deque[float] = deque(maxlen=_REMEMBERED)  # seconds of the last calls, the oldest first
        self._registry = CollectorRegistry()
        self._calls = Counter(
            "smartsync_calls", "Calls answered", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "smartsync_call_seconds", "How long they took", ("method", "route"), registry=self._registry
        )
        self._open = Gauge(
            "smartsync_open_imports", "Imports being previewed or written", registry=self._registry
        )

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        self._calls.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)
        if route not in _ASKED_BY_MACHINES:
            self.latest.append(seconds)

    def text(self, *, open_imports: int) -> str:
        self._open.set(open_imports)
        return generate_latest(self._registry).decode()


class Measured:
    """Counts every call under its route, never under an address that a caller made up. Runs give way to it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.monotonic(), 500

        async def noticed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        first = served_first() if scope["type"] == "http" else nullcontext()
        try:
            with first:
                await self._app(scope, receive, noticed)
        finally:
            if scope["type"] == "http":
                route = getattr(scope.get("route"), "path", "none")
                method = scope["method"] if route != "none" else "ANY"
                self._metrics.count(method, route, status, time.monotonic() - began)
