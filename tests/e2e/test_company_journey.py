"""Companies and Scoring in a real browser: whom one sells to is said, compared and published; then a company gets its score."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.screen import Screen
from tests.running_app import RunningApp
from tests.twin_process import start_research_twin

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """With a register and job boards that answer."""
    with start_research_twin() as stand_in:
        hosts = f"companies_house={stand_in.url}/companies-house greenhouse={stand_in.url}/greenhouse"
        research = {"COMPANIES_HOUSE_KEY": "key", "RESEARCH_BASE_URLS": hosts}
        with RunningApp(tmp_path_factory.mktemp("data"), research) as started:
            yield started


def test_a_company_has_no_score_until_it_is_said_whom_one_sells_to(screen: Screen, pictures: Path) -> None:
    screen.open("/companies")
    screen.page.get_by_label("Domain, company number or name").fill("07123456")
    screen.presses("Look up")
    screen.sees("ACME ROBOTICS LTD")
    screen.sees("No lead score")
    expect(screen.page.get_by_test_id("stMetric").filter(has_text="Lead score")).to_have_count(0)
    company = screen.page.url.removeprefix(screen.url)

    screen.open("/scoring")
    screen.sees("Until it says whom you sell to, no company gets a lead score.")
    _writes(screen, "Your main industries", "Software")
    _writes(screen, "Countries that you cover", "United Kingdom")
    screen.presses("Keep in the draft")
    screen.sees("Kept in the draft.")
    screen.open("/scoring?part=draft")
    screen.sees("What it says differently")
    screen.pictures(pictures / "32-scoring.png")
    screen.page.get_by_role("button", name="Publish", exact=True).click()
    screen.sees("Scores go by the score card standard 2 from now on.")

    screen.open(company)
    screen.presses("Ask again")
    screen.sees("score card standard 2")
    assert screen.number("Lead score") > 0
    screen.pictures(pictures / "33-company.png")
    screen.open("/companies")
    screen.sees("Scores as they were given when the company was last looked up.")


def _writes(screen: Screen, label: str, choice: str) -> None:
    """Into a field that takes several."""
    field = screen.page.get_by_role("combobox", name=label)
    field.fill(choice)
    field.press("Enter")
    field.press("Escape")
    screen.settle()
