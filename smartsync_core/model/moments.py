"""Moments inside stored sentences: written in UTC, told by the clock of whoever reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

__all__ = ["told_by", "written"]

_WRITTEN = re.compile(r"(\d{4}-\d{2}-\d{2} \d{2}:\d{2}) UTC")


def written(when: datetime) -> str:
    """`2026-11-25 14:02 UTC`: as `told_by` finds it again."""
    return f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def told_by(tell: Callable[[datetime], str], sentence: str) -> str:
    """The sentence with each moment in it as `tell` says it."""
    return _WRITTEN.sub(lambda found: tell(datetime.fromisoformat(f"{found[1]}+00:00")), sentence)
