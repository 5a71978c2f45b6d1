"""How the server is: whether it lives, whether it can work, and its numbers for Prometheus."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from pydantic import BaseModel

from smartsync_core.api.access import Viewer
from smartsync_core.api.problems import answers
from smartsync_core.api.reference import page

__all__ = ["router"]

router = APIRouter(tags=["state"])


class Health(BaseModel):
    status: Literal["ok"] = "ok"
    open_imports: int


class Ready(BaseModel):
    status: Literal["ready"] = "ready"


@router.get("/health")
def health(request: Request) -> Health:
    """Whether the store answers, and how many imports are being worked on."""
    ctx = request.app.state.application().context
    return Health(open_imports=ctx.runs.count_open())


@router.get("/health/ready")
def ready(request: Request) -> Ready:
    """Whether calls can be taken: the application is open and its store answers."""
    request.app.state.application().context.connections.all()
    return Ready()


_NUMBERS: dict[int | str, dict[str, object]] = {
    200: {"content": {"text/plain": {"schema": {"type": "string"}}}}
}


@router.get("/metrics", response_model=None, responses=_NUMBERS | answers(401, 403, 429))
def metrics(caller: Viewer, request: Request) -> PlainTextResponse:
    """Numbers since the start, as Prometheus reads them."""
    text = request.app.state.metrics.text(open_imports=len(caller.ctx.runs.open_ones()))
    return PlainTextResponse(text, media_type=CONTENT_TYPE_LATEST)


@router.get("/docs", response_class=HTMLResponse, include_in_schema=False)
def docs(request: Request) -> HTMLResponse:
    """The OpenAPI document for people; it needs nothing from elsewhere."""
    return HTMLResponse(page(request.app.openapi()))
