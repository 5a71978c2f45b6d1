"""Due dates: hours and working days from a moment, Monday to Friday, stored absolute."""

from __future__ import annotations

from datetime import datetime, timedelta

__all__ = ["in_hours", "in_working_days"]

_SATURDAY = 5


def in_hours(moment: datetime, hours: int) -> datetime:
    """Hours on the clock, counted from Monday 08:00 where the moment is on a weekend; never on one."""
    if moment.weekday() >= _SATURDAY:
        moment = _monday_morning(moment)
    due = moment + timedelta(hours=hours)
    return due if due.weekday() < _SATURDAY else _monday_morning(due)


def in_working_days(moment: datetime, days: int) -> datetime:
    """The same time of day, that many working days later."""
    while days:
        moment += timedelta(days=1)
        days -= moment.weekday() < _SATURDAY
    return moment


def _monday_morning(moment: datetime) -> datetime:
    later = moment + timedelta(days=7 - moment.weekday())
    return later.replace(hour=8, minute=0, second=0, microsecond=0)
