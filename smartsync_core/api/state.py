"""How the server is: whether it lives, and whether it can work. Needs no key and tells nothing of what is kept."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel

__all__ = ["router"]

router = APIRouter(tags=["state"])


class Health(BaseModel):
    status: str
    open_imports: int


@router.get("/health")
def health(request: Request) -> Health:
    """Whether the store answers, and how many imports are being worked on."""
    ctx = request.app.state.application().context
    return Health(status="ok", open_imports=len(ctx.runs.open_ones()))
