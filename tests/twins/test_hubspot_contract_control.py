"""The practice server's own `/_twin/` side: what it counts, and that it is never counted itself (§3, §13)."""

from collections.abc import Iterator

import httpx
import pytest

from tests.twin_process import TwinProcess, hubspot_twin
from tests.twins.hubspot_portal import ControlPlane, Maker, fresh_email

CONTACTS = "/crm/v3/objects/contacts"


@pytest.fixture
def fresh_twin() -> Iterator[TwinProcess]:
    with hubspot_twin() as twin:
        yield twin


def test_state_counts_living_records_at_once(portal: ControlPlane, raw: httpx.Client, make: Maker) -> None:
    """§13: consistent, unlike search."""
    before = portal.state()["contacts"]
    first, second, third = make.contact(), make.contact(), make.contact()
    assert portal.state()["contacts"] == before + 3
    raw.delete(f"{CONTACTS}/{first}")
    assert portal.state()["contacts"] == before + 2
    raw.post(f"{CONTACTS}/merge", json={"primaryObjectId": second, "objectIdToMerge": third})
    assert portal.state()["contacts"] == before + 1


def test_calls_are_counted_by_the_window_they_use(portal: ControlPlane, raw: httpx.Client) -> None:
    """§3: app, search, association."""
    before = portal.calls()
    raw.get(CONTACTS)
    raw.post(f"{CONTACTS}/search", json={})
    raw.post("/crm/v4/associations/contacts/companies/batch/read", json={"inputs": [{"id": "1"}]})
    raw.get("/crm/v4/objects/contacts/1/associations/companies")
    after = portal.calls()
    grown = {window: after[window] - before[window] for window in ("app", "search", "association")}
    assert grown == {"app": 2, "search": 1, "association": 1}


def test_the_control_plane_is_neither_counted_nor_faulted(portal: ControlPlane) -> None:
    """§13: `/_twin/` stands apart."""
    before = portal.calls()
    portal.fail_next("500")
    for _ in range(3):
        portal.state()
    assert portal.calls() == before


def test_start_over_empties_the_portal(fresh_twin: TwinProcess) -> None:
    """`POST /_twin/reset`: an empty portal."""
    with httpx.Client(base_url=fresh_twin.url, headers=fresh_twin.headers) as raw:
        control = ControlPlane(raw)
        raw.post(CONTACTS, json={"properties": {"email": fresh_email()}}).raise_for_status()
        assert control.state()["contacts"] == 1
        control.reset()
        assert control.state()["contacts"] == 0
        assert raw.get(CONTACTS).json()["results"] == []


def test_the_same_seed_shuffles_alike() -> None:
    """§13.4: shuffled results, repeatable by seed."""
    emails = [f"row-{number}@sample.example" for number in range(30)]

    def order() -> list[str]:
        with hubspot_twin("--seed", "11") as twin:
            answer = httpx.post(
                f"{twin.url}{CONTACTS}/batch/create",
                headers=twin.headers,
                json={"inputs": [{"properties": {"email": email}} for email in emails]},
            )
        return [record["properties"]["email"] for record in answer.json()["results"]]

    first = order()
    assert first == order()
    assert sorted(first) == sorted(emails)
