"""Late check: a minute after a run made companies, their domains are searched once more for others that the CRM made by itself.

A workflow of its own, outside the run's calls and duration: searches lag behind writes, and so do the CRM's own automatisms.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from smartsync_core.errors import SmartSyncError
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.moments import written
from smartsync_core.model.plan import Reason
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.planning.inverse import wrote
from smartsync_core.store.written import Written

__all__ = ["WORKFLOW", "late_check_workflow", "schedule"]

WORKFLOW = "late-check"
_WAIT = timedelta(seconds=60)
_ORIGIN = "late"
_CHUNK = 2_000


@dataclass(frozen=True, kw_only=True)
class _Made:
    """A company that the run created."""

    row: int
    id: str
    domain: str


def schedule(ctx: Context, run_id: str) -> None:
    """Inside the workflow that wrote the run: say that the check is pending and begin to wait for it."""
    due = ctx.engine.step("late check due", _due, ctx, run_id)
    if due:
        ctx.engine.start(WORKFLOW, f"{WORKFLOW}-{run_id}-{due}", run_id, due)


def _due(ctx: Context, run_id: str) -> str:
    """When to look; "" = there is nothing to look for."""
    made = _companies(ctx, run_id)
    if not made or ctx.runs.get(run_id).undo_of:
        return ""
    message = f"Late check pending: in a minute it is looked whether the CRM has other companies for the domains of {_new(made)}."
    _say(ctx, run_id, [_of_run("late_check_pending", message)])
    return (datetime.now(UTC) + _WAIT).isoformat()


def late_check_workflow(ctx: Context, run_id: str, due: str) -> None:
    """The workflow's body."""
    ctx.engine.sleep_until(datetime.fromisoformat(due))
    ctx.engine.step("look", _look, ctx, run_id)


def _look(ctx: Context, run_id: str) -> None:
    connection = ctx.connections.get(ctx.runs.get(run_id).integration_id)
    made = _companies(ctx, run_id)
    try:
        with ctx.visit(connection, interactive=False, prompt=False) as session:
            rivals = _rivals(session, made)
    except SmartSyncError as error:
        _say(
            ctx,
            run_id,
            [_of_run("late_check_failed", f"The late check could not be made: {error.sentence()}")],
        )
        return
    found = (
        f"the CRM has another company for {len(rivals)} of them"
        if rivals
        else "the CRM has no other company for them"
    )
    summary = f"Late check {written(datetime.now(UTC))} of the domains of {_new(made)}: {found}."
    _say(ctx, run_id, [_of_run("late_check", summary), *rivals])


def _new(made: list[_Made]) -> str:
    return "the new company" if len(made) == 1 else f"the {len(made)} new companies"


def _rivals(session: Session, made: list[_Made]) -> list[Reason]:
    """One reason per company whose domain another company answers to, that the run did not make."""
    if not made:
        return []
    own = {one.id for one in made}
    found = session.connector.find(
        ObjectName.COMPANIES, "domain", sorted({one.domain for one in made}), ["name"]
    )
    others = {one: [it.id for it in found.get(one.domain, ()) if it.id not in own] for one in made}
    suspects = [one for one, ids in others.items() if ids]
    now = session.connector.read(ObjectName.COMPANIES, [one.id for one in suspects], [])
    return [
        _rival(one, ids)
        for one in suspects
        if (ids := [id_ for id_ in others[one] if one.id not in now or now[one.id].id != id_])
    ]


def _rival(made: _Made, ids: list[str]) -> Reason:
    message = (
        f"The CRM has another company for {made.domain} (record {', '.join(ids)}) beside the one made for this row "
        f"(record {made.id}): merge them there if they are the same."
    )
    return Reason(row=made.row, field="", code="rival_company", message=message)


def _companies(ctx: Context, run_id: str) -> list[_Made]:
    written = Written(ctx.database, ctx.org_id)
    ids, found = written.record_ids(run_id, ObjectName.COMPANIES), []
    for start in range(0, len(ids), _CHUNK):
        chunk = written.of_records(run_id, ObjectName.COMPANIES, ids[start : start + _CHUNK])
        for crm_id, one in ((crm_id, wrote(actions)) for crm_id, actions in chunk.items()):
            domain = one.cells["domain"].sent if "domain" in one.cells else None
            if one.created and domain:
                found.append(_Made(row=one.action.rows[0], id=crm_id, domain=domain))
    return found


def _of_run(code: str, message: str) -> Reason:
    return Reason(row=0, field="", code=code, message=message)


def _say(ctx: Context, run_id: str, reasons: list[Reason]) -> None:
    """The newest word replaces the ones before."""
    ctx.plans.drop_reasons(run_id, _ORIGIN)
    ctx.plans.add_reasons(run_id, reasons, _ORIGIN)
