"""What only one of two may do, when both do it at the same moment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest
from cryptography.fernet import Fernet

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import ImportOptions, RunState
from smartsync_core.model.spending import Budget, Llm, Prices, Spent
from smartsync_core.store.database import Database
from smartsync_core.store.field_mappings import FieldMappings
from smartsync_core.store.oauth_states import OAuthStates
from smartsync_core.store.orgs import DEFAULT_ORG_ID
from smartsync_core.store.runs import Runs
from smartsync_core.store.secrets import Secrets
from smartsync_core.store.summaries import Summaries

_T = TypeVar("_T")
TOGETHER = 8
ROUNDS = 5


@pytest.fixture
def ours(database: Database) -> Database:
    return database.of(DEFAULT_ORG_ID)


@pytest.fixture
def together() -> Iterator[Callable[[Callable[[], _T]], list[_T]]]:
    """What each of several sessions gets that do the same at the same moment."""
    with ThreadPoolExecutor(TOGETHER) as pool:

        def at_once(work: Callable[[], _T]) -> list[_T]:
            ready = Barrier(TOGETHER)

            def one() -> _T:
                ready.wait()
                return work()

            return [future.result() for future in [pool.submit(one) for _ in range(TOGETHER)]]

        yield at_once


def test_a_state_lets_in_once(ours: Database, together: Callable[..., list[object]]) -> None:
    states = OAuthStates(ours, DEFAULT_ORG_ID, Secrets([Fernet.generate_key().decode()]))
    for _ in range(ROUNDS):
        begun = states.begin("hubspot", "Main", "local")
        taken = together(lambda: states.take(begun.state))  # noqa: B023 - called within the round
        assert sum(one == begun for one in taken) == 1
        assert taken.count(None) == TOGETHER - 1


def test_a_run_is_claimed_by_one(ours: Database, together: Callable[..., list[bool]]) -> None:
    runs = Runs(ours, DEFAULT_ORG_ID)
    run_id = runs.create(
        integration_id="none", upload_id="none", options=ImportOptions(record_type=RecordType.CONTACTS, columns=(), keys=()),
        row_count=0, by="local", began_at=datetime.now(UTC),
    )  # fmt: skip
    for _ in range(ROUNDS):
        claimed = together(lambda: runs.claim(run_id, expected=RunState.PREVIEWING, new=RunState.PREVIEWED))
        assert claimed.count(True) == 1
        runs.update(run_id, state=RunState.PREVIEWING)


def test_no_run_opens_while_all_have_to_be_at_rest(ours: Database) -> None:
    runs = Runs(ours, "one that is at rest")
    options = ImportOptions(record_type=RecordType.CONTACTS, columns=(), keys=())
    begun = partial(
        runs.create, integration_id="none", upload_id="none", options=options, row_count=0, by="local"
    )
    with ThreadPoolExecutor(1) as pool:
        with ours.together():
            assert runs.at_rest()
            opened = pool.submit(begun, began_at=datetime.now(UTC))
            with pytest.raises(TimeoutError):
                opened.result(0.3)
            assert runs.at_rest()
        opened.result()
    assert not runs.at_rest()


def test_a_budget_is_never_promised_twice(ours: Database, together: Callable[..., list[str]]) -> None:
    summaries = Summaries(ours, DEFAULT_ORG_ID)
    llm = Llm(model="m", base_url="", key="", prices=Prices(), budget=Budget(run_tokens=100), deadline_s=1)
    for number in range(ROUNDS):
        run_id = f"run{number}"
        reserved = together(
            lambda: summaries.reserve(
                company="c",
                digest="d",
                run_id=run_id,  # noqa: B023 - called within the round
                llm=llm,
                at_most=Spent(read=30, written=10),
                request="",
            )
        )
        assert sum(map(bool, reserved)) == 2
        assert summaries.spent(run_id=run_id).read == 60


def test_each_version_of_the_mappings_has_its_own_number(
    ours: Database, together: Callable[..., list[int]]
) -> None:
    mappings = FieldMappings(ours, DEFAULT_ORG_ID)
    for number in range(ROUNDS):
        versions = together(lambda: mappings.save("none", ObjectName.CONTACTS, [], by="local"))
        assert sorted(versions) == list(range(number * TOGETHER + 1, (number + 1) * TOGETHER + 1))
