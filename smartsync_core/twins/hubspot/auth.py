"""Tokens and scopes (contract §2). Any `pat-…` token may do everything until the control plane narrows it."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from smartsync_core.twins.clock import Clock, iso
from smartsync_core.twins.hubspot import authorize_page
from smartsync_core.twins.hubspot.call import Answer, Call
from smartsync_core.twins.hubspot.errors import Refusal, not_found
from smartsync_core.twins.hubspot.options import Switches
from smartsync_core.twins.hubspot.portal import APP_ID, PORTAL_ID

OBJECTS = ("contacts", "companies", "deals")
ALL_SCOPES = (
    "oauth",
    "crm.import",
    "crm.objects.owners.read",
    *(
        f"crm.{area}.{name}.{right}"
        for area in ("objects", "schemas")
        for name in OBJECTS
        for right in ("read", "write")
    ),
)
TOKEN_LIFE_S = 1800
CODE_LIFE_S = 60  # "short-lived": how long is not told
HUB_DOMAIN, USER = "practice.example.com", "owner@example.com"
SCOPES_URL = "https://developers.hubspot.com/scopes"
NOT_FOUND = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can find "
    "more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)


@dataclass(kw_only=True)
class Grant:
    """What one access token may do, and until when; `refresh_token` only for OAuth."""

    scopes: tuple[str, ...]
    expires_ms: int | None
    app: str
    refresh_token: str | None = None
    oauth: bool = False


@dataclass(kw_only=True)
class Code:
    """One from the authorize page is good for the app, the address and the challenge that it was asked for with."""

    scopes: tuple[str, ...]
    expires_ms: int
    client_id: str = ""  # "" = set by the control plane: good for anybody
    redirect_uri: str = ""
    challenge: str = ""


@dataclass
class Tokens:
    clock: Clock
    switches: Switches
    known: dict[str, Grant] = field(default_factory=dict)
    refresh: dict[str, tuple[str, ...]] = field(default_factory=dict)  # refresh token → scopes
    codes: dict[str, Code] = field(default_factory=dict)

    # -- what the gate asks

    def grant(self, authorization: str) -> tuple[str, Grant]:
        """The token of an `Authorization` header and what it may do; raises the 401."""
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Refusal(401, NOT_FOUND, category="INVALID_AUTHENTICATION")
        grant = self.find(token)
        if grant is None:
            if self.switches.garbage_token_expired:
                raise self._expired(self.clock.now_ms() - 19_884 * 86_400_000, "19884 day(s)")
            raise Refusal(401, NOT_FOUND, category="INVALID_AUTHENTICATION")
        if grant.expires_ms is not None and grant.expires_ms <= self.clock.now_ms():
            raise self._expired(grant.expires_ms)
        return token, grant

    def find(self, token: str) -> Grant | None:
        if token in self.known:
            return self.known[token]
        if token.startswith("pat-"):
            return Grant(scopes=ALL_SCOPES, expires_ms=None, app=token)
        return None

    def require(self, grant: Grant, any_of: tuple[str, ...]) -> None:
        """Raises the 403 unless one of these scopes was granted; an empty list asks for nothing."""
        if not any_of or not set(any_of).isdisjoint(grant.scopes):
            return
        if self.switches.old_scope_body:
            raise Refusal(
                403,
                "This app hasn't been granted all required scopes to make this call. "
                f"Read more about required scopes here: {SCOPES_URL}.",
                category="MISSING_SCOPES",
                errors=[
                    {
                        "message": "One or more of the following scopes are required.",
                        "context": {"requiredScopes": list(any_of)},
                    }
                ],
                links={"scopes": SCOPES_URL},
            )
        raise Refusal(
            403,
            "One or more of the following scopes are required.",
            category="MISSING_SCOPES",
            context={"requiredGranularScopes": list(any_of), "links": [SCOPES_URL]},
        )

    def expire(self, token: str) -> None:
        """End an access token now."""
        grant = self.find(token)
        if grant is not None:
            self.known[token] = Grant(
                scopes=grant.scopes,
                expires_ms=self.clock.now_ms(),
                app=grant.app,
                refresh_token=grant.refresh_token,
                oauth=grant.oauth,
            )

    def expired_now(self) -> Refusal:
        return self._expired(self.clock.now_ms())

    def _expired(self, since_ms: int, age: str = "") -> Refusal:
        seconds = (self.clock.now_ms() - since_ms) // 1000
        message = f"The OAuth token used to make this call expired {age or f'{seconds} second(s)'} ago."
        return Refusal(
            401, message, category="EXPIRED_AUTHENTICATION", context={"expire time": [iso(since_ms)]}
        )

    # -- what the control plane sets

    def set(self, token: str, given: dict[str, Any]) -> None:
        """{"scopes": […], "expires_in": s | null, "refresh_token": "…"}; absent scopes = all of them."""
        seconds = given.get("expires_in")
        scopes = tuple(given.get("scopes", ALL_SCOPES))
        refresh_token = given.get("refresh_token")
        self.known[token] = Grant(
            scopes=scopes,
            expires_ms=None if seconds is None else self.clock.now_ms() + int(float(seconds) * 1000),
            app=given.get("app", token),
            refresh_token=refresh_token,
            oauth=not token.startswith("pat-"),
        )
        if refresh_token:
            self.refresh[refresh_token] = scopes

    def set_code(self, code: str, given: dict[str, Any]) -> None:
        """{"scopes": […], "expires_in": s} of a single-use authorization code."""
        life_ms = int(float(given.get("expires_in", 60)) * 1000)
        self.codes[code] = Code(
            scopes=tuple(given.get("scopes", ALL_SCOPES)), expires_ms=self.clock.now_ms() + life_ms
        )

    # -- the OAuth calls

    def authorize(self, call: Call) -> Answer:
        """The page on which a person of the account is asked; nothing is granted yet."""
        return authorize_page.page(call)

    def allow(self, call: Call) -> Answer:
        """They agreed: back to the app with a code."""
        asked = authorize_page.asked(call)
        code = str(uuid4())
        self.codes[code] = Code(
            scopes=tuple(asked["scope"].split()),
            expires_ms=self.clock.now_ms() + CODE_LIFE_S * 1000,
            client_id=asked["client_id"],
            redirect_uri=asked["redirect_uri"],
            challenge="" if self.switches.authorize_ignores_pkce else asked["code_challenge"],
        )
        return authorize_page.back(asked, code=code)

    def token(self, call: Call) -> Answer:
        grant_type = call.form.get("grant_type")
        if grant_type == "authorization_code":
            return self._from_code(call)
        if grant_type == "refresh_token":
            return self._from_refresh(call)
        raise Refusal(400, f"grant type {grant_type} is not supported", error="unsupported_grant_type")

    def introspect(self, call: Call) -> Answer:
        token = call.form.get("token", "")
        grant = self.find(token)
        if grant is None or self._seconds_left(grant) <= 0:
            return Answer(200, {"active": False})
        return Answer(
            200,
            {
                "active": True,
                "token": token,
                "token_use": "access_token",
                "token_type": "Bearer",
                "hub_domain": HUB_DOMAIN,
                "user": USER,
                "client_id": call.form.get("client_id", ""),
                "is_private_distribution": True,
                **self._about(grant),
            },
        )

    def revoke(self, call: Call) -> Answer:
        self._forget_refresh(call.form.get("token", ""))
        return Answer(204)

    def access_token_v1(self, call: Call) -> Answer:
        token = call.params["token"]
        grant = self.find(token)
        if grant is None or self._seconds_left(grant) <= 0:
            raise not_found("access token not found")
        about = {"token": token, "user": USER, "hub_domain": HUB_DOMAIN, "token_type": "access"}
        return Answer(200, {**about, **self._about(grant)})

    def refresh_token_v1(self, call: Call) -> Answer:
        token = call.params["token"]
        if token not in self.refresh:
            raise not_found("refresh token not found")
        if call.method == "DELETE":
            self._forget_refresh(token)
            return Answer(204)
        about = {"token": token, "user": USER, "hub_domain": HUB_DOMAIN, "token_type": "refresh"}
        return Answer(200, {**about, "hub_id": PORTAL_ID, "user_id": 1, "scopes": list(self.refresh[token])})

    def private_app_info(self, call: Call) -> Answer:
        grant = self.find(str(call.object_body().get("tokenKey", "")))
        if grant is None or grant.oauth:  # it tells of private apps and service keys
            raise Refusal(401, NOT_FOUND, category="INVALID_AUTHENTICATION")
        return Answer(200, {"userId": 1, "hubId": PORTAL_ID, "appId": APP_ID, "scopes": list(grant.scopes)})

    def _from_code(self, call: Call) -> Answer:
        code = self.codes.pop(call.form.get("code", ""), None)
        if code is None:
            raise _refused(call, "BAD_AUTH_CODE", "missing or unknown auth code")
        if code.expires_ms <= self.clock.now_ms():
            raise _refused(call, "EXPIRED_AUTH_CODE", "auth code has expired")
        if code.client_id and not _belongs(code, call.form):
            raise _refused(call, "BAD_AUTH_CODE", "missing or unknown auth code")
        refresh_token = f"na1-{uuid4()}"
        self.refresh[refresh_token] = code.scopes
        return self._issued(refresh_token)

    def _from_refresh(self, call: Call) -> Answer:
        refresh_token = call.form.get("refresh_token", "")
        known = call.form.get("client_id") and call.form.get("client_secret")
        if refresh_token not in self.refresh or not known:
            raise _refused(call, "BAD_REFRESH_TOKEN", "refresh token is invalid, expired or revoked")
        return self._issued(refresh_token)

    def _issued(self, refresh_token: str) -> Answer:
        token = f"C{uuid4().hex}{uuid4().hex}{'x' * 160}"
        scopes = self.refresh[refresh_token]
        self.set(
            token,
            {"scopes": scopes, "expires_in": TOKEN_LIFE_S, "refresh_token": refresh_token, "app": "oauth"},
        )
        return Answer(
            200,
            {
                "token_type": "bearer",
                "access_token": token,
                "refresh_token": refresh_token,
                "expires_in": TOKEN_LIFE_S,
                "token_use": "access_token",
                "hub_id": PORTAL_ID,
                "scopes": list(scopes),
            },
        )

    def _forget_refresh(self, token: str) -> None:
        self.refresh.pop(token, None)

    def _seconds_left(self, grant: Grant) -> int:
        return TOKEN_LIFE_S if grant.expires_ms is None else (grant.expires_ms - self.clock.now_ms()) // 1000

    def _about(self, grant: Grant) -> dict[str, Any]:
        return {
            "hub_id": PORTAL_ID,
            "user_id": 1,
            "app_id": APP_ID,
            "scopes": list(grant.scopes),
            "expires_in": self._seconds_left(grant),
        }


def _belongs(code: Code, form: dict[str, str]) -> bool:
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    verified = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == code.challenge
    same = (form.get("client_id"), form.get("redirect_uri")) == (code.client_id, code.redirect_uri)
    return same and bool(form.get("client_secret")) and (verified or not code.challenge)


def _refused(call: Call, status: str, message: str) -> Refusal:
    """v1 answers status and message alone; the later calls add the words of the OAuth standard."""
    if "/v1/" in call.path:
        return Refusal(400, message, plain={"status": status, "message": message})
    plain = {"error": "invalid_grant", "error_description": message, "status": status, "message": message}
    return Refusal(400, message, plain=plain)
