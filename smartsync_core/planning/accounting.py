"""The outcome of each row, and sums. One rule, used for the prediction and for what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from smartsync_core.model.plan import ActionKind, ActionState, Outcome, RowVerdict

__all__ = ["ActionFate", "RowOutcome", "foreseen", "row_outcome", "tally"]

_NEEDS_PERSON = frozenset({ActionState.BLOCKED, ActionState.STALE, ActionState.WAITING, ActionState.IN_DOUBT})
_LANDED = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.UNCHANGED})


@dataclass(frozen=True, slots=True)
class ActionFate:
    kind: ActionKind
    state: ActionState


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """`partly` = the row's main record landed, but something that belongs to it did not."""

    outcome: Outcome
    partly: bool = False


def foreseen(fate: ActionFate) -> ActionFate:
    """The fate of a planned action if nothing moves: it is done."""
    return ActionFate(fate.kind, ActionState.DONE) if fate.state is ActionState.PLANNED else fate


def row_outcome(verdict: RowVerdict, fates: Mapping[int, ActionFate]) -> RowOutcome:
    """What became of a row: its own verdict, else its main action's fate, marked down by what hangs on it.

    A duplicate is left out once its main row landed, else it shares that row's outcome.
    """
    if verdict.own is not None:
        return RowOutcome(verdict.own)
    main = _of_fate(fates[verdict.main_action])
    if main in _LANDED:
        if verdict.duplicate_of:
            return RowOutcome(Outcome.SKIPPED)
        states = {fates[action].state for action in verdict.other_actions if action in fates}
        if ActionState.FAILED in states:
            return RowOutcome(Outcome.FAILED, partly=True)
        if states & _NEEDS_PERSON:
            return RowOutcome(Outcome.BLOCKED, partly=True)
    return RowOutcome(main)


def _of_fate(fate: ActionFate) -> Outcome:
    if fate.state is ActionState.DONE:
        return Outcome.CREATED if fate.kind is ActionKind.CREATE else Outcome.UPDATED
    return _OUTCOMES[fate.state]


_OUTCOMES = {
    ActionState.PLANNED: Outcome.NOT_SENT,
    ActionState.SENDING: Outcome.IN_DOUBT,
    ActionState.UNCHANGED: Outcome.UNCHANGED,
    ActionState.SKIPPED: Outcome.SKIPPED,
    ActionState.STALE: Outcome.BLOCKED,
    ActionState.BLOCKED: Outcome.BLOCKED,
    ActionState.WAITING: Outcome.BLOCKED,
    ActionState.FAILED: Outcome.FAILED,
    ActionState.IN_DOUBT: Outcome.IN_DOUBT,
}


def tally(outcomes: Iterable[RowOutcome]) -> dict[str, int]:
    """Rows per outcome (all eight keys), plus partly_failed ⊂ failed and partly_blocked ⊂ blocked."""
    counts = {outcome.value: 0 for outcome in Outcome}
    counts |= {"partly_failed": 0, "partly_blocked": 0}
    for row in outcomes:
        counts[row.outcome.value] += 1
        if row.partly:
            counts[f"partly_{row.outcome.value}"] += 1
    return counts
