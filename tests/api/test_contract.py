"""Whatever is sent, the API answers as its OpenAPI document says, and never with an error of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from httpx import codes
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    negative_data_rejection,
    positive_data_acceptance,
)

from smartsync_core.api import create_api
from smartsync_core.api.limits import LARGEST_BODY
from smartsync_core.api.metrics import CallClock
from smartsync_core.model.access import Role
from smartsync_core.wiring import Application
from tests.api.serving import Caller, served

pytestmark = pytest.mark.filterwarnings(  # what it generates is the same each time all the same
    "ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning"
)

_NOT_PROMISED = [
    positive_data_acceptance,
    negative_data_rejection,
]  # what is well formed may still name nothing
_BOUNDED = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def alone(application: Application, keys: dict[Role, str], url: str) -> tuple[str, str]:
    """An API without any account, and a key that may do everything."""
    for account in application.context.connections.all():
        application.context.connections.deactivate(account.id)
    return url, keys[Role.ADMIN]


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_answer_is_documented_and_none_is_an_error_of_ours(
    alone: tuple[str, str], mode: GenerationMode
) -> None:
    url, key = alone
    for operation in _operations(url):
        if mode is GenerationMode.NEGATIVE and operation.path.startswith("/health"):
            continue  # there is nothing to get wrong

        @_BOUNDED
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(
                base_url=url, headers={"Authorization": f"Bearer {key}"}, excluded_checks=[*_NOT_PROMISED]
            )

        check()


def test_without_a_key_every_answer_is_documented_too(alone: tuple[str, str]) -> None:
    for operation in _operations(alone[0]):

        @settings(_BOUNDED, max_examples=1)
        @given(case=operation.as_strategy())
        def check(case: schemathesis.Case[Any]) -> None:
            answer = case.call_and_validate(base_url=alone[0], excluded_checks=[*_NOT_PROMISED])
            assert answer.status_code == codes.UNAUTHORIZED or case.path.startswith(("/health", "/auth/"))

        check()


def _operations(url: str) -> list[APIOperation[Any, Any, Any, Any]]:
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
    return [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]


def test_a_body_that_is_too_large_is_refused_whether_it_says_so_or_not(alone: tuple[str, str]) -> None:
    large = b" " * (LARGEST_BODY + 1)
    with Caller(*alone) as caller:
        said = caller.post("/integrations/crm/sync", content=large)
        unsaid = caller.post(
            "/integrations/crm/sync", content=iter([large]), headers={"Content-Type": "application/json"}
        )
    for answer in (said, unsaid):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_every_answer_tells_the_browser_what_not_to_do(alone: tuple[str, str]) -> None:
    for path in ("/health", "/nothing", "/integrations/crm/connect"):
        headers = httpx.get(alone[0] + path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store"


def test_an_unknown_address_answers_in_the_shape_of_every_error(alone: tuple[str, str]) -> None:
    for address in ("", "/", "/nothing", "/noth%0Aing", "/runs/noth%0Aing/rows"):
        assert httpx.get(f"{alone[0]}{address}").json().keys() == {"code", "message", "hint", "id"}


def test_the_reference_page_needs_nothing_from_elsewhere(alone: tuple[str, str]) -> None:
    page = httpx.get(f"{alone[0]}/docs").text
    assert "POST /api/integrations/crm/sync" in page
    assert "<script" not in page
    assert "://" not in page


def test_the_numbers_are_those_of_routes_and_not_of_what_callers_make_up(alone: tuple[str, str]) -> None:
    with Caller(*alone) as caller:
        caller.get("/runs/madeup")
        text = caller.get("/metrics").text
    assert 'route="/runs/{run_id}"' in text
    assert "madeup" not in text
    assert "smartsync_open_imports 0.0" in text


def test_calls_of_programs_are_counted_by_their_time_and_none_that_only_looks_whether_we_live(
    application: Application, keys: dict[Role, str]
) -> None:
    api = create_api(lambda: application)
    since = datetime.now(UTC) - timedelta(days=7)
    before = sum(one.calls for one in application.context.call_times.weeks(since))
    with served(api) as url, Caller(url, keys[Role.VIEWER]) as caller:
        for address in ("/integrations/crm", "/runs/nowhere", "/health", "/metrics"):
            caller.get(address)
    api.state.clock.keep()
    weeks = application.context.call_times.weeks(since)
    assert sum(one.calls for one in weeks) == before + 2
    assert 1 <= weeks[-1].ms[0] <= 60_000


def test_call_times_that_could_not_be_kept_are_kept_with_the_next() -> None:
    kept: list[int] = []

    def store(counted: Mapping[tuple[datetime, int], int]) -> None:
        if not kept:
            kept.append(0)
            raise OSError("The disk is full.")
        kept.append(sum(counted.values()))

    clock = CallClock(store)
    clock.count(0.0004)
    clock.keep()
    clock.count(1.234)
    clock.keep()
    assert kept == [0, 2]


def test_the_documents_name_every_call(alone: tuple[str, str]) -> None:
    told = (Path(__file__).parents[2] / "docs/reference/api.md").read_text(encoding="utf-8")
    paths = httpx.get(f"{alone[0]}/openapi.json").json()["paths"]
    assert not [path for path in paths if f"/api{path}" not in told]
