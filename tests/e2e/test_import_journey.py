"""The main job in a real browser: the sample leads go into the practice account, every row accounted for."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, expect

from tests.e2e.screen import Screen
from tests.running_app import RunningApp

pytestmark = pytest.mark.e2e

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "leads_messy.xlsx"
_VALUES = re.compile(r"^[\d,]+ values · old → new$")
OUTCOMES = ("Created", "Updated", "Already up to date", "Left out", "Needs you", "Failed")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with RunningApp(tmp_path_factory.mktemp("journey")) as started:
        yield started


def test_a_sample_goes_from_file_to_checked_rows_and_stands_in_history(
    app: RunningApp, browser: Browser, pictures: Path, tmp_path: Path
) -> None:
    screen = Screen(browser, app.url)
    screen.hands_in(SAMPLE)
    screen.sees("59 rows")
    screen.pictures(pictures / "1-file.png")
    screen.page.get_by_text("Both", exact=True).click()
    screen.settle()
    screen.presses("Next: account")

    screen.sees("Use the practice account")
    screen.pictures(pictures / "2-account.png")
    screen.presses("Use the practice account")

    screen.sees("Who is who")
    screen.sees("nothing here leaves this computer".capitalize())
    screen.pictures(pictures / "3-columns.png")
    screen.page.get_by_role("button", name="Preview", exact=True).click()

    screen.sees("Time and limits")
    button = screen.page.get_by_role("button", name="Create 81")
    expect(button).to_be_visible()
    predicted = {word: screen.number(word) for word in OUTCOMES}
    assert sum(predicted.values()) == 59
    screen.pictures(pictures / "4-preview.png")
    address = screen.page.url
    screen.page.reload()
    screen.sees("Time and limits")
    assert screen.page.url == address, "a reload keeps the draft"
    button.click()

    screen.sees("Checked in HubSpot")
    screen.sees("were read back and hold what was sent")
    screen.sees("Exactly as the preview said")
    assert {word: screen.number(word) for word in OUTCOMES} == predicted
    screen.pictures(pictures / "5-result.png")
    _takes_tables_away_with_their_filter(screen, tmp_path)

    screen.page.get_by_role("link", name="Show in History").click()
    screen.sees("Import of leads_messy.xlsx")
    assert "/history?run=" in screen.page.url
    screen.pictures(pictures / "6-history-import.png")
    screen.presses("All imports")
    screen.sees("Created 53")
    screen.pictures(pictures / "7-history.png")
    screen.open("/")
    screen.sees("Latest imports")
    screen.pictures(pictures / "35-home-at-work.png")
    screen.open("/needs_you")
    screen.sees("What it waits for")
    screen.pictures(pictures / "36-needs-you.png")
    screen.open("/accounts")
    screen.sees("Start over")
    screen.pictures(pictures / "8-accounts.png")
    assert screen.outside == []
    screen.close()


def _takes_tables_away_with_their_filter(screen: Screen, folder: Path) -> None:
    """Rows of one outcome, and values that a search finds: all of them, not the page that is shown."""
    screen.page.get_by_role("radio", name="Created 53").click()
    rows = _downloaded(screen, "Download these 53 rows (Excel)", folder / "rows.xlsx")
    assert len(list(load_workbook(rows).active.iter_rows())) == 1 + 53
    screen.page.get_by_label("Search in record, column and values").fill("phone")
    all_values = screen.page.get_by_text(_VALUES).inner_text()
    screen.page.keyboard.press("Enter")
    expect(screen.page.get_by_text(all_values)).to_have_count(0)
    number = screen.page.get_by_text(_VALUES).inner_text().partition(" ")[0]
    values = _downloaded(screen, f"Download these {number} values (CSV)", folder / "values.csv")
    with values.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    assert len(lines) == 1 + int(number.replace(",", ""))
    assert all(any("phone" in cell.casefold() for cell in line) for line in lines[1:])


def _downloaded(screen: Screen, button: str, path: Path) -> Path:
    with screen.page.expect_download() as download:
        screen.presses(button)
    download.value.save_as(path)
    return path


def test_an_import_opened_from_the_list_stays_open_whatever_is_pressed(
    app: RunningApp, browser: Browser
) -> None:
    screen = Screen(browser, app.url)
    screen.open("/history")
    screen.page.get_by_role("link", name="Open").first.click()
    screen.sees("Import of leads_messy.xlsx")
    screen.page.wait_for_url("**/history?run=*")
    screen.page.reload()
    screen.sees("Import of leads_messy.xlsx")
    screen.presses("Preview undo")
    screen.sees("Cannot be taken back")
    screen.page.get_by_role("link", name="Show the import").click()
    screen.sees("Import of leads_messy.xlsx")
    screen.presses("Check again")
    screen.sees("hold what was written")
    screen.page.go_back()
    screen.sees("Undo of leads_messy.xlsx")
    screen.close()


def test_the_same_file_again_has_nothing_to_write(app: RunningApp, browser: Browser) -> None:
    screen = Screen(browser, app.url)
    screen.hands_in(SAMPLE)
    screen.page.get_by_text("Both", exact=True).click()
    screen.settle()
    screen.presses("Next: account")
    screen.presses("Use this account")
    screen.sees("This file was written to")
    screen.page.get_by_role("button", name="Preview", exact=True).click()
    screen.sees("What would become of all 59 rows")
    assert screen.number("Created") == 1, (
        "a row without an e-mail address cannot be recognised, as the preview warns"
    )
    assert screen.number("Already up to date") == 52
    screen.close()
