"""Possibly the same company, in a real browser: a slip is taken back on the preview, and the right word makes the association."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.screen import Screen
from tests.running_app import RunningApp
from tests.twin_process import CLIENT, TwinProcess

pytestmark = pytest.mark.e2e

_PEOPLE = """Email,First name,Company
ada.alder@gmail.com,Ada,Alder Works
ben.alder@gmail.com,Ben,Alder Works
cy.beech@gmail.com,Cy,Beech Works
"""


def stands_in_hubspot(twin: TwinProcess, name: str, domain: str) -> str:
    body = {"properties": {"name": name, "domain": domain}}
    answer = CLIENT.post(f"{twin.url}/crm/v3/objects/companies", json=body, headers=twin.headers)
    return str(answer.raise_for_status().json()["id"])


def companies_of(twin: TwinProcess, email: str) -> set[str]:
    address = f"{twin.url}/crm/v3/objects/contacts/{email}?idProperty=email&associations=companies"
    held = CLIENT.get(address, headers=twin.headers).raise_for_status().json()
    return {str(one["id"]) for one in held.get("associations", {}).get("companies", {}).get("results", [])}


def says(screen: Screen, place: int, word: str) -> None:
    """On that card, the first being 0."""
    screen.page.get_by_role("radio", name=word).nth(place).click()


def test_a_slip_is_taken_back_and_the_people_come_to_the_company_that_was_meant(
    twin: TwinProcess, screen: Screen, pictures: Path, tmp_path: Path
) -> None:
    alder = stands_in_hubspot(twin, "Alder Works", "alder.example")
    beech = stands_in_hubspot(twin, "Beech Works", "beech.example")
    leads = tmp_path / "people.csv"
    leads.write_text(_PEOPLE)
    screen.previews(leads, "Both")
    screen.sees("Possibly the same company")
    screen.pictures(pictures / "25-namesakes.png")
    says(screen, 0, "It is this one")
    screen.sees("1 of 2 companies still open")
    says(screen, 1, "It is this one")
    screen.sees(f"you said: record {beech}")
    screen.pictures(pictures / "26-namesakes-said.png")
    screen.page.get_by_role("button", name="Ask me again").nth(1).click()
    screen.sees("It is a new company")
    says(screen, 0, "It is a new company")
    screen.sees("you said: a new company")
    screen.presses("Create 4")
    screen.sees("Checked in HubSpot")
    assert companies_of(twin, "ada.alder@gmail.com") == companies_of(twin, "ben.alder@gmail.com") == {alder}
    (made,) = companies_of(twin, "cy.beech@gmail.com")
    assert made not in (alder, beech)


def test_two_quick_clicks_are_one_answer(
    app: RunningApp, twin: TwinProcess, browser: Browser, tmp_path: Path
) -> None:
    stands_in_hubspot(twin, "Cedar Works", "cedar.example")
    leads = tmp_path / "one.csv"
    leads.write_text("Email,Company\ndi.cedar@gmail.com,Cedar Works\n")
    screen = Screen(browser, app.url)
    screen.previews(leads, "Both")
    screen.page.get_by_role("radio", name="It is a new company").dblclick()
    screen.sees("you said: a new company")
    screen.close()
