"""An import on bad days; `python -m benchmarks.fault_mix` has the table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.fault_mix import Case, run_case
from benchmarks.leads import Leads
from tests.twin_process import TwinProcess, start_hubspot_twin

pytestmark = pytest.mark.slow

LEADS = Leads(rows=450, companies=75)


@pytest.fixture(scope="module")
def fast_twin() -> Iterator[TwinProcess]:
    with start_hubspot_twin() as twin:
        yield twin


@pytest.mark.parametrize(
    "case",
    [
        Case(name="the even mix", rate=0.05),
        Case(name="the even mix with OAuth, without our fields", rate=0.05, oauth=True, with_fields=False),
        Case(name="answers that are lost or cut", rate=0.2, kinds=("reset_after_commit", "malformed_json")),
        Case(name="what is left out or not done", rate=0.2, kinds=("500", "silent_omission")),
        Case(name="tokens that expire", rate=0.2, kinds=("token_expiry",), oauth=True),
    ],
    ids=lambda case: case.name,
)
def test_every_row_is_accounted_for_and_nothing_is_doubled(
    fast_twin: TwinProcess, tmp_path: Path, case: Case
) -> None:
    result = run_case(case, LEADS, fast_twin, tmp_path)
    assert result.unfinished == []
    assert result.accounted == result.rows == LEADS.rows
    assert result.doubled == result.strangers == result.books_wrong == 0
    if case.with_fields:
        assert result.landed == result.valid
        assert result.as_predicted == LEADS.rows
