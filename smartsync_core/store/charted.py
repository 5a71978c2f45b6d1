"""Which imports the charts of History count, in which week, size and age: for a bar as for what stands behind it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from smartsync_core.model.crm import AccountKind
from smartsync_core.model.run import RunState
from smartsync_core.store.tables import crm_integrations, runs, uploads

__all__ = [
    "AGES",
    "BANDS",
    "REAL",
    "age",
    "band",
    "finished",
    "imports",
    "recipe",
    "total_s",
    "waiting_s",
    "week",
    "written",
]

AGES = ("<1", "1-3", "3-7", ">7")
"""Days since an import was approved, the youngest first."""

BANDS = (100, 1_000, 10_000, 0)
"""The most rows of an import's size; 0 = no bound."""

REAL = crm_integrations.c.kind != AccountKind.PRACTICE.value
_DAY_S = 86_400


def imports(counted: sa.Table | None = None) -> sa.Join:
    """Imports with their accounts; with `counted`, a line for each of its lines."""
    found: sa.FromClause = runs if counted is None else counted.join(runs, runs.c.id == counted.c.run_id)
    return found.join(crm_integrations, crm_integrations.c.id == runs.c.integration_id)


def written(org_id: str, since: datetime | None) -> tuple[sa.ColumnElement[bool], ...]:
    """Approved, by now or since then, into an account that is not for practice."""
    here = (runs.c.org_id == org_id, runs.c.kind == "import", runs.c.approved_at.is_not(None), REAL)
    return here if since is None else (*here, runs.c.approved_at >= since)


def week(zone: str, column: sa.ColumnElement[datetime]) -> sa.ColumnElement[date]:
    """Its Monday in that time zone."""
    return sa.cast(sa.func.date_trunc("week", sa.func.timezone(zone, column)), sa.Date)


def recipe() -> sa.ColumnElement[str]:
    """Its name; "" = none."""
    name: sa.ColumnElement[str] = sa.func.coalesce(runs.c.options["recipe_name"].as_string(), "")
    return name


def age(now: datetime) -> sa.ColumnElement[str]:
    """One of AGES."""
    age_s = _seconds(sa.literal(now, sa.TIMESTAMP(timezone=True)) - runs.c.approved_at)
    young = zip((1, 3, 7), AGES, strict=False)
    return sa.case(*((age_s < days * _DAY_S, name) for days, name in young), else_=AGES[-1])


def finished(org_id: str, since: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    """Imports of which is known how long they took."""
    return *written(org_id, since), runs.c.state == RunState.DONE.value, runs.c.planned_at.is_not(None)


def band() -> sa.ColumnElement[int]:
    """One of BANDS."""
    return sa.case(*((runs.c.row_count <= most, most) for most in BANDS if most), else_=0)


def total_s() -> sa.ColumnElement[float]:
    """From the upload to the last row read back."""
    return _seconds(runs.c.finished_at - _began())


def waiting_s() -> sa.ColumnElement[float]:
    """Of it for a person, or for a new day of the CRM's limit."""
    return (
        sa.func.coalesce(runs.c.waited_s, 0.0)
        + _seconds(runs.c.approved_at - runs.c.planned_at)
        + _seconds(runs.c.created_at - _began())
    )


def _began() -> sa.ColumnElement[datetime]:
    return sa.func.least(uploads.c.created_at, runs.c.created_at)


def _seconds(interval: sa.ColumnElement[Any]) -> sa.ColumnElement[float]:
    return sa.func.coalesce(sa.cast(sa.extract("epoch", interval), sa.Double), 0.0)
