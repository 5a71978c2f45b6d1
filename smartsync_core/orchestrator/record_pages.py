"""Where a record stands on the CRM's own pages. The account says so when it is connected or tested."""

from __future__ import annotations

from smartsync_core.connectors.registry import CRMConnectorFactory
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import Account, ObjectName
from smartsync_core.orchestrator.context import Context

__all__ = ["RecordPages", "remember"]


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


def remember(ctx: Context, connection_id: str, account: Account) -> None:
    """Take over what the account just said."""
    ctx.engine.put_note(_note(connection_id), account.record_url)


def _note(connection_id: str) -> str:
    return f"record pages {connection_id}"
