"""HubSpot's webhooks: nobody else gets in, nothing is taken twice, nothing is lost."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import Iterator, MutableMapping
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from smartsync_core.api import create_api
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application
from tests.api.serving import served

SECRET = "1f0c0c5a-0000-4000-8000-webhooksecret"
ADDRESS = "https://sync.example.com/api/webhooks/hubspot"
PATH = "/webhooks/hubspot"
PORTAL = 4711
SETTINGS = {"HUBSPOT_CLIENT_SECRET": SECRET, "HUBSPOT_WEBHOOK_URL": ADDRESS}


def opened(folder: Path, **variables: str) -> Application:
    """Not started: nothing but the store is needed."""
    application = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(folder), **variables}))
    application.context.connections.save(
        name="HubSpot", crm_type="hubspot", base_url="", token="pat-na1-x", portal_id=str(PORTAL)
    )
    return application


@pytest.fixture
def webhooks(tmp_path: Path) -> Iterator[Application]:
    application = opened(tmp_path, **SETTINGS)
    yield application
    application.stop()


def event(number: int, **fields: object) -> dict[str, object]:
    told = {"eventId": number, "subscriptionId": 7, "portalId": PORTAL, "occurredAt": 1_700_000_000_000}
    return told | {"subscriptionType": "contact.creation", "objectId": number, "attemptNumber": 0} | fields


def delivery(*events: dict[str, object]) -> bytes:
    return json.dumps(events).encode()


def signed(
    body: bytes, *, age: timedelta = timedelta(0), secret: str = SECRET, to: str = ADDRESS
) -> dict[str, str]:
    """As HubSpot signs; written from its documents, apart from what checks it."""
    sent = str(int((time.time() - age.total_seconds()) * 1000))
    digest = hmac.new(secret.encode(), b"POST" + to.encode() + body + sent.encode(), hashlib.sha256).digest()
    return {"X-HubSpot-Signature-v3": base64.b64encode(digest).decode(), "X-HubSpot-Request-Timestamp": sent}


def post_all(api: FastAPI, sent: list[tuple[bytes, dict[str, str]]]) -> Counter[int]:
    """How often each status was answered; in this process, a few at a time as HubSpot does."""

    async def run() -> Counter[int]:
        statuses: Counter[int] = Counter()
        rest = iter(sent)

        async def one_after_the_other() -> None:
            for body, headers in rest:
                statuses[await _status(api, body, headers)] += 1

        await asyncio.gather(*(one_after_the_other() for _ in range(10)))
        return statuses

    return asyncio.run(run())


async def _status(api: FastAPI, body: bytes | None, headers: dict[str, str]) -> int:
    """Without a client between: it would take most of the time of ten thousand calls. None: the caller is gone."""
    statuses: list[int] = []
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": PATH,
        "root_path": "",
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> dict[str, object]:
        if body is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    await api(scope, receive, send)
    return statuses[0]


def kept(application: Application) -> list[str]:
    (account,) = application.context.connections.all()
    return [change.record_id for change in application.context.webhooks.kept(account.id, limit=20_000)]


def test_of_10_000_that_are_not_good_none_is_taken_and_of_1_000_good_ones_each_once(
    webhooks: Application,
) -> None:
    api = create_api(lambda: webhooks)
    random = Random(1)
    good = [delivery(event(number)) for number in range(1, 1001)]
    first = [(body, signed(body)) for body in good]
    told_again = [
        delivery(*(event(number, attemptNumber=1) for number in range(start, start + 100)))
        for start in range(1, 1001, 100)
    ]
    assert post_all(api, first) == {200: 1000}

    bad: list[tuple[bytes, dict[str, str]]] = first[:400]  # replayed to the letter
    for number in range(2000, 5200):
        body = delivery(event(number))
        bad.append((body, signed(body, secret=random.choice(["", SECRET[:-1], SECRET.upper()]))))  # forged
        late = timedelta(minutes=random.choice([-6, 6, 60, 60 * 24]))
        bad.append((body, signed(body, age=late)))
        bad.append((body[:-2] + b" }]", signed(body)))  # changed on the way
    assert len(bad) == 10_000
    random.shuffle(bad)
    assert post_all(api, bad) == {401: 9600, 409: 400}
    assert post_all(api, [(body, signed(body)) for body in told_again]) == {200: 10}

    assert sorted(map(int, kept(webhooks))) == list(range(1, 1001))


def test_what_is_signed_but_no_delivery_is_refused_whole(webhooks: Application) -> None:
    broken = [b"", b"[]", b"{}", b"[" * 10_000, delivery(event(1), {}), delivery(*[event(2)] * 101)]
    api = create_api(lambda: webhooks)
    assert post_all(api, [(body, signed(body)) for body in broken]) == {400: len(broken)}
    assert kept(webhooks) == []


def test_a_caller_who_goes_away_in_the_middle_is_no_error_of_ours(
    webhooks: Application, caplog: pytest.LogCaptureFixture
) -> None:
    assert asyncio.run(_status(create_api(lambda: webhooks), None, {})) == 400
    assert caplog.text == ""


def test_over_the_network_a_delivery_is_answered_with_what_became_of_it(webhooks: Application) -> None:
    body = delivery(event(1), event(1), event(2), event(3, portalId=1))
    with served(create_api(lambda: webhooks)) as url, httpx.Client(base_url=url) as client:
        headers = signed(body)
        taken = client.post(PATH, content=body, headers=headers)
        replayed = client.post(PATH, content=body, headers=headers)
        unsigned = client.post(PATH, content=body)
        elsewhere = client.post(PATH, content=body, headers=signed(body, to="https://sync.example.com/other"))
        strange = client.post(PATH, content=body, headers={b"X-HubSpot-Signature-v3": "é".encode()})
    assert (taken.status_code, taken.json()) == (200, {"new": 2, "known": 1, "elsewhere": 1})
    assert (replayed.status_code, replayed.json()["code"]) == (409, "replayed")
    for refused in (unsigned, elsewhere, strange):
        assert (refused.status_code, refused.json()["code"]) == (401, "not_signed")
    assert SECRET not in "".join(answer.text for answer in (taken, replayed, unsigned, elsewhere))


def test_a_delivery_is_known_after_a_restart_too(tmp_path: Path) -> None:
    body = delivery(event(1))
    sent = [(body, signed(body))]
    for answered in (200, 409):
        application = opened(tmp_path, **SETTINGS)
        try:
            assert post_all(create_api(lambda app=application: app), sent) == {answered: 1}  # type: ignore[misc]
        finally:
            application.stop()


@pytest.mark.parametrize(
    ("variables", "v1", "v3"),
    [
        (SETTINGS, 401, 200),
        (SETTINGS | {"HUBSPOT_WEBHOOK_V1": "1"}, 200, 401),
        ({"HUBSPOT_WEBHOOK_URL": ADDRESS}, 401, 401),
        ({"HUBSPOT_CLIENT_SECRET": SECRET}, 401, 401),
    ],
    ids=["v3 unless told otherwise", "v1 by setting", "no secret", "no address"],
)
def test_the_setting_says_which_signature_opens(
    tmp_path: Path, variables: dict[str, str], v1: int, v3: int
) -> None:
    application = opened(tmp_path, **variables)
    api = create_api(lambda: application)
    body = delivery(event(1))
    first = {"X-HubSpot-Signature": hashlib.sha256(SECRET.encode() + body).hexdigest()}
    try:
        assert post_all(api, [(body, first)]) == {v1: 1}
        assert post_all(api, [(body, signed(body))]) == {v3: 1}
        assert post_all(api, [(body, signed(body, secret="", to=""))]) == {401: 1}
    finally:
        application.stop()
