"""Connecting HubSpot without a key, in a real browser: there, back, once more, and away again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.screen import Screen
from tests.running_app import RunningApp, free_port
from tests.twin_process import TwinProcess

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, twin: TwinProcess) -> Iterator[RunningApp]:
    port = free_port()
    variables = {
        "HUBSPOT_BASE_URL": twin.url,
        "HUBSPOT_CLIENT_ID": "our-app",
        "HUBSPOT_CLIENT_SECRET": "its-secret",
        "HUBSPOT_REDIRECT_URI": f"http://127.0.0.1:{port}/api/auth/hubspot/callback",
    }
    with RunningApp(tmp_path_factory.mktemp("data"), variables, port=port) as started:
        yield started


def test_a_person_lets_smartsync_in_and_takes_it_back(
    app: RunningApp, twin: TwinProcess, browser: Browser, pictures: Path
) -> None:
    screen = Screen(browser, app.url)
    _asks_for(screen, "HubSpot Europe")
    screen.pictures(pictures / "oauth.png")
    hubspot = _goes_there(screen)
    assert hubspot.url.startswith(twin.url)
    _lets_in(hubspot, "HubSpot Europe")
    assert "code=" not in hubspot.url
    hubspot.get_by_role("button", name="Reconnect …").click()
    with hubspot.expect_popup() as again:
        hubspot.get_by_role("link", name="Go to HubSpot").click()
    again.value.get_by_role("link", name="Cancel").click()
    expect(again.value.get_by_text("HubSpot gave no permission")).to_be_visible(timeout=60_000)
    hubspot.get_by_role("button", name="Disconnect …").click()
    expect(hubspot.get_by_text("The permission is given back to HubSpot")).to_be_visible(timeout=60_000)
    hubspot.get_by_role("button", name="Disconnect HubSpot Europe").click()
    expect(hubspot.get_by_text("HubSpot Europe is disconnected.")).to_be_visible(timeout=60_000)
    assert "its-secret" not in app.log()
    screen.close()


def test_a_permission_that_runs_out_in_the_middle_of_an_import_is_renewed_unseen(
    app: RunningApp, twin: TwinProcess, browser: Browser, tmp_path: Path
) -> None:
    people = tmp_path / "people.csv"
    people.write_text("Email,First name\n" + "".join(f"p{n}@expiry.example,P{n}\n" for n in range(250)))
    screen = Screen(browser, app.url)
    _asks_for(screen, "HubSpot Asia")
    _lets_in(_goes_there(screen), "HubSpot Asia")
    screen.previews(people, "People")
    runs_out = {"kind": "token_expiry", "path": "/batch/create", "after": 1}
    twin.control("PUT", "faults", {"next": [runs_out]})
    screen.presses("Create 250")
    screen.sees("All 250 written records were read back")
    assert twin.control("GET", "faults")["next"] == 0  # it did run out
    assert (screen.number("Created"), screen.number("Failed")) == (250, 0)
    assert twin.state()["contacts"] == 250
    screen.close()


def _asks_for(screen: Screen, name: str) -> None:
    screen.open("/accounts")
    screen.page.get_by_label("Name", exact=True).first.fill(name)
    screen.presses("Continue")
    screen.sees("Go to HubSpot")


def _goes_there(screen: Screen) -> Page:
    with screen.page.expect_popup() as opened:
        screen.page.get_by_role("link", name="Go to HubSpot").click()
    return opened.value


def _lets_in(hubspot: Page, name: str) -> None:
    hubspot.get_by_role("button", name="Connect app").click()
    expect(hubspot.get_by_text(f"Connected {name}, account")).to_be_visible(timeout=60_000)
