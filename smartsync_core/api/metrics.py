"""Calls and how long they took: per route for Prometheus, and per hour for the promise that is looked back on."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import UTC, datetime
from threading import Lock, Timer

from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from prometheus_client import Counter as Counted
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from smartsync_core.courtesy import served_first

__all__ = ["CallClock", "Measured", "Metrics"]

_KEPT_AFTER_S = 30.0
_ASKED_BY_MACHINES = ("none", "/health", "/metrics")  # so often and so quick that they would hide the others
_DIGITS = 2
_log = logging.getLogger(__name__)


class CallClock:
    """Handed to `store` within half a minute, as {(hour, ms to two digits): calls}; the last ones by `keep`."""

    def __init__(self, store: Callable[[Mapping[tuple[datetime, int], int]], None]) -> None:
        self._store = store
        self._counted: Counter[tuple[datetime, int]] = Counter()
        self._lock = Lock()
        self._awaited = False  # a timer runs

    def count(self, seconds: float) -> None:
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        with self._lock:
            self._counted[hour, _rounded(1_000 * seconds)] += 1
            first, self._awaited = not self._awaited, True
        if first:  # whoever called does not wait for the store
            timer = Timer(_KEPT_AFTER_S, self.keep)
            timer.daemon = True
            timer.start()

    def keep(self) -> None:
        """What could not be kept is tried again with the next."""
        with self._lock:
            counted, self._counted, self._awaited = self._counted, Counter(), False
        if not counted:
            return
        try:
            self._store(counted)
        except Exception as error:  # noqa: BLE001 - the outermost edge of a thread
            _log.warning("Times of calls wait to be kept: %s", error)
            with self._lock:
                self._counted += counted


def _rounded(ms: float) -> int:
    """At least 1."""
    whole = max(1, round(ms))
    return round(whole, min(0, _DIGITS - len(str(whole))))


class Metrics:
    """Of one API; counts from its start."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._calls = Counted(
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

    def text(self, *, open_imports: int) -> str:
        self._open.set(open_imports)
        return generate_latest(self._registry).decode()


class Measured:
    """Counts every call under its route, never under an address that a caller made up. Runs give way to it."""

    def __init__(self, app: ASGIApp, metrics: Metrics, clock: CallClock) -> None:
        self._app = app
        self._metrics = metrics
        self._clock = clock

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
                seconds = time.monotonic() - began
                self._metrics.count(method, route, status, seconds)
                if route not in _ASKED_BY_MACHINES:
                    self._clock.count(seconds)
