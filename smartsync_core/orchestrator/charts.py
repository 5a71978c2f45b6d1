"""The charts of History: what is drawn, over which time, and the imports behind a bar. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from smartsync_core.model.plan import Outcome
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.past import ImportLine, lines
from smartsync_core.planning.refusals import plain
from smartsync_core.store.behind import Behind, ImportCount, ImportTime, RowBehind
from smartsync_core.store.call_times import CallsOfWeek
from smartsync_core.store.charts import CellsOfField, Charts, Landed, Pace, Took, Waits, Why

__all__ = [
    "PROMISED",
    "WHY_DAYS",
    "CallsOfWeek",
    "CellsOfField",
    "ImportCount",
    "ImportTime",
    "Landed",
    "Pace",
    "Promised",
    "Rate",
    "RowBehind",
    "Took",
    "Waits",
    "Why",
    "all_rows_behind",
    "api",
    "behind_cells",
    "behind_landed",
    "behind_took",
    "behind_waiting",
    "behind_why",
    "cells",
    "landed",
    "pace",
    "rates",
    "rows_behind",
    "said",
    "shown",
    "took",
    "waiting",
    "why",
]

WHY_DAYS = 30
_AT_ONCE = 10_000
_LANDED = (Outcome.CREATED.value, Outcome.UPDATED.value, Outcome.UNCHANGED.value)


@dataclass(frozen=True, kw_only=True)
class Promised:
    """What the first SmartSync promised."""

    sync_p90_ms: int = 5_000
    enrichment_p90_ms: int = 2_000
    api_p90_ms: int = 500
    success: float = 0.99


PROMISED = Promised()


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Of one week, as shares. `rows`: those that were not left out."""

    week: date
    rows: int
    first_pass: float
    after_repair: float


def landed(ctx: Context, weeks: int, zone: str) -> list[Landed]:
    """Of the imports of so many weeks, this one included."""
    return _charts(ctx, zone).landed(_monday(weeks, zone))


def rates(found: Iterable[Landed]) -> list[Rate]:
    """First pass and after repair, per week: landed ÷ (rows − left out)."""
    weeks: dict[date, list[Landed]] = {}
    for one in found:
        if one.outcome != Outcome.SKIPPED.value:
            weeks.setdefault(one.week, []).append(one)
    return [_rate(week, those) for week, those in sorted(weeks.items())]


def _rate(week: date, those: Sequence[Landed]) -> Rate:
    rows = sum(one.rows for one in those)
    first = sum(one.first_pass for one in those if one.outcome in _LANDED)
    after = sum(one.rows for one in those if one.outcome in _LANDED)
    return Rate(week=week, rows=rows, first_pass=first / rows, after_repair=after / rows)


def why(ctx: Context, zone: str) -> list[Why]:
    """The eight most frequent reasons of the last 30 days."""
    return _charts(ctx, zone).why(_days_ago(WHY_DAYS))


def said(one: Why) -> str:
    """Its sentence in plain words."""
    return plain(one.code, one.example)


def waiting(ctx: Context, zone: str) -> list[Waits]:
    return _charts(ctx, zone).waiting(datetime.now(UTC))


def took(ctx: Context, weeks: int, zone: str) -> list[Took]:
    return _charts(ctx, zone).took(_monday(weeks, zone))


def cells(ctx: Context, weeks: int, zone: str) -> list[CellsOfField]:
    return _charts(ctx, zone).cells(_monday(weeks, zone), datetime.now(UTC))


def pace(ctx: Context, weeks: int, zone: str) -> list[Pace]:
    return _charts(ctx, zone).pace(_monday(weeks, zone))


def api(ctx: Context, weeks: int, zone: str) -> list[CallsOfWeek]:
    """How long calls of programs took, by week; without those that look whether we live."""
    return ctx.call_times.weeks(_monday(weeks, zone), zone)


def behind_landed(ctx: Context, one: Landed, zone: str) -> list[ImportCount]:
    """The imports of a week that have rows of that outcome: those that were undone since, or the others."""
    return _behind(ctx, zone).landed(one.week, one.outcome, undone=one.undone)


def behind_why(ctx: Context, one: Why) -> list[ImportCount]:
    return _behind(ctx).why(_days_ago(WHY_DAYS), one)


def rows_behind(ctx: Context, one: Why, *, limit: int, offset: int = 0) -> list[RowBehind]:
    """The rows of a reason, the newest import first."""
    return _behind(ctx).why_rows(_days_ago(WHY_DAYS), one, limit=limit, offset=offset)


def all_rows_behind(ctx: Context, one: Why) -> Iterator[RowBehind]:
    """All of them, read ten thousand at a time."""
    for offset in range(0, one.rows, _AT_ONCE):
        yield from rows_behind(ctx, one, limit=_AT_ONCE, offset=offset)


def behind_waiting(ctx: Context, days: str) -> list[ImportCount]:
    return _behind(ctx).waiting(datetime.now(UTC), days)


def behind_took(ctx: Context, weeks: int, zone: str, most_rows: int) -> list[ImportTime]:
    return _behind(ctx, zone).took(_monday(weeks, zone), most_rows)


def behind_cells(ctx: Context, weeks: int, zone: str, one: CellsOfField, effect: str) -> list[ImportCount]:
    return _behind(ctx, zone).cells(_monday(weeks, zone), one.object, one.field, effect)


def shown(ctx: Context, found: Sequence[ImportCount] | Sequence[ImportTime]) -> list[ImportLine]:
    """The imports themselves, in the same order."""
    return lines(ctx, [ctx.runs.get(one.run_id) for one in found])


def _behind(ctx: Context, zone: str = "UTC") -> Behind:
    return Behind(ctx.database, ctx.org_id, zone)


def _charts(ctx: Context, zone: str) -> Charts:
    return Charts(ctx.database, ctx.org_id, zone)


def _days_ago(days: int) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def _monday(weeks: int, zone: str) -> datetime:
    """Midnight of the Monday with which so many weeks begin, this one included."""
    here = datetime.now(ZoneInfo(zone))
    first = here - timedelta(days=here.weekday(), weeks=weeks - 1)
    return first.replace(hour=0, minute=0, second=0, microsecond=0)
