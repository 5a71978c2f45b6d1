"""What an account said when it was connected or tested: where its records stand on its own pages, and what its key may do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from smartsync_core.connectors.registry import CRMConnectorFactory
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import Account, DayCalls, ObjectName
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.organisation import begin_with

__all__ = ["Permissions", "RecordPages", "permissions", "remember"]


class RecordPages:
    """Addresses of one account's records."""

    def __init__(self, ctx: Context, connection: Connection) -> None:
        told = ctx.engine.get_note(_note(connection.id))
        self._template = told if isinstance(told, str) else ""
        self._names = CRMConnectorFactory.manifest(connection.crm_type).remote_names

    def address(self, object_name: ObjectName, crm_id: str) -> str:
        """ "" where the account has no pages of its own (the practice account), or has not been asked yet."""
        name = self._names.get(object_name, "")
        if not (name and crm_id):
            return ""
        return self._template.replace("{object}", name).replace("{id}", crm_id)


@dataclass(frozen=True, kw_only=True)
class Permissions:
    """What a key may do, as the account said it last."""

    asked_at: datetime
    can_write: bool
    day: DayCalls | None  # as the account counted then
    lacking: tuple[str, ...]  # a sentence for each permission that is missing


def permissions(ctx: Context, connection_id: str) -> Permissions | None:
    """None for an account that was not asked yet."""
    told = ctx.engine.get_note(_key_note(connection_id))
    if not isinstance(told, dict):
        return None
    return Permissions(
        asked_at=datetime.fromisoformat(told["asked_at"]),
        can_write=told["can_write"],
        day=DayCalls(**told["day"]) if told.get("day") else None,
        lacking=tuple(told["lacking"]),
    )


def remember(ctx: Context, connection_id: str, account: Account) -> None:
    """Take over what the account just said."""
    begin_with(ctx, ctx.connections.get(connection_id), account)
    ctx.engine.put_note(_note(connection_id), account.record_url)
    lacking = list(account.notices) if account.missing_scopes else []
    ctx.engine.put_note(
        _key_note(connection_id),
        {
            "asked_at": datetime.now(UTC).isoformat(),
            "can_write": account.can_write,
            "day": asdict(account.day) if account.day else None,
            "lacking": lacking,
        },
    )


def _key_note(connection_id: str) -> str:
    return f"permissions {connection_id}"


def _note(connection_id: str) -> str:
    return f"record pages {connection_id}"
