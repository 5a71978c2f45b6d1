"""The stand-ins for websites, register and job boards, in a process of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smartsync_core.enrichment.fetch import Fetcher
from tests.twin_process import start_research_twin


@pytest.fixture(scope="package")
def stand_in() -> Iterator[str]:
    with start_research_twin() as twin:
        yield twin.url


@pytest.fixture
def on_stand_in() -> Callable[..., Fetcher]:
    """The guard as it is, but that this machine counts as public and every name leads to it."""

    def make(**changes: Any) -> Fetcher:
        here: dict[str, Any] = {
            "resolve": lambda host, *_: [host] if not host.endswith(".example") else ["127.0.0.1"],
            "allowed": lambda address: address == "127.0.0.1",
            "ports": None,
        }
        return Fetcher(**{**here, **changes})

    return make
