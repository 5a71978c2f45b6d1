"""What to do next: ordered rules; the first three that hold speak, and one that forbids contact speaks alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from smartsync_core.model.evidence import Evidence
from smartsync_core.model.score import NextAction, Score, Topic
from smartsync_core.scoring.card import ActionRule, ScoreCard
from smartsync_core.scoring.deadlines import in_hours, in_working_days
from smartsync_core.scoring.facts import Facts, facts

__all__ = ["next_actions"]

_MOST = 3
_TOUCHES = ("outreach", "inbound", "meeting", "reply", "call")
_TROUBLED = frozenset(
    ["administration", "receivership", "liquidation", "insolvency-proceedings", "voluntary-arrangement"]
)
_DEAD = frozenset(["dissolved", "converted-closed", "closed", "removed"])


@dataclass(frozen=True)
class _Situation:
    card: ScoreCard
    score: Score
    facts: Facts

    @property
    def now(self) -> datetime:
        return self.score.as_of

    @property
    def fit(self) -> int | None:
        return self.score.of(Topic.FIT).value

    def days_since(self, *fields: str) -> int | None:
        found = self.facts.any(*fields)
        return self.facts.age(found[0]) if found else None

    def unanswered_inbound(self) -> Evidence | None:
        """Of the last two days, with nothing of ours on or after its day."""
        found = self.facts.all("inbound")
        if not found or self.facts.age(found[0]) > 2:
            return None
        answers = self.facts.any("outreach", "meeting", "call")
        return None if answers and answers[0].as_of >= found[0].as_of else found[0]


_Forbid = Callable[[_Situation], NextAction | None]
_Rule = Callable[[_Situation, int], NextAction | None]  # within so many hours or working days


def next_actions(card: ScoreCard, score: Score, evidence: Iterable[Evidence]) -> tuple[NextAction, ...]:
    """At most three, in order of urgency, with absolute due times."""
    situation = _Situation(card, score, facts(card, evidence, score.as_of.date()))
    for forbid in _FORBIDS:
        if (said := forbid(situation)) is not None:
            return (said,)
    found = (_RULES[step.rule](situation, step.within) for step in card.steps)
    return tuple(action for action in found if action is not None)[:_MOST]


def _opted_out(s: _Situation) -> NextAction | None:
    if s.facts.value("opted_out") != "yes":
        return None
    return _action(s, "opted_out", "Do not contact", "It asked not to be contacted", None, "opted_out")


def _competitor(s: _Situation) -> NextAction | None:
    if s.facts.value("competitor") != "yes":
        return None
    return _action(s, "competitor", "Leave it alone", "It is a competitor", None, "competitor")


def _dead(s: _Situation) -> NextAction | None:
    if s.facts.value("company_status") not in _DEAD:
        return None
    return _action(
        s, "dissolved", "Stop: the company no longer exists", "Register: dissolved", None, "company_status"
    )


def _insolvent(s: _Situation) -> NextAction | None:
    status = s.facts.value("company_status")
    if status not in _TROUBLED:
        return None
    due = in_working_days(s.now, 1)
    return _action(s, "insolvency", "Stop and check its credit", f"Register: {status}", due, "company_status")


def _call_back(s: _Situation, within: int) -> NextAction | None:
    asked = s.unanswered_inbound()
    if asked is None:
        return None
    reason = f"It asked for contact on {asked.as_of.isoformat()} and nobody answered"
    return NextAction(
        rule="inbound",
        text=f"Call within {_said(within, 'hour')}",
        reason=reason,
        due_at=in_hours(s.now, within),
        evidence=(asked.id,),
    )


def _best_cell(s: _Situation, within: int) -> NextAction | None:
    if s.score.grid != "A1" or s.facts.all("meeting"):
        return None
    return _action(
        s,
        "best_cell",
        f"Schedule call within {24 * within}h",
        "Fits well and is engaged",
        in_working_days(s.now, within),
    )


def _fresh_signal(s: _Situation, within: int) -> NextAction | None:
    fresh = next((signal for signal in s.score.signals if signal.age_days <= 30), None)
    if fresh is None or (s.fit or 0) < s.card.grid.fit[0] or s.facts.any(*_TOUCHES):
        return None
    return NextAction(
        rule="signal",
        text=f"Write within {_said(within, 'day')} about: {fresh.text}",
        reason="Fits well, and nobody has been in touch",
        due_at=in_working_days(s.now, within),
        evidence=fresh.evidence,
    )


def _decision_maker(s: _Situation, within: int) -> NextAction | None:
    if s.facts.value("seniority") in {"executive", "founder", "director"} or (s.fit or 0) < 40:
        return None
    return _action(
        s,
        "decision_maker",
        "Find a decision maker",
        "No executive, founder or director is known",
        in_working_days(s.now, within),
    )


def _silent_proposal(s: _Situation, within: int) -> NextAction | None:
    sent, heard = s.days_since("proposal"), s.days_since("reply", "meeting", "inbound")
    if sent is None or sent <= 7 or (heard is not None and heard <= sent):
        return None
    reason = f"The proposal is {sent} days old and unanswered"
    return _action(
        s, "proposal", "Follow up on the proposal", reason, in_working_days(s.now, within), "proposal"
    )


def _cold(s: _Situation, within: int) -> NextAction | None:
    last = s.days_since(*_TOUCHES)
    if last is None or last <= 30:
        return None
    return _action(
        s, "re_engage", "Get in touch again", f"Last touch {last} days ago", in_working_days(s.now, within)
    )


def _thin(s: _Situation, within: int) -> NextAction | None:
    if 2 * s.score.known_checks >= s.score.all_checks:
        return None
    reason = f"{s.score.known_checks} of {s.score.all_checks} facts are known"
    return _action(
        s, "coverage", "Confirm its company number and website", reason, in_working_days(s.now, within)
    )


def _nurture(s: _Situation, _: int) -> NextAction | None:
    if s.fit is None or s.fit >= 40:
        return None
    return _action(s, "nurture", "Keep in touch by mail; no call", f"Fit {s.fit}", None)


_FORBIDS: tuple[_Forbid, ...] = (_opted_out, _competitor, _dead, _insolvent)
_RULES: Mapping[ActionRule, _Rule] = {
    "inbound": _call_back,
    "best_cell": _best_cell,
    "signal": _fresh_signal,
    "decision_maker": _decision_maker,
    "proposal": _silent_proposal,
    "re_engage": _cold,
    "coverage": _thin,
    "nurture": _nurture,
}


def _said(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"


def _action(
    s: _Situation, rule: str, text: str, reason: str, due_at: datetime | None, *fields: str
) -> NextAction:
    behind = tuple(one.id for one in s.facts.any(*fields))
    return NextAction(rule=rule, text=text, reason=reason, due_at=due_at, evidence=behind)
