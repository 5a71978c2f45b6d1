"""An account without a key: a person lets our app in at the CRM, comes back, and from then on tokens renew themselves."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from smartsync_core.connectors.hubspot import oauth
from smartsync_core.connectors.registry import CRMConnectorFactory
from smartsync_core.errors import BadInput, NeedsPerson, NotFound, RetryLater, SmartSyncError
from smartsync_core.model.access import Role
from smartsync_core.model.connection import Connection, OAuthApp, OAuthTokens
from smartsync_core.model.crm import Account
from smartsync_core.orchestrator.connect import Connected
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.record_pages import remember
from smartsync_core.orchestrator.rights import takes
from smartsync_core.settings import Settings
from smartsync_core.store.connections import Renew
from smartsync_core.store.oauth_states import Begun

__all__ = ["begin", "crm", "finish", "give_back", "is_offered", "renewal"]

_CRM = "hubspot"


def crm() -> str:
    """What the CRM that lets people in so is called."""
    return CRMConnectorFactory.manifest(_CRM).title


def is_offered(ctx: Context) -> bool:
    """Whether our app there is configured."""
    return ctx.settings.hubspot_app is not None


@takes(Role.ADMIN)
def begin(ctx: Context, name: str) -> str:
    """The address at the CRM where a person lets us in; good for ten minutes. `name`: the account's, or one that is known."""
    name = " ".join(name.split())
    if not name:
        raise BadInput("The account needs a name.", hint="Choose one that says which account it is.")
    begun = ctx.oauth_states.begin(_CRM, name, ctx.user)
    address = ctx.settings.hubspot_base_url
    return oauth.authorize_url(_app(ctx.settings), address, state=begun.state, verifier=begun.verifier)


def finish(ctx: Context, *, state: str, code: str) -> Connected:
    """Save the account that somebody came back from. A known one keeps its id, and with it its matched records and history.

    Raises BadInput: `expired` for a state that is not ours, was used or is too old; `other_account` where the name belongs
    to another account: then the permission is given back.
    """
    begun = ctx.oauth_states.take(state)
    if begun is None:
        raise BadInput(
            f"This way back from {crm()} was used before, or took longer than ten minutes.",
            hint="Begin again under Setup → Accounts.",
            code="expired",
        )
    app, address = _app(ctx.settings), ctx.settings.hubspot_base_url
    tokens = oauth.exchange(app, address, code=code, verifier=begun.verifier)
    try:
        account = _account_of(ctx, tokens)
        _refuse_another_account(ctx, begun, account)
    except SmartSyncError:
        with suppress(RetryLater):
            oauth.revoke(app, address, tokens.refresh)
        raise
    return _saved(ctx.acting_as(begun.begun_by), begun, tokens, account)


def give_back(ctx: Context, connection: Connection) -> bool:
    """Tell the CRM that its permission is needed no more; False where it could not be told."""
    app = ctx.settings.hubspot_app
    if app is None:
        return False
    try:
        tokens = ctx.connections.tokens(connection.id)
        return bool(tokens.refresh) and oauth.revoke(app, connection.base_url, tokens.refresh)
    except (NeedsPerson, RetryLater):  # a token that opens no more cannot be given back either
        return False


def renewal(settings: Settings, connection: Connection) -> Renew | None:
    """How this account's tokens are renewed; None where our app is not configured."""
    app = settings.hubspot_app
    return partial(oauth.renew, app, connection.base_url) if app and connection.crm_type == _CRM else None


def _app(settings: Settings) -> OAuthApp:
    if settings.hubspot_app is None:
        raise BadInput(
            "No app at HubSpot is configured here.",
            hint="Set HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET, or connect with a service key.",
        )
    return settings.hubspot_app


def _account_of(ctx: Context, tokens: OAuthTokens) -> Account:
    connector = ctx.trial_connector(_CRM, ctx.settings.hubspot_base_url, tokens.access)
    try:
        return connector.check()
    finally:
        connector.close()


def _refuse_another_account(ctx: Context, begun: Begun, account: Account) -> None:
    try:
        known = ctx.connections.by_name(begun.name)
    except NotFound:
        return
    if known.portal_id and known.portal_id != account.portal_id:
        raise BadInput(
            f"“{begun.name}” is account {known.portal_id}, and {crm()} let SmartSync into account {account.portal_id}.",
            hint=f"Choose the right account at {crm()}, or connect this one under another name.",
            code="other_account",
        )


def _saved(ctx: Context, begun: Begun, tokens: OAuthTokens, account: Account) -> Connected:
    connection = ctx.connections.save(
        name=begun.name,
        crm_type=begun.crm_type,
        base_url=ctx.settings.hubspot_base_url,
        token=tokens.access,
        refresh_token=tokens.refresh,
        token_expires_at=tokens.expires_at,
        token_renew_at=tokens.renew_at,
        portal_id=account.portal_id,
        kind=account.kind,
    )
    ctx.forget_key(connection.id)
    details = {"name": connection.name, "by": "oauth"}
    ctx.audit.record(who=ctx.user, what="connection.saved", subject_id=connection.id, details=details)
    remember(ctx, connection.id, account)
    return Connected(connection=connection, account=account)
