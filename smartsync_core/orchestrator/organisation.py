"""What holds for the organisation as a whole: the time zone by which its weeks are counted."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from smartsync_core.errors import BadInput
from smartsync_core.model.access import Role
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import Account, AccountKind
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.rights import takes

__all__ = ["begin_with", "choose_time_zone", "time_zone", "time_zones"]


def time_zone(ctx: Context) -> str:
    """ "" = not known yet: no account was connected, and nobody chose one."""
    return ctx.organisation.time_zone()


@cache
def time_zones() -> tuple[str, ...]:
    """Those that can be chosen, by name. Looked for on the disk once, which takes as long as a page may."""
    return tuple(sorted(name for name in available_timezones() if "/" in name or name == "UTC"))


@takes(Role.ADMIN)
def choose_time_zone(ctx: Context, name: str) -> None:
    """For everybody. Raises BadInput for a name that is none."""
    if name not in time_zones():
        raise BadInput(f"“{name}” is no time zone.", hint="Write it like Europe/Berlin.")
    before = ctx.organisation.time_zone()
    if name == before:
        return
    ctx.organisation.set_time_zone(name)
    ctx.audit.record(who=ctx.user, what="time_zone.chosen", details={"before": before, "now": name})


def begin_with(ctx: Context, connection: Connection, account: Account) -> None:
    """The first account that is not for practice tells the time zone, until somebody chooses another."""
    if connection.kind is not AccountKind.PRACTICE and not ctx.organisation.time_zone():
        ctx.organisation.set_time_zone(account.time_zone)
