"""Routes of the API. It is handed the services when it is asked, since they open after it is built."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import FastAPI

from smartsync_core.orchestrator.context import Context

__all__ = ["create_api"]


def create_api(context: Callable[[], Context]) -> FastAPI:
    """The API over the services that `context` gives; without the pages that load scripts from elsewhere."""
    api = FastAPI(title="SmartSync", docs_url=None, redoc_url=None)

    @api.get("/health")
    def health() -> dict[str, object]:
        """Whether the store answers, and how many imports are being worked on."""
        return {"status": "ok", "open_imports": len(context().runs.open_ones())}

    return api
