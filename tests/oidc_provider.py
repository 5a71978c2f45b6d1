"""A service at which people log in, written from OpenID Connect Core and Discovery 1.0: code flow, S256, RS256.

with OidcProvider("Ann", "Bob") as provider:
    OIDC_ISSUER=provider.issuer

Its page has a button per person. It is strict where the standard says MUST: codes are good once, for the client, address
and verifier that they were made for.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from threading import Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlencode

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from httpx import codes

__all__ = ["OidcProvider"]

_LIFE_S = 3600
_KEY_ID = "first"


class OidcProvider:
    """Listens on a free port of this computer until the block is left."""

    client_id, client_secret = "smartsync", "secret-of-the-tests"

    def __init__(self, *people: str, redirect_uri: str) -> None:
        self.people = people
        self.redirect_uri = redirect_uri
        self._codes: dict[str, dict[str, str]] = {}
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self.issuer = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def variables(self) -> dict[str, str]:
        """The environment of an app whose people log in here."""
        return {
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": self.client_id,
            "OIDC_CLIENT_SECRET": self.client_secret,
            "OIDC_REDIRECT_URI": self.redirect_uri,
        }

    def discovery(self) -> dict[str, object]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "code_challenge_methods_supported": ["S256"],
        }

    def keys(self) -> dict[str, object]:
        public = self._key.public_key().public_numbers()
        numbers = {"n": _number(public.n), "e": _number(public.e)}
        return {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": _KEY_ID, **numbers}]}

    def refusal(self, asked: dict[str, str]) -> str:
        """Why nobody is asked to log in; "" where all is well."""
        wanted = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.redirect_uri,
            "code_challenge_method": "S256",
        }
        wrong = [name for name, value in wanted.items() if asked.get(name) != value]
        wrong += [name for name in ("state", "nonce", "code_challenge") if not asked.get(name)]
        wrong += [] if "openid" in asked.get("scope", "").split() else ["scope"]
        return ", ".join(wrong)

    def code_for(self, person: str, asked: dict[str, str]) -> str:
        code = token_urlsafe(24)
        self._codes[code] = asked | {"person": person}
        return code

    def tokens(self, form: dict[str, str], basic: str) -> dict[str, object] | None:
        """None where the code was used, or is not this client's."""
        given = basic or f"{form.get('client_id', '')}:{form.get('client_secret', '')}"
        asked = self._codes.pop(form.get("code", ""), None)
        challenge = _text(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        known = given == f"{self.client_id}:{self.client_secret}"
        if not known or asked is None or form.get("grant_type") != "authorization_code":
            return None
        if asked["redirect_uri"] != form.get("redirect_uri") or asked["code_challenge"] != challenge:
            return None
        return {
            "access_token": token_urlsafe(24),
            "token_type": "Bearer",
            "expires_in": _LIFE_S,
            "id_token": self._signed(self._claims(asked)),
        }

    def _claims(self, asked: dict[str, str]) -> dict[str, object]:
        now, name = int(time.time()), asked["person"]
        return {
            "iss": self.issuer,
            "sub": f"subject-of-{name.lower()}",
            "aud": self.client_id,
            "iat": now,
            "exp": now + _LIFE_S,
            "nonce": asked["nonce"],
            "name": name,
            "email": f"{name.lower()}@firm.example",
            "email_verified": True,
        }

    def _signed(self, claims: dict[str, object]) -> str:
        header = {"alg": "RS256", "kid": _KEY_ID, "typ": "JWT"}
        told = ".".join(_text(json.dumps(part).encode()) for part in (header, claims))
        return f"{told}.{_text(self._key.sign(told.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, provider: OidcProvider, *rest: Any) -> None:
        self._provider = provider
        super().__init__(*rest)

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/.well-known/openid-configuration":
            self._json(self._provider.discovery())
        elif path == "/jwks":
            self._json(self._provider.keys())
        elif path == "/authorize":
            self._page(query)
        else:
            self._json({"error": "not_found"}, codes.NOT_FOUND)

    def do_POST(self) -> None:
        path, _, query = self.path.partition("?")
        form = _flat(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if path == "/authorize":
            self._back(form["person"], _flat(query))
            return
        tokens = self._provider.tokens(form, _basic(self.headers.get("Authorization", "")))
        self._json(tokens or {"error": "invalid_grant"}, codes.OK if tokens else codes.BAD_REQUEST)

    def _back(self, person: str, asked: dict[str, str]) -> None:
        told = {"code": self._provider.code_for(person, asked), "state": asked["state"]}
        self.send_response(codes.FOUND)
        self.send_header("Location", f"{self._provider.redirect_uri}?{urlencode(told)}")
        self.end_headers()

    def _page(self, query: str) -> None:
        wrong = self._provider.refusal(_flat(query))
        buttons = "".join(f"<button name=person value={one}>{one}</button>" for one in self._provider.people)
        form = f"<form method=post action='/authorize?{html.escape(query)}'>{buttons}</form>"
        status = codes.BAD_REQUEST if wrong else codes.OK
        self._send(f"<h1>Who are you?</h1>{wrong or form}", "text/html", status)

    def _json(self, told: dict[str, object], status: int = codes.OK) -> None:
        self._send(json.dumps(told), "application/json", status)

    def _send(self, text: str, kind: str, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Nothing: tests say what they want to know."""


def _flat(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}


def _basic(header: str) -> str:
    """`client_id:client_secret`, each of which is percent-encoded in the header."""
    kind, _, told = header.partition(" ")
    return unquote(base64.b64decode(told).decode()) if kind == "Basic" else ""


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _number(number: int) -> str:
    return _text(number.to_bytes((number.bit_length() + 7) // 8))
