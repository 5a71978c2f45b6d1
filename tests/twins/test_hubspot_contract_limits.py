"""Contract §3: rate windows, their headers and the words of a 429; loops are bounded by the limits."""

from collections.abc import Iterator

import httpx
import hubspot
import hubspot_sdk
import pytest
from hubspot.crm.contacts.exceptions import ApiException

from tests.twin_process import TwinProcess, hubspot_twin
from tests.twins.hubspot_portal import TOKEN, ControlPlane, Maker, fresh

BURST_STARTER = 100
CONTACTS = "/crm/v3/objects/contacts"
RATE_HEADERS = "x-hubspot-ratelimit"


@pytest.fixture(scope="module")
def starter_twin() -> Iterator[TwinProcess]:
    with hubspot_twin("--tier", "starter") as twin:
        yield twin


@pytest.fixture(scope="module")
def _starter_client(starter_twin: TwinProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=starter_twin.url, headers=starter_twin.headers) as client:
        yield client


@pytest.fixture
def starter(_starter_client: httpx.Client) -> ControlPlane:
    """The control plane of the Starter portal, on a new day."""
    control = ControlPlane(_starter_client)
    control.advance(86_400)
    return control


@pytest.fixture
def small(starter: ControlPlane, _starter_client: httpx.Client) -> httpx.Client:
    """A client of the Starter portal."""
    return _starter_client


def spend(client: httpx.Client, calls: int, path: str = CONTACTS) -> list[int]:
    return [client.get(path).status_code for _ in range(calls)]


def policy(answer: httpx.Response) -> str:
    assert answer.status_code == 429
    assert "retry-after" not in answer.headers
    body = answer.json()
    assert body["status"] == "error"
    assert body["correlationId"]
    assert "RATE_LIMIT" in (body.get("errorType") or body.get("category"))
    return str(body["policyName"])


def test_an_ordinary_answer_carries_the_budget(raw: httpx.Client) -> None:
    """§3: headers of the Professional tier."""
    first, second = raw.get(CONTACTS).headers, raw.get(CONTACTS).headers
    assert first[f"{RATE_HEADERS}-daily"] == "625000"
    assert first[f"{RATE_HEADERS}-interval-milliseconds"] == "10000"
    assert first[f"{RATE_HEADERS}-max"] == "190"
    assert int(second[f"{RATE_HEADERS}-remaining"]) == int(first[f"{RATE_HEADERS}-remaining"]) - 1
    assert int(second[f"{RATE_HEADERS}-daily-remaining"]) == int(first[f"{RATE_HEADERS}-daily-remaining"]) - 1


@pytest.mark.parametrize(
    ("tier", "burst", "daily"), [("enterprise", "190", "1000000"), ("addon", "250", None)]
)
def test_each_tier_has_its_own_budget(tier: str, burst: str, daily: str | None) -> None:
    """§3: the table of tiers."""
    with hubspot_twin("--tier", tier) as twin:
        headers = httpx.get(twin.url + CONTACTS, headers=twin.headers).headers
    assert headers[f"{RATE_HEADERS}-max"] == burst
    assert daily in (None, headers[f"{RATE_HEADERS}-daily"])


def test_an_oauth_token_sees_no_daily_budget(portal: ControlPlane, anyone: httpx.Client) -> None:
    """§3: no daily header for OAuth, and 110 calls in ten seconds."""
    token = portal.know_token(fresh("CKj"), "crm.objects.contacts.read", expires_in=1800)
    headers = anyone.get(CONTACTS, headers={"Authorization": f"Bearer {token}"}).headers
    assert headers[f"{RATE_HEADERS}-max"] == "110"
    assert f"{RATE_HEADERS}-daily" not in headers


def test_the_101st_call_in_ten_seconds_is_refused_on_starter(
    starter: ControlPlane, small: httpx.Client
) -> None:
    """§3: TEN_SECONDLY_ROLLING, word for word, without Retry-After."""
    assert set(spend(small, BURST_STARTER)) == {200}
    refused = small.get(CONTACTS)
    assert policy(refused) == "TEN_SECONDLY_ROLLING"
    assert refused.json()["message"] == "You have reached your ten_secondly_rolling limit."
    assert refused.json()["groupName"].startswith("publicapi:")
    starter.advance(10)
    assert small.get(CONTACTS).status_code == 200


def test_the_window_rolls_rather_than_resets(starter: ControlPlane, small: httpx.Client) -> None:
    """§3: rolling 10 s: half the calls leave the window when they are ten seconds old."""
    spend(small, 50)
    starter.advance(6)
    assert set(spend(small, 50)) == {200}
    assert small.get(CONTACTS).status_code == 429
    starter.advance(5)
    assert set(spend(small, 40)) == {200}


def test_a_full_window_stops_the_official_clients(starter_twin: TwinProcess, small: httpx.Client) -> None:
    """§3: 429 through both clients."""
    spend(small, BURST_STARTER)
    with pytest.raises(ApiException) as refused:
        hubspot.HubSpot(access_token=TOKEN, host=starter_twin.url).crm.contacts.basic_api.get_page()
    assert refused.value.status == 429
    with (
        hubspot_sdk.HubSpot(access_token=TOKEN, base_url=starter_twin.url, max_retries=0) as new,
        pytest.raises(hubspot_sdk.RateLimitError),
    ):
        new.crm.objects.contacts.list()


def test_search_and_association_batches_do_not_use_the_app_window(small: httpx.Client) -> None:
    """§3: search and `…/associations/…/batch/*` are exempt; so are label calls."""
    spend(small, BURST_STARTER)
    assert small.get(CONTACTS).status_code == 429
    assert small.post(f"{CONTACTS}/search", json={}).status_code == 200
    read = small.post("/crm/v4/associations/contacts/companies/batch/read", json={"inputs": [{"id": "1"}]})
    assert read.status_code in (200, 207)
    assert small.get("/crm/v4/associations/contacts/companies/labels").status_code == 200


def test_association_batches_have_their_own_window(starter: ControlPlane, small: httpx.Client) -> None:
    """§3: 100 in 10 s on Starter, apart from the app's."""
    url, body = "/crm/v4/associations/contacts/companies/batch/read", {"inputs": [{"id": "1"}]}
    statuses = [small.post(url, json=body).status_code for _ in range(100)]
    assert 429 not in statuses
    assert small.post(url, json=body).status_code == 429
    assert small.get(CONTACTS).status_code == 200
    starter.advance(10)
    assert small.post(url, json=body).status_code != 429


def test_a_single_association_call_uses_the_app_window(raw: httpx.Client, make: Maker) -> None:
    """§3: PUT, GET and DELETE of one association count to the app window."""
    contact, company = make.contact(), make.company()
    before = int(raw.get(CONTACTS).headers[f"{RATE_HEADERS}-remaining"])
    raw.put(f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}")
    assert int(raw.get(CONTACTS).headers[f"{RATE_HEADERS}-remaining"]) == before - 2


def test_search_allows_five_calls_a_second_for_the_whole_account(
    portal: ControlPlane, raw: httpx.Client
) -> None:
    """§3: SECONDLY, shared by every app of the account."""
    other = portal.know_token(fresh("pat-na1"), "crm.objects.contacts.read")
    answers = [raw.post(f"{CONTACTS}/search", json={}) for _ in range(5)]
    assert {answer.status_code for answer in answers} == {200}
    refused = raw.post(f"{CONTACTS}/search", json={}, headers={"Authorization": f"Bearer {other}"})
    assert policy(refused) == "SECONDLY"
    assert refused.json()["message"] == "You have reached your secondly limit."
    portal.advance(1)
    assert raw.post(f"{CONTACTS}/search", json={}).status_code == 200


def test_search_answers_carry_no_rate_headers(raw: httpx.Client) -> None:
    """§3: no rate-limit headers on search."""
    headers = raw.post(f"{CONTACTS}/search", json={}).headers
    assert not [name for name in headers if name.startswith(RATE_HEADERS)]


def test_daily_usage_counts_up_to_the_tiers_limit(sdk: hubspot_sdk.HubSpot, raw: httpx.Client) -> None:
    """§3: `api-usage/daily/private-apps`."""
    before = sdk.account.get_daily_private_apps_usage().results[0]
    raw.get(CONTACTS)
    after = raw.get("/account-info/v3/api-usage/daily/private-apps").json()["results"][0]
    assert after["usageLimit"] == before.usage_limit == 625_000
    assert after["currentUsage"] > before.current_usage
    assert after["fetchStatus"] == "SUCCESS"
    assert set(after) >= {"name", "collectedAt", "resetsAt"}


def test_the_daily_count_starts_again_the_next_day(portal: ControlPlane, raw: httpx.Client) -> None:
    """§3: the counter resets at midnight of the account's time zone."""
    spent = [int(raw.get(CONTACTS).headers[f"{RATE_HEADERS}-daily-remaining"]) for _ in range(5)][-1]
    portal.advance(86_400)
    assert int(raw.get(CONTACTS).headers[f"{RATE_HEADERS}-daily-remaining"]) > spent


def test_a_spent_day_refuses_every_call_until_midnight(starter: ControlPlane, small: httpx.Client) -> None:
    """§3: DAILY, word for word."""
    starter.spend_today(250_000)
    refused = small.get(CONTACTS)
    assert policy(refused) == "DAILY"
    assert refused.json()["message"] == "You have reached your daily limit."
    starter.advance(86_400)
    assert small.get(CONTACTS).status_code == 200
