"""Who calls: a key is asked for on every route that does not say otherwise, and its role must do for what is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from httpx import codes
from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Receive, Scope, Send

from smartsync_core.api.limits import UPLOADS
from smartsync_core.api.problems import Refused, refusal
from smartsync_core.model.access import ApiKey, Role
from smartsync_core.orchestrator.api_keys import known, recognise
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.single import SmartSyncOrchestrator
from smartsync_core.wiring import Application

__all__ = ["Admin", "Caller", "KeyBeforeUpload", "Operator", "Viewer", "needs"]

_bearer = HTTPBearer(auto_error=False, description="A key that `apikey create` made.")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """A key that was let in, and the services in its name."""

    key: ApiKey
    ctx: Context
    application: Application

    @property
    def smartsync(self) -> SmartSyncOrchestrator:
        return self.application.orchestrator.acting_as(self.key.name, self.key.role)


def needs(role: Role) -> Callable[..., Awaitable[Caller]]:
    """A dependency: the caller, if the key may do what takes `role`."""

    async def caller(
        request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
    ) -> Caller:
        application: Application = request.app.state.application()
        key = await _key(application.context, given)
        request.app.state.limits.count(key.id)
        if not key.role.may(role):
            raise Refused(
                codes.FORBIDDEN,
                "role_too_small",
                f"This call needs the role {role}; the key has the role {key.role}.",
                "Use another key.",
            )
        return Caller(
            key=key,
            ctx=application.context.acting_as(key.name, key.role),
            application=application,
        )

    return caller


class KeyBeforeUpload:
    """A body is read before a route asks who sends it: of a file that may be too much for a stranger."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"].endswith(UPLOADS):
            try:
                await _key(scope["app"].state.application().context, await _bearer(Request(scope)))
            except Refused as refused:
                await refusal(refused)(scope, receive, send)
                return
        await self._app(scope, receive, send)


async def _key(ctx: Context, given: HTTPAuthorizationCredentials | None) -> ApiKey:
    """Raises Refused. Of a key that is known no thread has to be waited for."""
    text = given.credentials if given else ""
    key = known(ctx, text) or (await run_in_threadpool(recognise, ctx, text) if text else None)
    if key is None:
        raise Refused(
            codes.UNAUTHORIZED,
            "no_key" if given is None else "unknown_key",
            "This call needs an API key." if given is None else "This API key is not known, or was revoked.",
            "Send it as `Authorization: Bearer KEY`; `apikey create --role ROLE` makes one.",
            {"WWW-Authenticate": "Bearer"},
        )
    return key


# The role stands in the description of the calls as the scope that the key needs.
Viewer = Annotated[Caller, Security(needs(Role.VIEWER), scopes=[Role.VIEWER])]
Operator = Annotated[Caller, Security(needs(Role.OPERATOR), scopes=[Role.OPERATOR])]
Admin = Annotated[Caller, Security(needs(Role.ADMIN), scopes=[Role.ADMIN])]
