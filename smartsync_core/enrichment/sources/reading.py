"""What every source does: fetch, read as JSON, note a fact."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from smartsync_core.enrichment.fetch import Fetched, Fetcher
from smartsync_core.errors import SkipRecord
from smartsync_core.model.evidence import Evidence, Tier

__all__ = ["LONGEST", "Noting", "get_json"]

LONGEST = 200  # characters of a value or a quote


@dataclass(frozen=True)
class Noting:
    """Makes evidence out of one answer."""

    source: str
    tier: Tier
    at: datetime
    page: Fetched

    def fact(self, field: str, value: str, quote: str, as_of: date | None = None) -> Evidence:
        return Evidence(
            source=self.source,
            url=self.page.url,
            field=field,
            value=value[:LONGEST],
            quote=quote[:LONGEST],
            as_of=as_of or self.at.date(),
            fetched_at=self.at,
            tier=self.tier,
            sha256=hashlib.sha256(self.page.body).hexdigest(),
        )


def get_json(fetcher: Fetcher, url: str, holds: Callable[[Any], bool]) -> tuple[Fetched, Any]:
    """The page and its JSON; None where it is not there (404). Raises SkipRecord for anything else that is not its shape."""
    page = fetcher.get(url)
    if page.status in (404, 410):
        return page, None
    if page.status != 200:
        raise SkipRecord(f"It answered with status {page.status}.", code="fetch_failed")
    try:
        said = json.loads(page.body)
    except (ValueError, RecursionError):
        raise SkipRecord("Its answer is not JSON.", code="fetch_failed") from None
    if not holds(said):
        raise SkipRecord("Its answer has another shape than documented.", code="fetch_failed")
    return page, said
