"""Writing in a real browser: a large import whose number is typed, paused, stopped and finished; a preview that grew old."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.screen import Screen
from tests.twin_process import CLIENT, TwinProcess

pytestmark = pytest.mark.e2e

_LARGE = 3_000  # rows: more batches than are on their way at once, so that a pause leaves some
_SOME_MS = 1_500  # so that the page of the writing is seen before it is over
_SLOW_MS = 20_000  # longer than it takes to press, and to look


def people(path: Path, domain: str, number: int) -> Path:
    lines = [f"p{n}@{domain},Person{n},Buyer" for n in range(number)]
    path.write_text("\n".join(["Email,First name,Job Title", *lines]) + "\n")
    return path


def test_a_large_import_is_typed_paused_stopped_and_finished(
    screen: Screen, twin: TwinProcess, pictures: Path, tmp_path: Path
) -> None:
    screen.previews(people(tmp_path / "large.csv", "large.example", _LARGE), "People")
    write = screen.page.get_by_role("button", name="Create 3,000")
    expect(write).to_be_disabled()
    screen.sees("3,000 records would be written. Type 3000 to go on.")
    number = screen.page.get_by_label("3,000 records would be written")
    number.fill("300")
    number.press("Enter")
    screen.settle()
    expect(write).to_be_disabled()
    number.fill("3,000")
    number.press("Enter")
    expect(write).to_be_enabled()

    twin.control("PUT", "latency", {"ms": _SOME_MS})  # what the key may do is perhaps asked once more
    write.click()
    screen.sees("You can close this tab; keep this computer on.")
    twin.control("PUT", "latency", {"ms": _SLOW_MS})
    screen.presses("Pause")
    screen.sees("The import is paused. What was written is on record.")
    assert screen.number("Not sent") > 0
    screen.presses("Go on")
    screen.sees("You can close this tab; keep this computer on.")
    screen.pictures(pictures / "27-progress.png")
    screen.presses("Stop")
    screen.sees("The import is stopped. What was written is on record.")
    assert screen.number("Not sent") > 0
    twin.control("PUT", "latency", {"ms": 0})
    expect(screen.page.get_by_test_id("stDataFrame")).to_have_count(
        2, timeout=60_000
    )  # rows too, once all is answered
    screen.pictures(pictures / "28-stopped.png")
    screen.presses("Go on")
    screen.sees("All 3,000 written records were read back")
    assert screen.number("Created") == _LARGE
    assert twin.state()["contacts"] == _LARGE


def test_an_old_preview_is_read_again_and_says_what_changed_since_somebody_looked(
    screen: Screen, twin: TwinProcess, tmp_path: Path
) -> None:
    def hubspot_says(**properties: str) -> None:
        url = f"{twin.url}/crm/v3/objects/contacts/p1@old.example?idProperty=email"
        CLIENT.patch(url, json={"properties": properties}, headers=twin.headers).raise_for_status()

    known = {"object": "contacts", "properties": {"email": "p1@old.example"}}
    twin.control("PUT", "records", {"lines": [known]})
    screen.previews(people(tmp_path / "old.csv", "old.example", 3), "People")
    screen.sees("Create 2, update 1")
    hubspot_says(jobtitle="Seller")
    screen.presses("Read HubSpot again")
    screen.sees("1 row changed since you looked")
    screen.presses("Create 2, update 1")
    screen.sees("Checked in HubSpot")
    assert (screen.number("Created"), screen.number("Updated")) == (2, 1)
