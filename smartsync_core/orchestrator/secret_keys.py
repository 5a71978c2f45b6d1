"""The key that protects stored tokens is changed: the new one is on disk before the first token is sealed with it."""

from __future__ import annotations

from smartsync_core.orchestrator.context import Context
from smartsync_core.store.secrets import Secrets

__all__ = ["rotate"]


def rotate(ctx: Context, *, forget_old: bool = False) -> int:
    """Seal every token anew; how many there were. Whenever it stops, all of them open, and it may be begun again.

    The new key is made in the key file; of those in SMARTSYNC_KEYS the first is taken. `forget_old`: the key file then
    holds nothing but the new key, so that older backups open no longer.
    """
    secrets = Secrets.with_new_key(ctx.settings)
    with ctx.database.write() as conn:
        sealed = ctx.connections.rotate(secrets, conn=conn)
        ctx.audit.record(ctx.user, "secrets.rotated", details={"tokens": sealed}, conn=conn)
    if forget_old:
        Secrets.forget_old_keys(ctx.settings)
    return sealed
