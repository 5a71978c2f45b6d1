"""What an account does by itself, as its owner wants it."""

from __future__ import annotations

from typing import Unpack

from smartsync_core.model.access import Role
from smartsync_core.model.connection import Connection, Switches
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.rights import takes

__all__ = ["change_settings"]


@takes(Role.ADMIN)
def change_settings(ctx: Context, connection_id: str, **wanted: Unpack[Switches]) -> Connection:
    """Keep these; those not named stay. What changed, from what to what, stands in the list of who changed what."""
    with ctx.database.together():
        connection = ctx.connections.get(connection_id)
        changed = {name: value for name, value in wanted.items() if value != getattr(connection, name)}
        if not changed:
            return connection
        ctx.connections.set_switches(connection_id, **wanted)
        ctx.audit.record(
            who=ctx.user,
            what="connection.changed",
            subject_id=connection_id,
            details={
                "name": connection.name,
                **{name: [getattr(connection, name), value] for name, value in changed.items()},
            },
        )
        return ctx.connections.get(connection_id)
