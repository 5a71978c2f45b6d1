"""A real application and a real twin, as the orchestrator's tests have them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.orchestrator.conftest import Imports, application, imports, running_twin, twin

__all__ = ["application", "fail", "imports", "running_twin", "twin"]

Fail = Callable[..., None]


@pytest.fixture
def fail(imports: Imports) -> Fail:
    """fail("500", "contacts/batch/create", after=1): the second such call from now on meets this fault."""

    def plan(*kinds: str, path: str, after: int = 0, committed: bool | None = None) -> None:
        planned = [{"kind": kind, "path": path, "after": after, "committed": committed} for kind in kinds]
        imports.twin.control("PUT", "faults", {"next": planned, "slow_s": 0.1})

    return plan
