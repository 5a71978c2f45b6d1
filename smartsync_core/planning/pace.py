"""How long a run still takes, by the pace that it kept so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smartsync_core.model.crm import Paces, Window

__all__ = ["Work", "left_s", "weighed"]

_KEPT = 0.003  # what keeping one answer or read-back takes, where a call takes 1: measured, as the test of this shows
_LEAST = 0.6  # of the calls that the records left would need: a run that was taken up again makes more than foreseen


@dataclass(frozen=True, kw_only=True)
class Work:
    """Done, or foreseen in all: calls, weighed; answers and read-backs of records."""

    calls: float
    records: int


def weighed(calls: Mapping[Window, int], paces: Paces | None) -> float:
    """Calls of a window that lets fewer through count for as many more of the app's. All the same where nothing limits."""
    if paces is None:
        return sum(calls.values())
    app = paces.per_second(Window.APP)
    return sum(count * app / paces.per_second(window) for window, count in calls.items())


def left_s(worked_s: float, done: Work, foreseen: Work) -> float | None:
    """Seconds; None before anything was done. Records move only wave by wave, so calls count most."""
    if done.calls == 0:
        return None
    records = max(foreseen.records - done.records, 0)
    share = records / max(foreseen.records, 1)
    calls = max(foreseen.calls - done.calls, _LEAST * share * foreseen.calls)
    return worked_s * (calls + _KEPT * records) / (done.calls + _KEPT * done.records)
