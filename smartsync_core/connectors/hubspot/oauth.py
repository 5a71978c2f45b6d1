"""HubSpot's OAuth: where a person lets our app in, and the calls that get, renew and give back its tokens."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, urlencode

from smartsync_core.connectors.hubspot.scopes import NEEDED
from smartsync_core.errors import NeedsPerson, RetryLater
from smartsync_core.http import Answer, post_form
from smartsync_core.model.connection import OAuthApp, OAuthTokens

__all__ = ["authorize_url", "exchange", "renew", "revoke"]

_HOST: Final = "https://api.hubapi.com"
_AUTHORIZE: Final = "https://app.hubspot.com/oauth/authorize"  # a stand-in has its page on its only host
_TOKEN: Final = "/oauth/2026-09/token"
_REVOKE: Final = "/oauth/v3/token/revoke"
_SCOPES: Final = " ".join(["oauth", *NEEDED])
_REFUSED: Final = frozenset({400, 401, 403})
_USED_UP: Final = 0.8  # of a token's life, after which it is renewed


def authorize_url(app: OAuthApp, base_url: str, *, state: str, verifier: str) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    query = {
        "client_id": app.client_id,
        "redirect_uri": app.redirect_uri,
        "scope": _SCOPES,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return f"{_AUTHORIZE if base_url == _HOST else f'{base_url}/oauth/authorize'}?{urlencode(query, quote_via=quote)}"


def exchange(app: OAuthApp, base_url: str, *, code: str, verifier: str) -> OAuthTokens:
    """The tokens for a code, which is good once. Raises NeedsPerson where HubSpot does not take it."""
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
    answer = _post(app, base_url, _TOKEN, form | {"redirect_uri": app.redirect_uri}, repeatable=False)
    if not answer.ok:
        raise NeedsPerson(
            "HubSpot did not accept the permission that it had given.",
            hint="Begin again; if it stays so, compare client id, secret and redirect address with the app in HubSpot.",
        )
    return _tokens(answer, "")


def renew(app: OAuthApp, base_url: str, refresh_token: str) -> OAuthTokens:
    """Raises NeedsPerson where HubSpot gives no more tokens: somebody took the permission back. RetryLater for the rest."""
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    answer = _post(app, base_url, _TOKEN, form, repeatable=True)
    if not answer.ok and answer.status not in _REFUSED:
        raise RetryLater("HubSpot gives no new token at the moment.", after_s=30)  # locked, or being moved
    if not answer.ok:
        raise NeedsPerson(
            "HubSpot no longer lets SmartSync into this account.",
            hint="Connect it again under Setup → Accounts.",
            connector="hubspot",
        )
    return _tokens(answer, refresh_token)


def revoke(app: OAuthApp, base_url: str, refresh_token: str) -> bool:
    """Give the permission back; whether HubSpot took it. Raises RetryLater."""
    form = {"token_type_hint": "refresh_token", "token": refresh_token}
    return _post(app, base_url, _REVOKE, form, repeatable=True).ok


def _post(app: OAuthApp, base_url: str, path: str, form: Mapping[str, str], *, repeatable: bool) -> Answer:
    known = {"client_id": app.client_id, "client_secret": app.client_secret}
    return post_form(f"{base_url}{path}", {**form, **known}, title="HubSpot", repeatable=repeatable)


def _tokens(answer: Answer, refresh_token: str) -> OAuthTokens:
    told = answer.body if isinstance(answer.body, Mapping) else {}
    life, access = told.get("expires_in"), told.get("access_token")
    if not (isinstance(life, int | float) and isinstance(access, str) and access):
        raise NeedsPerson("This address does not answer as HubSpot does.", connector="hubspot")
    now = datetime.now(UTC)
    return OAuthTokens(
        access=access,
        refresh=str(told.get("refresh_token") or refresh_token),
        expires_at=now + timedelta(seconds=life),
        renew_at=now + timedelta(seconds=life * _USED_UP),
    )
