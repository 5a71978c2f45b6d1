"""A browser, a place for its pictures, and an app with a HubSpot twin connected, for the tests of one file.

SCREENS_DIR=docs/screens python -m pytest tests/e2e   renews the pictures of the documentation; then `make docs` the moving one
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.command_line import CommandLine
from tests.e2e.chromium import chromium
from tests.e2e.screen import Screen
from tests.running_app import RunningApp
from tests.twin_process import TwinProcess, hubspot_twin

_OUTPUT = Path(__file__).parents[1] / "output"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Those of the documentation."""
    return _folder(Path(os.environ.get("SCREENS_DIR") or _OUTPUT / "screens"))


@pytest.fixture(scope="session")
def looked_at() -> Path:
    """Pictures for somebody to look at."""
    return _folder(_OUTPUT / "looks")


@pytest.fixture(scope="module")
def twin() -> Iterator[TwinProcess]:
    """What is written to it is found at once."""
    with hubspot_twin("--search-lag-s", "0") as started:
        yield started


@pytest.fixture(scope="module")
def connected(twin: TwinProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with that twin connected as “HubSpot Europe”."""
    folder = tmp_path_factory.mktemp("data")
    connect(folder, twin)
    return folder


@pytest.fixture(scope="module")
def app(connected: Path) -> Iterator[RunningApp]:
    with RunningApp(connected) as started:
        yield started


@pytest.fixture
def screen(app: RunningApp, browser: Browser) -> Iterator[Screen]:
    """A tab from which no request left this machine."""
    opened = Screen(browser, app.url)
    opened.cut_off()
    yield opened
    assert opened.outside == []
    opened.close()


def connect(folder: Path, twin: TwinProcess, *options: str) -> None:
    account = ("--name", "HubSpot Europe", "--token", twin.token, "--base-url", twin.url)
    CommandLine(folder).run("connect", "hubspot", *account, *options)


def _folder(path: Path) -> Path:
    path.mkdir(parents=True, exist_ok=True)
    return path
