"""kill −9 at a few seeded instants; `python -m benchmarks.crash_points` does it at more than a hundred."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from benchmarks.crash_points import Course, crash, stage
from benchmarks.crash_scenarios import SCENARIOS
from benchmarks.crash_stage import Stage
from benchmarks.leads import Leads

pytestmark = pytest.mark.slow

COURSE = Course(calls=26, seconds=2.0, steps=16)


@pytest.fixture(scope="module")
def here() -> Iterator[Stage]:
    with stage(Leads(rows=240, companies=40)) as laid:
        yield laid


@pytest.mark.parametrize(
    ("name", "kills"), [("import", 2), ("repair", 1), ("undo", 1), ("check", 1)], ids=str
)
def test_killed_and_started_again_it_ends_as_if_nothing_had_happened(
    here: Stage, name: str, kills: int
) -> None:
    story = crash(SCENARIOS[name], here, COURSE, random.Random(name), kills)
    assert story.faults == []
