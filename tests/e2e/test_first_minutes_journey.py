"""The first minutes in a real browser: three ways in from an empty app, and a key that may only look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.screen import Screen
from tests.running_app import RunningApp
from tests.twin_process import TwinProcess

pytestmark = pytest.mark.e2e

_LOOKS_ONLY = "pat-na1-looks-only"
_MAY_SEE = [
    *(
        f"crm.{kind}.{name}.read"
        for kind in ("objects", "schemas")
        for name in ("contacts", "companies", "deals")
    ),
    "crm.objects.owners.read",
]


@pytest.fixture(scope="module")
def app(twin: TwinProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """Empty; new accounts point at the twin."""
    with RunningApp(tmp_path_factory.mktemp("data"), {"HUBSPOT_BASE_URL": twin.url}) as started:
        yield started


def test_home_of_an_empty_app_offers_three_ways_in(screen: Screen, pictures: Path) -> None:
    screen.open("/")
    screen.sees("First steps")
    screen.sees("No account is connected yet.")
    screen.pictures(pictures / "0-home.png")

    screen.presses("Import my file")
    screen.sees("Nothing is sent to HubSpot yet")
    screen.open("/")
    screen.presses("Connect HubSpot")
    screen.sees("Service key")
    screen.open("/")
    screen.presses("Try with a sample file")
    screen.sees("Who is who")
    screen.sees("Made-up data. Nothing here leaves this computer.")
    screen.page.get_by_role("button", name="Preview", exact=True).click()
    screen.sees("Time and limits")


def test_a_key_that_may_only_look_previews_and_names_what_to_ask_the_admin_for(
    screen: Screen, twin: TwinProcess, pictures: Path, tmp_path: Path
) -> None:
    twin.control("PUT", "tokens", {_LOOKS_ONLY: {"scopes": _MAY_SEE}})
    before = twin.state()
    screen.open("/accounts")
    screen.page.get_by_label("Name", exact=True).first.fill("HubSpot Europe")
    screen.page.get_by_label("Service key", exact=True).fill(_LOOKS_ONLY)
    screen.presses("Connect")
    screen.sees("The key can read but not write: previews work, writing does not.")
    requests = screen.page.get_by_text("Copy request for my admin")
    expect(requests).to_have_count(2)  # on the account's card, too
    requests.first.click()
    screen.sees("crm.objects.contacts.write: to create and change contacts")
    screen.pictures(pictures / "29-admin-request.png")

    leads = tmp_path / "leads.csv"
    leads.write_text("Email,First name\nada@looks.example,Ada\ntom@looks.example,Tom\n")
    screen.previews(leads, "People")
    screen.sees("The key of HubSpot Europe can read but not write.")
    assert screen.number("Created") == 2
    expect(screen.page.get_by_role("button", name="Create 2")).to_be_disabled()
    screen.pictures(pictures / "30-looks-only.png")
    assert twin.state() == before
