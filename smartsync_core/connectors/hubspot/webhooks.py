"""Webhooks: who signed a delivery, and which records it says have changed. Pure; nothing is fetched.

Signature v3 is base64(HMAC-SHA256(client secret, method + address + body + time)), v1 is hex(SHA-256(client secret + body)).
The address is the public one that HubSpot was given. (HubSpot developer docs, "Validating requests", read 2026-11-23.)
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated
from urllib.parse import unquote

from pydantic import AliasChoices, BaseModel, Field, TypeAdapter, ValidationError

from smartsync_core.errors import BadInput
from smartsync_core.model.webhook import Change

__all__ = ["changes", "is_signed_v1", "is_signed_v3", "sign_v1", "sign_v3"]

WINDOW = timedelta(minutes=5)
_DECODED = re.compile(r"%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)  # the rest stays as it is
_LAST_MS = 253_402_300_799_999  # the end of the year 9999


def sign_v3(secret: str, method: str, address: str, body: bytes, sent_ms: str) -> str:
    decoded = _DECODED.sub(lambda found: unquote(found[0]), address)
    signed = method.encode() + decoded.encode() + body + sent_ms.encode()
    return base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()


def sign_v1(secret: str, body: bytes) -> str:
    return hashlib.sha256(secret.encode() + body).hexdigest()


def is_signed_v3(
    secret: str, address: str, body: bytes, *, signature: str, sent_ms: str, now: datetime
) -> bool:
    """Whether a POST to `address` comes from who knows `secret`, and was sent within five minutes of `now`."""
    if not (sent_ms.isascii() and sent_ms.isdecimal() and len(sent_ms) <= 15):
        return False
    away_ms = abs(now.timestamp() * 1000 - int(sent_ms))
    expected = sign_v3(secret, "POST", address, body, sent_ms)
    return _same(expected, signature) and away_ms <= WINDOW / timedelta(milliseconds=1)


def is_signed_v1(secret: str, body: bytes, *, signature: str) -> bool:
    """Says nothing of when: v1 signs no time."""
    return _same(sign_v1(secret, body), signature)


def changes(body: bytes) -> list[Change]:
    """What a delivery of 1 to 100 events tells. Raises BadInput, and then nothing of it is to be used."""
    try:
        events = _DELIVERY.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the body"
        raise BadInput(f"The events cannot be read: {place}: {first['msg']}.") from None
    return [_change(event) for event in events]


def _same(expected: str, given: str) -> bool:
    return hmac.compare_digest(expected.encode(), given.encode())


_Number = Annotated[int, Field(ge=0, lt=1 << 63)]
_Word = Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")]


class _Event(BaseModel):
    """What is used of an event. A value that it carries is left where it is: the record is read again."""

    eventId: _Number  # noqa: N815 - HubSpot's names
    subscriptionId: _Number  # noqa: N815
    portalId: _Number  # noqa: N815
    occurredAt: Annotated[int, Field(ge=0, le=_LAST_MS)]  # noqa: N815
    kind: _Word = Field(validation_alias=AliasChoices("subscriptionType", "eventType"), min_length=1)
    objectId: Annotated[  # noqa: N815
        _Number, Field(validation_alias=AliasChoices("objectId", "fromObjectId", "newObjectId"))
    ]
    objectTypeId: _Word = ""  # noqa: N815
    propertyName: _Word = ""  # noqa: N815
    toObjectId: _Number | None = None  # noqa: N815
    changeSource: _Word | None = None  # noqa: N815
    sourceId: _Word | None = None  # noqa: N815


_DELIVERY = TypeAdapter(Annotated[list[_Event], Field(min_length=1, max_length=100)])


def _change(event: _Event) -> Change:
    named = (
        event.portalId,
        event.subscriptionId,
        event.objectId,
        event.eventId,
        event.occurredAt,
        event.propertyName,
        event.kind,
        event.toObjectId,
    )
    return Change(
        key=hashlib.sha256("\n".join(map(str, named)).encode()).hexdigest(),
        portal_id=str(event.portalId),
        kind=event.kind,
        object_type=event.objectTypeId,
        record_id=str(event.objectId),
        field=event.propertyName,
        source=event.changeSource or "",
        source_id=event.sourceId or "",
        occurred_at=datetime.fromtimestamp(event.occurredAt / 1000, UTC),
    )
