"""Signatures and events of HubSpot's webhooks, by the vectors of its documents."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from smartsync_core.connectors.hubspot.webhooks import (
    changes,
    is_signed_v1,
    is_signed_v3,
    sign_v1,
    sign_v3,
)
from smartsync_core.errors import BadInput

SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
ADDRESS = "https://www.example.com/webhook_uri"
BODY = (
    b'[{"eventId":1,"subscriptionId":12345,"portalId":62515,"occurredAt":1564113600000,'
    b'"subscriptionType":"contact.creation","attemptNumber":0,"objectId":123,"changeSource":"CRM",'
    b'"changeFlag":"NEW","appId":54321}]'
)
SENT_MS = "1564113600000"
SENT = datetime.fromtimestamp(1564113600, UTC)
V1 = "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de"
V3 = "DxmVAjFNa2xfF3YgQjdZP6TNcok9k1oaH7UXombPtvw="


def test_the_signatures_are_those_of_hubspot() -> None:
    assert sign_v1(SECRET, BODY) == V1
    assert sign_v3(SECRET, "POST", ADDRESS, BODY, SENT_MS) == V3
    assert is_signed_v1(SECRET, BODY, signature=V1)
    assert not is_signed_v1(SECRET, BODY + b" ", signature=V1)


@pytest.mark.parametrize(
    ("away", "good"),
    [
        (timedelta(0), True),
        (timedelta(minutes=5), True),
        (timedelta(minutes=5, milliseconds=1), False),
        (timedelta(minutes=-5, milliseconds=-1), False),
    ],
)
def test_a_signature_is_good_for_five_minutes(away: timedelta, good: bool) -> None:
    given = is_signed_v3(SECRET, ADDRESS, BODY, signature=V3, sent_ms=SENT_MS, now=SENT + away)
    assert given is good


@pytest.mark.parametrize("sent_ms", ["", "soon", "-1", "1564113600001", "١٥٦٤", "9" * 400])
def test_a_time_that_was_not_signed_is_refused(sent_ms: str) -> None:
    assert not is_signed_v3(SECRET, ADDRESS, BODY, signature=V3, sent_ms=sent_ms, now=SENT)


def test_only_the_signs_that_hubspot_decodes_are_decoded_in_an_address() -> None:
    encoded = "https://a.example/w?to=%3a%2F%3F%40%21%24%27%28%29%2A%2C%3B&keep=%20%26%3D"
    plain = "https://a.example/w?to=:/?@!$'()*,;&keep=%20%26%3D"
    assert sign_v3(SECRET, "POST", encoded, BODY, SENT_MS) == sign_v3(SECRET, "POST", plain, BODY, SENT_MS)


def test_an_event_says_which_record_to_read_again() -> None:
    (change,) = changes(BODY)
    assert (change.portal_id, change.kind, change.record_id) == ("62515", "contact.creation", "123")
    assert (change.source, change.occurred_at) == ("CRM", SENT)


def event(**fields: object) -> bytes:
    return json.dumps([json.loads(BODY)[0] | fields]).encode()


def test_a_change_told_again_has_the_same_key_and_another_change_another() -> None:
    key = changes(BODY)[0].key
    assert changes(event(attemptNumber=3))[0].key == key
    others: list[dict[str, object]] = [
        {"eventId": 2},
        {"objectId": 5},
        {"occurredAt": 7},
        {"portalId": 1},
        {"propertyName": "email"},
    ]
    assert key not in {changes(event(**other))[0].key for other in others}


def test_the_newer_name_of_the_type_and_the_ids_of_an_association_are_read() -> None:
    told = json.loads(BODY)[0]
    del told["subscriptionType"], told["objectId"]
    told |= {"eventType": "contact.associationChange", "fromObjectId": 7, "toObjectId": 8}
    (change,) = changes(json.dumps([told]).encode())
    assert (change.kind, change.record_id) == ("contact.associationChange", "7")


def test_no_value_of_a_person_is_kept_of_an_event() -> None:
    assert "ada@engines.example" not in repr(changes(event(propertyValue="ada@engines.example")))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{}",
        b"[]",
        b"[1]",
        b"[{}]",
        b"\xff\xfe",
        b"[" * 100_000,
        BODY[:-1],
        event(portalId="x"),
        event(objectId=-1),
        event(objectId=None),
        event(occurredAt=10**18),
        event(subscriptionType=""),
        event(subscriptionType="contact\u0000"),
        event(propertyName="x" * 201),
        json.dumps(json.loads(BODY) * 101).encode(),
    ],
)
def test_what_is_no_delivery_is_refused_whole(body: bytes) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        changes(body)
