"""One HubSpot practice server for all contract tests, and the vendor's own clients pointed at it.

Professional tier, no latency, a fixed seed. Each test makes its own records under fresh keys; before each the
server's clock moves past every rate window, so one test's calls never count against the next one's.
"""

from collections.abc import Iterator

import httpx
import hubspot
import hubspot_sdk
import pytest

from tests.twin_process import TwinProcess, hubspot_twin
from tests.twins.hubspot_portal import ControlPlane, Maker


@pytest.fixture(scope="session")
def contract_twin() -> Iterator[TwinProcess]:
    with hubspot_twin("--seed", "7", "--search-lag-s", "5") as twin:
        yield twin


@pytest.fixture(scope="session")
def _stranger(contract_twin: TwinProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=contract_twin.url, timeout=10) as client:
        yield client


@pytest.fixture(scope="session")
def _key_holder(contract_twin: TwinProcess) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=contract_twin.url, headers=contract_twin.headers, timeout=10) as client:
        yield client


@pytest.fixture(scope="session")
def _sdk_client(contract_twin: TwinProcess) -> Iterator[hubspot_sdk.HubSpot]:
    with hubspot_sdk.HubSpot(
        access_token=contract_twin.token, base_url=contract_twin.url, max_retries=0
    ) as client:
        yield client


@pytest.fixture
def portal(_stranger: httpx.Client) -> Iterator[ControlPlane]:
    """The control plane, with every rate window empty and no fault pending."""
    control = ControlPlane(_stranger)
    control.advance(61)
    yield control
    control.no_faults()


@pytest.fixture
def raw(portal: ControlPlane, _key_holder: httpx.Client) -> httpx.Client:
    """Plain HTTP with a service key that may do everything."""
    return _key_holder


@pytest.fixture
def anyone(portal: ControlPlane, _stranger: httpx.Client) -> httpx.Client:
    """Plain HTTP without any key; a test adds its own."""
    return _stranger


@pytest.fixture
def classic(portal: ControlPlane, contract_twin: TwinProcess) -> hubspot.HubSpot:
    """`hubspot-api-client`: the classic v3 and v4 paths."""
    return hubspot.HubSpot(access_token=contract_twin.token, host=contract_twin.url)


@pytest.fixture
def sdk(portal: ControlPlane, _sdk_client: hubspot_sdk.HubSpot) -> hubspot_sdk.HubSpot:
    """`hubspot-sdk`: the 2026-03 paths; told not to retry 408, 409, 429 and 5xx by itself."""
    return _sdk_client


@pytest.fixture
def make(raw: httpx.Client) -> Maker:
    return Maker(raw)
