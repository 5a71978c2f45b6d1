"""The Chromium that the browser journeys drive: where it is, and `python -m tests.chromium` to get one where there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_MISSING = """\
The browser tests need Chromium, and it could not be installed. Either of these gets one:
    sudo apt-get install chromium                          (Debian)
    .venv/bin/python -m playwright install --with-deps chromium
Without it, everything else runs with: .venv/bin/python -m pytest -m "not e2e"
"""


def find_chromium() -> str | None:
    """Path of a Chromium that starts: the system's, else the one Playwright has downloaded."""
    with sync_playwright() as playwright:
        downloaded = playwright.chromium.executable_path
    return next(filter(_starts, [*filter(None, map(shutil.which, _NAMES)), downloaded]), None)


def _starts(path: str) -> bool:
    try:
        return subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except OSError:
        return False


def _install() -> None:
    if os.geteuid() == 0 and _is_debian():
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
    if not find_chromium():
        _run(sys.executable, "-m", "playwright", "install", "chromium")


def _is_debian() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "ID=debian" in release.read_text().splitlines()


def _run(*command: str) -> None:
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False, env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"})


if __name__ == "__main__":
    if not find_chromium():
        print("Installing Chromium for the browser tests")
        _install()
    if not find_chromium():
        sys.exit(_MISSING)
