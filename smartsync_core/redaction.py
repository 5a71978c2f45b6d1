"""Tokens, keys and passwords stay out of logs, errors and reprs."""

from __future__ import annotations

import re

__all__ = ["redact"]

_SECRETS = re.compile(
    r"""\b(?P<scheme>bearer|basic)\s+[\w.~+/=-]+                          # an Authorization header
    | \bpat-[a-z0-9]+-[\w-]+                                              # a HubSpot service key
    | \bsk-[\w-]{16,}                                                     # a key of an LLM
    | \bssk_[0-9a-f]{12}_[\w-]+                                           # a key of our API
    | (?P<name>(?:access_?token|refresh_?token|client_?secret|token_?key|api_?key|password|code_verifier|code)
        ["']?(?:\s*:\s*["']|\s*=\s*["']?))[^\s"'&,}]+                     # a value under a telling name
    | (?P<user>://[^\s:/@]+):[^\s@/]+@                                    # a password inside an address
    """,
    re.VERBOSE | re.IGNORECASE,
)


def redact(text: str) -> str:
    """`text` with tokens, keys and passwords replaced by `***`; for logs and for whatever may end in one."""
    return _SECRETS.sub(_star, text)


def _star(found: re.Match[str]) -> str:
    if found["scheme"]:
        return f"{found['scheme']} ***"
    if found["user"]:
        return f"{found['user']}:***@"
    return f"{found['name'] or ''}***"
