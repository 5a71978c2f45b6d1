"""Fields and columns in a real browser: where a column always goes is changed, seen on real rows, saved, and taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import expect

from tests.command_line import CommandLine
from tests.e2e.screen import Screen
from tests.running_app import RunningApp

pytestmark = pytest.mark.e2e

_BLANK_CELL_PX, _FIRST_ROW_PX = 640, 48  # in the table of mappings


@pytest.fixture(scope="module")
def app(connected: Path) -> Iterator[RunningApp]:
    """With the column “Rolle” going to the job title by version 1."""
    key = CommandLine(connected).json("apikey", "create", "--role", "admin")["key"]
    with RunningApp(connected) as started:
        with httpx.Client(
            base_url=f"{started.url}/api/integrations/crm", headers={"Authorization": f"Bearer {key}"}
        ) as api:
            (account,) = api.get("/connect").json()["integrations"]
            mapping = {"source": "Rolle", "goes_to": "jobtitle"}
            saved = api.put(f"/{account['id']}/field-mappings/contacts", json={"field_mappings": [mapping]})
            saved.raise_for_status()
        yield started


def test_a_column_is_changed_with_its_rows_in_sight_and_an_earlier_version_comes_back(
    screen: Screen, pictures: Path, tmp_path: Path
) -> None:
    leads = tmp_path / "may.csv"
    leads.write_text("Email,Rolle\nada@fields.example,CHIEF BUYER\ntom@fields.example,\n")
    screen.previews(leads, "People")

    screen.open("/fields")
    screen.chooses("Column to adjust", "Rolle")
    screen.sees("Rows of may.csv")
    screen.chooses("Next step", "Take what a pattern finds")
    screen.page.get_by_label("Pattern", exact=False).first.fill("(")
    screen.page.keyboard.press("Tab")
    screen.sees("pattern")
    expect(screen.page.get_by_test_id("stException")).to_have_count(0)
    screen.chooses("Next step", "Upper and lower case")
    screen.chooses("How", "words")
    screen.pictures(pictures / "24-fields.png")
    screen.presses("Add this step")
    screen.sees("Saved as version 2.")

    screen.settle()
    table = screen.page.get_by_test_id("stDataFrame").first
    table.dblclick(position={"x": _BLANK_CELL_PX, "y": _FIRST_ROW_PX})
    screen.page.wait_for_selector("#portal textarea, #portal input")
    screen.page.wait_for_timeout(400)
    screen.page.keyboard.type("Buyer", delay=40)
    screen.page.keyboard.press("Enter")
    screen.sees("What this changes")
    screen.settle()
    screen.page.get_by_role("button", name="Save", exact=True).click()
    screen.sees("Saved as version 3.")
    screen.settle()
    screen.page.get_by_text("Versions (3)").click()
    screen.settle()
    screen.presses("Go back to version 1")
    screen.sees("Saved as version 4.")
