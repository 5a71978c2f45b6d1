"""The companies of a run: each looked up once, several at a time, within a bounded time; what is known is kept with the run."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from smartsync_core.enrichment.identity import identify
from smartsync_core.enrichment.places import SOURCES
from smartsync_core.enrichment.results import SourceState
from smartsync_core.model.automation import Extra, Findings, Forecast
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import Reason, StoredAction
from smartsync_core.model.run import Run, Wish
from smartsync_core.model.spending import money
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.enrich import AT_ONCE_S, Enriched, enrich
from smartsync_core.orchestrator.gathering import to_ask
from smartsync_core.orchestrator.score_cards import current_card
from smartsync_core.planning.automations import OWNER
from smartsync_core.scoring.facts import facts
from smartsync_core.scoring.fields import field_values

__all__ = [
    "LONGEST",
    "RESEARCH_S",
    "Sample",
    "companies_of",
    "counted",
    "find_out",
    "forecast",
    "sample",
    "subject_of",
]

LONGEST = timedelta(minutes=10)
"""After so long no further company is asked about; the rest goes with what is known."""

RESEARCH_S = "research_s"  # in a run's budget: what the research was to take
_SAMPLES = 4  # of each kind
_AT_ONCE = 6  # companies that are asked about at the same time
_FIRST_GUESS_MS = 1500.0  # of one company, before any was asked about
_FIRST_GUESS_TOKENS = (700, 200)  # read and written for one summary, before any was phrased
_POLL_S = 0.5
_NAMES = {"website": "The website", "companies_house": "Companies House"}
_LOOKED = frozenset(state.value for state in (SourceState.FOUND, SourceState.NONE, SourceState.FAILED))


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A deal, task or note as a person looks at it before it is made. `owner` is an id, "" for nobody."""

    object: ObjectName
    row: int
    title: str
    day: str
    owner: str


def subject_of(run: Run) -> ObjectName:
    """The record that stands for a company: the company itself, in an import of people alone the person."""
    objects = run.options.record_type.objects
    return ObjectName.COMPANIES if ObjectName.COMPANIES in objects else ObjectName.CONTACTS


def companies_of(ctx: Context, run: Run) -> list[str]:
    """Domains of the companies that can be told for sure, in the order of the rows."""
    domains = ctx.findings.domains(run.id, subject_of(run))
    return [domain for domain in domains if identify(domain=domain).domain == domain]


def forecast(ctx: Context, run: Run) -> Forecast:
    """What asking about the companies of a run would take now."""
    domains = companies_of(ctx, run)
    asked = len(to_ask(ctx, domains))
    each_ms = ctx.findings.usual_ms() or _FIRST_GUESS_MS
    seconds = min(-(-asked // _AT_ONCE) * each_ms / 1000, LONGEST.total_seconds())
    tokens, cost = _llm_forecast(ctx, asked)
    places = 1 + bool(ctx.places.register_key)
    return Forecast(
        companies=len(domains),
        to_ask=asked,
        seconds=seconds,
        asks=asked * places,
        tokens=tokens,
        cost=cost,
    )


def _llm_forecast(ctx: Context, companies: int) -> tuple[int, str]:
    """Tokens and money for phrasing so many summaries."""
    if ctx.llm is None or not companies:
        return 0, ""
    prices = ctx.llm.llm.prices
    each = ctx.summaries.usual() or prices.spent(*_FIRST_GUESS_TOKENS)
    micros = each.micros * companies
    return each.tokens * companies, money(micros, prices.currency) if micros else ""


def sample(ctx: Context, run_id: str) -> list[Sample]:
    """A few of each kind of what a run makes besides its rows."""
    return [_sample(action) for action in ctx.results.follow_ups(run_id, limit=_SAMPLES)]


def _sample(action: StoredAction) -> Sample:
    told = {change.field: change.new or "" for change in action.changes}
    title = told.get("dealname") or told.get("hs_task_subject") or ""
    day = told.get("hs_timestamp", "")[:10] if action.object is ObjectName.TASKS else ""
    return Sample(object=action.object, row=action.rows[0], title=title, day=day, owner=told.get(OWNER, ""))


def find_out(ctx: Context, run: Run, session: Session) -> None:
    """Keep what is known of each company of the run. May be run again: what is kept already is not looked up twice."""
    del session  # the account is not asked
    began, foreseen = time.monotonic(), forecast(ctx, run)
    asks = Extra.ENRICH in run.options.extras
    if asks:
        ctx.runs.update(run.id, budget={**run.budget, RESEARCH_S: foreseen.seconds})
    kept = ctx.findings.companies(run.id)
    left = [domain for domain in companies_of(ctx, run) if _key(domain) not in kept]
    before = ctx.summaries.spent(run_id=run.id)
    late, made = _look_up(ctx, run, left, asks=asks, until=began + LONGEST.total_seconds())
    ctx.plans.drop_reasons(run.id, "research")
    if asks:
        took_s = time.monotonic() - began
        after = ctx.summaries.spent(run_id=run.id)
        cost = _Cost(
            asks=made, tokens=after.tokens - before.tokens, cost=_cost(ctx, after.micros - before.micros)
        )
        said = [*_said(foreseen, took_s, cost, late), *_unreached(ctx, run)]
        ctx.plans.add_reasons(run.id, said, "research")


@dataclass(frozen=True, kw_only=True)
class _Cost:
    """What the research really took, besides time."""

    asks: int
    tokens: int
    cost: str


def _cost(ctx: Context, micros: int) -> str:
    return money(micros, ctx.llm.llm.prices.currency) if ctx.llm and micros else ""


def _look_up(ctx: Context, run: Run, domains: Iterable[str], *, asks: bool, until: float) -> tuple[int, int]:
    """How many were not asked about, since the time was up; and how many questions were asked about the others."""
    late, made, waiting = 0, 0, set[Future[int]]()
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="companies") as pool:
        for domain in domains:
            in_time = time.monotonic() < until
            late += asks and not in_time
            waiting.add(pool.submit(_keep, ctx, run, domain, ask=asks and in_time))
            while len(waiting) >= _AT_ONCE:
                ctx.engine.checkpoint()
                if ctx.wishes.get(run.id) is Wish.STOP:
                    return late, made
                done, waiting = wait(waiting, timeout=_POLL_S, return_when=FIRST_COMPLETED)
                made += sum(one.result() for one in done)
    return late, made + sum(one.result() for one in waiting)


def _keep(ctx: Context, run: Run, domain: str, *, ask: bool) -> int:
    """How many sources were asked for it."""
    began = time.monotonic()
    found = enrich(ctx, domain, ask=ask, within_s=AT_ONCE_S if _waited_for(run) else None, run_id=run.id)
    asked = sum(one.name in SOURCES and not one.cached and one.state in _LOOKED for one in found.sources)
    took_ms = round((time.monotonic() - began) * 1000)
    ctx.findings.keep(run.id, _findings(ctx, found), asked=asked > 0, took_ms=took_ms)
    return asked


def _waited_for(run: Run) -> bool:
    """Whether a program waits for this one record: it goes with what is in at once, and the rest is filled in behind."""
    return run.options.unattended and run.row_count == 1


def _findings(ctx: Context, found: Enriched) -> Findings:
    score = found.score
    known = facts(current_card(ctx).card, found.evidence, score.as_of.date())
    return Findings(
        company=found.company,
        name=found.name,
        overall=score.overall,
        summary=found.summary,
        values=field_values(score, found.next_actions, found.stage, found.summary),
        signals=tuple(signal.text for signal in score.signals),
        next_actions=tuple(action.text for action in found.next_actions),
        action=next((action for action in found.next_actions if action.due_at is not None), None),
        country=known.value("country"),
        industry=known.value("industry"),
        at=datetime.now(UTC).replace(microsecond=0),
        failed=tuple(one.name for one in found.sources if one.state == SourceState.FAILED),
    )


def _key(domain: str) -> str:
    return identify(domain=domain).key


def _said(foreseen: Forecast, took_s: float, took: _Cost, late: int) -> list[Reason]:
    message = (
        f"{counted(foreseen.companies)} looked up, {foreseen.to_ask:,} of them anew: "
        f"{took_s:.0f} s, foreseen were {foreseen.seconds:.0f} s; "
        f"{_sources(took.asks)} asked, foreseen were {foreseen.asks:,} and the job boards that the sites name."
    )
    if took.tokens or foreseen.tokens:
        message += f" The LLM: {_tokens(took.tokens, took.cost)}, foreseen were {_tokens(foreseen.tokens, foreseen.cost)}."
    said = [Reason(row=0, field="", code="research", message=message)]
    if late:
        message = (
            f"{counted(late)} could not be asked about within {LONGEST.total_seconds() / 60:.0f} minutes: "
            "their rows go with what is known. A preview made again asks about the rest."
        )
        said.append(Reason(row=0, field="", code="research_late", message=message))
    return said


def _unreached(ctx: Context, run: Run) -> list[Reason]:
    """A sentence per source that could not be reached, the most often missing first."""
    companies = sorted(ctx.findings.companies(run.id))
    failed = Counter(name for one in ctx.findings.of(run.id, companies).values() for name in one.failed)
    return [
        Reason(
            row=0,
            field="",
            code="research_failed",
            message=f"{_NAMES.get(name, name.capitalize())} could not be reached for {counted(number)}: "
            "scores use what was known.",
        )
        for name, number in failed.most_common()
    ]


def _sources(number: int) -> str:
    return f"{number:,} {'source' if number == 1 else 'sources'}"


def _tokens(number: int, cost: str) -> str:
    return f"{number:,} tokens" + (f" ({cost})" if cost else "")


def counted(number: int) -> str:
    """“1 company”, “2,000 companies”."""
    return f"{number:,} {'company' if number == 1 else 'companies'}"
