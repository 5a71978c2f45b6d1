"""The twin as one ASGI app: the CRM at the root and its control plane under `/_twin`."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Mount

from smartsync_core.twins.hubspot.control import control_routes
from smartsync_core.twins.hubspot.gate import HubSpotTwin


def application(twin: HubSpotTwin) -> Starlette:
    return Starlette(routes=[Mount("/_twin", routes=control_routes(twin)), Mount("/", app=twin)])
