"""A HubSpot that takes a batch whole or not at all, as it does without trace ids (CONTRACT §4.4, 2 and 5).

No twin answers so to a client that sends trace ids; the calls are therefore answered here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import pytest

from smartsync_core.connectors.hubspot.paths import paths_of
from smartsync_core.connectors.hubspot.session import Session
from smartsync_core.connectors.hubspot.writing import write
from smartsync_core.errors import NeedsPerson, RetryLater, SmartSyncError
from smartsync_core.http import Answer
from tests.connectors.contract import CONTACTS, create, statuses, update


class AllOrNothing:
    """Stands for a Session. Refuses a batch that holds an input `is_bad` objects to; shuts after `opens_for` calls."""

    paths = paths_of("classic")
    limits = {"batch_size": 100}  # noqa: RUF012

    def __init__(self, is_bad: Callable[[dict[str, Any]], bool], *, opens_for: int = 10_000) -> None:
        self.written: list[dict[str, Any]] = []
        self.calls = 0
        self._is_bad = is_bad
        self._opens_for = opens_for
        self.error: SmartSyncError = RetryLater("used up", after_s=60, daily=True)

    def each(self, work: Callable[[Any], Any], items: Sequence[Any]) -> list[Any]:
        return [work(item) for item in items]

    def post(self, path: str, body: dict[str, Any], **how: object) -> Answer:
        self.calls += 1
        if self.calls > self._opens_for:
            raise self.error
        inputs = body["inputs"]
        ids = [one["id"] for one in inputs if "id" in one]
        if len(set(ids)) < len(ids):
            return self._refused("Duplicate IDs found in batch input: [7]. IDs must be unique")
        if any(self._is_bad(one) for one in inputs):
            return self._refused("Contact already exists", category="CONFLICT", status=409)
        self.written += inputs
        results = [{"id": one.get("id", f"new {one['objectWriteTraceId']}")} | one for one in inputs]
        return Answer(status=200, body={"results": results}, headers={})

    def _refused(self, message: str, *, category: str = "VALIDATION_ERROR", status: int = 400) -> Answer:
        return Answer(status=status, body={"message": message, "category": category}, headers={})


def is_taken(one: dict[str, Any]) -> bool:
    return bool(one["properties"].get("firstname") == "taken")


def test_the_guilty_ones_are_found_by_halving_and_all_others_land_once() -> None:
    session = AllOrNothing(is_taken)
    writes = [create(CONTACTS, firstname="taken" if n in (3, 77) else f"P{n}") for n in range(100)]
    results = write(cast(Session, session), writes)
    assert [n for n, one in enumerate(results) if one.status == "conflict"] == [3, 77]
    assert len(session.written) == statuses(results).count("done") == 98
    assert session.calls < 40


def test_a_second_update_of_a_record_goes_into_a_later_batch() -> None:
    session = AllOrNothing(is_taken)
    writes = [
        update(CONTACTS, one, city=city) for one, city in (("7", "York"), ("8", "Hull"), ("7", "Leeds"))
    ]
    assert statuses(write(cast(Session, session), writes)) == ["done", "done", "done"]
    assert [one["properties"]["city"] for one in session.written] == ["York", "Hull", "Leeds"]


def test_where_the_door_shuts_while_halving_the_rest_is_not_sent() -> None:
    session = AllOrNothing(is_taken, opens_for=2)
    writes = [create(CONTACTS, firstname="taken" if n == 7 else f"P{n}") for n in range(8)]
    results = write(cast(Session, session), writes)
    assert statuses(results) == ["done"] * 4 + ["not_sent"] * 4
    assert len(session.written) == 4


@pytest.mark.parametrize("error", [RetryLater("used up", after_s=60, daily=True), NeedsPerson("no key")])
def test_where_nothing_was_sent_at_all_the_reason_is_raised(error: SmartSyncError) -> None:
    session = AllOrNothing(is_taken, opens_for=0)
    session.error = error
    with pytest.raises(type(error)):
        write(cast(Session, session), [create(CONTACTS, firstname="Ada") for _ in range(150)])
    assert session.calls == 1
