"""Which addresses a user-given web address may lead to: public ones only, whatever form they hide in."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable

from smartsync_core.errors import SkipRecord

__all__ = ["Resolve", "is_public", "resolve"]

Resolve = Callable[[str, int, float], list[str]]
"""(host, port, seconds left) → its addresses, asked for once."""

_CARRIES_IPV4 = [
    ipaddress.ip_network(text)
    for text in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "::ffff:0:0:0/96")
]
"""NAT64, 6to4, Teredo and older forms: they reach an IPv4 address that we would have to judge; none is needed."""


def is_public(address: str) -> bool:
    """False also for what is no address at all."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found.scope_id or any(found in network for network in _CARRIES_IPV4):
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def resolve(host: str, port: int, left_s: float) -> list[str]:
    """Ask the system once. It knows no time limit, so it is asked in a thread that may be left behind."""
    answer: list[str] = []

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        answer.extend(str(entry[4][0]) for entry in found)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(left_s)
    if not answer:
        raise SkipRecord(f"{host} has no address that answers.", code="fetch_failed")
    return list(dict.fromkeys(answer))
