"""An account's settings in a real browser: changed on its card, told there, and kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.screen import Screen

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
