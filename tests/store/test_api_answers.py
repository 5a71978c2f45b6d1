"""Calls that carry an Idempotency-Key, over a restart."""

from __future__ import annotations

import pytest

from smartsync_core.errors import BadInput
from smartsync_core.store.api_answers import ApiAnswers
from smartsync_core.store.database import Database


def test_what_a_killed_process_was_working_on_may_be_asked_again_at_the_next_start(
    database: Database,
) -> None:
    answers = ApiAnswers(database, "one")
    assert answers.claim("key", "order-1", "POST /sync") is None
    with pytest.raises(BadInput, match="still being worked on"):
        answers.claim("key", "order-1", "POST /sync")
    answers.drop_unfinished()
    assert answers.claim("key", "order-1", "POST /sync") is None


def test_what_was_answered_is_known_after_a_restart(database: Database) -> None:
    answers = ApiAnswers(database, "one")
    answers.claim("key", "order-2", "POST /sync")
    answers.keep("key", "order-2", 200, {"success": True})
    answers.drop_unfinished()
    assert answers.claim("key", "order-2", "POST /sync") == (200, {"success": True})
