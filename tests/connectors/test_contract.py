"""The one conformance suite on every connector and on both path families of HubSpot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.connectors.contract import ConnectorContract
from tests.connectors.remotes import SEARCH_LAG_S, HubSpotRemote, MemoryRemote
from tests.twin_process import TwinProcess, start_hubspot_twin


@pytest.fixture(scope="module")
def twin() -> Iterator[TwinProcess]:
    with start_hubspot_twin("--search-lag-s", str(SEARCH_LAG_S)) as process:
        yield process


class TestMemory(ConnectorContract):
    @pytest.fixture
    def remote(self) -> MemoryRemote:
        return MemoryRemote()


class TestHubSpotClassic(ConnectorContract):
    @pytest.fixture
    def remote(self, twin: TwinProcess) -> Iterator[HubSpotRemote]:
        remote = HubSpotRemote(twin, version="classic")
        yield remote
        remote.connector.close()


class TestHubSpotDated(ConnectorContract):
    @pytest.fixture
    def remote(self, twin: TwinProcess) -> Iterator[HubSpotRemote]:
        remote = HubSpotRemote(twin, version="2026-09")
        yield remote
        remote.connector.close()
