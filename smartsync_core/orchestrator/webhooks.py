"""A delivery of the CRM's webhooks: let in when it is signed and fresh, then kept. Nothing is read or written in the CRM."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from smartsync_core.connectors.hubspot import webhooks as hubspot
from smartsync_core.model.webhook import Taken
from smartsync_core.orchestrator.context import Context
from smartsync_core.settings import Settings

__all__ = ["signature_of", "take_delivery"]


def signature_of(
    settings: Settings, headers: Mapping[str, str], body: bytes, now: datetime | None = None
) -> str:
    """The signature under which HubSpot sent `body`; "" when it is not HubSpot's, or too old, or none is expected."""
    secret, address = settings.hubspot_client_secret, settings.hubspot_webhook_url
    if not secret:
        return ""
    if settings.hubspot_webhook_v1:
        signature = headers.get("x-hubspot-signature", "")
        return signature if hubspot.is_signed_v1(secret, body, signature=signature) else ""
    signature = headers.get("x-hubspot-signature-v3", "")
    signed = bool(address) and hubspot.is_signed_v3(
        secret,
        address,
        body,
        signature=signature,
        sent_ms=headers.get("x-hubspot-request-timestamp", ""),
        now=now or datetime.now(UTC),
    )
    return signature if signed else ""


def take_delivery(ctx: Context, signature: str, body: bytes) -> Taken:
    """Raises BadInput when it cannot be read, or was taken before."""
    return ctx.webhooks.take("hubspot", signature, hubspot.changes(body))
