"""Backing up and restoring everything that is kept, but the keys that protect tokens: those belong elsewhere."""

from __future__ import annotations

from pathlib import Path

from smartsync_core.model.access import Role
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.rights import takes
from smartsync_core.settings import Settings
from smartsync_core.store.backup import copy_to, put_back

__all__ = ["backup", "restore"]


@takes(Role.ADMIN)
def backup(ctx: Context, out: Path) -> None:
    """Into one new file, while work goes on. Raises BadInput where it cannot be written."""
    copy_to(ctx.database, out)
    ctx.audit.record(ctx.user, "data.backed_up", details={"file": out.name})


def restore(settings: Settings, source: Path) -> Path | None:
    """Everything is as it was when `source` was made; what is there now is kept under the name that comes back."""
    return put_back(settings.database_url, source)
