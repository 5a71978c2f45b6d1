"""An account: test its token, save it, add our fields to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from smartsync_core.connectors.registry import CRMConnectorFactory
from smartsync_core.errors import BadInput, NeedsPerson, SmartSyncError
from smartsync_core.model.access import Role
from smartsync_core.model.connection import Connection, Switches
from smartsync_core.model.crm import Account, AccountKind, Provision
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.fields import our_fields
from smartsync_core.orchestrator.record_pages import remember
from smartsync_core.orchestrator.rights import takes
from smartsync_core.planning.keys import KEY_FIELD
from smartsync_core.settings import Settings

__all__ = ["Connected", "add_fields", "connect", "offered", "test_connection"]


@dataclass(frozen=True, kw_only=True)
class Connected:
    connection: Connection
    account: Account
    provision: Provision | None = None
    twice: str = ""  # a sentence where the same account is connected under another name, too


def offered() -> dict[str, str]:
    """The CRMs of which an account can be connected: {type: what it is called}."""
    return CRMConnectorFactory.offered()


@takes(Role.ADMIN)
def connect(
    ctx: Context,
    *,
    crm_type: str,
    name: str | None,
    token: str,
    refresh_token: str = "",
    base_url: str = "",
    kind: AccountKind | None = None,
    with_fields: bool = False,
    **switches: Unpack[Switches],
) -> Connected:
    """Test the token, then save the account under `name` (a known name is updated). Nothing is saved when the test fails.

    `name` None: the one under which the same account is known, else one made of its number. `switches` are the sync_* and
    auto_* fields of Connection.
    """
    if name is not None and not name.strip():
        raise BadInput("The account needs a name.", hint="Choose one that says which account it is.")
    if not token.strip():
        raise BadInput(
            "The key is empty.", hint="Paste the service key (or existing private-app token) of the account."
        )
    if not (token.strip().isascii() and token.strip().isprintable()):
        raise BadInput(
            "The key holds characters that no key has.", hint="Copy it again, without anything around it."
        )
    base_url = base_url or _usual_address(ctx.settings, crm_type)
    connector = ctx.trial_connector(crm_type, base_url, token.strip())
    try:
        account = connector.check()
    finally:
        connector.close()
    named = _known_as(ctx, crm_type, account) if name is None else name.strip()
    _refuse_another(ctx, named, account)
    connection = ctx.connections.save(
        name=named,
        crm_type=crm_type,
        base_url=base_url,
        token=token.strip(),
        refresh_token=refresh_token.strip(),
        portal_id=account.portal_id,
        kind=kind or account.kind,
        **switches,
    )
    ctx.forget_key(connection.id)
    ctx.audit.record(
        who=ctx.user, what="connection.saved", subject_id=connection.id, details={"name": connection.name}
    )
    remember(ctx, connection.id, account)
    provision = add_fields(ctx, connection) if with_fields else None
    connection = ctx.connections.get(connection.id)
    return Connected(
        connection=connection, account=account, provision=provision, twice=_twice(ctx, connection)
    )


def _usual_address(settings: Settings, crm_type: str) -> str:
    """Where a CRM of that type is reached; for HubSpot a setting may name another host."""
    if crm_type == "hubspot":
        return settings.hubspot_base_url
    return CRMConnectorFactory.manifest(crm_type).default_base_url


def _refuse_another(ctx: Context, name: str, account: Account) -> None:
    """What was written to one account is never looked up, corrected or taken back in another."""
    known = next((one for one in ctx.connections.all(inactive=True) if one.name == name), None)
    if known and known.portal_id and known.portal_id != account.portal_id:
        raise BadInput(
            f"“{name}” is account {known.portal_id}, and this key opens account {account.portal_id}.",
            hint=f"Take another name for it, or a key of account {known.portal_id}.",
            code="other_account",
        )


def _twice(ctx: Context, connection: Connection) -> str:
    there = (connection.crm_type, connection.base_url, connection.portal_id)
    for one in ctx.connections.all():
        if one.id != connection.id and (one.crm_type, one.base_url, one.portal_id) == there:
            return (
                f"It is connected as “{one.name}” already, whose imports are not known under this name: "
                f"to give it a new key, connect it as “{one.name}”."
            )
    return ""


def _known_as(ctx: Context, crm_type: str, account: Account) -> str:
    known = ctx.connections.all(inactive=True)
    same = [one for one in known if (one.crm_type, one.portal_id) == (crm_type, account.portal_id)]
    best = next((one for one in same if one.is_active), None) or next(iter(same), None)
    return best.name if best else f"{crm_type} {account.portal_id}"


@takes(Role.OPERATOR)
def test_connection(ctx: Context, connection: Connection) -> Account:
    """What the saved key opens now; that it opens nothing, or nothing answers, the account says from then on.

    Also notices when our fields are there already, or no longer.
    """
    try:
        with ctx.visit(connection) as session:
            account = session.connector.check()
            remember(ctx, connection.id, account)
            there = _has_our_fields(session, connection)
    except SmartSyncError as error:
        ctx.connections.note_refusal(connection.id, error)
        raise
    if there != connection.fields_added:
        ctx.connections.set_fields_added(connection.id, there)
    return account


def _has_our_fields(session: Session, connection: Connection) -> bool:
    """As it was known before where the key may not see them."""
    try:
        return all(KEY_FIELD in session.schema(name) for name in our_fields())
    except NeedsPerson as error:
        if error.code != "missing_scope":
            raise
        return connection.fields_added


@takes(Role.ADMIN)
def add_fields(ctx: Context, connection: Connection, *, dry_run: bool = False) -> Provision:
    """Add our fields where they are missing; `dry_run` only says which."""
    with ctx.visit(connection) as session:
        provision = session.connector.provision(our_fields(), dry_run=dry_run)
    if not dry_run:
        ctx.connections.set_fields_added(connection.id, True)
        added = {str(name): list(names) for name, names in provision.added.items()}
        ctx.audit.record(who=ctx.user, what="fields.added", subject_id=connection.id, details=added)
    return provision
