"""What a plan comes to before anything is sent: each row's outcome, the counts per object, and what it will cost."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from smartsync_core.connectors.base import Counts
from smartsync_core.errors import StopRun
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import ActionKind, Outcome
from smartsync_core.model.run import Run, RunState, budgeted
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.since import kinds_beside
from smartsync_core.planning.accounting import foreseen, row_outcome, tally
from smartsync_core.store.plans import RECORDS_PER_WAVE

__all__ = ["predict"]


def predict(ctx: Context, run: Run, session: Session) -> None:
    """Store each row's predicted outcome, the counts per object and the price, and offer the plan."""
    fates = {id_: foreseen(fate) for id_, fate in ctx.plans.fates(run.id).items()}
    counts: Counter[str] = Counter()
    for chunk in ctx.plans.verdicts(run.id):
        outcomes = [(verdict, row_outcome(verdict, fates)) for verdict in chunk]
        ctx.plans.predict(run.id, [(verdict.row, outcome) for verdict, outcome in outcomes])
        counts.update(tally(outcome for _, outcome in outcomes))
    rows = sum(counts[outcome.value] for outcome in Outcome)
    if rows != run.row_count:
        raise StopRun(
            f"{rows} rows were planned, but the file has {run.row_count}.", code="rows_do_not_add_up"
        )
    planned = ctx.results.action_counts(run.id)
    carried = ctx.results.carried_links(run.id)
    connector = session.connector
    budget = connector.price(_work(planned, carried, connector.manifest.association_batch_size))
    with ctx.database.together():
        ctx.save_work(run.id)
        ctx.runs.update(
            run.id,
            state=RunState.PREVIEWED,
            predicted=dict(counts),
            planned=planned,
            budget={**run.budget, **budgeted(budget.calls, ctx.calls_made(run), budget.seconds)},
            planned_at=datetime.now(UTC),
        )


def _work(planned: dict[str, dict[str, int]], carried: int, association_batch: int) -> Counts:
    """What writing and checking takes: a look right before each change, the write, a look after it."""

    def of(kind: ActionKind) -> dict[ObjectName, int]:
        return {ObjectName(name): kinds.get(kind.value, 0) for name, kinds in planned.items()}

    created, changed, archived = of(ActionKind.CREATE), of(ActionKind.UPDATE), of(ActionKind.ARCHIVE)
    update = {name: changed[name] + archived[name] for name in changed}
    links, unlinks = (sum(of(kind).values()) for kind in (ActionKind.LINK, ActionKind.UNLINK))
    beside = sum(
        kinds_beside(name) * -(-count // RECORDS_PER_WAVE) for name, count in archived.items() if count
    )
    return Counts(
        find_unique=update,
        find_search={ObjectName.COMPANIES: created.get(ObjectName.COMPANIES, 0)},
        create=created,
        update=update,
        links=links - carried,
        unlinks=unlinks,
        link_reads=links + association_batch * (beside + 2 * -(-unlinks // association_batch)),
        shown=False,  # the looks before are counted already, object by object
    )
