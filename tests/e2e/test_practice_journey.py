"""A file tried in the practice account beside a real one, in a real browser: with copies, its preview is the real one's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.screen import Screen
from tests.twin_process import TwinProcess

pytestmark = pytest.mark.e2e

LEADS = """First name,Last name,Email,Company,Website,Phone
Ada,Birch,ada@birchworks.example,Birchworks Ltd,birchworks.example,+44 20 7946 0011
Tom,Okoro,tom@okoro.example,Okoro Logistics,okoro.example,+44 20 7946 0012
"""
HELD = [
    {
        "object": "companies",
        "ref": "birch",
        "properties": {"name": "Birchworks Limited", "domain": "birchworks.example"},
    },
    {
        "object": "contacts",
        "properties": {
            "email": "ada@birchworks.example",
            "firstname": "Adeline",
            "lastname": "Birch",
            "phone": "+442079460099",
        },
        "associations": [{"to_object": "companies", "to_ref": "birch"}],
    },
]


def test_matching_records_are_copied_and_the_preview_shows_what_they_hold(
    screen: Screen, twin: TwinProcess, pictures: Path, tmp_path: Path
) -> None:
    twin.control("PUT", "records", {"lines": HELD})
    before = twin.control("GET", "revision")
    leads = tmp_path / "leads.csv"
    leads.write_text(LEADS)
    screen.hands_in(leads)
    screen.page.get_by_text("Both", exact=True).click()
    screen.settle()
    screen.presses("Next: account")
    screen.presses("Use the practice account")
    screen.sees("Who is who")
    screen.page.get_by_text("Replace with my file", exact=True).first.click()
    screen.settle()
    screen.page.get_by_role("button", name="Preview", exact=True).click()
    screen.sees("Time and limits")
    assert screen.number("Created") == 2

    screen.presses("Copy the matching records from HubSpot Europe")
    screen.sees("Copied from HubSpot Europe, as of today")
    screen.sees("1 contact and 1 company. Nothing was changed there.")
    screen.sees("Made-up data, and copies from HubSpot Europe. Nothing here leaves this computer.")
    screen.sees("Time and limits")
    assert (screen.number("Created"), screen.number("Updated")) == (1, 1)
    assert twin.control("GET", "revision") == before
    screen.pictures(pictures / "38-copied.png")
