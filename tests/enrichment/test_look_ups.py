"""Look-ups that are under way: one per company, and nobody waits for one that never began."""

from __future__ import annotations

import threading
from unittest import mock

import pytest

from smartsync_core.errors import RetryLater
from smartsync_core.orchestrator.look_ups import LookUp, LookUps


def answer(_: LookUp[str]) -> str:
    return "found"


def test_a_look_up_that_gets_no_thread_says_so_and_leaves_the_place_to_the_next() -> None:
    look_ups = LookUps()
    with mock.patch.object(threading.Thread, "start", side_effect=RuntimeError("can't start new thread")):
        refused = look_ups.start("domain:full.example", answer, behind=True, pending=["website"])
    with pytest.raises(RetryLater, match="no more work at once"):
        refused.result(5)
    assert not refused.pending
    assert look_ups.under_way("domain:full.example") is None
    assert look_ups.start("domain:full.example", answer, behind=True, pending=[]).result(5) == "found"
