"""The API over a real application and a real twin; callers speak HTTP to it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from unittest import mock

import pytest

from smartsync_core.api import create_api
from smartsync_core.model.access import Role
from smartsync_core.model.connection import Connection
from smartsync_core.orchestrator import late_check
from smartsync_core.orchestrator.api_keys import make_key
from smartsync_core.orchestrator.connect import connect
from smartsync_core.settings import Settings
from smartsync_core.wiring import Application
from tests.api.serving import Caller, served
from tests.twin_process import TwinProcess, start_hubspot_twin


@pytest.fixture(scope="package", autouse=True)
def no_late_checks() -> Iterator[None]:
    """They would call in the middle of a later test."""
    with mock.patch.object(late_check, "_WAIT", timedelta(days=1)):
        yield


@pytest.fixture(scope="package")
def running_twin() -> Iterator[TwinProcess]:
    with start_hubspot_twin("--search-lag-s", "0") as twin:
        yield twin


@pytest.fixture
def twin(running_twin: TwinProcess) -> TwinProcess:
    """Empty, and every rate window with it."""
    running_twin.control("POST", "reset")
    running_twin.control("PUT", "clock", {"advance_s": 11})
    return running_twin


@pytest.fixture(scope="package")
def application(tmp_path_factory: pytest.TempPathFactory, running_twin: TwinProcess) -> Iterator[Application]:
    folder = str(tmp_path_factory.mktemp("data"))
    opened = Application(
        Settings.from_env({"SMARTSYNC_DATA_DIR": folder, "HUBSPOT_BASE_URL": running_twin.url})
    )
    opened.start()
    yield opened
    opened.stop()


@pytest.fixture(scope="package")
def keys(application: Application) -> dict[Role, str]:
    """One key per role."""
    return {role: make_key(application.context, role, f"a {role}").text for role in Role}


@pytest.fixture(scope="package")
def url(application: Application) -> Iterator[str]:
    with served(create_api(lambda: application)) as address:
        yield address


@pytest.fixture
def nobody(url: str) -> Iterator[Caller]:
    with Caller(url) as caller:
        yield caller


@pytest.fixture
def viewer(url: str, keys: dict[Role, str]) -> Iterator[Caller]:
    with Caller(url, keys[Role.VIEWER]) as caller:
        yield caller


@pytest.fixture
def operator(url: str, keys: dict[Role, str]) -> Iterator[Caller]:
    with Caller(url, keys[Role.OPERATOR]) as caller:
        yield caller


@pytest.fixture
def admin(url: str, keys: dict[Role, str]) -> Iterator[Caller]:
    with Caller(url, keys[Role.ADMIN]) as caller:
        yield caller


@pytest.fixture
def account(application: Application, twin: TwinProcess, tmp_path: Path) -> Connection:
    """The only one that is connected, with our fields and no records."""
    ctx = application.context
    for other in ctx.connections.all():
        ctx.connections.deactivate(other.id)
    return connect(
        ctx, crm_type="hubspot", name=tmp_path.name, token=twin.token, base_url=twin.url, with_fields=True
    ).connection
