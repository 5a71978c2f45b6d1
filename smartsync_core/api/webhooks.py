"""Where HubSpot tells of changes. It has no key: its signature lets it in."""

from __future__ import annotations

from fastapi import APIRouter, Request
from httpx import codes
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from smartsync_core.api.problems import Refused, answers
from smartsync_core.orchestrator.webhooks import signature_of, take_delivery

__all__ = ["router"]

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


class Delivered(BaseModel):
    """How many changes were new, told of before, or of accounts that are not connected here."""

    model_config = ConfigDict(from_attributes=True)

    new: int
    known: int
    elsewhere: int


_EVENTS = {"type": "array", "items": {"type": "object"}, "minItems": 1, "maxItems": 100}
_BODY = {
    "required": True,
    "content": {"application/json": {"schema": _EVENTS}},
}  # read as bytes: they are signed


@router.post("/hubspot", responses=answers(400, 401, 409, 413), openapi_extra={"requestBody": _BODY})
async def hubspot(request: Request) -> Delivered:
    """Keeps what HubSpot tells of, each change once. Needs no key but HubSpot's signature, five minutes old at most."""
    body = await request.body()
    ctx = request.app.state.application().context
    signature = signature_of(ctx.settings, request.headers, body)
    if not signature:
        raise Refused(
            codes.UNAUTHORIZED,
            "not_signed",
            "This delivery carries no valid signature of HubSpot, or is older than five minutes.",
            "Compare HUBSPOT_CLIENT_SECRET and HUBSPOT_WEBHOOK_URL with the app in HubSpot, and the clock of this computer.",
            {"WWW-Authenticate": "X-HubSpot-Signature-v3"},
        )
    return Delivered.model_validate(await run_in_threadpool(take_delivery, ctx, signature, body))
