"""The app is killed while it syncs one contact: at the next start that comes to its end, and nothing is there twice."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from smartsync_core.orchestrator.connect import connect
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application
from tests.running_app import PROJECT, RunningApp, app_environment
from tests.twin_process import TwinProcess, hubspot_twin

pytestmark = pytest.mark.slow

_PATIENCE_S = 120
ADA = {"email": "ada@killed.example", "firstName": "Ada", "lastName": "Byron", "company": "Killed Ltd"}


@pytest.fixture
def twin() -> Iterator[TwinProcess]:
    with hubspot_twin("--latency-ms", "400") as started:
        yield started


@pytest.fixture
def key(tmp_path: Path, twin: TwinProcess) -> str:
    """Of an admin, once the account is connected, with our fields in it."""
    application = Application(Settings.from_env({"SMARTSYNC_DATA_DIR": str(tmp_path)}))
    try:
        connect(
            application.context,
            crm_type="hubspot",
            name="HubSpot",
            token=twin.token,
            base_url=twin.url,
            with_fields=True,
        )
    finally:
        application.stop()
    words = [sys.executable, "-m", "smartsync_core", "apikey", "create", "--role", "admin", "--json"]
    made = subprocess.run(
        words, cwd=PROJECT, env=app_environment(tmp_path), check=True, stdout=subprocess.PIPE, text=True
    )
    return str(json.loads(made.stdout)["key"])


def test_killed_while_it_looks_nothing_is_written_until_it_is_asked_again(
    tmp_path: Path, twin: TwinProcess, key: str
) -> None:
    _killed(tmp_path, twin, key, when=lambda before: sum(twin.calls().values()) > before + 1)
    assert (twin.state()["contacts"], twin.state()["companies"]) == (0, 0)
    with RunningApp(tmp_path, {"HUBSPOT_BASE_URL": twin.url}) as app:
        _until(lambda: not app.health()["open_imports"])
        assert (twin.state()["contacts"], twin.state()["companies"]) == (0, 0)
        assert _synced(app, key)["success"]
    assert (twin.state()["contacts"], twin.state()["companies"]) == (1, 1)


def test_killed_while_it_writes_it_goes_on_by_itself(tmp_path: Path, twin: TwinProcess, key: str) -> None:
    _killed(tmp_path, twin, key, when=lambda _: twin.state()["companies"] > 0)
    with RunningApp(tmp_path, {"HUBSPOT_BASE_URL": twin.url}) as app:
        _until(lambda: not app.health()["open_imports"])
        lines = httpx.get(f"{app.url}/api/runs", headers=_bearer(key), timeout=30).json()["runs"]
        assert [(line["state"], line["outcomes"]["created"]) for line in lines] == [("done", 1)]
        assert (twin.state()["contacts"], twin.state()["companies"]) == (1, 1)
        assert _synced(app, key)["success"]
    assert (twin.state()["contacts"], twin.state()["companies"]) == (1, 1)


def test_killed_while_it_writes_the_same_call_is_made_again_at_once(
    tmp_path: Path, twin: TwinProcess, key: str
) -> None:
    _killed(tmp_path, twin, key, when=lambda _: twin.state()["companies"] > 0)
    with RunningApp(tmp_path, {"HUBSPOT_BASE_URL": twin.url}) as app:
        assert _synced(app, key)["success"]
        assert not app.health()["open_imports"], "it waited for what went on by itself"
    assert (twin.state()["contacts"], twin.state()["companies"]) == (1, 1)


def _killed(folder: Path, twin: TwinProcess, key: str, when: Callable[[int], bool]) -> None:
    with RunningApp(folder, {"HUBSPOT_BASE_URL": twin.url}) as app, ThreadPoolExecutor(1) as pool:
        before = sum(twin.calls().values())
        call = pool.submit(_synced, app, key)
        _until(lambda: when(before))
        assert not call.done(), "it was killed too late"
        app.end(signal.SIGKILL)
        with suppress(httpx.TransportError):
            call.result()


def _synced(app: RunningApp, key: str) -> dict[str, Any]:
    account = httpx.get(f"{app.url}/api/integrations/crm/connect", headers=_bearer(key), timeout=30).json()
    body = {
        "entity_type": "contact",
        "contact": ADA,
        "integration_id": account["integrations"][0]["id"],
        "options": {"skipEnrichment": True},
    }
    answer = httpx.post(
        f"{app.url}/api/integrations/crm/sync",
        json=body,
        headers=_bearer(key) | {"Idempotency-Key": "ada"},
        timeout=_PATIENCE_S,
    )
    assert answer.is_success, answer.text
    return dict(answer.json())


def _bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def _until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + _PATIENCE_S
    while not condition():
        assert time.monotonic() < until, "it did not come to pass"
        time.sleep(0.01)
