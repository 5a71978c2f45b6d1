"""`python -m tests.install_chromium`: a Chromium for the browser tests where there is none yet.

They take the system's, else Playwright's own (`tests/e2e/chromium.py`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

_MISSING = """\
The browser tests need Chromium, and it could not be installed here. Either of these gets one:
    sudo apt-get install chromium
    .venv/bin/python -m playwright install --with-deps chromium
All other tests run without it: .venv/bin/python -m pytest -m "not e2e"
"""


def _is_there() -> bool:
    installed = shutil.which("chromium") or shutil.which("chromium-browser")
    return _starts(installed or _downloaded())


def _downloaded() -> str:
    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def _starts(path: str) -> bool:
    try:
        return (
            subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
        )
    except OSError:
        return False


def _install() -> None:
    if os.geteuid() == 0 and _is_debian():
        _run("apt-get", "update", "-qq")
        _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")
    if not _is_there():
        _run(sys.executable, "-m", "playwright", "install", "chromium")


def _is_debian() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "ID=debian" in release.read_text(encoding="utf-8").splitlines()


def _run(*command: str) -> None:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False, env=quiet)


if __name__ == "__main__":
    if not _is_there():
        print("Installing Chromium for the browser tests", flush=True)
        _install()
    if not _is_there():
        sys.exit(_MISSING)
