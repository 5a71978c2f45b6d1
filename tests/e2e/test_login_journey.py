"""People who log in, in a real browser: the first admin, one who waits and then only looks; keys that are shown once."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.screen import Screen
from tests.oidc_provider import OidcProvider
from tests.running_app import AS_SHIPPED, RunningApp, free_port
from tests.twin_process import TwinProcess

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory, twin: TwinProcess) -> Iterator[RunningApp]:
    port = free_port()
    with (
        OidcProvider("Ann", "Bob", redirect_uri=f"http://127.0.0.1:{port}/oauth2callback") as provider,
        RunningApp(
            tmp_path_factory.mktemp("data"), {"HUBSPOT_BASE_URL": twin.url, **provider.variables}, port=port
        ) as started,
    ):
        yield started


def code_of(app: RunningApp) -> str:
    found = re.search(r"enter this code: (\S+)", app.log())
    assert found
    return found[1]


def logs_in(screen: Screen, who: str) -> None:
    screen.open("/")
    screen.sees("Log in to see imports and accounts.")
    screen.settle()
    screen.presses("Log in")
    screen.page.get_by_role("button", name=who, exact=True).click()


def calls(app: RunningApp, key: str, path: str, body: object = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.request(
        "POST" if body else "GET", f"{app.url}/api{path}", json=body, headers=headers, timeout=60
    )


def said_by_the_page(screen: Screen) -> str:
    """The sentence that stands in place of Streamlit's."""
    inner = "[role=dialog] > div > div"
    return str(
        screen.page.evaluate(f"getComputedStyle(document.querySelector('{inner}'), '::after').content")
    )


def makes_a_key(screen: Screen, name: str, role: str) -> str:
    """On the page; the key as it is shown there this once."""
    screen.page.get_by_label("Name", exact=True).fill(name)
    screen.page.get_by_role("combobox", name="Role", exact=True).click()
    screen.page.get_by_role("option", name=role).click()
    screen.presses("Make a key")
    screen.sees(f"The key of “{name}” is shown this once.")
    return screen.page.get_by_test_id("stCode").inner_text().strip()


def takes_away(screen: Screen, button: str | re.Pattern[str], path: Path) -> str:
    """The file that it hands over."""
    with screen.page.expect_download() as download:
        screen.page.get_by_role("button", name=button).click()
    download.value.save_as(path)
    return path.read_text(encoding="utf-8-sig")


def test_from_the_first_admin_to_a_viewer_who_cannot_write(
    app: RunningApp, twin: TwinProcess, browser: Browser, pictures: Path, tmp_path: Path
) -> None:
    ann = Screen(browser, app.url)
    ann.open("/history")
    ann.sees("Log in to see imports and accounts.")
    ann.pictures(pictures / "login.png")
    logs_in(ann, "Ann")
    ann.sees("There is no admin yet.")
    ann.page.get_by_label("Code from the terminal").fill("AAAAA-AAAAA-AAAAA-AAAAA")
    ann.presses("Become the first admin")
    ann.sees("That is not the code.")
    ann.pictures(pictures / "first-admin.png")
    ann.page.get_by_label("Code from the terminal").fill(code_of(app))
    ann.presses("Become the first admin")
    ann.sees("Try with a sample file")

    ann.open("/people")
    key = makes_a_key(ann, "Nightly load", "Admin")
    ann.pictures(pictures / "people-and-keys.png")
    account = {"crm_type": "hubspot", "name": "HubSpot", "access_token": twin.token}
    connected = calls(app, key, "/integrations/crm/connect", account).json()
    synced = calls(
        app,
        key,
        "/integrations/crm/sync",
        {
            "integration_id": connected["integration"]["id"],
            "entity_type": "contact",
            "contact": {"email": "login@journey.example"},
        },
    )
    assert synced.is_success, synced.text

    bob = Screen(browser, app.url)
    logs_in(bob, "Bob")
    bob.sees("You have no role yet.")
    bob.pictures(pictures / "no-role.png")
    bob.open("/accounts")
    bob.sees("You have no role yet.")
    ann.open("/people")
    ann.sees("bob@firm.example")
    ann.page.get_by_role("combobox", name="Role of bob@firm.example").click()
    ann.page.get_by_role("option", name="Viewer").click()
    ann.sees("bob@firm.example: role viewer.")

    bob.open("/")
    bob.sees("bob@firm.example")
    expect(bob.page.get_by_role("button", name="Try with a sample file")).to_be_disabled()
    bob.sees("This takes the role operator; yours is viewer.")
    bob.open("/import_file")
    bob.sees("This takes the role operator; yours is viewer.")
    expect(bob.page.get_by_test_id("stFileUploader")).to_have_count(0)
    bob.pictures(pictures / "viewer-import.png")
    bob.open("/history")
    bob.page.get_by_role("link", name="Open").first.click()
    bob.sees("Undo")
    expect(bob.page.get_by_role("button", name="Preview undo")).to_be_disabled()
    report = takes_away(bob, "Report for others (one file)", tmp_path / "report.html")
    assert "the one row of the file" in report
    bob.pictures(pictures / "viewer-history.png")
    bob.open("/accounts")
    expect(bob.page.get_by_role("button", name="Disconnect …")).to_be_disabled()
    bob.open("/people")
    bob.sees("This takes the role admin; yours is viewer.")
    expect(bob.page.get_by_role("button", name="Make a key")).to_have_count(0)
    said = takes_away(bob, re.compile(r"Download these \d+ changes \(CSV\)"), tmp_path / "changes.csv")
    assert 'Made an API key,"Nightly load, admin"' in said

    assert calls(app, key, "/integrations/crm/connect").status_code == httpx.codes.OK
    ann.open("/people")
    ann.page.get_by_role("combobox", name="Revoke a key").click()
    ann.page.get_by_role("option", name="Nightly load").click()
    ann.sees("shut out at once")
    ann.presses("Revoke")
    ann.sees("is revoked and opens nothing any more")
    assert calls(app, key, "/integrations/crm/connect").status_code == httpx.codes.UNAUTHORIZED
    ann.pictures(pictures / "key-revoked.png")
    assert key not in ann.page.content()
    assert key not in app.log()

    bob.open("/history?show=charts")
    bob.sees("Did it land?")
    ann.page.get_by_role("combobox", name="Role of bob@firm.example").click()
    ann.page.get_by_role("option", name="No role").click()
    ann.sees("bob@firm.example: no role any more.")
    bob.sees("You have no role yet.")  # by itself, and nothing is left of what stood there
    expect(bob.page.get_by_text("Did it land?")).to_have_count(0)
    assert "Traceback" not in app.log()
    ann.presses("Log out")
    ann.sees("Log in to see imports and accounts.")
    ann.close()
    bob.close()


def test_a_tab_that_stood_open_while_the_app_was_killed_and_started_again_asks_to_log_in_and_goes_on(
    tmp_path: Path, browser: Browser
) -> None:
    port = free_port()
    with OidcProvider("Ann", redirect_uri=f"http://127.0.0.1:{port}/oauth2callback") as provider:
        variables = {**provider.variables, **AS_SHIPPED}
        with RunningApp(tmp_path, variables, port=port) as first:
            ann = Screen(browser, first.url)
            logs_in(ann, "Ann")
            ann.page.get_by_label("Code from the terminal").fill(code_of(first))
            ann.presses("Become the first admin")
            ann.sees("Try with a sample file")
            ann.open("/people")
            ann.page.get_by_label("Name", exact=True).fill("Nightly load")
            ann.page.get_by_label("Name", exact=True).press("Tab")
            ann.settle()
            first.end(signal.SIGKILL)
            ann.sees("Connection error")
            assert "SmartSync does not answer." in said_by_the_page(ann)
        with RunningApp(tmp_path, variables, port=port) as second:
            expect(ann.page.get_by_text("Connection error")).to_have_count(0)
            ann.presses("Make a key")
            ann.sees("Log in to see imports and accounts.")
            ann.settle()
            expect(ann.page.get_by_text("This page could not be shown.")).to_have_count(0)
            assert "Traceback" not in second.log()
            ann.presses("Log in")
            ann.page.get_by_role("button", name="Ann", exact=True).click()
            ann.sees("ann@firm.example · admin")
            ann.close()
