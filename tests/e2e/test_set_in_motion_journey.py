"""What else an import does, in a real browser: looked up, ticked, seen before it is made, made once, and taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.command_line import CommandLine
from tests.e2e.conftest import connect
from tests.e2e.screen import Screen
from tests.running_app import RunningApp
from tests.twin_process import TwinProcess, start_research_twin

pytestmark = pytest.mark.e2e

_ICP = """
icp:
  industry: {primary: [Software]}
  employees: {core: [[50, 500]]}
  country: {covered: [GB]}
"""
_LEADS = """Email,First name,Job title,Company,Website,Employees,Postcode,Country
ada@acme.example,Ada,Managing Director,Acme Robotics Ltd,acme.example,120,N1 1AA,United Kingdom
bob@acme.example,Bob,Engineer,Acme Robotics Ltd,acme.example,120,N1 1AA,United Kingdom
cat@mill.example,Cat,Buyer,Nobody Knows Ltd,mill.example,,,
"""
_TICKED = (
    "Look the companies up first",
    "Lead score, its parts",
    "One task",
    "One deal",
    "One note",
    "An owner for",
)
_OF_ACME = "/companies?company=domain:acme.example"


@pytest.fixture(scope="module")
def app(twin: TwinProcess, connected: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    """With SmartSync's own fields there, a score card that knows whom to sell to, and a register that answers."""
    folder = tmp_path_factory.mktemp("motion")
    owner = httpx.get(f"{twin.url}/crm/v3/owners", headers=twin.headers).json()["results"][0]["email"]
    card = folder / "card.yaml"
    card.write_text(f"{_ICP}owners:\n  territories: [{{owner: {owner}, countries: [GB]}}]\n")
    connect(connected, twin, "--add-fields")
    CommandLine(connected).run("score", "card", "use", str(card))
    with start_research_twin() as stand_in:
        hosts = " ".join(
            f"{name}={stand_in.url}/{path}"
            for name, path in (("companies_house", "companies-house"), ("greenhouse", "greenhouse"))
        )
        research = {"COMPANIES_HOUSE_KEY": "key", "RESEARCH_BASE_URLS": hosts}
        with RunningApp(connected, research) as started:
            yield started


def made(twin: TwinProcess) -> dict[str, int]:
    twin.control("PUT", "clock", {"advance_s": 11})  # the rate windows are empty again
    state = twin.state()
    return {name: state[name] for name in ("tasks", "deals", "notes", "companies", "contacts")}


def test_what_is_ticked_is_seen_then_made_then_taken_back(
    twin: TwinProcess, screen: Screen, looked_at: Path, tmp_path: Path
) -> None:
    leads = tmp_path / "leads.csv"
    leads.write_text(_LEADS)
    screen.previews(leads, "Both")
    screen.sees("Nothing besides the rows, unless you tick it here.")
    for words in _TICKED:
        screen.page.get_by_text(words).first.click()
        screen.settle()
    screen.presses("Preview this too")
    screen.sees("1 task, 1 deal, 1 note")
    screen.sees("The website could not be reached for 2 companies")
    screen.sees("SmartSync's own fields of")
    screen.pictures(looked_at / "motion-preview.png")
    assert made(twin) == dict.fromkeys(made(twin), 0)

    screen.page.locator(".st-key-write button").first.click()
    screen.sees("Checked in HubSpot")
    screen.sees("Tasks: 1 created · Deals: 1 created · Notes: 1 created")
    screen.pictures(looked_at / "motion-result.png")
    assert made(twin) == {"tasks": 1, "deals": 1, "notes": 1, "companies": 2, "contacts": 3}
    result = screen.page.url

    screen.open(_OF_ACME)
    screen.sees("Lead score")
    assert screen.number("Lead score") >= 70
    screen.pictures(looked_at / "motion-company.png")

    screen.page.goto(result)
    screen.presses("Preview undo")
    screen.sees("Cannot be taken back")
    screen.sees("Tasks: 1")
    screen.pictures(looked_at / "motion-undo.png")
    screen.page.get_by_role("button", name=re.compile(r"^Undo \d")).first.click()
    screen.sees("Checked in HubSpot")
    assert made(twin) == dict.fromkeys(made(twin), 0)
