"""Asking about one company: what holds is used again, the rest is asked and noted as it comes in."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any

from smartsync_core.enrichment.identity import Identity, identify
from smartsync_core.enrichment.places import BOARDS, HOLDS, SOURCES
from smartsync_core.enrichment.results import SourceResult, SourceState
from smartsync_core.enrichment.sources import ours, website
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.identities import proved
from smartsync_core.orchestrator.look_ups import LookUp
from smartsync_core.orchestrator.own_rows import look_at_own_rows
from smartsync_core.store.research import Check, Held

__all__ = ["ALL", "ASKING", "Source", "due", "gather", "sources", "stored_under", "to_ask"]

ASKING = "being asked"
ALL = (*ours.SOURCES, *SOURCES)
_NOTHING_HOLDS = timedelta(days=1)  # "nothing there" is asked again sooner
_FAILURE_HOLDS = timedelta(hours=1)  # so that previews made one after the other wait for a dead source once
_NOT_ASKED = "It was not asked yet."


@dataclass(frozen=True, kw_only=True)
class Source:
    """`state` as the source answered, or "being asked"."""

    name: str
    state: str
    reason: str
    checked_at: datetime | None
    cached: bool

    @property
    def asked_at(self) -> datetime | None:
        """None where it was not asked: then `checked_at` is when that was found out."""
        return None if self.state == SourceState.NOT_CHECKED else self.checked_at


def stored_under(company: Identity) -> str:
    """What was said of a mere name is kept apart from every company that is known for sure."""
    return company.key or f"unsure:{company.name.casefold()}"


def due(checks: Mapping[str, Check], now: datetime, *, anew: bool) -> frozenset[str]:
    """Sources whose last answer does not hold any more. A board that the site links not to waits until the site is due."""
    old = {name for name in SOURCES if anew or name not in checks or not _holds(checks[name], now)}
    if website.SOURCE in old:
        return frozenset(old)
    unlinked = BOARDS - checks[website.SOURCE].boards.keys()
    return frozenset(
        name
        for name in old
        if name not in unlinked or name not in checks or checks[name].state != SourceState.NOT_CHECKED
    )


def to_ask(ctx: Context, domains: Sequence[str]) -> list[str]:
    """Those of these companies whose own website, which leads on to the rest, has no answer that still holds."""
    now, keys = datetime.now(UTC), {identify(domain=domain).key: domain for domain in domains}
    answered = ctx.research.answers(website.SOURCE, list(keys))
    return [domain for key, domain in keys.items() if key not in answered or not _holds(answered[key], now)]


def gather(
    ctx: Context,
    company: Identity,
    now: datetime,
    asked: Collection[str],
    held: Held,
    look_up: LookUp[Any],
    run_id: str,
) -> tuple[SourceResult, ...]:
    """Our own rows, then the sources in `asked`; `held` is what is stored, and grows. Ends early when the look-up shall stop.

    Returned is what our own rows say, those of the import `run_id` included.
    """
    key = stored_under(company)
    company, own = look_at_own_rows(ctx, company, now, run_id)
    company = proved(company, held.in_order())
    site = held.checks.get(website.SOURCE)
    boards = site.boards if site else {}
    answers = ctx.places.ask(company, set(asked), boards, now, look_up.stop) if asked else ()
    for results in chain([own], ([one] for one in answers)):
        if look_up.stop.is_set():
            break
        ctx.research.note(key, [(_checked(one, now), one.evidence) for one in results], held=held)
        for one in results:
            look_up.answered(one.source)
    return own


def sources(
    checks: Mapping[str, Check], since: datetime, pending: Collection[str] = ()
) -> tuple[Source, ...]:
    """How each stands; cached = it was asked before `since`."""
    return tuple(_source(name, checks.get(name), since, asking=name in pending) for name in ALL)


def _source(name: str, check: Check | None, since: datetime, *, asking: bool) -> Source:
    if asking or check is None:
        return Source(
            name=name,
            state=ASKING if asking else SourceState.NOT_CHECKED.value,
            reason="" if asking else _NOT_ASKED,
            checked_at=check.checked_at if check else None,
            cached=False,
        )
    return Source(
        name=name,
        state=str(check.state),
        reason=check.reason,
        checked_at=check.checked_at,
        cached=check.checked_at < since,
    )


def _holds(check: Check, now: datetime) -> bool:
    if check.state == SourceState.NOT_CHECKED:
        return False
    holds = {SourceState.FOUND: HOLDS[check.source], SourceState.FAILED: _FAILURE_HOLDS}.get(
        SourceState(check.state), _NOTHING_HOLDS
    )
    return now - check.checked_at < holds


def _checked(result: SourceResult, now: datetime) -> Check:
    return Check(
        source=result.source,
        state=result.state,
        reason=result.reason,
        evidence=tuple(one.id for one in result.evidence),
        boards=dict(result.boards),
        checked_at=now,
    )
