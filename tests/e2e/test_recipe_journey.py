"""A monthly file in a real browser: a step, a value, a recipe; and the second month's file in two clicks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.screen import Screen
from tests.running_app import RunningApp

pytestmark = pytest.mark.e2e

MAY = """Email,First name,Lead Status
ada@birchworks.example,ADA,New
tom@okoro.example,TOM,Conected
ben@hart.example,ben,Ice Cubed
"""
JUNE = """Email,First name,Lead Status
eva@birchworks.example,EVA,New
uma@okoro.example,UMA,Conected
kai@hart.example,kai,Ice Cubed
"""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApp]:
    with RunningApp(tmp_path_factory.mktemp("recipe")) as started:
        yield started


def hands_in(screen: Screen, path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    screen.open()
    screen.sees("Nothing is sent to HubSpot yet")
    screen.page.locator("input[type=file]").set_input_files(path)
    screen.sees("What is in each row?")


def chooses(screen: Screen, label: str, option: str) -> None:
    screen.page.get_by_role("combobox", name=label).first.click()
    screen.page.get_by_role("option", name=option).first.click()
    screen.settle()


def everywhere(screen: Screen, browser: Browser, path: Path) -> None:
    """The same address as a wide dark screen and as a narrow light one shows it."""
    screen.picture(path)
    for name, width, scheme in (
        ("dark", 1280, "dark"),
        ("narrow", 390, "light"),
        ("narrow-dark", 390, "dark"),
    ):
        other = Screen(browser, screen.url, width=width, scheme=scheme)  # type: ignore[arg-type]
        other.page.goto(screen.page.url)
        other.page.get_by_role("button", name="Preview", exact=True).or_(
            other.page.get_by_role("button", name="Use it and preview")
        ).first.wait_for()
        other.picture(path.with_name(f"{path.stem}-{name}.png"))
        other.close()


def test_the_second_months_file_takes_two_clicks(
    app: RunningApp, browser: Browser, pictures: Path, tmp_path: Path
) -> None:
    screen = Screen(browser, app.url)
    hands_in(screen, tmp_path / "may.csv", MAY)
    screen.page.get_by_text("People", exact=True).click()
    screen.settle()
    screen.presses("Next: account")
    screen.presses("Use the practice account")

    screen.sees("Who is who")
    chooses(screen, "Column to adjust", "First name")
    chooses(screen, "Next step", "Proper names")
    screen.picture(pictures / "13-adjust.png")
    screen.presses("Add this step")
    screen.page.get_by_role("button", name="Take this step away").or_(
        screen.page.locator(".st-key-step-out-0")
    ).first.wait_for()
    screen.settle()
    screen.presses("Next: values")

    screen.sees("2 values not settled")
    everywhere(screen, browser, pictures / "14-values.png")
    screen.presses("Confirm 1 value")
    screen.sees("1 value not settled")
    screen.presses("Back")
    screen.sees("Who is who")
    screen.page.get_by_text("Save these choices as a recipe").click()
    screen.page.get_by_label("Name of the recipe").fill("Fair leads")
    screen.presses("Save")
    screen.sees("Saved as “Fair leads”.")
    everywhere(screen, browser, pictures / "15-columns.png")

    hands_in(screen, tmp_path / "june.csv", JUNE)
    screen.sees("This file looks like")
    everywhere(screen, browser, pictures / "16-recipe.png")
    screen.presses("Use it and preview")
    screen.sees("Time and limits")
    screen.presses("Create 2")
    screen.sees("Exactly as the preview said")
    assert not screen.outside
