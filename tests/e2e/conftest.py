"""A browser, and a place for its pictures.

SCREENS_DIR=docs/screens python -m pytest tests/e2e   renews the pictures of the documentation
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.e2e.chromium import chromium

_PICTURES = Path(__file__).parents[1] / "output" / "screens"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def pictures() -> Path:
    folder = Path(os.environ.get("SCREENS_DIR") or _PICTURES)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
