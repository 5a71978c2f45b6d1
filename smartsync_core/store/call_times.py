"""How long calls of the API took: counted per hour and time, so that a year of them stays small."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from smartsync_core.store import charted
from smartsync_core.store.bulk import insert_many, update_many
from smartsync_core.store.database import Database
from smartsync_core.store.tables import call_times

__all__ = ["CallTimes", "CallsOfWeek"]

_KEY = ("org_id", "hour", "ms")
_SHARES = (0.5, 0.9, 0.99)


@dataclass(frozen=True, kw_only=True)
class CallsOfWeek:
    week: date  # its Monday
    calls: int
    ms: tuple[int, int, int]  # p50, p90, p99: as long as that, to two digits, or shorter


class CallTimes:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def add(self, counted: Mapping[tuple[datetime, int], int]) -> None:
        """So many more calls of each (hour, ms)."""
        t = call_times
        here = (t.c.org_id == self._org_id, t.c.hour.in_(sorted({hour for hour, _ in counted})))
        with self._database.write() as conn:
            found = conn.execute(sa.select(t.c.hour, t.c.ms, t.c.calls).where(*here))
            known = {(row.hour, row.ms): row.calls for row in found}
            lines = [
                {"org_id": self._org_id, "hour": hour, "ms": ms, "calls": calls + known.get((hour, ms), 0)}
                for (hour, ms), calls in counted.items()
            ]
            there = [(one["hour"], one["ms"]) in known for one in lines]
            insert_many(conn, t, [one for one, old in zip(lines, there, strict=True) if not old])
            update_many(conn, t, _KEY, [one for one, old in zip(lines, there, strict=True) if old])

    def weeks(self, since: datetime, zone: str = "UTC") -> list[CallsOfWeek]:
        """Oldest first."""
        t = call_times
        week = charted.week(zone, t.c.hour).label("week")
        query = (
            sa.select(week, t.c.ms, sa.func.sum(t.c.calls).label("calls"))
            .where(t.c.org_id == self._org_id, t.c.hour >= since)
            .group_by(week, t.c.ms)
            .order_by(week, t.c.ms)
        )
        found: dict[date, dict[int, int]] = {}
        with self._database.read() as conn:
            for row in conn.execute(query):
                found.setdefault(row.week, {})[row.ms] = int(row.calls)
        return [
            CallsOfWeek(week=monday, calls=sum(times.values()), ms=_shares(times))
            for monday, times in found.items()
        ]


def _shares(times: Mapping[int, int]) -> tuple[int, int, int]:
    """{ms: calls}, the shortest first; the nearest rank of each share."""
    p50, p90, p99 = (_rank(times, share) for share in _SHARES)
    return p50, p90, p99


def _rank(times: Mapping[int, int], share: float) -> int:
    wanted, so_far = share * sum(times.values()), 0
    for ms, calls in times.items():
        so_far += calls
        if so_far >= wanted:
            return ms
    return 0
