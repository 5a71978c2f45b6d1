"""Every screen that the navigation leads to, empty, working, failed and done: usable with a screen reader, and nothing leaves.

LOOKS_DIR=folder python -m pytest tests/e2e/test_every_screen.py   also draws them into that folder, for somebody to look at
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page

from smartsync_core.store.database import Database
from tests.e2e.screen import Screen
from tests.running_app import RunningApp
from tests.twin_process import TwinProcess

pytestmark = pytest.mark.e2e

_VIEWS = (
    "/import_file?of=contact",
    "/history?show=previews",
    "/history?show=charts",
    "/history?show=technical",
)
"""Beside what the navigation names: what stands behind a tab."""

_SLOW_MS = 20_000
_LOOKS = os.environ.get("LOOKS_DIR")
_GRAVE = ("serious", "critical")


@pytest.fixture(scope="module")
def app(connected: Path) -> Iterator[RunningApp]:
    """Connected to a production account: charts leave the practice account out."""
    database = Database(f"duckdb:///{connected}/smartsync.duckdb")
    with database.write() as conn:
        conn.execute(sa.text("UPDATE crm_integrations SET kind = 'production'"))
    database.close()
    with RunningApp(connected) as started:
        yield started


@pytest.fixture(scope="module")
def screen(app: RunningApp, browser: Browser) -> Iterator[Screen]:
    """Every request but those to this machine is cut off, and noted."""
    opened = Screen(browser, app.url)
    opened.cut_off()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def leads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "leads.csv"
    rows = [f"p{n}@every.example,Ada,Birch,+44 20 7946 00{n:02}" for n in range(12)]
    path.write_text(
        "\n".join(["Email,First name,Last name,Phone", *rows, "https://odd.example,Tom,Okoro,"]) + "\n"
    )
    return path


def test_empty(browser: Browser, tmp_path: Path) -> None:
    with RunningApp(tmp_path) as fresh:
        screen = Screen(browser, fresh.url)
        screen.cut_off()
        screen.open("/")
        screen.sees("First steps")
        _look("empty", screen)
        screen.close()


def test_done(screen: Screen, leads: Path) -> None:
    preview = screen.previews(leads, "People")
    screen.presses("Create 12")
    screen.sees("Checked in HubSpot")
    result = _path(screen)
    address = screen.page.get_by_role("link", name="https://odd.example").first
    assert address.evaluate("link => getComputedStyle(link).pointerEvents") == "none", "a sheet leads nowhere"
    _types_one_contact(screen)
    _look("done", screen, result, preview)


def test_settings_and_the_request_open(screen: Screen) -> None:
    screen.open("/accounts")
    screen.presses("Settings …")
    screen.sees("New deals begin in")
    screen.page.get_by_text("Copy request for my admin").click()
    screen.sees("I would like to bring spreadsheets into HubSpot")
    assert _light_and_dark(screen) == []


def test_working(screen: Screen, twin: TwinProcess, leads: Path) -> None:
    again = leads.with_name("again.csv")
    again.write_text(leads.read_text().replace("every.example", "again.example"))
    screen.previews(again, "People")
    twin.control("PUT", "latency", {"ms": _SLOW_MS})
    screen.presses("Create 12")
    screen.sees("keep this computer on")
    _look("working", screen, _path(screen))
    twin.control("PUT", "latency", {"ms": 0})
    screen.open("/")
    screen.sees("Latest imports")


def test_failed(screen: Screen, twin: TwinProcess, leads: Path) -> None:
    third = leads.with_name("third.csv")
    third.write_text(leads.read_text().replace("every.example", "third.example"))
    screen.previews(third, "People")
    twin.control("PUT", "tokens", {twin.token: {"scopes": [], "expires_in": -1}})
    screen.presses("Create 12")
    screen.sees("has expired")
    _look("failed", screen, _path(screen))


def _types_one_contact(screen: Screen) -> None:
    screen.open("/import_file")
    screen.page.get_by_text("One contact", exact=True).click()
    screen.page.get_by_label("E-mail", exact=True).fill("zoe@typed.example")
    screen.page.get_by_label("First name", exact=True).fill("Zoe")
    screen.page.get_by_role("button", name="Preview", exact=True).click()
    screen.sees("Time and limits")
    screen.presses("Create 1")
    screen.sees("Checked in HubSpot")
    assert screen.number("Created") == 1


def _path(screen: Screen) -> str:
    return screen.page.url.removeprefix(screen.url)


def _look(state: str, screen: Screen, *more: str) -> None:
    screen.open("/")
    screen.page.get_by_test_id("stSidebar").get_by_test_id("stPageLink-NavLink").first.wait_for()
    links = screen.page.get_by_test_id("stSidebar").get_by_test_id("stPageLink-NavLink").all()
    named = [urlsplit(urljoin(screen.url, link.get_attribute("href") or "")).path or "/" for link in links]
    assert "/history" in named
    paths = [*dict.fromkeys([*named, *_VIEWS, *more])]
    found = []
    for number, path in enumerate(paths):
        screen.open(path)
        found += [f"{path}{trouble}" for trouble in _light_and_dark(screen)]
        if _LOOKS:
            screen.pictures(Path(_LOOKS) / f"{state}-{number:02}.png")
    assert not found, "\n".join(found)
    assert screen.outside == []


def _light_and_dark(screen: Screen) -> list[str]:
    """What is wrong with the page as it stands."""
    screen.settle()
    found = [f": {trouble}" for trouble in _troubles(screen.page)]
    screen.page.emulate_media(color_scheme="dark")
    screen.settle()
    found += [f", dark: {trouble}" for trouble in _troubles(screen.page, "color-contrast")]
    screen.page.emulate_media(color_scheme="light")
    return found


def _troubles(page: Page, *rules: str) -> list[str]:
    """What keeps somebody from using it, the grave things alone; by these rules, else by all."""
    violations = Axe().run(page, options={"runOnly": rules} if rules else {}).response["violations"]
    broken = page.get_by_text("This page could not be shown.").all_inner_texts()
    return broken + [
        f"{one['impact']} {one['id']} ({one['help']}): {'; '.join(node['html'][:160] for node in one['nodes'][:3])}"
        for one in violations
        if one["impact"] in _GRAVE
    ]
