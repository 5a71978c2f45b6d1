"""Trust in a real browser: the first rows alone, 12 bad rows corrected in place until none is left, and all of it taken back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import expect

from tests.e2e.screen import Screen
from tests.running_app import RunningApp
from tests.twin_process import TwinProcess

pytestmark = pytest.mark.e2e

_GOOD, _BAD = 20, 12
_BY_HAND = 3  # of the bad ones
_FIELDS = "email,firstname,lastname,jobtitle"
_WHY_ENDS_PX, _FIRST_ROW_PX, _ROW_PX = 440, 48, 31  # in the table to correct


@pytest.fixture(scope="module")
def app(twin: TwinProcess, connected: Path) -> Iterator[RunningApp]:
    """Whose account knows one of the people."""
    known = [{"object": "contacts", "properties": {"email": "p1@trust.example", "firstname": "Theirs"}}]
    twin.control("PUT", "records", {"lines": known})
    with RunningApp(connected) as started:
        yield started


@pytest.fixture(scope="module")
def leads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The e-mail address of the last twelve is none."""
    lines = ["Email,First name,Last name,Job Title"]
    lines += [f"{_address(n)},Person{n},Birch,Buyer" for n in range(_GOOD + _BAD)]
    path = tmp_path_factory.mktemp("files") / "leads.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def _address(number: int) -> str:
    return f"wrong {number}" if number >= _GOOD else f"p{number}@trust.example"


def held(twin: TwinProcess) -> list[dict[str, Any]]:
    """Live contacts as the account's own people see them."""
    twin.control("PUT", "clock", {"advance_s": 11})  # the rate windows are empty again
    url = f"{twin.url}/crm/v3/objects/contacts?limit=100&properties={_FIELDS}"
    found = httpx.get(url, headers=twin.headers).raise_for_status().json()["results"]
    return [{name: one["properties"].get(name) for name in _FIELDS.split(",")} for one in found]


def test_twelve_bad_rows_are_fixed_in_place_and_all_is_taken_back(
    twin: TwinProcess, leads: Path, screen: Screen, pictures: Path
) -> None:
    before = held(twin)
    screen.previews(leads, "People")
    screen.presses("Send the first 10, then pause")
    screen.sees("The first rows are written; look at them, then go on")
    assert (screen.number("Created"), screen.number("Updated"), screen.number("Not sent")) == (9, 1, 10)
    screen.pictures(pictures / "9-first-rows.png")
    screen.presses("Go on")

    screen.sees("12 rows did not land")
    assert (screen.number("Created"), screen.number("Needs you")) == (19, 12)
    _correct_cells(screen, pictures)
    screen.presses(f"Send {_BY_HAND} rows again")
    screen.sees(f"{_BAD - _BY_HAND} rows did not land")
    _correct_in_a_spreadsheet(screen, leads.with_name("corrected.csv"))
    screen.presses(f"Send {_BAD - _BY_HAND} rows of the file again")
    expect(screen.page.get_by_text("rows did not land")).to_have_count(0)
    screen.sees("All 32 written records were read back")
    assert (screen.number("Created"), screen.number("Needs you"), screen.number("Failed")) == (31, 0, 0)
    assert len(held(twin)) == _GOOD + _BAD

    screen.presses("Check again")
    screen.sees("32 hold what was written, 0 changed since, 0 gone")
    screen.presses("Preview undo")
    screen.sees("Contacts: 31 moved to the recycle bin, 1 put back")
    screen.sees("Cannot be taken back")
    screen.pictures(pictures / "11-undo.png")
    screen.presses("Undo 32 contacts")
    screen.sees("Checked in HubSpot")
    assert screen.number("Put back") == _GOOD + _BAD
    screen.pictures(pictures / "12-undone.png")
    assert held(twin) == before
    screen.page.get_by_role("link", name="Show the import").click()
    screen.sees("Undone · today")
    screen.pictures(pictures / "37-undone-import.png")


def _correct_cells(screen: Screen, pictures: Path) -> None:
    """In the table, at a person's pace: double click, type, Enter."""
    screen.settle()
    for place in range(_BY_HAND):
        table = screen.page.get_by_test_id("stDataFrame").first
        table.scroll_into_view_if_needed()
        table.dblclick(position={"x": _WHY_ENDS_PX + 60, "y": _FIRST_ROW_PX + place * _ROW_PX})
        screen.page.wait_for_selector("#portal textarea, #portal input")
        screen.page.wait_for_timeout(400)
        screen.page.keyboard.press("Control+A")
        screen.page.keyboard.type(f"p{_GOOD + place}@trust.example", delay=40)
        screen.page.wait_for_timeout(300)
        screen.page.keyboard.press("Enter")
        screen.sees(f"Send {place + 1} row")
    screen.pictures(pictures / "10-fix.png")


def _correct_in_a_spreadsheet(screen: Screen, path: Path) -> None:
    """All others, in the file that the page offers."""
    screen.page.get_by_text("Or correct them in a spreadsheet").click()
    with screen.page.expect_download() as download:
        screen.presses("Download rows to fix (CSV)")
    download.value.save_as(path)
    text = path.read_text(encoding="utf-8-sig")
    for number in range(_GOOD + _BY_HAND, _GOOD + _BAD):
        text = text.replace(f"\nwrong {number},", f"\np{number}@trust.example,")
    path.write_text(text, encoding="utf-8-sig")
    screen.page.locator("input[type=file]").set_input_files(path)
