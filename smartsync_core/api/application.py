"""The API put together. It is handed the application when it is asked, since that opens after the API is built."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount, Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from smartsync_core.api import (
    account_settings,
    field_mappings,
    integrations,
    jobs,
    oauth,
    privacy,
    problems,
    runs,
    state,
    webhooks,
)
from smartsync_core.api.access import KeyBeforeUpload
from smartsync_core.api.limits import BodyLimit, RateLimits, SecurityHeaders
from smartsync_core.api.metrics import CallClock, Measured, Metrics
from smartsync_core.wiring import Application

__all__ = ["Ahead", "create_api", "under_api"]


def create_api(application: Callable[[], Application], limits: RateLimits | None = None) -> FastAPI:
    """The API over the services that `application` gives; without the pages that load scripts from elsewhere."""

    def keep_call_times(counted: Mapping[tuple[datetime, int], int]) -> None:
        application().context.call_times.add(counted)

    api = FastAPI(
        title="SmartSync",
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        servers=[{"url": "/api"}],
        description="Every call needs a key, sent as `Authorization: Bearer KEY`, but the health checks, HubSpot's webhook, "
        "and the way back from HubSpot's page.",
        separate_input_output_schemas=False,
    )
    api.state.application = application
    api.state.limits = limits or RateLimits()
    api.state.metrics = Metrics()
    api.state.clock = CallClock(keep_call_times)
    problems.handle(api)
    for room in (integrations, oauth, account_settings, field_mappings, runs, jobs, privacy, state, webhooks):
        api.include_router(room.router)
    api.add_middleware(KeyBeforeUpload)
    api.add_middleware(BodyLimit)
    api.add_middleware(SecurityHeaders)
    api.add_middleware(Measured, metrics=api.state.metrics, clock=api.state.clock)
    return api


def under_api(api: FastAPI) -> list[BaseRoute]:
    """The API's place in an app: /api, and all beneath it, also an address with a line break or with more strokes in front."""
    place, mount = Route("/api", api), Mount("/api", app=api)
    for route in (place, mount):
        route.path_regex = re.compile(route.path_regex.pattern.replace("^/", "^/+", 1), re.DOTALL)
    return [place, mount]


class Ahead:
    """Routes that are answered before the app looks at the address: it would refuse some in words of its own."""

    def __init__(self, app: ASGIApp, *, routes: Sequence[BaseRoute]) -> None:
        self._app = app
        self._router = Router(routes, default=app, redirect_slashes=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answered_by = self._app if scope["type"] == "lifespan" else self._router
        await answered_by(scope, receive, send)
