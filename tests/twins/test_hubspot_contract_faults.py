"""Contract §13.8: faults on demand, each with the answer that §3, §2.3 and §4.4 rule 6 describe."""

import json

import httpx
import hubspot
import hubspot_sdk
import pytest
from hubspot.crm.contacts.exceptions import ApiException, ServiceException

from tests.twins.hubspot_portal import ControlPlane, fresh, fresh_email

CONTACTS = "/crm/v3/objects/contacts"
BATCH = f"{CONTACTS}/batch"


def known(raw: httpx.Client, email: str) -> bool:
    return raw.get(f"{CONTACTS}/{email}", params={"idProperty": "email"}).status_code == 200


@pytest.mark.parametrize(
    ("kind", "method", "path", "policy", "said"),
    [
        ("429", "GET", CONTACTS, "TEN_SECONDLY_ROLLING", "You have reached your ten_secondly_rolling limit."),
        ("429", "POST", f"{CONTACTS}/search", "SECONDLY", "You have reached your secondly limit."),
        ("daily", "GET", CONTACTS, "DAILY", "You have reached your daily limit."),
    ],
)
def test_each_rate_policy_refuses_in_its_own_words(
    kind: str, method: str, path: str, policy: str, said: str, portal: ControlPlane, raw: httpx.Client
) -> None:
    """§3: 429 of each policy; Retry-After is not promised."""
    portal.fail_next(kind, path)
    answer = raw.request(method, path, json={} if method == "POST" else None)
    body = answer.json()
    assert (answer.status_code, body["message"]) == (429, said)
    assert body["policyName"] == policy
    assert body["status"] == "error"
    assert body["correlationId"]
    assert "retry-after" not in answer.headers
    assert raw.request(method, path, json={} if method == "POST" else None).status_code == 200


@pytest.mark.parametrize("kind", ["423", "477", "500", "502", "503", "504"])
def test_a_fault_answers_with_its_status_once(kind: str, portal: ControlPlane, raw: httpx.Client) -> None:
    """§3: 423, 477 and the 5xx family."""
    portal.fail_next(kind)
    statuses = [
        raw.patch(f"{CONTACTS}/1", json={"properties": {"city": "York"}}).status_code for _ in range(2)
    ]
    assert statuses == [int(kind), 404]


def test_a_migrating_account_says_how_long_to_wait(portal: ControlPlane, raw: httpx.Client) -> None:
    """§3: 477 with `Retry-After` in seconds."""
    portal.fail_next("477")
    assert int(raw.get(CONTACTS).headers["retry-after"]) > 0


def test_both_official_clients_meet_a_server_error(
    portal: ControlPlane, classic: hubspot.HubSpot, sdk: hubspot_sdk.HubSpot
) -> None:
    """§3: 5xx through both clients."""
    portal.fail_next("500")
    with pytest.raises(ServiceException):
        classic.crm.contacts.basic_api.get_page()
    portal.fail_next("503")
    with pytest.raises(hubspot_sdk.InternalServerError):
        sdk.crm.objects.contacts.list()


def test_a_lock_stops_a_write_and_changes_nothing(portal: ControlPlane, classic: hubspot.HubSpot) -> None:
    """§3: 423, record locked by heavy writes."""
    email = fresh_email()
    made = classic.crm.contacts.basic_api.create({"properties": {"email": email, "city": "Leeds"}})
    portal.fail_next("423")
    with pytest.raises(ApiException) as refused:
        classic.crm.contacts.basic_api.update(made.id, {"properties": {"city": "York"}})
    assert refused.value.status == 423
    read = classic.crm.contacts.basic_api.get_by_id(made.id, properties=["city"])
    assert read.properties["city"] == "Leeds"


def test_a_fault_waits_for_its_path_and_its_turn(portal: ControlPlane, raw: httpx.Client) -> None:
    """§13.8: `path` and `after`."""
    portal.fail_next("500", "companies", after=1)
    paths = ["contacts", "companies", "contacts", "companies", "companies"]
    statuses = [raw.get(f"/crm/v3/objects/{path}").status_code for path in paths]
    assert statuses == [200, 200, 200, 500, 200]


@pytest.mark.parametrize("call", ["create", "upsert"])
def test_a_connection_lost_after_the_commit_leaves_the_record(
    call: str, portal: ControlPlane, raw: httpx.Client
) -> None:
    """§13.8: timeout *after* commit; §3: retrying a create may duplicate."""
    email = fresh_email()
    portal.fail_next("reset_after_commit", f"batch/{call}")
    wish = {"inputs": [{"id": email, "idProperty": "email", "properties": {"email": email}}]}
    with pytest.raises(httpx.TransportError):
        raw.post(f"{BATCH}/{call}", json=wish)
    assert known(raw, email)


def test_a_gateway_timeout_may_hide_a_write_that_was_made(portal: ControlPlane, raw: httpx.Client) -> None:
    """§13.8: 504 after commit."""
    email = fresh_email()
    portal.fail_next("504", "batch/create")
    assert raw.post(f"{BATCH}/create", json={"inputs": [{"properties": {"email": email}}]}).status_code == 504
    assert known(raw, email)


@pytest.mark.parametrize("call", ["create", "update", "upsert"])
def test_an_input_may_be_met_with_silence(call: str, portal: ControlPlane, raw: httpx.Client) -> None:
    """§4.4 rule 6: 2xx with neither a result nor an error for an input."""
    emails = [fresh_email() for _ in range(4)]
    wish = {
        "inputs": [
            {
                "id": email,
                "idProperty": "email",
                "properties": {"email": email, "city": "York"},
                "objectWriteTraceId": email,
            }
            for email in emails
        ]
    }
    if call == "update":
        raw.post(f"{BATCH}/upsert", json=wish).raise_for_status()
    portal.fail_next("silent_omission", f"batch/{call}")
    answer = raw.post(f"{BATCH}/{call}", json=wish)
    assert answer.is_success
    assert 0 < len(answer.json()["results"]) < len(emails)
    assert not answer.json().get("errors")


def test_a_207_may_come_with_all_rows_good(portal: ControlPlane, raw: httpx.Client) -> None:
    """§4.4 rule 6: `errors: []`."""
    emails = {fresh_email() for _ in range(3)}
    portal.fail_next("empty_207", "batch/create")
    wish = {"inputs": [{"properties": {"email": email}, "objectWriteTraceId": email} for email in emails]}
    answer = raw.post(f"{BATCH}/create", json=wish)
    assert (answer.status_code, answer.json()["errors"]) == (207, [])
    assert {record["properties"]["email"] for record in answer.json()["results"]} == emails


def test_a_token_may_expire_in_mid_job(portal: ControlPlane, anyone: httpx.Client) -> None:
    """§13.8, §2.3: EXPIRED_AUTHENTICATION before `expires_in` is over."""
    token = portal.know_token(fresh("CKj"), "crm.objects.contacts.read", expires_in=1800)
    portal.fail_next("token_expiry", CONTACTS)
    answer = anyone.get(CONTACTS, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert answer.json()["context"]["expire time"]


def test_an_answer_may_be_no_json(portal: ControlPlane, raw: httpx.Client) -> None:
    """§13.8: malformed JSON."""
    portal.fail_next("malformed_json")
    answer = raw.get(CONTACTS)
    assert answer.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_an_answer_may_be_slower_than_a_client_waits(portal: ControlPlane, raw: httpx.Client) -> None:
    """§13.8: a slow answer."""
    portal.fail_next("slow", CONTACTS)
    with pytest.raises(httpx.ReadTimeout):
        raw.get(CONTACTS, timeout=0.3)
    assert raw.get(CONTACTS).status_code == 200


def test_a_faulted_call_is_counted_like_any_other(portal: ControlPlane, raw: httpx.Client) -> None:
    """§3: `/_twin/calls` is every request received."""
    before = portal.calls()["app"]
    portal.fail_next("500")
    for _ in range(2):
        raw.get(CONTACTS)
    assert portal.calls()["app"] == before + 2
