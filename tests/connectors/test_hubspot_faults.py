"""HubSpot on a bad day: every fault of the twin, and what the connector makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from smartsync_core.connectors.base import Settings
from smartsync_core.connectors.hubspot import HubSpotConnector
from smartsync_core.errors import NeedsPerson, RetryLater
from smartsync_core.http import FixedToken
from smartsync_core.model.crm import AccountKind, ObjectName, Write
from tests.connectors.contract import (
    COMPANIES,
    CONTACTS,
    KEY,
    create,
    fresh,
    made,
    statuses,
    to_company,
    update,
)
from tests.connectors.remotes import HubSpotRemote
from tests.twin_process import TwinProcess, start_hubspot_twin


@pytest.fixture(scope="module")
def twin() -> Iterator[TwinProcess]:
    with start_hubspot_twin() as process:
        process.control("PUT", "faults", {"slow_s": 0.2})
        yield process


@pytest.fixture
def remote(twin: TwinProcess) -> Iterator[HubSpotRemote]:
    remote = HubSpotRemote(twin)
    yield remote
    twin.control("PUT", "limits", {"used_today": 0})
    remote.connector.close()


def contacts(count: int) -> list[Write]:
    return [create(CONTACTS, email=f"{fresh()}@sample.example") for _ in range(count)]


def held(remote: HubSpotRemote, writes: list[Write]) -> list[int]:
    """How many records there are for each write, as another connector finds them."""
    other = HubSpotConnector(replace(remote.settings, on_call=lambda window: None))
    found = other.find(CONTACTS, "email", [str(write.properties["email"]) for write in writes], [])
    other.close()
    return [len(records) for records in found.values()]


# --- writes ---


def test_a_create_turned_away_at_the_door_is_sent_again_and_lands_once(remote: HubSpotRemote) -> None:
    writes = contacts(250)
    remote.fail_all("423", "477", "429", path="batch/create")
    assert set(statuses(remote.connector.write(writes))) == {"done"}
    assert set(held(remote, writes)) == {1}


@pytest.mark.parametrize("kind", ["500", "502", "503", "504", "reset_after_commit", "malformed_json"])
def test_a_create_whose_answer_is_lost_is_unanswered_and_was_sent_once(
    remote: HubSpotRemote, kind: str
) -> None:
    writes = contacts(3)
    remote.fail(kind, "batch/create")
    before = len(remote.calls)
    assert statuses(remote.connector.write(writes)) == ["unanswered"] * 3
    assert len(remote.calls) - before == 1
    assert max(held(remote, writes)) <= 1


@pytest.mark.parametrize("kind", ["silent_omission", "empty_207"])
def test_what_an_answer_leaves_out_is_unanswered_and_the_rest_is_done(
    remote: HubSpotRemote, kind: str
) -> None:
    writes = contacts(10)
    remote.fail(kind, "batch/create")
    results = remote.connector.write(writes)
    assert {"done", "unanswered"} >= set(statuses(results))
    landed = remote.connector.read(CONTACTS, [one.id for one in results if one.id], ["email"])
    wanted = {one.id: write.properties["email"] for one, write in zip(results, writes, strict=True) if one.id}
    assert {one: record.properties["email"] for one, record in landed.items()} == wanted


def test_a_lost_answer_touches_its_own_batch_alone(remote: HubSpotRemote) -> None:
    writes = contacts(300)
    remote.fail("reset_after_commit", "batch/create")
    results = remote.connector.write(writes)
    assert sorted(statuses(results)) == ["done"] * 200 + ["unanswered"] * 100
    assert set(held(remote, writes)) == {1}


def test_an_update_whose_answer_is_lost_is_left_to_the_caller(remote: HubSpotRemote) -> None:
    contact = made(remote.connector, CONTACTS, firstname="Ada")
    remote.fail("504", "batch/update")
    assert statuses(remote.connector.write([update(CONTACTS, contact, city="York")])) == ["unanswered"]


def test_when_the_day_is_used_up_nothing_is_sent_and_it_says_until_when(remote: HubSpotRemote) -> None:
    remote.connector.check()
    remote.fail("daily", "batch/create")
    with pytest.raises(RetryLater) as refused:
        remote.connector.write(contacts(5))
    assert refused.value.daily
    assert 0 < refused.value.after_s <= 25 * 3600
    assert remote.twin.state()["contacts"] == 0


def test_when_the_door_shuts_half_way_what_landed_is_told_and_the_rest_was_not_sent(
    remote: HubSpotRemote,
) -> None:
    writes = contacts(300)
    remote.fail("daily", "batch/create", after=1)
    results = remote.connector.write(writes)
    assert set(statuses(results)) == {"done", "not_sent"}
    assert remote.twin.state()["contacts"] == statuses(results).count("done")


def test_one_bad_record_among_many_is_refused_alone(remote: HubSpotRemote) -> None:
    writes = contacts(150)
    writes[77] = create(CONTACTS, email="not an address")
    results = remote.connector.write(writes)
    assert statuses(results).count("done") == 149
    assert [one.field for one in results[77].refusals] == ["email"]


def test_the_same_new_email_twice_in_one_call_lands_once(remote: HubSpotRemote) -> None:
    email = f"{fresh()}@sample.example"
    results = remote.connector.write([create(CONTACTS, email=email), create(CONTACTS, email=email)])
    assert sorted(statuses(results)) == ["conflict", "done"]


# --- reads ---


@pytest.mark.parametrize("kind", ["500", "502", "504", "slow", "reset_after_commit", "malformed_json"])
def test_a_read_that_fails_is_repeated_until_it_is_answered(remote: HubSpotRemote, kind: str) -> None:
    contact = made(remote.connector, CONTACTS, firstname="Ada")
    remote.fail(kind, "batch/read")
    assert list(remote.connector.read(CONTACTS, [contact], [])) == [contact]


@pytest.mark.parametrize("kind", ["silent_omission", "empty_207"])
def test_what_a_read_leaves_out_is_asked_for_again(remote: HubSpotRemote, kind: str) -> None:
    writes = contacts(20)
    ids = [one.id for one in remote.connector.write(writes)]
    remote.fail(kind, "batch/read")
    assert list(remote.connector.read(CONTACTS, ids, [])) == ids
    remote.fail(kind, "batch/read")
    assert held(remote, writes) == [1] * 20


@pytest.mark.parametrize("kind", ["silent_omission", "empty_207", "malformed_json"])
def test_associations_an_answer_leaves_out_are_asked_for_again(remote: HubSpotRemote, kind: str) -> None:
    company = made(remote.connector, COMPANIES, domain="mill.example")
    ids = [one.id for one in remote.connector.write(contacts(20))]
    remote.connector.link([to_company(company, contact_id=one) for one in ids])
    remote.fail(kind, "batch/read")
    linked = remote.connector.linked(CONTACTS, ids, COMPANIES)
    assert [[one.to_id for one in linked[contact]] for contact in ids] == [[company]] * 20


def test_a_search_is_tried_again_when_the_account_is_out_of_searches(remote: HubSpotRemote) -> None:
    made(remote.connector, COMPANIES, domain="mill.example")
    remote.settle()
    remote.fail("429", "search")
    assert len(remote.connector.find(COMPANIES, "domain", ["mill.example"], [])["mill.example"]) == 1


def test_every_request_is_reported_retries_included(remote: HubSpotRemote) -> None:
    def work() -> None:
        writes = contacts(120)
        remote.fail_all("500", "malformed_json", path="batch/read")
        remote.connector.write(writes)
        remote.connector.find(CONTACTS, "email", [str(write.properties["email"]) for write in writes], [])
        remote.connector.find(COMPANIES, "domain", ["mill.example"], [])
        remote.connector.linked(CONTACTS, ["1"], COMPANIES)

    reported, received = remote.counting(work)
    assert reported == received


# --- keys ---


def test_an_expired_key_is_renewed_and_the_call_goes_on(remote: HubSpotRemote) -> None:
    class Renewing:
        def __init__(self, first: str, second: str) -> None:
            self.left = [first, second]

        def token(self) -> str:
            return self.left[0]

        def refreshed(self, refused: str) -> str | None:
            self.left.remove(refused)
            return self.left[0]

    every = remote.connector.check().scopes
    short = {"scopes": sorted(every), "expires_in": 60}
    remote.twin.control("PUT", "tokens", {"short-lived": short, "renewed": {**short, "expires_in": None}})
    remote.settle()
    connector = HubSpotConnector(replace(remote.settings, tokens=Renewing("short-lived", "renewed")))
    assert statuses(connector.write(contacts(1))) == ["done"]
    connector.close()


def test_a_wrong_key_is_told_in_a_sentence(remote: HubSpotRemote) -> None:
    wrong = HubSpotConnector().connect(
        {"type": "hubspot", "accessToken": "nonsense", "base_url": remote.twin.url}
    )
    assert wrong.validate_credentials() is False
    with pytest.raises(NeedsPerson, match="key"):
        wrong.check()
    wrong.close()


def test_a_key_that_may_only_read_is_recognised_and_its_writes_are_not_sent(remote: HubSpotRemote) -> None:
    reading = sorted(scope for scope in remote.connector.check().scopes if not scope.endswith(".write"))
    remote.twin.control("PUT", "tokens", {"pat-na1-reader": {"scopes": reading, "expires_in": None}})
    reader = HubSpotConnector(replace(remote.settings, tokens=FixedToken("pat-na1-reader")))
    account = reader.check()
    assert not account.can_write
    assert not account.can_add_fields
    assert "crm.objects.contacts.write" in account.missing_scopes
    assert any("create and change contacts" in notice for notice in account.notices)
    with pytest.raises(NeedsPerson, match="may not"):
        reader.write(contacts(1))
    with pytest.raises(NeedsPerson, match="may not"):
        reader.provision({CONTACTS: [KEY]})
    reader.close()


def test_a_practice_account_is_recognised_by_its_address(remote: HubSpotRemote) -> None:
    assert remote.connector.check().kind is AccountKind.PRACTICE


def test_a_dead_address_is_told_in_a_sentence() -> None:
    settings = Settings(base_url="http://127.0.0.1:9", tokens=FixedToken("pat-na1-x"))
    connector = HubSpotConnector(settings)
    with pytest.raises(RetryLater, match=r"cannot be reached at 127\.0\.0\.1:9") as dead:
        connector.check()
    connector.close()
    assert dead.value.hint.startswith("That is an address of this computer, and nothing answers there")


def test_without_an_account_it_says_so() -> None:
    with pytest.raises(NeedsPerson, match="No HubSpot account"):
        HubSpotConnector().check()
    with pytest.raises(NeedsPerson, match="key is missing"):
        HubSpotConnector().connect({"type": "hubspot"})


# --- what HubSpot does by itself ---


def test_a_merge_that_gives_a_new_id_is_followed_from_both_old_ones(remote: HubSpotRemote) -> None:
    kept, absorbed = (made(remote.connector, CONTACTS, email=f"{fresh()}@sample.example") for _ in range(2))
    now = remote.merge(CONTACTS, kept, absorbed)
    read = remote.connector.read(CONTACTS, [kept, absorbed], [])
    assert {asked: record.id for asked, record in read.items()} == {kept: now, absorbed: now}


def test_more_changes_in_one_instant_than_a_query_returns_are_still_all_read(remote: HubSpotRemote) -> None:
    lines = [{"object": "companies", "properties": {"name": f"Works {n}"}} for n in range(450)]
    remote.twin.control("PUT", "records", {"lines": lines})
    remote.settle()
    session = remote.connector._session  # noqa: SLF001 - a cap of 10,000 would need as many records
    session.limits |= {"search_results": 200, "search_page_size": 50}
    pages = list(remote.connector.changes(COMPANIES, None, ["name"]))
    assert len({one.id for page in pages for one in page.records}) == 450


def test_taking_one_company_away_leaves_the_other(remote: HubSpotRemote) -> None:
    contact, company = (
        made(remote.connector, CONTACTS, firstname="Ada"),
        made(remote.connector, COMPANIES, domain="m.example"),
    )
    other = made(remote.connector, COMPANIES, domain="n.example")
    remote.connector.link([to_company(company, contact_id=contact), to_company(other, contact_id=contact)])
    remote.connector.link(remove=[to_company(company, contact_id=contact)])
    left = remote.connector.linked(CONTACTS, [contact], COMPANIES)[contact]
    assert [one.to_id for one in left] == [other]


@pytest.mark.parametrize("name", list(ObjectName))
def test_every_field_of_every_object_is_described(remote: HubSpotRemote, name: ObjectName) -> None:
    answer = httpx.get(f"{remote.twin.url}/crm/v3/properties/{name}", headers=remote.twin.headers)
    live = {one["name"] for one in answer.json()["results"] if not one["archived"]}
    assert set(remote.connector.describe(name).fields) == live
