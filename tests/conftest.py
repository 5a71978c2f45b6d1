"""What holds for every test: nothing leaves this machine, nothing of its user is read, the slow ones come last."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("smartsync", deadline=None)  # no test is judged by its time
settings.load_profile("smartsync")

_READ = ("DEBUG", "COMPANIES_HOUSE_KEY", "RESEARCH_BASE_URLS")
_OURS = ("SMARTSYNC_", "HUBSPOT_", "LLM_")
for name in [name for name in os.environ if name.startswith(_OURS) or name in _READ]:
    del os.environ[name]

_HERE = ("127.0.0.1", "::1", "localhost")
_connect = socket.socket.connect


def _connect_here(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in _HERE:
        raise AssertionError(f"A test tried to reach {address[0]}: tests talk to this machine only.")
    _connect(self, address)


socket.socket.connect = _connect_here  # type: ignore[assignment, method-assign]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests, then `slow`, then `e2e`; within each as they stand."""
    items.sort(
        key=lambda item: 2 if item.get_closest_marker("e2e") else bool(item.get_closest_marker("slow"))
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """A worker waits for its CRM a quarter of the time: half as many again as there are cores keep them busy."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)
