"""One company: what is stored is used while it holds, the rest is asked, and the score is kept with the evidence it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import chain
from typing import Any

from smartsync_core.enrichment.identity import Identity, identify, of_key
from smartsync_core.enrichment.places import HOLDS, SOURCES, Places
from smartsync_core.enrichment.results import SourceResult, SourceState
from smartsync_core.enrichment.sources import ours, website
from smartsync_core.enrichment.summary import compose, text_of
from smartsync_core.errors import BadInput, NotFound
from smartsync_core.model.evidence import Evidence
from smartsync_core.model.score import Lift, NextAction, Score, StageSuggestion
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.own_rows import look_at_own_rows
from smartsync_core.orchestrator.score_cards import CurrentCard, current_card
from smartsync_core.scoring.actions import next_actions
from smartsync_core.scoring.card import ScoreCard, parse
from smartsync_core.scoring.lift import lift
from smartsync_core.scoring.replay import canonical, plain
from smartsync_core.scoring.score import score
from smartsync_core.scoring.stage import suggest_stage
from smartsync_core.store.research import Check, StoredScore

__all__ = ["Enriched", "Replayed", "Source", "as_json", "enrich", "known", "replay", "to_ask"]

_ALL = (*ours.SOURCES, *SOURCES)
_NOTHING_HOLDS = timedelta(days=1)  # "nothing there" is asked again sooner; a failure at once
_NOT_ASKED = "It was not asked yet."


@dataclass(frozen=True, kw_only=True)
class Source:
    name: str
    state: str
    reason: str
    checked_at: datetime | None
    cached: bool


@dataclass(frozen=True, kw_only=True)
class Enriched:
    id: str = ""  # of the stored score; "" = it is not kept
    company: str  # the key under which it is stored
    name: str
    summary: str
    score: Score
    lift: Lift
    next_actions: tuple[NextAction, ...]
    stage: StageSuggestion | None
    sources: tuple[Source, ...]
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, kw_only=True)
class Replayed:
    id: str
    company: str
    same: bool


def enrich(
    ctx: Context, wanted: str, *, as_of: date | None = None, anew: bool = False, ask: bool = True
) -> Enriched:
    """`wanted` is a domain, a company number or a name. For a past day nothing is asked; `anew`: all sources are, at once.

    Without `ask`, only our own rows are looked at, beside what is stored.
    """
    company = _identity(wanted)
    now = datetime.now(UTC)
    moment = now if as_of is None else datetime.combine(as_of, time(23, 59, 59), UTC)
    sources = (
        _look(ctx, ctx.places, company, now, anew=anew, ask=ask) if as_of is None else _stored(ctx, company)
    )
    current = current_card(ctx)
    found = _scored(ctx, current.card, company, moment, sources)
    return replace(found, id=_kept(ctx, current, found))


def known(ctx: Context, key: str) -> Enriched:
    """What is stored of a company, scored as of now; nobody is asked and nothing is kept. Raises NotFound."""
    company = of_key(key)
    if not ctx.research.checks(company.key or _unsure(company)):
        raise NotFound(
            f"Nobody has looked up the company {key.partition(':')[2]} yet.", hint="Look it up first."
        )
    return _scored(ctx, current_card(ctx).card, company, datetime.now(UTC), _stored(ctx, company))


def to_ask(ctx: Context, domains: Sequence[str]) -> list[str]:
    """Those of these companies whose own website, which leads on to the rest, has no answer that still holds."""
    now, keys = datetime.now(UTC), {identify(domain=domain).key: domain for domain in domains}
    answered = ctx.research.answers(website.SOURCE, list(keys))
    return [domain for key, domain in keys.items() if key not in answered or not _holds(answered[key], now)]


def as_json(found: Enriched) -> Any:
    """As JSON holds it; each piece of evidence with its id."""
    said = plain(found)
    said["evidence"] = [{"id": one.id, **plain(one)} for one in found.evidence]
    return said


def replay(ctx: Context, score_id: str | None = None) -> list[Replayed]:
    """Compute stored scores again, each from its own evidence and card, and compare every byte."""
    return [
        Replayed(id=stored.id, company=stored.company, same=_again(ctx, stored) == stored.result)
        for stored in ctx.research.scores(score_id)
    ]


def _again(ctx: Context, stored: StoredScore) -> str:
    card = parse(ctx.score_cards.text(stored.card_sha256))
    evidence = ctx.research.evidence(stored.company, stored.evidence)
    return canonical(score(card, evidence, stored.as_of.astimezone(UTC))).decode()


def _identity(wanted: str) -> Identity:
    text = wanted.strip()
    if not text:
        raise BadInput("No company is named.", hint="Give its domain, its company number or its name.")
    found = identify(domain=text)
    if found.domain:
        return found
    if "." in text and " " not in text:
        raise BadInput(f"{text} is not the domain of one company.", hint="Give the company's own domain.")
    numbered = identify(number=text)
    return numbered if numbered.number else identify(name=text)


def _unsure(company: Identity) -> str:
    """Where what was said of a mere name is kept: apart from every company that is known for sure."""
    return f"unsure:{company.name.casefold()}"


def _look(
    ctx: Context, places: Places, company: Identity, now: datetime, *, anew: bool, ask: bool
) -> list[Source]:
    key = company.key or _unsure(company)
    checks = ctx.research.checks(key)
    company, own = look_at_own_rows(ctx, company, now)
    due = (
        {name for name in SOURCES if anew or name not in checks or not _holds(checks[name], now)}
        if ask
        else set[str]()
    )
    site = checks.get("website")
    asked = places.ask(company, due, site.boards if site else {}, now) if due else ()
    for result in chain(own, asked):
        check = _checked(result, now)
        checks[result.source] = check
        ctx.research.note(key, check, result.evidence)
    return [
        _source(name, checks[name], cached=name in SOURCES and name not in due)
        if name in checks
        else _not_asked(name)
        for name in _ALL
    ]


def _holds(check: Check, now: datetime) -> bool:
    if check.state in (SourceState.FAILED, SourceState.NOT_CHECKED):
        return False
    holds = HOLDS[check.source] if check.state == SourceState.FOUND else _NOTHING_HOLDS
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


def _stored(ctx: Context, company: Identity) -> list[Source]:
    checks = ctx.research.checks(company.key or _unsure(company))
    return [_source(name, checks[name], cached=True) if name in checks else _not_asked(name) for name in _ALL]


def _not_asked(name: str) -> Source:
    return Source(
        name=name, state=SourceState.NOT_CHECKED.value, reason=_NOT_ASKED, checked_at=None, cached=False
    )


def _source(name: str, check: Check, *, cached: bool) -> Source:
    return Source(
        name=name, state=str(check.state), reason=check.reason, checked_at=check.checked_at, cached=cached
    )


def _scored(
    ctx: Context, card: ScoreCard, company: Identity, moment: datetime, sources: list[Source]
) -> Enriched:
    key = company.key or _unsure(company)
    evidence, moment = ctx.research.evidence(key), moment.replace(microsecond=0)
    scored = score(card, evidence, moment)
    facts = [one for one in evidence if one.as_of <= moment.date()]
    name = _name(company, facts)
    return Enriched(
        company=key,
        name=name,
        summary=text_of(compose(facts, company=name)),
        score=scored,
        lift=lift(card, scored),
        next_actions=next_actions(card, scored, evidence),
        stage=suggest_stage(card, scored, evidence),
        sources=tuple(sources),
        evidence=tuple(evidence),
    )


def _name(company: Identity, facts: list[Evidence]) -> str:
    """As the company calls itself, else as the register does, else what it was looked up by."""
    told = {one.field: one.value for one in facts}
    asked = company.name or company.domain or company.number
    return told.get("site_name") or told.get("registered_name") or asked


def _kept(ctx: Context, current: CurrentCard, found: Enriched) -> str:
    """The id under which the score is kept, with its card."""
    card = current.card
    ctx.score_cards.keep(sha256=card.sha256, name=card.name, version=card.version, text=current.text)
    return ctx.research.keep_score(
        company=found.company,
        card_sha256=card.sha256,
        evidence=[one.id for one in found.evidence],
        as_of=found.score.as_of,
        result=canonical(found.score).decode(),
    )
