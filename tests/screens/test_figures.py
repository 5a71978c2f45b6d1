"""Charts as they are drawn, where a number alone does not say whether a person sees it."""

from __future__ import annotations

from datetime import date

from pages.blocks import figures

WEEKS = [date(2026, 11, 16), date(2026, 11, 23)]


def test_the_promise_is_a_line_from_the_first_week_on() -> None:
    first = figures.lines(WEEKS[:1], {"p90": [800.0]}, 5_000, "ms")
    assert [(line.y0, line.y1) for line in first.layout.shapes] == [(5_000, 5_000)]
    later = figures.lines(WEEKS, {"p90": [800.0, 900.0]}, 5_000, "ms")
    assert [list(trace.y) for trace in later.data if trace.name == "Promise"] == [[5_000, 5_000]]
