"""A messy monthly workbook in a real browser, from its header row to the write; and the second month's file in two clicks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import Browser

from tests.e2e.screen import Screen
from tests.running_app import RunningApp

pytestmark = pytest.mark.e2e

Row = tuple[str, ...]
MAY: list[Row] = [
    ("ada@birchworks.example", "ADA", "Birch", "020 7946 0301", "New", "Avery Example"),
    ("tom@okoro.example", "TOM", "Okoro", "", "Conected", "Blake Sampel"),
    ("tom.okoro@okoro.example", "Tom", "Okoro", "020 7946 0302", "", "Blake Sampel"),
    ("ben@hart.example", "ben", "Hart", "", "Ice Cubed", "Nobody Known"),
]
JUNE: list[Row] = [
    ("eva@birchworks.example", "EVA", "Birch", "", "New", "Avery Example"),
    ("uma@hart.example", "UMA", "Hart", "", "Conected", "Blake Sampel"),
    ("kai@hart.example", "kai", "Moss", "", "Ice Cubed", "Nobody Known"),
    ("lea@hart.example", "LEA", "Reed", "", "", ""),
]


def workbook(path: Path, month: str, rows: list[Row]) -> Path:
    """As somebody's report comes: titles, names over two rows, a total under the table, notes on a sheet of their own."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Leads"
    sheet.append([f"Fair leads, {month}"])
    sheet.append([])
    sheet.append(["Contact", None, None, None, "Lead", None])
    sheet.append(["Email", "First name", "Last name", "Phone", "Status", "Owner"])
    sheet.merge_cells("A3:D3")
    sheet.merge_cells("E3:F3")
    for row in rows:
        sheet.append(list(row))
    sheet.append(["Total", len(rows)])
    book.create_sheet("Notes").append(["Please do not change the columns."])
    book.save(path)
    return path


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with RunningApp(tmp_path_factory.mktemp("recipe")) as started:
        yield started


def test_the_second_months_file_takes_two_clicks(
    app: RunningApp, browser: Browser, pictures: Path, tmp_path: Path
) -> None:
    screen = Screen(browser, app.url)
    screen.hands_in(workbook(tmp_path / "may.xlsx", "May", MAY))
    screen.sees("4 rows")
    screen.pictures(pictures / "17-messy.png")
    screen.page.get_by_text("People", exact=True).click()
    screen.settle()
    screen.presses("Next: account")
    screen.presses("Use the practice account")

    screen.sees("Who is who")
    screen.chooses("Column to adjust", "First name")
    screen.chooses("Next step", "Proper names")
    screen.pictures(pictures / "13-adjust.png")
    screen.presses("Add this step")
    screen.page.get_by_role("button", name="Take this step away").or_(
        screen.page.locator(".st-key-step-out-0")
    ).first.wait_for()
    screen.settle()
    screen.presses("Next: values")

    screen.sees("4 values not settled")
    screen.pictures(pictures / "14-values.png")
    screen.presses("Confirm 1 value")
    screen.sees("3 values not settled")
    screen.presses("Confirm 1 value")
    screen.sees("2 values not settled")
    screen.presses("Back")
    screen.sees("Who is who")
    screen.page.get_by_text("Save these choices as a recipe").click()
    screen.page.get_by_label("Name of the recipe").fill("Fair leads")
    screen.presses("Save")
    screen.sees("Saved as “Fair leads”.")
    screen.pictures(pictures / "15-columns.png")
    screen.page.get_by_role("button", name="Preview", exact=True).click()

    screen.sees("One pair of rows may be the same record")
    screen.presses("Decide on likely duplicates")
    screen.sees("1 pair of rows may be the same record")
    screen.pictures(pictures / "18-duplicates.png")
    screen.page.get_by_role("button", name="Preview", exact=True).click()
    screen.sees("Time and limits")
    screen.pictures(pictures / "19-preview.png")
    screen.presses("Create 3")
    screen.sees("Exactly as the preview said")
    screen.pictures(pictures / "20-result.png")

    screen.hands_in(workbook(tmp_path / "june.xlsx", "June", JUNE))
    screen.sees("This file looks like")
    screen.pictures(pictures / "16-recipe.png")
    screen.presses("Use it and preview")
    screen.sees("Time and limits")
    screen.presses("Create 3")
    screen.sees("Exactly as the preview said")
    assert not screen.outside
