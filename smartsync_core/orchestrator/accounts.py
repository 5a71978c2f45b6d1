"""The accounts as a person sees them: what was imported last, which fields there are; and letting one go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from smartsync_core.errors import BadInput
from smartsync_core.model.access import Role
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import ObjectName, Owner, Schema
from smartsync_core.model.run import Run
from smartsync_core.orchestrator import oauth
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.record_pages import Permissions, permissions
from smartsync_core.orchestrator.rights import takes

__all__ = [
    "AccountFields",
    "AccountLine",
    "Light",
    "accounts",
    "disconnect",
    "fields_of",
    "refuse_while_working",
]

_OBJECTS = (ObjectName.CONTACTS, ObjectName.COMPANIES)


class Light(StrEnum):
    """How an account stands, by what was asked of it last."""

    GOOD = "good"
    BAD = "bad"  # the last call or import ended with an error
    UNKNOWN = "unknown"  # nothing was asked of it yet


@dataclass(frozen=True, kw_only=True)
class AccountLine:
    """An account, and the newest of its imports that was written (None = there is none)."""

    connection: Connection
    last_import: Run | None
    last_success: datetime | None = None  # when an import into it was last done
    calls_today: int = 0  # of the imports that began today, by UTC
    permissions: Permissions | None = None  # None = it was not asked yet

    @property
    def light(self) -> Light:
        if self.connection.last_error:
            return Light.BAD
        return Light.GOOD if self.connection.last_sync_at else Light.UNKNOWN


@dataclass(frozen=True, kw_only=True)
class AccountFields:
    """What an account's contacts and companies are made of, and who may own them; as read a moment ago."""

    schemas: Mapping[ObjectName, Schema]
    people: Sequence[Owner]

    def schema(self, object_name: ObjectName) -> Schema:
        return self.schemas[object_name]

    def owners(self) -> list[Owner]:
        return list(self.people)


def accounts(ctx: Context) -> list[AccountLine]:
    """Every account that is connected, by name."""
    last, success = ctx.runs.last_written(), ctx.runs.last_success()
    calls = ctx.runs.calls_since(datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0))
    return [
        AccountLine(
            connection=one,
            last_import=last.get(one.id),
            last_success=success.get(one.id),
            calls_today=calls.get(one.id, 0),
            permissions=permissions(ctx, one.id),
        )
        for one in ctx.connections.all()
    ]


def fields_of(ctx: Context, connection: Connection) -> AccountFields:
    """Ask the account for its fields and owners, now."""
    with ctx.visit(connection) as session:
        return AccountFields(
            schemas={name: session.schema(name) for name in _OBJECTS}, people=session.owners()
        )


@takes(Role.ADMIN)
def disconnect(ctx: Context, connection_id: str) -> None:
    """Forget the account's key and take it off the lists; its imports stay in History. No record changes in the CRM.

    A permission that the CRM gave our app is given back.
    """
    connection = ctx.connections.get(connection_id)
    refuse_while_working(ctx, connection)
    given_back = connection.by_oauth and oauth.give_back(ctx, connection)
    ctx.connections.deactivate(connection_id)
    ctx.forget_key(connection_id)
    ctx.audit.record(
        who=ctx.user,
        what="connection.deactivated",
        subject_id=connection_id,
        details={"name": connection.name} | ({"given_back": given_back} if connection.by_oauth else {}),
    )


def refuse_while_working(ctx: Context, connection: Connection) -> None:
    """Raises BadInput while an import reads or writes this account, or copies from it."""
    if any(connection.id in (run.integration_id, run.copies_from) for run in ctx.runs.open_ones()):
        raise BadInput(
            f"An import is working on “{connection.name}” right now.",
            hint="Wait until it is done, or stop it: History shows it, a preview under “Previews only”.",
        )
