"""Tokens and secrets stay out of logs, errors and reprs."""

from __future__ import annotations

import logging
import re

__all__ = ["FixedToken", "RedactingFilter", "redact"]

_SECRETS = re.compile(
    r"""pat-[a-z0-9]+-[\w-]+ | (?<=Bearer\s)[^\s"']+
    | (?<=["'])(?P<name>access_?token|refresh_?token|client_?secret|token_?key|token)(?P<gap>["']\s*:\s*["'])[^"']+
    | \b(?P<form>access_token|refresh_token|client_secret|code|code_verifier)=[^&\s"']+""",
    re.VERBOSE | re.IGNORECASE,
)


def redact(text: str) -> str:
    """`text` with tokens and secrets blotted out."""

    def blot(found: re.Match[str]) -> str:
        if found["name"]:
            return f"{found['name']}{found['gap']}•••"
        return f"{found['form']}=•••" if found["form"] else "•••"

    return _SECRETS.sub(blot, text)


class RedactingFilter(logging.Filter):
    """Put on a handler: no record that passes through it shows a token, wherever it came from."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        return True


class FixedToken:
    """The TokenSource of a key that is never refreshed."""

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self) -> str:
        return self._token

    def refreshed(self, refused: str) -> str | None:
        return None

    def __repr__(self) -> str:
        return "FixedToken(•••)"
