"""What `/_twin/` offers beyond the contract: seeds, switches, faults at a rate, latency, other pipelines."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.twin_process import TwinProcess, hubspot_twin

CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture(scope="module")
def _twin() -> Iterator[TwinProcess]:
    with hubspot_twin() as running:
        yield running


@pytest.fixture
def twin(_twin: TwinProcess) -> Iterator[TwinProcess]:
    """An empty account, its windows empty too, without faults and with every switch as it starts."""
    switches = _twin.control("GET", "switches")
    _twin.control("POST", "reset")
    _twin.control("PUT", "clock", {"advance_s": 61})
    yield _twin
    _twin.control("PUT", "faults", {"rate": 0, "next": []})
    _twin.control("PUT", "switches", switches)


@pytest.fixture
def http(twin: TwinProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=twin.url, headers=twin.headers, timeout=10) as client:
        yield client


def made(http: httpx.Client, kind: str, **properties: str) -> str:
    answer = http.post(f"/crm/v3/objects/{kind}", json={"properties": properties})
    return str(answer.raise_for_status().json()["id"])


def test_a_refused_request_is_written_nowhere(twin: TwinProcess, http: httpx.Client) -> None:
    made(http, "contacts", email="a@works.example")
    before = twin.control("GET", "revision")
    inputs = [{"properties": {"email": "new@works.example"}}, {"properties": {"email": "a@works.example"}}]
    assert http.post(f"{CONTACTS}/batch/create", json={"inputs": inputs}).status_code == 409
    assert twin.control("GET", "revision") == before
    assert twin.state()["contacts"] == 1


@pytest.mark.parametrize("keeps", [True, False])
def test_the_survivor_of_a_merge_keeps_its_id_only_by_switch(
    twin: TwinProcess, http: httpx.Client, *, keeps: bool
) -> None:
    twin.control("PUT", "switches", {"merge_keeps_primary_id": keeps})
    first, second = made(http, "contacts", email="a@w.example"), made(http, "contacts", email="b@w.example")
    body = {"primaryObjectId": first, "objectIdToMerge": second}
    survivor = http.post(f"{CONTACTS}/merge", json=body).json()["id"]
    assert (survivor == first) is keeps
    read = http.post(f"{CONTACTS}/batch/read", json={"inputs": [{"id": first}, {"id": second}]})
    assert read.status_code == 200
    assert [row["id"] for row in read.json()["results"]] == ([first] if keeps else [])


def test_unique_activity_properties_can_be_refused(twin: TwinProcess, http: httpx.Client) -> None:
    twin.control("PUT", "switches", {"unique_on_activities": False})
    definition = {
        "name": "own_key",
        "label": "Own key",
        "type": "string",
        "fieldType": "text",
        "groupName": "task",
    }
    assert (
        http.post("/crm/v3/properties/tasks", json={**definition, "hasUniqueValue": True}).status_code == 400
    )
    assert http.post("/crm/v3/properties/tasks", json=definition).status_code == 201


def test_an_unknown_switch_or_fault_is_named(twin: TwinProcess) -> None:
    refused = httpx.put(f"{twin.url}/_twin/switches", json={"sunshine": True})
    assert refused.status_code == 400
    assert "sunshine" in refused.text
    refused = httpx.put(f"{twin.url}/_twin/faults", json={"rate": 1, "kinds": ["rain"]})
    assert refused.status_code == 400
    assert "rain" in refused.text


def test_faults_at_a_rate_are_an_even_mix_without_the_daily_limit_or_expiry(twin: TwinProcess) -> None:
    """A fixed key never expires, search alone flaps, and batches alone leave something out."""
    twin.control("PUT", "faults", {"rate": 0.5, "slow_s": 0})
    statuses: Counter[str] = Counter()
    with httpx.Client(base_url=twin.url, headers=twin.headers, timeout=10) as http:
        for number in range(300):
            if number % 100 == 0:
                twin.control("PUT", "clock", {"advance_s": 11})
            try:
                answer = http.patch(f"{CONTACTS}/1", json={"properties": {}})
            except httpx.RemoteProtocolError:
                statuses["reset"] += 1
            else:
                statuses[str(answer.status_code)] += 1
                assert answer.status_code != 401
                assert "daily" not in answer.text
    assert {"429", "423", "477", "500", "502", "504", "reset"} <= statuses.keys()
    assert 100 < sum(count for status, count in statuses.items() if status != "404") < 200


def test_the_same_seed_meets_the_same_faults() -> None:
    runs = []
    for _ in range(2):
        with hubspot_twin("--seed", "5", "--fault-rate", "0.3") as twin:
            twin.control("PUT", "faults", {"rate": 0.3, "kinds": ["429", "423", "500"]})
            with httpx.Client(base_url=twin.url, headers=twin.headers) as http:
                runs.append([http.delete(f"{CONTACTS}/1").status_code for _ in range(40)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {204, 429, 423, 500}


def test_a_committed_fault_hides_a_write_that_was_made(twin: TwinProcess, http: httpx.Client) -> None:
    twin.control("PUT", "faults", {"next": [{"kind": "500", "path": "batch/create", "committed": True}]})
    inputs = [{"properties": {"email": "a@works.example"}}]
    assert http.post(f"{CONTACTS}/batch/create", json={"inputs": inputs}).status_code == 500
    assert twin.state()["contacts"] == 1


def test_search_can_flap_and_settles(twin: TwinProcess, http: httpx.Client) -> None:
    """Contract §5: a new record appears, vanishes and reappears for up to 50 s."""
    made(http, "contacts", email="a@works.example")
    twin.control("PUT", "search", {"flap": True})
    totals = []
    for _ in range(20):
        twin.control("PUT", "clock", {"advance_s": 2})
        totals.append(http.post(f"{CONTACTS}/search", json={}).json()["total"])
    assert set(totals) == {0, 1}
    twin.control("PUT", "clock", {"advance_s": 60})
    for _ in range(10):
        twin.control("PUT", "clock", {"advance_s": 2})
        assert http.post(f"{CONTACTS}/search", json={}).json()["total"] == 1
    twin.control("PUT", "search", {"flap": False})


def test_latency_can_be_changed_while_it_runs(twin: TwinProcess) -> None:
    assert twin.control("PUT", "latency", {"ms": 5}) == {"ms": 5}
    twin.control("PUT", "latency", {"ms": 0})


def test_a_portal_may_have_pipelines_of_its_own(twin: TwinProcess, http: httpx.Client) -> None:
    """Contract §8: portals rename and replace them; with several, a deal must name its own."""
    stages = [
        {"id": "7001", "label": "First"},
        {"id": "7002", "metadata": {"isClosed": "true", "probability": "1.0"}},
    ]
    stock = twin.control("GET", "pipelines/deals")
    twin.control("PUT", "pipelines/deals", [*stock, {"id": "700", "label": "Renewals", "stages": stages}])
    without = http.post("/crm/v3/objects/deals", json={"properties": {"dealname": "D", "dealstage": "7001"}})
    assert without.status_code == 400
    deal = {"dealname": "D", "pipeline": "700", "dealstage": "7002"}
    created = http.post("/crm/v3/objects/deals", json={"properties": deal})
    assert created.json()["properties"]["hs_is_closed_won"] == "true"


def test_companies_come_from_domains_only_when_asked_for() -> None:
    with (
        hubspot_twin("--auto-companies") as twin,
        httpx.Client(base_url=twin.url, headers=twin.headers) as http,
    ):
        inputs = [{"properties": {"email": f"{name}@works.example"}} for name in "ab"]
        inputs.append({"properties": {"email": "c@gmail.com"}})
        http.post(f"{CONTACTS}/batch/create", json={"inputs": inputs}).raise_for_status()
        assert (twin.state()["contacts"], twin.state()["companies"]) == (3, 1)
        company = http.get("/crm/v3/objects/companies?associations=contacts").json()["results"][0]
        assert company["properties"]["domain"] == "works.example"
        assert len({one["id"] for one in company["associations"]["contacts"]["results"]}) == 2


def test_an_account_can_start_with_records(tmp_path: Path) -> None:
    lines = [
        {"object": "contacts", "id": "101", "properties": {"email": "a@works.example", "createdate": "2025-01-01T00:00:00Z"},
         "associations": [{"to_object": "companies", "to_ref": "works"}]},
        {"object": "companies", "ref": "works", "properties": {"name": "Works", "domain": "works.example"}},
    ]  # fmt: skip
    file = tmp_path / "records.jsonl"
    file.write_text("\n".join(json.dumps(line) for line in lines))
    with (
        hubspot_twin("--seed-records", str(file)) as twin,
        httpx.Client(base_url=twin.url, headers=twin.headers) as http,
    ):
        contact = http.get(f"{CONTACTS}/101?associations=companies").json()
        assert contact["properties"]["createdate"] == "2025-01-01T00:00:00Z"
        linked = {one["type"] for one in contact["associations"]["companies"]["results"]}
        assert linked == {"contact_to_company", "contact_to_company_unlabeled"}
        assert http.post(f"{CONTACTS}/search", json={}).json()["total"] == 1
        assert twin.calls() == {"app": 1, "search": 1, "association": 0}


def test_a_kept_account_is_not_seeded_again(tmp_path: Path) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text('{"object": "contacts", "properties": {"email": "a@works.example"}}')
    for _ in range(2):
        with hubspot_twin("--seed-records", str(file), "--state", str(tmp_path / "state.sqlite")) as twin:
            assert twin.state()["contacts"] == 1


def test_a_seed_with_a_bad_line_says_which(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "records.jsonl"
    file.write_text('{"object": "contacts", "properties": {"email": "a@works.example"}}\nnonsense\n')
    with pytest.raises(RuntimeError, match="did not start"):
        hubspot_twin("--seed-records", str(file))
    assert "records.jsonl, line 2 is not JSON" in capfd.readouterr().err
