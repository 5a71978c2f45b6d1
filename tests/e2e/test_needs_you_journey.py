"""Needs you in a real browser: what waits is narrowed, given to somebody, and decided many at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.screen import Screen
from tests.twin_process import CLIENT, TwinProcess

pytestmark = pytest.mark.e2e


def hubspot_changes(twin: TwinProcess, email: str) -> None:
    url = f"{twin.url}/crm/v3/objects/contacts/{email}?idProperty=email"
    body = {"properties": {"jobtitle": "Seller"}}
    CLIENT.patch(url, json=body, headers=twin.headers).raise_for_status()


def test_what_waits_is_given_to_somebody_and_decided_at_once(
    screen: Screen, twin: TwinProcess, pictures: Path, tmp_path: Path
) -> None:
    emails = [f"p{n}@waits.example" for n in range(3)]
    known = [{"object": "contacts", "properties": {"email": one}} for one in emails]
    twin.control("PUT", "records", {"lines": known})
    for name, addresses in (("june.csv", emails), ("july.csv", ["nobody"])):
        path = tmp_path / name
        path.write_text(
            "\n".join(
                ["Email,Job Title", *(f"{one},Buyer" for one in addresses), f"{name}@waits.example,Buyer"]
            )
        )
        screen.previews(path, "People")
        if addresses is emails:
            for one in emails[:2]:
                hubspot_changes(twin, one)
        screen.page.locator(".st-key-write button").first.click()
        screen.sees("Checked in HubSpot")

    screen.page.get_by_role("link", name="Needs you").first.click()
    screen.sees("june.csv")
    screen.sees("july.csv")
    screen.presses("Who takes these 2")
    screen.page.get_by_label("Who takes it", exact=True).first.fill("Avery Example")
    screen.page.get_by_role("button", name="Save", exact=True).first.click()
    screen.sees("taken by Avery Example")
    screen.open("/needs_you?taken=Avery+Example")
    screen.sees("taken by")
    screen.pictures(pictures / "31-needs-you.png")

    screen.open("/needs_you?kind=stale")
    screen.sees("2 rows · Changed in HubSpot since preview")
    expect(screen.page.get_by_text("july.csv")).to_have_count(0)
    screen.presses("Send 2 rows again as they stand")
    screen.sees("2 rows of 1 import are being sent again.")
    screen.open("/")
    expect(screen.page.get_by_text("Running now")).to_have_count(0, timeout=60_000)
    screen.open("/needs_you")
    screen.sees("Cell to correct")
    expect(screen.page.get_by_text("june.csv")).to_have_count(0)
