"""Settle: the outcome of each row, and the numbers of the run. They add up, or the run says that they do not."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from smartsync_core.errors import StopRun
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import ActionKind, Outcome, Proof, Reason
from smartsync_core.model.run import Run, RunState
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.field_words import FieldWords
from smartsync_core.orchestrator.value_words import ValueWords
from smartsync_core.planning.accounting import row_outcome, tally
from smartsync_core.store.settled import Settled

__all__ = ["settle"]


def settle(ctx: Context, run_id: str, *, well: bool = True) -> None:
    """Write every row's outcome; a run that was not stopped or paused meanwhile, and has nothing left to do, is DONE.

    `well`: no wave was in trouble, so that what was said of the account before is past; that a person paused is no error of it.
    """
    run = ctx.runs.get(run_id)
    with ctx.few_together(run):
        _settle(ctx, run, well=well)


def _settle(ctx: Context, run: Run, *, well: bool) -> None:
    run_id = run.id
    fates = ctx.plans.fates(run_id)
    counts: Counter[str] = Counter()
    for chunk in ctx.plans.verdicts(run_id):
        outcomes = [(verdict.row, row_outcome(verdict, fates)) for verdict in chunk]
        ctx.plans.settle(run_id, outcomes)
        counts.update(tally(outcome for _, outcome in outcomes))
    rows = sum(counts[outcome.value] for outcome in Outcome)
    if rows != run.row_count:
        raise StopRun(
            f"{rows} rows have an outcome, but the file has {run.row_count}.", code="rows_do_not_add_up"
        )
    reasons = _result_reasons(ctx, run)
    result: dict[str, object] = {
        "outcomes": dict(counts),
        "actions": ctx.results.done_counts(run_id),
        "proof": ctx.results.proof_counts(run_id),
    }
    with ctx.database.together():
        ctx.plans.drop_reasons(run_id, "result")
        ctx.plans.add_reasons(run_id, reasons, "result")
    if "first_pass" in run.result:  # before any repair
        result["first_pass"] = run.result["first_pass"]
        result["first_calls"] = run.result.get("first_calls", 0)
    if not run.undo_of:
        Settled(ctx.database, ctx.org_id).renew(run_id)
    now = datetime.now(UTC)
    left = ctx.plans.phases(run_id)  # where there is something, somebody took the run up this moment
    done = run.state is RunState.RUNNING and not left
    with ctx.database.together():
        ctx.save_work(run_id)
        ctx.runs.update(run_id, result=result, finished_at=now)
        if done:
            ctx.runs.claim(run_id, expected=RunState.RUNNING, new=RunState.DONE)
            if run.undo_of and not run.part:
                _take_words_back(ctx, ctx.runs.get(run.undo_of))
        if well:
            error = run.message if run.state is RunState.RUNNING else ""
            ctx.connections.record_sync(run.integration_id, error=error)
        ctx.audit.record(
            who=run.created_by, what="run.settled", subject_id=run_id, details={"outcomes": dict(counts)}
        )


def _take_words_back(ctx: Context, undone: Run) -> None:
    """What a person said that a company is does not outlive its import: the next file asks again."""
    said = {one.key: one.crm_id for one in undone.options.companies if one.crm_id}
    ctx.links.close(undone.integration_id, ObjectName.COMPANIES, said)


def _result_reasons(ctx: Context, run: Run) -> list[Reason]:
    """A reason per row of every action that did not land as planned, or that the CRM holds otherwise."""
    words, values = FieldWords(run.options), ValueWords(ctx, [run])
    reasons = []
    left = [*ctx.results.left_at_write(run.id), *(ctx.results.left_in_part(run.id) if run.undo_of else ())]
    for action in [*ctx.results.not_as_planned(run.id), *left]:
        cells = action.refusals or (("", action.code, action.message),)
        for row in action.rows:
            for name, code, message in cells:
                header = words.of(action.object, name)
                reasons.append(Reason(row=row, field=header, code=code, message=message or action.message))
    for action in ctx.results.blocked_by_plan(run.id):  # the plan told the first of its rows
        reasons += [
            Reason(row=row, field="", code=action.code, message=action.message) for row in action.rows[1:]
        ]
    for action in ctx.results.held_otherwise(run.id):
        for name, told in action.proof_details.items():
            header = words.of(action.object, name)
            sent, held = (values.of(action.object, name, value) for value in told)
            message = f"We sent “{sent}”, the CRM holds “{held}”."
            reasons.append(Reason(row=action.rows[0], field=header, code="crm_changed_it", message=message))
    for action in ctx.results.not_proved(run.id):
        code, message = _NOT_PROVED.get((action.kind, action.proof), _WRITTEN_AND_GONE)
        reasons.append(Reason(row=action.rows[0], field="", code=code, message=message))
    return list(dict.fromkeys(reasons))


_WRITTEN_AND_GONE = ("missing", "It was written, but at the read-back it was no longer in the CRM.")
_NOT_PROVED: dict[tuple[ActionKind, Proof | None], tuple[str, str]] = {
    (ActionKind.LINK, Proof.MISSING): (
        "link_missing",
        "The association with its company was made, but did not stand at the read-back.",
    ),
    (ActionKind.LINK, Proof.CHANGED): (
        "other_company_first",
        "It stands by its company, but the CRM keeps another one as its first.",
    ),
    (ActionKind.ARCHIVE, Proof.MISSING): (
        "not_in_bin",
        "It was moved to the recycle bin, but the read-back did not find it there.",
    ),
    (ActionKind.UNLINK, Proof.MISSING): (
        "link_stands",
        "The association was taken away, but stood again at the read-back.",
    ),
}
