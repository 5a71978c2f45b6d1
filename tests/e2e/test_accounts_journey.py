"""An account's settings in a real browser: changed on its card, told there, and kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.screen import Screen
from tests.running_app import RunningApp

pytestmark = pytest.mark.e2e


def test_what_an_account_does_by_itself_is_changed_on_its_card(screen: Screen, pictures: Path) -> None:
    screen.open("/accounts")
    screen.sees("Nothing goes out before somebody, or a program, hands it in.")
    screen.presses("Settings …")
    screen.sees("New deals begin in")
    screen.chooses("Direction", "Both ways (until that exists: to HubSpot)")
    screen.chooses("When", "At once")
    screen.page.get_by_text("Tasks, and deals where").click()
    screen.pictures(pictures / "34-account-settings.png")
    screen.page.get_by_role("button", name="Save", exact=True).click()
    screen.sees("The settings of HubSpot Europe are saved.")
    screen.open("/accounts")
    screen.sees("What is handed in goes out at once.")
    screen.sees("that does not exist yet, so it runs to HubSpot only.")
    screen.sees("Proposed with each preview: tasks and deals.")
    screen.open("/people")
    screen.sees("Who changed what")


def test_a_page_of_accounts_that_stands_open_says_how_the_last_import_went(
    screen: Screen, app: RunningApp, browser: Browser, tmp_path: Path
) -> None:
    screen.open("/accounts")
    screen.sees("no import yet")
    path = tmp_path / "elsewhere.csv"
    path.write_text("Email,First name\nada@elsewhere.example,Ada\n")
    other = Screen(browser, app.url)
    other.previews(path, "People")
    other.page.locator(".st-key-write button").first.click()
    other.sees("Checked in HubSpot")
    screen.sees("(elsewhere.csv)")
    screen.sees("Last success today")
    other.close()
