"""Where the app may be reached, under which names, and how people log in there: set up once, when it starts."""

from __future__ import annotations

import ipaddress
from secrets import token_urlsafe
from urllib.parse import urlsplit

import streamlit as st
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.runtime.secrets import SecretsValue

from smartsync_core.errors import NeedsPerson, SmartSyncError
from smartsync_core.model.access import Login
from smartsync_core.settings import LOOPBACK, Settings

__all__ = ["OnlyHere", "auth_of", "configured", "hosts_of", "refuse_the_network"]

_DISCOVERY = "/.well-known/openid-configuration"
_HOSTS = ("127.0.0.1", "localhost")


def configured() -> Login | None:
    """None where nobody has to log in, and where the settings cannot be read: whoever opens the app is told so."""
    try:
        return Settings.from_env().login
    except SmartSyncError:
        return None


def auth_of(login: Login | None) -> dict[str, dict[str, SecretsValue]]:
    """What Streamlit wants to know. The secret of its cookies is a new one at each start, and kept nowhere."""
    if login is None:
        return {}
    return {
        "auth": {
            "redirect_uri": login.redirect_uri,
            "cookie_secret": token_urlsafe(32),
            "client_id": login.client_id,
            "client_secret": login.client_secret,
            "server_metadata_url": login.issuer + _DISCOVERY,
        }
    }


def hosts_of(login: Login | None) -> list[str]:
    """The names under which the app answers; every other one is refused."""
    public = urlsplit(login.redirect_uri).hostname if login else None
    return [*_HOSTS, *([public] if public and public not in _HOSTS else [])]


def refuse_the_network(login: Login | None) -> None:
    """Raises NeedsPerson where others could reach screens that ask nobody who they are."""
    if login is not None:
        return
    if st.secrets.load_if_toml_exists() and "auth" in st.secrets:
        raise NeedsPerson(
            "Login is configured in secrets.toml, which SmartSync does not read.",
            hint="Set the four OIDC_ variables instead, and take [auth] out of that file.",
        )
    address = st.get_option("server.address")
    if address not in LOOPBACK:
        raise NeedsPerson(
            f"Without login SmartSync answers on this computer only, and not on {address or 'every address'}.",
            hint="Start it with --server.address 127.0.0.1, or configure login with the four OIDC_ variables.",
        )


class OnlyHere:
    """Where nobody has to log in, a call that came in over the network is refused, whoever opened that port."""

    def __init__(self, app: ASGIApp, *, login: Login | None) -> None:
        self._app = app
        self._login = login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._login is not None or scope["type"] == "lifespan" or _is_here(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            refused = PlainTextResponse("Without login SmartSync answers on this computer only.", 403)
            await refused(scope, receive, send)


def _is_here(scope: Scope) -> bool:
    """By the address of ours that was called; what is no address at all is a socket of this computer."""
    called = (scope.get("server") or ("", None))[0]
    try:
        return ipaddress.ip_address(called).is_loopback
    except ValueError:
        return True
