"""Contract §2: tokens, scopes and the exact words of a refusal."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import hubspot
import hubspot_sdk
import pytest
from hubspot.crm.contacts.exceptions import ForbiddenException, UnauthorizedException

from tests.twin_process import TwinProcess
from tests.twins.hubspot_portal import TOKEN, ControlPlane, fresh, fresh_email

SCOPES_URL = "https://developers.hubspot.com/scopes"
INFO = "/oauth/v2/private-apps/get/access-token-info"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def scopes_named(body: dict[str, Any]) -> set[str]:
    """A 403 names scopes in `context` or in `errors[].context`, under one of two keys (§2.3)."""
    contexts = [body.get("context", {}), *(error.get("context", {}) for error in body.get("errors", []))]
    keys = ("requiredScopes", "requiredGranularScopes")
    return {scope for context in contexts for key in keys for scope in context.get(key, [])}


def test_a_call_without_a_token_is_told_where_to_read_about_them(anyone: httpx.Client) -> None:
    """§2.3: INVALID_AUTHENTICATION, word for word."""
    answer = anyone.get("/crm/v3/objects/contacts")
    assert answer.status_code == 401
    body = answer.json()
    assert body.pop("correlationId")
    assert body == {
        "status": "error",
        "message": "Authentication credentials not found. This API supports OAuth 2.0 authentication "
        "and you can find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview",
        "category": "INVALID_AUTHENTICATION",
    }


@pytest.mark.parametrize("header", ["Basic cGF0", "Bearer", "pat-na1-contract"])
def test_a_malformed_token_is_invalid_authentication(header: str, anyone: httpx.Client) -> None:
    """§2.3: malformed or absent."""
    answer = anyone.get("/crm/v3/objects/contacts", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["category"]) == (401, "INVALID_AUTHENTICATION")


def test_a_garbage_token_stops_both_official_clients(contract_twin: TwinProcess) -> None:
    """§2.3: 401; the category may be either of the two."""
    old = hubspot.HubSpot(access_token="garbage", host=contract_twin.url)
    with pytest.raises(UnauthorizedException) as refused:
        old.crm.contacts.basic_api.get_page()
    assert "_AUTHENTICATION" in refused.value.body
    with (
        hubspot_sdk.HubSpot(access_token="garbage", base_url=contract_twin.url, max_retries=0) as new,
        pytest.raises(hubspot_sdk.AuthenticationError),
    ):
        new.account.get()


def test_an_expired_token_says_when_it_expired(portal: ControlPlane, anyone: httpx.Client) -> None:
    """§2.3: EXPIRED_AUTHENTICATION; §2.1: a token lives as long as `expires_in` says."""
    token = portal.know_token(fresh("CKj"), "crm.objects.contacts.read", expires_in=1800)
    url = "/crm/v3/objects/contacts"
    portal.advance(1700)
    assert anyone.get(url, headers=bearer(token)).status_code == 200
    portal.advance(160)
    answer = anyone.get(url, headers=bearer(token))
    assert answer.status_code == 401
    body = answer.json()
    assert body["category"] == "EXPIRED_AUTHENTICATION"
    assert re.fullmatch(
        r"The OAuth token used to make this call expired \d+ second\(s\) ago\.", body["message"]
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["context"]["expire time"][0])


def test_a_service_key_does_not_expire(portal: ControlPlane, raw: httpx.Client) -> None:
    """§2.1: service key, private-app token."""
    portal.advance(400 * 86_400)
    assert raw.get("/crm/v3/objects/contacts").status_code == 200


def test_a_service_key_tells_its_portal_app_and_scopes(
    portal: ControlPlane, anyone: httpx.Client, raw: httpx.Client
) -> None:
    """§2.1: private app and service key info needs no scope."""
    narrow = portal.know_token(fresh("pat-na1"), "crm.objects.contacts.read")
    answer = raw.post(INFO, json={"tokenKey": narrow})
    assert answer.status_code == 200
    body = answer.json()
    assert body["scopes"] == ["crm.objects.contacts.read"]
    assert all(isinstance(body[key], int) for key in ("userId", "hubId", "appId"))
    bare = portal.know_token(fresh("pat-na1"))
    assert anyone.post(INFO, json={"tokenKey": bare}, headers=bearer(bare)).status_code == 200


def test_a_full_service_key_has_every_scope_the_app_needs(raw: httpx.Client) -> None:
    """§2.2: the scopes the app needs, all and only."""
    objects = {
        f"crm.{area}.{kind}.{right}"
        for area in ("objects", "schemas")
        for kind in ("contacts", "companies", "deals")
        for right in ("read", "write")
    }
    held = set(raw.post(INFO, json={"tokenKey": TOKEN}).json()["scopes"])
    assert objects | {"crm.objects.owners.read"} <= held


def test_account_details_name_portal_zone_and_currency(sdk: hubspot_sdk.HubSpot, raw: httpx.Client) -> None:
    """§3: account information; its portal is the key's (§2.1)."""
    body = raw.get("/account-info/v3/details").json()
    assert set(body) >= {
        "portalId",
        "accountType",
        "timeZone",
        "companyCurrency",
        "additionalCurrencies",
        "utcOffset",
        "utcOffsetMilliseconds",
        "uiDomain",
        "dataHostingLocation",
    }
    assert body["accountType"] in {"STANDARD", "DEVELOPER_TEST", "SANDBOX", "APP_DEVELOPER"}
    assert body["portalId"] == raw.post(INFO, json={"tokenKey": TOKEN}).json()["hubId"]
    assert sdk.account.get().portal_id == body["portalId"]


@pytest.mark.parametrize(
    ("scope", "method", "path", "json"),
    [
        (
            "crm.objects.deals.write",
            "POST",
            "/crm/v3/objects/deals",
            {"properties": {"dealname": "d", "dealstage": "appointmentscheduled"}},
        ),
        ("crm.objects.companies.read", "GET", "/crm/objects/2026-09/companies", None),
        ("crm.objects.contacts.write", "POST", "/crm/v3/objects/contacts/batch/create", {"inputs": []}),
        (
            "crm.schemas.contacts.write",
            "POST",
            "/crm/v3/properties/contacts",
            {
                "name": "x",
                "label": "x",
                "type": "string",
                "fieldType": "text",
                "groupName": "contactinformation",
            },
        ),
        ("crm.objects.owners.read", "GET", "/crm/v3/owners", None),
    ],
)
def test_a_missing_scope_is_named(
    scope: str,
    method: str,
    path: str,
    json: dict[str, Any] | None,
    portal: ControlPlane,
    anyone: httpx.Client,
) -> None:
    """§2.3: MISSING_SCOPES; §2.2: which call needs which scope."""
    token = portal.know_token(fresh("pat-na1"), "crm.objects.contacts.read")
    answer = anyone.request(method, path, json=json, headers=bearer(token))
    assert answer.status_code == 403
    body = answer.json()
    assert (body["status"], body["category"]) == ("error", "MISSING_SCOPES")
    assert "scopes are required" in str(body) or "required scopes" in body["message"]
    assert SCOPES_URL in str(body)
    assert scope in scopes_named(body)


def test_both_official_clients_see_a_missing_scope_as_forbidden(
    contract_twin: TwinProcess, portal: ControlPlane
) -> None:
    """§2.3: HTTP 403."""
    token = portal.know_token(fresh("pat-na1"), "crm.objects.contacts.read")
    old = hubspot.HubSpot(access_token=token, host=contract_twin.url)
    with pytest.raises(ForbiddenException):
        old.crm.contacts.basic_api.create({"properties": {"email": fresh_email()}})
    with (
        hubspot_sdk.HubSpot(access_token=token, base_url=contract_twin.url, max_retries=0) as new,
        pytest.raises(hubspot_sdk.PermissionDeniedError),
    ):
        new.crm.objects.contacts.create(associations=[], properties={"email": fresh_email()})


@pytest.mark.parametrize("kind", ["tasks", "notes"])
def test_tasks_and_notes_need_only_the_contact_scopes(
    kind: str, portal: ControlPlane, anyone: httpx.Client
) -> None:
    """§2.2: no task or note scope exists for writing."""
    token = portal.know_token(fresh("pat-na1"), "crm.objects.contacts.read", "crm.objects.contacts.write")
    url = f"/crm/v3/objects/{kind}"
    made = anyone.post(
        url, json={"properties": {"hs_timestamp": "2026-11-23T10:00:00Z"}}, headers=bearer(token)
    )
    assert made.status_code == 201
    assert anyone.get(f"{url}/{made.json()['id']}", headers=bearer(token)).status_code == 200


@pytest.mark.parametrize("scope", ["crm.objects.deals.read", "crm.schemas.deals.read"])
def test_pipelines_open_with_either_deal_scope(
    scope: str, portal: ControlPlane, anyone: httpx.Client
) -> None:
    """§2.2: pipelines read."""
    token = portal.know_token(fresh("pat-na1"), scope)
    url = "/crm/v3/pipelines/deals"
    assert anyone.get(url, headers=bearer(token)).status_code == 200


@pytest.mark.parametrize("scope", ["crm.objects.companies.read", "crm.schemas.companies.read"])
def test_property_definitions_open_with_either_read_scope(
    scope: str, portal: ControlPlane, anyone: httpx.Client
) -> None:
    """§2.2: property read."""
    token = portal.know_token(fresh("pat-na1"), scope)
    url = "/crm/v3/properties/companies"
    assert anyone.get(url, headers=bearer(token)).status_code == 200


def test_an_unknown_refresh_token_is_refused_word_for_word(anyone: httpx.Client) -> None:
    """§2.3: BAD_REFRESH_TOKEN, v3 token call."""
    form = {
        "grant_type": "refresh_token",
        "client_id": "c",
        "client_secret": "s",
        "refresh_token": "na1-gone",
    }
    answer = anyone.post("/oauth/v3/token", data=form)
    said = "refresh token is invalid, expired or revoked"
    assert answer.status_code == 400
    assert answer.json() == {
        "error": "invalid_grant",
        "error_description": said,
        "status": "BAD_REFRESH_TOKEN",
        "message": said,
    }


def test_an_unknown_code_is_refused_by_the_v1_token_call(anyone: httpx.Client) -> None:
    """§2.3: BAD_AUTH_CODE."""
    form = {
        "grant_type": "authorization_code",
        "client_id": "c",
        "client_secret": "s",
        "redirect_uri": "http://x",
        "code": "gone",
    }
    answer = anyone.post("/oauth/v1/token", data=form)
    assert (answer.status_code, answer.json()["status"]) == (400, "BAD_AUTH_CODE")


def test_a_code_is_good_once_and_its_refresh_token_for_long(
    portal: ControlPlane, anyone: httpx.Client, contract_twin: TwinProcess
) -> None:
    """§2.1: authorization_code, refresh_token, introspect; expires_in 1800, refresh token unchanged."""
    code, app = fresh("code"), {"client_id": "c", "client_secret": "s"}
    portal.know_code(code, "oauth", "crm.objects.contacts.read")
    form = {**app, "grant_type": "authorization_code", "redirect_uri": "http://127.0.0.1/back", "code": code}
    first = anyone.post("/oauth/v3/token", data=form)
    assert first.status_code == 200
    assert anyone.post("/oauth/v3/token", data=form).status_code == 400
    tokens = first.json()
    assert (tokens["token_type"], tokens["expires_in"]) == ("bearer", 1800)
    portal.advance(1801)
    path = "/crm/v3/objects/contacts"
    assert (
        anyone.get(path, headers=bearer(tokens["access_token"])).json()["category"]
        == "EXPIRED_AUTHENTICATION"
    )
    renewed = hubspot.HubSpot(host=contract_twin.url).oauth.tokens_api.create(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"], **app
    )
    assert renewed.refresh_token == tokens["refresh_token"]
    assert renewed.expires_in == 1800
    assert anyone.get(path, headers=bearer(renewed.access_token)).status_code == 200
    seen = anyone.post(
        "/oauth/v3/token/introspect",
        data={**app, "token_type_hint": "access_token", "token": renewed.access_token},
    ).json()
    assert seen["active"] is True
    assert seen["token_use"] == "access_token"
    assert set(seen["scopes"]) == {"oauth", "crm.objects.contacts.read"}


@pytest.mark.parametrize("dated", ["2026-03", "2026-09"])
def test_a_revoked_refresh_token_is_dead_on_dated_paths_too(
    dated: str, portal: ControlPlane, anyone: httpx.Client
) -> None:
    """§2.1: `/oauth/2026-09/token`, form-encoded; §2.3: BAD_REFRESH_TOKEN after a revoke."""
    code, app = fresh("code"), {"client_id": "c", "client_secret": "s"}
    portal.know_code(code, "oauth")
    url = f"/oauth/{dated}/token"
    form = {**app, "grant_type": "authorization_code", "redirect_uri": "http://127.0.0.1/back", "code": code}
    refresh_token = anyone.post(url, data=form).json()["refresh_token"]
    again = {**app, "grant_type": "refresh_token", "refresh_token": refresh_token}
    assert anyone.post(url, data=again).status_code == 200
    revoke = {**app, "token_type_hint": "refresh_token", "token": refresh_token}
    assert anyone.post("/oauth/v3/token/revoke", data=revoke).is_success
    assert anyone.post(url, data=again).json()["status"] == "BAD_REFRESH_TOKEN"


def test_a_person_lets_an_app_in_and_its_code_is_good_for_that_app_alone(anyone: httpx.Client) -> None:
    """§2.1: authorize, redirect with code and state, code_verifier."""
    verifier = "v" * 43
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "client_id": "c",
        "redirect_uri": "http://127.0.0.1/back",
        "scope": "oauth crm.objects.contacts.read",
        "state": "s t",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    shown = anyone.get("/oauth/authorize", params=asked)
    assert "crm.objects.contacts.read" in shown.text
    assert "error=access_denied&amp;state=s+t" in shown.text
    form = {
        "grant_type": "authorization_code",
        "client_id": "c",
        "client_secret": "s",
        "redirect_uri": "http://127.0.0.1/back",
        "code_verifier": verifier,
    }
    for wrong in ({}, {"client_id": "d"}, {"redirect_uri": "http://elsewhere"}, {"code_verifier": "w" * 43}):
        agreed = anyone.post("/oauth/authorize", data=asked, follow_redirects=False)
        assert agreed.status_code == 302
        told = parse_qs(urlsplit(agreed.headers["Location"]).query)
        assert told["state"] == ["s t"]
        answer = anyone.post("/oauth/v3/token", data=form | {"code": told["code"][0]} | wrong)
        assert answer.status_code == (400 if wrong else 200)
    assert anyone.get("/oauth/authorize", params={"client_id": "c"}).status_code == 400
