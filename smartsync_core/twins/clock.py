"""The twin's own time: the real clock, moved forward by tests. Instants are milliseconds since 1970 UTC."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import lru_cache


class Clock:
    def __init__(self) -> None:
        self._ahead_ms = 0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self._ahead_ms

    def advance(self, seconds: float) -> None:
        self._ahead_ms += int(seconds * 1000)


@lru_cache(maxsize=65_536)
def iso(instant_ms: int) -> str:
    """`2026-11-23T10:00:00.000Z`"""
    moment = datetime.fromtimestamp(instant_ms / 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{instant_ms % 1000:03d}Z"


@lru_cache(maxsize=65_536)
def short_iso(instant_ms: int) -> str:
    """As property values are printed: the milliseconds are left out when they are zero."""
    return iso(instant_ms).replace(".000Z", "Z")
