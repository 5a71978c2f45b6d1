"""The companies that were looked up, for a list."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from smartsync_core.enrichment.gate import may_name
from smartsync_core.enrichment.identity import of_key
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.identities import entry
from smartsync_core.store.research import StoredScore

__all__ = ["CompanyLine", "all_companies", "companies", "names"]

_AT_ONCE = 1_000


@dataclass(frozen=True, kw_only=True)
class CompanyLine:
    """A company with its last score, as it was given then."""

    key: str
    name: str  # as it or the register calls it, else what it was looked up by
    overall: int | None
    grid: str
    card: str
    as_of: datetime


def companies(ctx: Context, *, limit: int = 200) -> list[CompanyLine]:
    """Newest first; a number that stands proved in a domain's entry is no line of its own."""
    return list(islice(_lines(ctx, min(limit, _AT_ONCE)), limit))


def all_companies(ctx: Context) -> Iterator[CompanyLine]:
    """The same ones without a limit, read by the thousand."""
    return _lines(ctx, _AT_ONCE)


def names(ctx: Context, keys: Sequence[str]) -> dict[str, str]:
    """Of each as it or the register calls it, else what it was looked up by."""
    registered = ctx.research.values("registered_name", keys)
    own = {key: name for key, name in ctx.research.values("site_name", keys).items() if may_name(name)}
    asked = {key: key.partition(":")[2] for key in keys}
    return asked | registered | own


def _lines(ctx: Context, at_once: int) -> Iterator[CompanyLine]:
    offset = 0
    while found := ctx.research.latest(at_once, offset):
        offset += len(found)
        last = [one for one in found if not _stands_elsewhere(ctx, one.company)]
        called = names(ctx, [stored.company for stored in last])
        yield from (_line(stored, called[stored.company]) for stored in last)


def _stands_elsewhere(ctx: Context, key: str) -> bool:
    return key.startswith("number:") and bool(entry(ctx, of_key(key)).domain)


def _line(stored: StoredScore, name: str) -> CompanyLine:
    said = json.loads(stored.result)
    return CompanyLine(
        key=stored.company,
        name=name,
        overall=said["overall"],
        grid=said["grid"],
        card=said["card"],
        as_of=stored.as_of.astimezone(UTC),
    )
