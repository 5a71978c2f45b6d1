"""Who gets in: no key, a wrong one, a revoked one, one whose role does not do."""

from __future__ import annotations

import json
from contextlib import closing
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from smartsync_core.api import create_api
from smartsync_core.api.limits import RateLimits
from smartsync_core.model.access import Role
from smartsync_core.orchestrator.api_keys import make_key, revoke_key
from smartsync_core.wiring import Application
from tests.api.serving import Caller, served

OPEN = {
    "/health": 200,
    "/health/ready": 200,
    "/auth/hubspot/callback": 303,
}  # without a state of ours it leads nowhere
SIGNED = {"/webhooks/hubspot": "X-HubSpot-Signature-v3"}  # what lets these in instead of a key
PROBLEM = {"code", "message", "hint", "id"}
LIST = "/integrations/crm/connect"


def test_every_call_but_the_open_ones_asks_for_a_key(nobody: Caller, application: Application) -> None:
    paths = create_api(lambda: application).openapi()["paths"]
    for method, path in [(method, path) for path, methods in paths.items() for method in methods]:
        answer = nobody.request(method, path.replace("{", "").replace("}", ""))
        if path in OPEN:
            assert answer.status_code == OPEN[path], path
        else:
            assert answer.status_code == 401, f"{method} {path}"
            assert answer.json().keys() == PROBLEM
            assert answer.headers["WWW-Authenticate"] == SIGNED.get(path, "Bearer")


@pytest.mark.parametrize("given", ["nonsense", "ssk_000000000000_" + "a" * 43, "ssk_é"])
def test_a_key_that_nobody_made_opens_nothing(nobody: Caller, given: str) -> None:
    answer = nobody.get(LIST, headers={b"Authorization": f"Bearer {given}".encode()})
    assert answer.status_code == 401


@pytest.mark.parametrize("given", [{}, {"Authorization": "Bearer ssk_none_none"}])
def test_no_file_of_a_stranger_is_read(url: str, given: dict[str, str]) -> None:
    with closing(HTTPConnection(urlsplit(url).netloc, timeout=60)) as connection:
        connection.putrequest("POST", "/api/uploads")
        for name, value in (
            {"Content-Length": "1000000", "Content-Type": "multipart/form-data; boundary=x"} | given
        ).items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()  # though nothing of the file was sent
        assert (answer.status, json.load(answer).keys()) == (401, PROBLEM)


def test_the_right_id_with_another_secret_opens_nothing(nobody: Caller, keys: dict[Role, str]) -> None:
    head, _, _ = keys[Role.ADMIN].partition("_")[2].partition("_")
    answer = nobody.get(LIST, headers={"Authorization": f"Bearer ssk_{head}_{'a' * 43}"})
    assert answer.status_code == 401


def test_a_revoked_key_opens_nothing_any_more(url: str, application: Application) -> None:
    made = make_key(application.context, Role.ADMIN, "short lived")
    with Caller(url, made.text) as caller:
        assert caller.get(LIST).status_code == 200
        revoke_key(application.context, made.key.id)
        assert caller.get(LIST).status_code == 401


@pytest.mark.parametrize(("role", "status"), [(Role.VIEWER, 403), (Role.OPERATOR, 403), (Role.ADMIN, 422)])
def test_accounts_are_connected_by_admins(url: str, keys: dict[Role, str], role: Role, status: int) -> None:
    with Caller(url, keys[role]) as caller:
        answer = caller.post(LIST, json={})
    assert answer.status_code == status
    assert answer.json().keys() == PROBLEM


def test_a_viewer_writes_nothing(viewer: Caller) -> None:
    contact = {"entity_type": "contact", "contact": {"email": "ann@sample.example"}}
    answer = viewer.post("/integrations/crm/sync", json=contact)
    assert answer.status_code == 403
    assert answer.json()["message"] == "This call needs the role operator; the key has the role viewer."


def test_a_key_that_calls_too_often_is_told_when_to_come_back(
    application: Application, keys: dict[Role, str]
) -> None:
    asked = {role: {"Authorization": f"Bearer {keys[role]}"} for role in Role}
    with served(create_api(lambda: application, RateLimits(per_minute=3))) as url, Caller(url) as caller:
        answers = [caller.get(LIST, headers=asked[Role.VIEWER]) for _ in range(4)]
        other = caller.get(LIST, headers=asked[Role.ADMIN])
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert int(answers[-1].headers["Retry-After"]) in range(1, 61)
    assert other.status_code == 200, "another key has calls of its own"


def test_a_key_is_seen_once_and_its_use_is_noted(url: str, application: Application) -> None:
    made = make_key(application.context, Role.VIEWER, "nightly")
    assert application.context.api_keys.get(made.key.id).last_used_at is None
    with Caller(url, made.text) as caller:
        caller.get(LIST)
    kept = application.context.api_keys.get(made.key.id)
    assert kept.last_used_at is not None
    assert made.text not in repr(kept)


def test_who_made_and_revoked_a_key_is_on_record(application: Application) -> None:
    made = make_key(application.context, Role.OPERATOR, "loader")
    revoke_key(application.context.acting_as("somebody"), made.key.id)
    revoked, created = application.context.audit.recent(2)
    assert (created["who"], created["what"], created["subject_id"]) == ("local", "api_key.made", made.key.id)
    assert (revoked["who"], revoked["what"]) == ("somebody", "api_key.revoked")
    assert made.text not in str([created, revoked])
