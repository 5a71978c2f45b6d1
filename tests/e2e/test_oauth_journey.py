"""Connecting HubSpot without a key, in a real browser: there, back, once more, and away again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

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
    screen.open("/accounts")
    screen.page.get_by_label("Name", exact=True).first.fill("HubSpot Europe")
    screen.presses("Continue")
    screen.sees("Go to HubSpot")
    screen.picture(pictures / "oauth.png")
    with screen.page.expect_popup() as opened:
        screen.page.get_by_role("link", name="Go to HubSpot").click()
    hubspot = opened.value
    assert hubspot.url.startswith(twin.url)
    hubspot.get_by_role("button", name="Connect app").click()
    expect(hubspot.get_by_text("Connected HubSpot Europe, account")).to_be_visible(timeout=60_000)
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
