"""Which stage the events speak for. The score never sets one; a person's stage is never moved back."""

from __future__ import annotations

from collections.abc import Iterable

from smartsync_core.model.evidence import Evidence
from smartsync_core.model.score import Score, Stage, StageSuggestion, Topic
from smartsync_core.scoring.card import ScoreCard
from smartsync_core.scoring.facts import Facts, facts

__all__ = ["QUALIFYING_FIT", "suggest_stage"]

_ORDER = list(Stage)
QUALIFYING_FIT = 60
"""From which fit on a company can be qualified, where the card does not say."""


def suggest_stage(
    card: ScoreCard, score: Score, evidence: Iterable[Evidence], *, held: Stage | None = None
) -> StageSuggestion | None:
    """The stage beyond `held` that the events support; None where the CRM's own stage stands."""
    known = facts(card, evidence, score.as_of.date())
    found = _supported(known, score, card.qualifies_at or QUALIFYING_FIT)
    if held is not None and _ORDER.index(found.stage) <= _ORDER.index(held):
        return None
    return found


def _supported(known: Facts, score: Score, fit: int) -> StageSuggestion:
    if quotes := known.all("proposal"):
        return _said(Stage.PROPOSAL, "A quote was sent", quotes)
    heard = known.any("inbound", "reply", "meeting")
    unknown = _open_questions(known, score, fit)
    if heard and not unknown:
        return _said(
            Stage.QUALIFIED, "It fits, a decision maker is known, and there is a reason to act now", heard
        )
    if heard:
        return _said(Stage.ENGAGED, "It replied, asked for contact or met us", heard, unknown)
    if sent := known.any("outreach", "call"):
        return _said(Stage.CONTACTED, "We were in touch", sent, unknown)
    return _said(Stage.NEW, "Nobody has been in touch", (), unknown)


def _said(
    stage: Stage, reason: str, behind: tuple[Evidence, ...], unknown: tuple[str, ...] = ()
) -> StageSuggestion:
    return StageSuggestion(
        stage=stage, reason=reason, evidence=tuple(one.id for one in behind), unknown=unknown
    )


def _open_questions(known: Facts, score: Score, fit: int) -> tuple[str, ...]:
    questions = {
        "does it fit": (score.of(Topic.FIT).value or 0) >= fit,
        "who decides": known.value("seniority") in {"executive", "founder", "director"},
        "why now": bool(score.signals) or bool(known.value("need")),
    }
    return tuple(question for question, answered in questions.items() if not answered)
