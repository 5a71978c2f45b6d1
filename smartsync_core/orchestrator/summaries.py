"""The summary of a company: put together by rule at once; phrased by an LLM where one is set, within its budget."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Event

from smartsync_core.enrichment.gate import Sentence, let_through
from smartsync_core.enrichment.llm.prompt import Prompt
from smartsync_core.enrichment.llm.server import Reply
from smartsync_core.enrichment.summary import compose
from smartsync_core.model.evidence import Evidence
from smartsync_core.model.spending import Spent, money
from smartsync_core.orchestrator.context import Context
from smartsync_core.store.summaries import ASKED, OK, StoredSummary

__all__ = ["Told", "ask", "told"]

_NO_LLM = "No LLM is set."
_NOT_ASKED = "The LLM was not asked yet."
_UNANSWERED = "The LLM was asked and has not answered."
_NOTHING_STANDS = "The evidence bears out nothing of what the LLM wrote."


@dataclass(frozen=True, kw_only=True)
class Told:
    """Sentences with the evidence they cite. `by` is the model that phrased them; "" = they are by rule, for this `reason`."""

    sentences: tuple[Sentence, ...]
    by: str = ""
    reason: str = ""
    dropped: int = 0  # sentences of the LLM that the evidence does not bear out
    spent: Spent = field(default_factory=Spent)
    cost: str = ""  # "" = nothing

    def sentence(self) -> str:
        """Who phrased it and what that cost, for a person."""
        parts = [f"Phrased by {self.by}" if self.by else "Put together from the facts by rule"]
        if self.dropped:
            said = "1 sentence" if self.dropped == 1 else f"{self.dropped} sentences"
            parts.append(f"{said} dropped that the facts do not bear out")
        if self.spent.tokens:
            at_most = "at most " if self.spent.estimated else ""
            parts.append(f"{at_most}{self.spent.tokens:,} tokens" + (f", {self.cost}" if self.cost else ""))
        return f"{'; '.join(parts)}. {self.reason}".strip()


def told(ctx: Context, name: str, facts: Sequence[Evidence]) -> Told:
    """What there is by now; nobody is asked."""
    by_rule = tuple(compose(facts, company=name))
    if ctx.llm is None:
        return Told(sentences=by_rule, reason=_NO_LLM)
    if not by_rule:
        return Told(sentences=())
    stored = ctx.summaries.last(_prompt(name, by_rule).digest(ctx.llm.llm.model))
    if stored is None:
        return Told(sentences=by_rule, reason=_NOT_ASKED)
    return _from(stored, by_rule)


def ask(ctx: Context, key: str, name: str, facts: Sequence[Evidence], *, run_id: str, stop: Event) -> None:
    """Ask the LLM, where one is set and has not told these facts yet, and keep what passes the gate with what it cost."""
    by_rule = compose(facts, company=name)
    server = ctx.llm
    if server is None or not by_rule:
        return
    prompt = _prompt(name, by_rule)
    digest = prompt.digest(server.llm.model)
    stored = ctx.summaries.last(digest)
    if stored is not None and stored.state == OK:
        return
    reserved = ctx.summaries.reserve(
        company=key,
        digest=digest,
        run_id=run_id,
        llm=server.llm,
        at_most=server.at_most(prompt),
        request=json.dumps(prompt.messages, ensure_ascii=False),
    )
    reply = server.ask(prompt) if reserved else None
    if reply is not None and not stop.is_set():  # else it stays reserved, as after a crash
        _settle(ctx, reserved, reply, name, facts)


def _settle(ctx: Context, summary_id: str, reply: Reply, name: str, facts: Sequence[Evidence]) -> None:
    stand = let_through(reply.sentences, facts, company=name)
    ctx.summaries.settle(
        summary_id,
        state=reply.state,
        reason=reply.reason,
        sentences=[(one.text, one.evidence) for one in stand],
        dropped=len(reply.sentences) - len(stand),
        spent=reply.spent,
        took_ms=reply.took_ms,
        reply=reply.raw,
    )


def _prompt(name: str, by_rule: Sequence[Sentence]) -> Prompt:
    return Prompt(company=name, facts=tuple(by_rule))


def _from(stored: StoredSummary, by_rule: tuple[Sentence, ...]) -> Told:
    phrased = tuple(Sentence(text, ids) for text, ids in stored.sentences)
    return Told(
        sentences=phrased or by_rule,
        by=stored.model if phrased else "",
        reason="" if phrased else _reason(stored),
        dropped=stored.dropped,
        spent=stored.spent,
        cost=money(stored.spent.micros, stored.currency) if stored.spent.micros else "",
    )


def _reason(stored: StoredSummary) -> str:
    if stored.state == OK:
        return _NOTHING_STANDS
    if stored.state == ASKED:
        return _UNANSWERED
    return stored.reason if stored.reason.startswith("The LLM") else f"The LLM gave none. {stored.reason}"
