"""The environment, read once: where state lives, which keys protect it, where new HubSpot connections point.

SMARTSYNC_DATA_DIR      folder of everything we keep; default `data/` of the checkout
SMARTSYNC_DATABASE_URL  duckdb:///… or postgresql://…; default smartsync.duckdb in the data folder
SMARTSYNC_KEYS          Fernet keys for tokens at rest, newest first, separated by commas; default a key file
HUBSPOT_BASE_URL        host of new HubSpot connections; default the real one
HUBSPOT_CLIENT_ID       of our app at HubSpot; with it and its secret, accounts can be connected without a key
HUBSPOT_CLIENT_SECRET   of that app; its webhooks are taken, too
HUBSPOT_REDIRECT_URI    where HubSpot sends people back to, as it stands in that app; default on this computer
HUBSPOT_WEBHOOK_URL     public address that HubSpot sends them to, as it stands in that app
HUBSPOT_WEBHOOK_V1      1 = the app signs with v1, as private apps do; default v3
OIDC_ISSUER             service at which people log in (OpenID Connect); without one nobody has to
OIDC_CLIENT_ID          of SmartSync as it is registered there
OIDC_CLIENT_SECRET      of that registration
OIDC_REDIRECT_URI       where it sends people back to: the address of the screens and /oauth2callback
COMPANIES_HOUSE_KEY     key for the UK register of companies; without one it is not asked
RESEARCH_BASE_URLS      other hosts of research sources, "companies_house=https://… greenhouse=https://…"
LLM_MODEL               model that phrases summaries; without one none is asked
LLM_BASE_URL            the OpenAI-compatible server that serves it; default OpenAI's own
LLM_API_KEY             its key; many local servers need none
LLM_PRICES              what a million tokens cost, read and written: "0.15 0.60 USD"; default nothing
LLM_TOKENS_RUN          tokens that one import, or one look-up, may use; default 200000
LLM_TOKENS_DAY          … that all of one day (UTC) may use; default 1000000
LLM_MONEY_RUN           the first in the currency of the prices; default no limit but that of the tokens
LLM_MONEY_DAY           the second
LLM_DEADLINE_S          seconds until a summary is given up; default 20
DEBUG=smartsync:*       debug logs, redacted like every other
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from urllib.parse import urlsplit

from smartsync_core.errors import NeedsPerson
from smartsync_core.model.access import Login
from smartsync_core.model.connection import OAuthApp
from smartsync_core.model.spending import Budget, Llm, Prices
from smartsync_core.redaction import redact

__all__ = ["HUBSPOT_BASE_URL", "LOOPBACK", "Settings", "configure_logging"]

HUBSPOT_BASE_URL = "https://api.hubapi.com"
_OPENAI = "https://api.openai.com/v1"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_LOGIN = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_REDIRECT_URI")
_CALLBACK = "/oauth2callback"  # as Streamlit serves it
_REDIRECT_URI = "http://localhost:8501/api/auth/hubspot/callback"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the environment says, with every default filled in."""

    data_dir: Path
    database_url: str = field(repr=False)  # may carry a password
    engine_url: str = field(repr=False)  # where the durable engine keeps its checkpoints
    keys: tuple[str, ...] = field(default=(), repr=False)  # empty = the key file in data_dir
    hubspot_base_url: str = HUBSPOT_BASE_URL
    hubspot_client_id: str = ""
    hubspot_client_secret: str = field(default="", repr=False)
    hubspot_redirect_uri: str = _REDIRECT_URI
    hubspot_webhook_url: str = ""
    hubspot_webhook_v1: bool = False
    login: Login | None = None  # None = nobody has to log in
    companies_house_key: str = field(default="", repr=False)
    research_base_urls: Mapping[str, str] = field(default_factory=dict)
    llm: Llm | None = None  # None = summaries are put together by rule
    debug: bool = False

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Raise NeedsPerson when a variable holds something we cannot use. Touches no file."""
        data_dir = Path(environ.get("SMARTSYNC_DATA_DIR") or _checkout() / "data").expanduser().absolute()
        database_url = _database_url(environ.get("SMARTSYNC_DATABASE_URL", "").strip(), data_dir)
        return cls(
            data_dir=data_dir,
            database_url=database_url,
            engine_url=_engine_url(database_url),
            keys=tuple(key.strip() for key in environ.get("SMARTSYNC_KEYS", "").split(",") if key.strip()),
            hubspot_base_url=(environ.get("HUBSPOT_BASE_URL", "").strip() or HUBSPOT_BASE_URL).rstrip("/"),
            hubspot_client_id=environ.get("HUBSPOT_CLIENT_ID", "").strip(),
            hubspot_redirect_uri=environ.get("HUBSPOT_REDIRECT_URI", "").strip() or _REDIRECT_URI,
            hubspot_client_secret=environ.get("HUBSPOT_CLIENT_SECRET", "").strip(),
            hubspot_webhook_url=environ.get("HUBSPOT_WEBHOOK_URL", "").strip(),
            hubspot_webhook_v1=environ.get("HUBSPOT_WEBHOOK_V1", "").strip() == "1",
            login=_login(environ),
            companies_house_key=environ.get("COMPANIES_HOUSE_KEY", "").strip(),
            research_base_urls=_base_urls(environ.get("RESEARCH_BASE_URLS", "")),
            llm=_llm(environ),
            debug=any(word.startswith("smartsync") for word in re.split(r"[,\s]+", environ.get("DEBUG", ""))),
        )

    @property
    def hubspot_app(self) -> OAuthApp | None:
        """None where none is configured."""
        if not (self.hubspot_client_id and self.hubspot_client_secret):
            return None
        return OAuthApp(
            client_id=self.hubspot_client_id,
            client_secret=self.hubspot_client_secret,
            redirect_uri=self.hubspot_redirect_uri,
        )


def configure_logging(settings: Settings) -> None:
    """Log to stderr, redacted: warnings, and all of ours with DEBUG=smartsync:*. May be called again."""
    handler = logging.StreamHandler()
    handler.set_name("smartsync")
    handler.setFormatter(_RedactingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    for old in [old for old in root.handlers if old.get_name() == "smartsync"]:
        root.removeHandler(old)
    root.addHandler(handler)
    logging.getLogger("smartsync_core").setLevel(logging.DEBUG if settings.debug else logging.WARNING)
    for chatty in (
        "httpx",
        "httpcore",
        "httpx2",
        "httpcore2",
        "openai",
        "alembic",
    ):  # they name addresses and headers at lower levels
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _RedactingFormatter(logging.Formatter):
    """Redacts the finished line, so that arguments and tracebacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def _base_urls(given: str) -> dict[str, str]:
    found = {}
    for word in given.split():
        name, separator, url = word.partition("=")
        if not separator or not url.startswith(("http://", "https://")):
            raise NeedsPerson(
                "RESEARCH_BASE_URLS cannot be read.",
                hint="Write it like greenhouse=https://host, with spaces between.",
            )
        found[name] = url.rstrip("/")
    return found


def _login(environ: Mapping[str, str]) -> Login | None:
    """All of it or none: half a configuration would leave the screens open."""
    given = {name: environ.get(name, "").strip() for name in _LOGIN}
    if not any(given.values()):
        return None
    if missing := [name for name, value in given.items() if not value]:
        raise NeedsPerson(
            f"Login is configured by half: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing.",
            hint="Set all four OIDC_ variables, or none of them.",
        )
    issuer, client_id, client_secret, redirect_uri = given.values()
    for name in ("OIDC_ISSUER", "OIDC_REDIRECT_URI"):
        if not _is_safe(given[name]):
            raise NeedsPerson(
                f"{name} is no https address.", hint="http is for addresses on this computer only."
            )
    if urlsplit(redirect_uri).path != _CALLBACK:
        raise NeedsPerson(
            f"OIDC_REDIRECT_URI does not end in {_CALLBACK}.",
            hint=f"Write it like https://smartsync.firm.example{_CALLBACK}.",
        )
    return Login(
        issuer=issuer.rstrip("/"), client_id=client_id, client_secret=client_secret, redirect_uri=redirect_uri
    )


def _is_safe(address: str) -> bool:
    """Nobody on the way can read along."""
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
    )


def _llm(environ: Mapping[str, str]) -> Llm | None:
    model, base_url = environ.get("LLM_MODEL", "").strip(), environ.get("LLM_BASE_URL", "").strip()
    if not model and base_url:
        raise NeedsPerson(
            "LLM_BASE_URL names a server, but no model.", hint="Set LLM_MODEL, or leave both out."
        )
    if not model:
        return None
    if base_url and not base_url.startswith(("http://", "https://")):
        raise NeedsPerson("LLM_BASE_URL is no web address.", hint="Write it like https://host/v1.")
    return Llm(
        model=model,
        base_url=(base_url or _OPENAI).rstrip("/"),
        key=environ.get("LLM_API_KEY", "").strip(),
        prices=_prices(environ.get("LLM_PRICES", "")),
        budget=Budget(
            run_tokens=int(_amount(environ, "LLM_TOKENS_RUN", Budget.run_tokens)),
            day_tokens=int(_amount(environ, "LLM_TOKENS_DAY", Budget.day_tokens)),
            run_micros=_micros(environ, "LLM_MONEY_RUN"),
            day_micros=_micros(environ, "LLM_MONEY_DAY"),
        ),
        deadline_s=float(_amount(environ, "LLM_DEADLINE_S", 20)),
    )


def _prices(given: str) -> Prices:
    words = given.split()
    try:
        read, written = (Decimal(word) for word in words[:2]) if words else (Decimal(0), Decimal(0))
        fits = len(words) <= 3 and min(read, written) >= 0 and (read + written).is_finite()
    except (InvalidOperation, ValueError):
        fits = False
    if not fits:
        raise NeedsPerson(
            "LLM_PRICES cannot be read.", hint="Write what a million tokens cost, like 0.15 0.60 USD."
        )
    return Prices(read=read, written=written, currency=words[2] if len(words) > 2 else Prices.currency)


def _micros(environ: Mapping[str, str], name: str) -> int | None:
    return int(_amount(environ, name, 0) * 1_000_000) if environ.get(name, "").strip() else None


def _amount(environ: Mapping[str, str], name: str, default: int) -> Decimal:
    given = environ.get(name, "").strip()
    try:
        amount = Decimal(given) if given else Decimal(default)
    except InvalidOperation:
        amount = Decimal(-1)
    if not amount.is_finite() or amount < 0:
        raise NeedsPerson(f"{name} cannot be read: “{given}”.", hint="Give a plain number, or leave it out.")
    return amount


def _checkout() -> Path:
    return Path(__file__).resolve().parents[1]


def _database_url(given: str, data_dir: Path) -> str:
    if not given:
        return f"duckdb:///{data_dir / 'smartsync.duckdb'}"
    scheme, separator, rest = given.partition("://")
    if separator and scheme == "duckdb" and rest.strip("/") not in ("", ":memory:"):
        return given
    if separator and scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        return f"postgresql+psycopg://{rest}"
    kind = scheme if separator else "?"
    raise NeedsPerson(
        f'SMARTSYNC_DATABASE_URL names a database of kind "{kind}", which SmartSync cannot use.',
        hint="Give it as duckdb:////folder/file.duckdb or postgresql://user@host/name, or leave it out.",
    )


def _engine_url(database_url: str) -> str:
    """A SQLite file beside the DuckDB file, or the same PostgreSQL."""
    if not database_url.startswith("duckdb:///"):
        return database_url
    database = Path(database_url.removeprefix("duckdb:///"))
    return f"sqlite:///{database.with_suffix('.engine.sqlite')}"
