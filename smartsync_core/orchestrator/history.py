"""Reads: how a run stands, its numbers, its progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import Outcome, Proof, Reason
from smartsync_core.model.run import Progress, Run, RunReport, RunState, foreseen_calls, preview_calls
from smartsync_core.orchestrator.context import Context
from smartsync_core.planning.accounting import row_outcome, tally
from smartsync_core.planning.pace import Work, left_s, weighed

__all__ = ["progress", "report", "untold"]

_PARTLY = ("partly_failed", "partly_blocked")
_ACTION_KINDS = {"import": ("create", "update", "link"), "undo": ("archive", "update", "unlink")}


def report(ctx: Context, run_id: str) -> RunReport:
    """The numbers of a run as they are now, whatever its state. Raises NotFound."""
    with ctx.database.one_view():
        return _report(ctx, ctx.runs.get(run_id))


def _report(ctx: Context, run: Run) -> RunReport:
    outcomes = _outcomes(ctx, run)
    counted = ctx.results.action_counts if run.state is RunState.PREVIEWED else ctx.results.done_counts
    return RunReport(
        run_id=run.id,
        state=run.state,
        rows=run.row_count,
        outcomes={outcome.value: outcomes[outcome.value] for outcome in Outcome},
        partly_failed=outcomes["partly_failed"],
        partly_blocked=outcomes["partly_blocked"],
        predicted={key: run.predicted.get(key, 0) for key in [outcome.value for outcome in Outcome]},
        actions=_actions(run, counted(run.id)),
        proof=ctx.results.proof_counts(run.id) or {proof.value: 0 for proof in Proof},
        calls={window.value: count for window, count in run.calls.items()},
        duration_s=round(_duration_s(run), 3),
        reasons=(*ctx.results.reasons(run.id), *untold(ctx, run)),
        kind=run.kind,
        undo_of=run.undo_of,
        budget=dict(run.budget),
        message=run.message,
        first_calls=int(str(run.result.get("first_calls", 0))),
    )


def untold(ctx: Context, run: Run, rows: Sequence[int] | None = None) -> list[Reason]:
    """Of a preview: what its plan says of the first row of a record that waits, for its other rows, or for some of them.

    Once an import is written each of its rows says it by itself.
    """
    return ctx.results.untold(run.id, rows) if run.state is RunState.PREVIEWED else []


def progress(ctx: Context, run: Run) -> Progress:
    """Sends answered and written records checked, of all; the rest is estimated from the pace so far."""
    if run.state in (RunState.PREVIEWING, RunState.PREVIEWED):
        return Progress(phase="preview", done=0, total=run.row_count)
    answered, sends, checked, written = ctx.results.progress(run.id)
    to_check = max(written, sends if run.state is RunState.RUNNING else written)
    done, total = answered + checked, sends + to_check
    if not run.state.open:
        return Progress(phase="done", done=done, total=total, eta_s=0.0)
    phase = "write" if answered < sends else "check"
    return Progress(phase=phase, done=done, total=total, eta_s=_eta_s(ctx, run, done, total))


def _eta_s(ctx: Context, run: Run, done: int, total: int) -> float | None:
    """By the pace so far, and no sooner than the account's limits allow; before anything was done, by these alone."""
    at_best = float(run.budget.get("seconds", 0)) or None
    if run.approved_at is None:
        return at_best
    worked_s = (datetime.now(UTC) - run.approved_at).total_seconds() - run.waited_s
    made, foreseen = ctx.calls_made(run) - preview_calls(run.budget), foreseen_calls(run.budget)
    paces = ctx.paces(run)
    estimate = left_s(
        worked_s,
        Work(calls=weighed(made, paces), records=done),
        Work(calls=weighed(foreseen, paces), records=total),
    )
    if estimate is None:
        return at_best
    return max(estimate, paces.due_s(foreseen - made)) if paces else estimate


def _outcomes(ctx: Context, run: Run) -> Mapping[str, int]:
    """As settled, or worked out now while the run is open."""
    settled = run.result.get("outcomes")
    if isinstance(settled, Mapping) and run.state is RunState.DONE:
        return {key: int(settled.get(key, 0)) for key in [*(outcome.value for outcome in Outcome), *_PARTLY]}
    counts: Counter[str] = Counter()
    for verdict, fates, rows in ctx.plans.kinds_of_rows(run.id):
        counts.update({key: n * rows for key, n in tally([row_outcome(verdict, fates)]).items()})
    unplanned = run.row_count - sum(counts[outcome.value] for outcome in Outcome)
    counts[Outcome.NOT_SENT.value] += unplanned
    return counts


def _actions(run: Run, counted: Mapping[str, Mapping[str, int]]) -> dict[ObjectName, dict[str, int]]:
    """Every object of the run with create, update and link (an undo: archive, update, unlink), then whatever else there is."""
    return {
        name: dict.fromkeys(_ACTION_KINDS[run.kind], 0) | dict(counted.get(name.value, {}))
        for name in ObjectName
        if name in run.options.record_type.objects or name.value in counted
    }


def _duration_s(run: Run) -> float:
    """From intake to the last read-back, without the time it waited for a person."""
    planned = None if run.approved_at else run.planned_at
    end = run.finished_at or planned or datetime.now(UTC)
    waited_s = run.waited_s
    if run.approved_at and run.planned_at:
        waited_s += (run.approved_at - run.planned_at).total_seconds()
    return (end - run.created_at).total_seconds() - waited_s
