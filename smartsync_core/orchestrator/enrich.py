"""One company: what is stored is used while it holds, the rest is asked, and the score is kept with the evidence it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any
from uuid import uuid4

from smartsync_core.enrichment.gate import may_name
from smartsync_core.enrichment.identity import Identity, identify, of_key
from smartsync_core.enrichment.results import SourceResult
from smartsync_core.enrichment.summary import text_of
from smartsync_core.errors import BadInput, NotFound
from smartsync_core.model.access import Role
from smartsync_core.model.evidence import Evidence
from smartsync_core.model.score import Contribution, Lift, NextAction, Score, StageSuggestion
from smartsync_core.orchestrator import summaries
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.fact_words import value_words
from smartsync_core.orchestrator.gathering import ALL, Source, due, gather, sources, stored_under
from smartsync_core.orchestrator.identities import entry, standing, without_rows
from smartsync_core.orchestrator.look_ups import LookUp
from smartsync_core.orchestrator.own_rows import look_at_own_rows
from smartsync_core.orchestrator.rights import takes
from smartsync_core.orchestrator.score_cards import CurrentCard, current_card
from smartsync_core.orchestrator.summaries import Told
from smartsync_core.scoring.actions import next_actions
from smartsync_core.scoring.card import ScoreCard, parse
from smartsync_core.scoring.lift import lift
from smartsync_core.scoring.replay import canonical, plain
from smartsync_core.scoring.score import score
from smartsync_core.scoring.stage import suggest_stage
from smartsync_core.store.research import Held, StoredScore

__all__ = [
    "AT_ONCE_S",
    "SUMMARY",
    "Enriched",
    "Replayed",
    "Source",
    "as_json",
    "completed",
    "enrich",
    "in_words",
    "known",
    "pending_of",
    "replay",
    "why",
]

AT_ONCE_S = 1.5  # how long a person waits for a first answer; the rest is filled in behind
SUMMARY = "summary"  # among what is pending: the LLM's


@dataclass(frozen=True, kw_only=True)
class Enriched:
    id: str = ""  # of the stored score; "" = it is not kept, or not complete yet
    company: str  # the key under which it is stored
    name: str
    summary: str
    told: Told  # the same, with what it stands on, who phrased it and what that cost
    score: Score
    lift: Lift
    next_actions: tuple[NextAction, ...]
    stage: StageSuggestion | None
    sources: tuple[Source, ...]
    evidence: tuple[Evidence, ...]
    pending: tuple[str, ...] = ()  # what has not answered yet: sources, and the summary


@dataclass(frozen=True, kw_only=True)
class Replayed:
    id: str
    company: str
    same: bool


@takes(Role.OPERATOR)
def enrich(
    ctx: Context,
    wanted: str,
    *,
    as_of: date | None = None,
    anew: bool = False,
    ask: bool = True,
    within_s: float | None = None,
    run_id: str = "",
) -> Enriched:
    """`wanted` is a domain, a company number or a name. For a past day nothing is asked; `anew`: all sources are, at once.

    Without `ask`, only our own rows are looked at, beside what is stored.
    With `within_s` what is in by then is answered: `pending` names the rest, which is filled in behind before the score is kept.
    Without it the work is done in this thread, and complete. `run_id`: the import that asks; its own rows count, though they
    are not written yet, and what an LLM costs counts for it.
    """
    company = entry(ctx, _identity(wanted))
    if as_of is not None:
        current, moment = current_card(ctx), datetime.combine(as_of, time(23, 59, 59), UTC)
        held = ctx.research.held(stored_under(company))
        _, own = look_at_own_rows(ctx, company, moment)
        past = _scored(ctx, current.card, company, moment, held, own)
        return replace(past, id=_kept(ctx, current, past, run_id))
    key, work = stored_under(company), partial(_look_up, ctx, company, anew, ask, run_id or uuid4().hex)
    if run_id and (another := ctx.look_ups.under_way(key)):
        another.join(within_s)  # it does not know the rows of this import; what it learns holds
    look_up = ctx.look_ups.start(key, work, behind=within_s is not None, pending=ALL)
    return look_up.result(within_s) or known(ctx, key, run_id)


def known(ctx: Context, key: str, run_id: str = "") -> Enriched:
    """What is stored of a company; nobody is asked and nothing is kept. Raises NotFound.

    The rows of the import `run_id` count beside those that were written. While nothing was learnt since and the card is the
    same, it is as of the last score, so that due dates stay; else as of now.
    """
    company = entry(ctx, of_key(key))
    stored, card = stored_under(company), current_card(ctx).card
    pending, last, held = pending_of(ctx, stored), ctx.research.last_score(stored), ctx.research.held(stored)
    now = datetime.now(UTC)
    _, own = look_at_own_rows(ctx, company, now, run_id)
    kept = last is not None and (last.card_sha256, set(last.evidence)) == (
        card.sha256,
        {one.id for one in _counted(held, own)},
    )
    moment = last.as_of.astimezone(UTC) if last is not None and kept else now
    found = _scored(ctx, card, company, moment, held, own, pending=pending)
    if not pending and not any(source.checked_at for source in found.sources):
        raise NotFound(
            f"Nobody has looked up the company {key.partition(':')[2]} yet.", hint="Look it up first."
        )
    return replace(found, pending=pending)


def pending_of(ctx: Context, key: str) -> tuple[str, ...]:
    """What a look-up of this company that is under way still waits for."""
    under_way = ctx.look_ups.under_way(key)
    return tuple(sorted(under_way.pending)) if under_way else ()


def completed(ctx: Context, early: Enriched) -> Enriched:
    """The whole of an answer in which something was pending, once all have answered."""
    under_way = ctx.look_ups.under_way(early.company)
    return (under_way.result() if under_way else None) or known(ctx, early.company)


def _look_up(
    ctx: Context, company: Identity, anew: bool, ask: bool, run_id: str, look_up: LookUp[Enriched]
) -> Enriched:
    """The whole of it: every source, the summary, and the score, which is kept."""
    started, key = datetime.now(UTC), stored_under(company)
    held = ctx.research.held(key)
    asked = due(held.checks, started, anew=anew) if ask else frozenset[str]()
    look_up.pending = asked | ({SUMMARY} if ctx.llm and ask else set())
    own = gather(ctx, company, started, asked, held, look_up, run_id)
    if ctx.llm is not None and ask:
        facts = _counted(held, own)
        summaries.ask(ctx, key, _name(company, facts), facts, run_id=run_id, stop=look_up.stop)
    current = current_card(ctx)
    found = _scored(ctx, current.card, company, datetime.now(UTC), held, own, since=started)
    return found if look_up.stop.is_set() else replace(found, id=_kept(ctx, current, found, run_id))


def as_json(found: Enriched) -> Any:
    """As JSON holds it; each piece of evidence with its id."""
    said = plain(found)
    said["evidence"] = [{"id": one.id, **plain(one)} for one in found.evidence]
    return said


def why(one: Contribution, found: Enriched) -> str:
    """The words of a point as a person reads them. What is stored of it stays as it was given."""
    return in_words(one.text, one.evidence, found)


def in_words(text: str, behind: Sequence[str], found: Enriched) -> str:
    """With the fact's value as a person reads it: a country by its name, revenue by its currency."""
    fact = next((one for one in found.evidence if one.id in behind), None)
    return text.replace(fact.value, value_words(fact)) if fact and fact.value else text


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


def _scored(
    ctx: Context,
    card: ScoreCard,
    company: Identity,
    moment: datetime,
    held: Held,
    own: Sequence[SourceResult],
    *,
    since: datetime | None = None,
    pending: tuple[str, ...] = (),
) -> Enriched:
    """From what is stored, `held`, and of our own rows what they say now. `since` = when the sources were asked that this
    answer waited for; None: all were before.
    """
    key = stored_under(company)
    evidence, moment = _counted(held, own), moment.replace(microsecond=0)
    scored = score(card, evidence, moment)
    facts = [one for one in evidence if one.as_of <= moment.date()]
    name = _name(company, facts)
    told = summaries.told(ctx, name, facts)
    return Enriched(
        company=key,
        name=name,
        summary=text_of(told.sentences),
        told=told,
        score=scored,
        lift=lift(card, scored),
        next_actions=next_actions(card, scored, evidence),
        stage=suggest_stage(card, scored, evidence),
        sources=_as_they_stand(sources(held.checks, since or datetime.now(UTC), pending), own),
        evidence=tuple(evidence),
    )


def _counted(held: Held, own: Sequence[SourceResult]) -> list[Evidence]:
    counted = {fact.id for one in own for fact in one.evidence}
    return without_rows(standing(held.in_order()), counted)


def _as_they_stand(told: Sequence[Source], own: Sequence[SourceResult]) -> tuple[Source, ...]:
    """Our own rows were just looked at, whatever is noted of them."""
    now = {one.source: one for one in own}
    return tuple(
        replace(one, state=now[one.name].state.value, reason=now[one.name].reason)
        if one.name in now and one.checked_at
        else one
        for one in told
    )


def _name(company: Identity, facts: list[Evidence]) -> str:
    """As the company calls itself, else as the register does, else what it was looked up by."""
    told = {one.field: one.value for one in sorted(facts, key=lambda one: (one.as_of, one.fetched_at))}
    own = told.get("site_name", "")
    asked = company.name or company.domain or company.number
    return (own if may_name(own) else "") or told.get("registered_name") or asked


def _kept(ctx: Context, current: CurrentCard, found: Enriched, run_id: str) -> str:
    """The id under which the score is kept, with its card."""
    card = current.card
    with ctx.database.write() as conn:
        if current.used_at is None:  # one that somebody put to use is kept already
            ctx.score_cards.keep(
                sha256=card.sha256, name=card.name, version=card.version, text=current.text, conn=conn
            )
        return ctx.research.keep_score(
            company=found.company,
            card_sha256=card.sha256,
            evidence=[one.id for one in found.evidence],
            as_of=found.score.as_of,
            result=canonical(found.score).decode(),
            run_id=run_id,
            conn=conn,
        )
