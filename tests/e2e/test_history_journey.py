"""History in a real browser over a year of imports: every chart, and the way from a bar to its imports, rows and values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Locator, expect
from pydantic import TypeAdapter

from benchmarks.past_year import seed
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import ImportOptions
from smartsync_core.store.database import Database
from tests.e2e.screen import Screen
from tests.running_app import RunningApp

pytestmark = pytest.mark.e2e

_IMPORTS, _ROWS = 104, 5_200  # two a week, fifty rows each
_ASKED = TypeAdapter(ImportOptions).dump_json(
    ImportOptions(record_type=RecordType.CONTACTS, columns=(), keys=())
)
_TITLES = ("Did it land?", "Why not?", "Waiting on people", "From file to HubSpot", "What it did to our data")
_CHARTS = "/history?show=charts&weeks=52"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    folder = tmp_path_factory.mktemp("year")
    database = Database(f"duckdb:///{folder}/smartsync.duckdb")
    database.migrate()
    seed(database, _ASKED.decode(), imports=_IMPORTS, rows=_ROWS, records=200)
    database.close()
    with RunningApp(folder) as started:
        yield started


def chart(screen: Screen, title: str) -> Locator:
    """The chart under that heading, once all are drawn."""
    drawn = screen.page.get_by_test_id("stPlotlyChart").filter(has=screen.page.locator(".barlayer"))
    expect(drawn).to_have_count(len(_TITLES), timeout=60_000)
    return drawn.nth(_TITLES.index(title))


def press_bar(screen: Screen, drawn: Locator, place: int = 0) -> None:
    """As a mouse does: bars lie under a layer that catches it."""
    drawn.scroll_into_view_if_needed()
    screen.settle()
    box = drawn.locator(".barlayer .point path").nth(place).bounding_box()
    assert box
    screen.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    screen.settle()


def test_from_a_bar_of_did_it_land_to_imports_rows_and_the_history_of_a_record(
    screen: Screen, pictures: Path
) -> None:
    screen.open(_CHARTS)
    press_bar(screen, chart(screen, "Did it land?"))
    screen.sees("Created in the week of")
    screen.pictures(pictures / "21-charts.png")
    screen.page.get_by_role("link", name="Open").first.click()
    screen.sees("The numbers add up to all 50 rows of the file")
    screen.settle()
    screen.page.get_by_test_id("stDataFrame").first.scroll_into_view_if_needed()
    screen.page.get_by_placeholder("Search").fill("p2@people.example")
    screen.page.keyboard.press("Enter")
    screen.sees("2 values · old → new")


def test_the_lines_of_the_rates_take_no_press_meant_for_a_bar_behind_them(screen: Screen) -> None:
    screen.page.set_viewport_size({"width": 390, "height": 900})
    screen.open(_CHARTS)
    drawn = chart(screen, "Did it land?")
    drawn.scroll_into_view_if_needed()
    screen.settle()
    mark = drawn.locator(".scatterlayer .point").nth(20).bounding_box()
    assert mark
    screen.page.mouse.click(mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2)
    screen.sees("in the week of")


def test_from_why_not_to_the_rows_of_that_reason_and_their_imports(screen: Screen, tmp_path: Path) -> None:
    screen.open(_CHARTS)
    press_bar(screen, chart(screen, "Why not?"))
    heading = screen.page.get_by_text("Not an e-mail address · Email", exact=True)
    expect(heading.last).to_be_visible()
    button = screen.page.get_by_role("button", name=re.compile(r"Download these \d+ rows \(Excel\)"))
    rows = int(button.inner_text().split()[2])
    lines = _downloaded(screen, button, tmp_path / "rows.xlsx")
    assert lines[0][:4] == ("File", "Row", "What to know", "Now")
    assert len(lines) == 1 + rows
    assert {"Needs you", "Created, after a correction"} <= {line[3] for line in lines}
    screen.page.get_by_text("Their imports", exact=True).click()
    screen.sees("1 row of 50")
    screen.page.get_by_role("link", name="Open").first.click()
    screen.sees("What did not go as hoped")


def test_what_waits_leads_to_its_imports_and_to_the_one_list(screen: Screen) -> None:
    screen.open(_CHARTS)
    drawn = chart(screen, "Waiting on people")
    assert "over 7 days" in drawn.inner_text()
    press_bar(screen, drawn, 3)
    screen.sees("Waiting for over 7 days")
    screen.sees("2 rows of 50")
    screen.page.get_by_role("link", name="Show what needs you").click()
    expect(screen.page.get_by_role("heading", name="Needs you")).to_be_visible()
    screen.sees("Who takes these")


def test_behind_a_time_are_its_imports(screen: Screen, tmp_path: Path) -> None:
    screen.open(_CHARTS)
    drawn = chart(screen, "From file to HubSpot")
    assert "up to 100 rows" in drawn.inner_text()
    press_bar(screen, drawn)
    screen.sees("Imports of up to 100 rows, the slowest first")
    screen.sees("minutes of it waiting")
    screen.page.get_by_text("The numbers", exact=True).nth(3).click()
    button = screen.page.get_by_role("button", name="Download these numbers (Excel)")
    header, numbers = _downloaded(screen, button, tmp_path / "numbers.xlsx")
    assert header[:2] == ("Rows of the file", "Imports")
    assert numbers[0] == "up to 100 rows"


def test_from_what_was_done_to_a_field_to_these_values_of_an_import(screen: Screen) -> None:
    screen.open(_CHARTS)
    drawn = chart(screen, "What it did to our data")
    assert "Phone (contact)" in drawn.inner_text()
    screen.sees("Regret rate")
    press_bar(screen, drawn, 1)
    screen.sees("Phone (contact): replaced")
    card = screen.page.get_by_text(re.compile(r"leads \d+\.csv · \d+ values in 50 rows")).first
    values = card.inner_text().split()[3]
    screen.page.get_by_role("link", name="Open").first.click()
    screen.sees(f"{values} values · old → new")


def _downloaded(screen: Screen, button: Locator, path: Path) -> list[tuple[Any, ...]]:
    with screen.page.expect_download() as download:
        button.click()
    download.value.save_as(path)
    return list(load_workbook(path).active.iter_rows(values_only=True))


def test_the_technical_lines_stand_beside_what_was_promised(screen: Screen, pictures: Path) -> None:
    screen.open("/history?show=technical&weeks=12")
    screen.sees("Sending a record")
    screen.sees("Promised: p90 under 5,000 ms")
    screen.sees("Success", exact=True)
    screen.pictures(pictures / "22-technical.png")


def test_a_report_for_others_opens_without_a_network(
    screen: Screen, browser: Browser, tmp_path: Path, pictures: Path
) -> None:
    screen.open("/history?run=run1")
    screen.sees("Import of leads 1.csv")
    with screen.page.expect_download() as download:
        screen.presses("Report for others (one file)")
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "leads 1 report.html"
    asked: list[str] = []
    alone = browser.new_context(
        offline=True, java_script_enabled=False, viewport={"width": 900, "height": 900}
    )
    page = alone.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    text = page.inner_text("body")
    assert "Import of leads 1.csv" in text
    assert "all 50 rows of the file" in text
    assert "+44 20 7946 0000" in text
    assert asked == [path.as_uri()]
    page.screenshot(path=str(pictures / "23-report-for-others.png"), full_page=True)
    alone.close()


def test_the_list_is_narrowed_and_taken_along_as_excel(screen: Screen, tmp_path: Path) -> None:
    screen.open("/history")
    screen.page.get_by_label("Search for a file").fill("leads 7.csv")
    screen.page.keyboard.press("Enter")
    screen.sees("leads 7.csv")
    expect(screen.page.get_by_role("link", name="Open")).to_have_count(1)
    assert "file=leads" in screen.page.url
    screen.page.get_by_role("link", name="Open").click()
    with screen.page.expect_download() as download:
        screen.presses("Download everything (Excel)")
    path = tmp_path / "all.xlsx"
    download.value.save_as(path)
    sheet = load_workbook(path).active
    assert sum(1 for _ in sheet.iter_rows()) == 1 + 50
