"""How long a run still takes, by the pace that it kept so far."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Work", "left_s"]

_KEPT = 0.003  # what keeping one answer or read-back takes, where a call takes 1: measured, as the test of this shows
_LEAST = 0.6  # of the calls that the records left would need: a run that was taken up again makes more than foreseen


@dataclass(frozen=True, kw_only=True)
class Work:
    """Done, or foreseen in all: calls; answers and read-backs of records."""

    calls: int
    records: int


def left_s(worked_s: float, done: Work, foreseen: Work) -> float | None:
    """Seconds; None before anything was done. Records move only wave by wave, so calls count most."""
    if done.calls == 0:
        return None
    records = max(foreseen.records - done.records, 0)
    share = records / max(foreseen.records, 1)
    calls = max(foreseen.calls - done.calls, _LEAST * share * foreseen.calls)
    return worked_s * (calls + _KEPT * records) / (done.calls + _KEPT * done.records)
