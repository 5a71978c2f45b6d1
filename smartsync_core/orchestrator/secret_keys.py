"""The key that protects stored tokens is changed: the new one is on disk before the first token is sealed with it."""

from __future__ import annotations

from smartsync_core.model.access import Role
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.rights import takes
from smartsync_core.store.connections import Connections
from smartsync_core.store.database import Transaction
from smartsync_core.store.orgs import org_ids
from smartsync_core.store.secrets import Secrets

__all__ = ["rotate"]


@takes(Role.ADMIN)
def rotate(ctx: Context, *, forget_old: bool = False) -> int:
    """Seal every token of every organisation anew; how many there were.

    Whenever it stops, all of them open, and it may be begun again.

    The new key is made in the key file; of those in SMARTSYNC_KEYS the first is taken. `forget_old`: the key file then
    holds nothing but the new key, so that older backups open no longer.
    """
    secrets = Secrets.with_new_key(ctx.settings)
    with ctx.database.write() as conn:
        sealed = ctx.connections.rotate(secrets, conn=conn) + _of_others(ctx, secrets, conn)
        ctx.audit.record(ctx.user, "secrets.rotated", details={"tokens": sealed}, conn=conn)
    if forget_old:
        Secrets.forget_old_keys(ctx.settings)
    return sealed


def _of_others(ctx: Context, secrets: Secrets, conn: Transaction) -> int:
    sealed = 0
    for org_id in org_ids(conn):
        if org_id != ctx.org_id:
            theirs = ctx.database.of(org_id)
            theirs.speak(conn)
            sealed += Connections(theirs, org_id, secrets).rotate(secrets, conn=conn)
    ctx.database.speak(conn)
    return sealed
