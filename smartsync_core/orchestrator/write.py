"""Write: an approved plan is sent wave by wave, kept in the ledger, read back and settled; it stops where it is told to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from threading import Event

from smartsync_core.errors import BadInput, RetryLater, SmartSyncError
from smartsync_core.model.access import Role
from smartsync_core.model.plan import ActionState
from smartsync_core.model.run import Run, RunState, Wish
from smartsync_core.orchestrator import check, late_check, settle
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.gate import Halted
from smartsync_core.orchestrator.owner_cap import within_cap
from smartsync_core.orchestrator.recipes import measure_by
from smartsync_core.orchestrator.rights import takes
from smartsync_core.orchestrator.sending import send_wave
from smartsync_core.settings import Settings
from smartsync_core.store.ledger import keep_wave, link_keys, wave_lines
from smartsync_core.store.repairs import Repairs
from smartsync_core.store.wishes import Wishes

__all__ = ["REPAIR", "WORKFLOW", "approve", "ask", "begin", "leave_wish", "woken", "write_workflow"]

WORKFLOW = "write"
REPAIR = "repair"  # plans rows that were taken up anew, then writes
_WAVES_IN_FLIGHT = 3  # the connector keeps its own number of calls open over both
_GO, _HALT, _TROUBLE = 0.0, -1.0, -2.0  # what a guarded step answers; above zero: seconds to wait, then again
_BEFORE_ALL = -1  # as a last wave: none may be sent
_CALLS_PER_BATCH = 3  # at most: look, write, look again
_BATCH = 100
_BROKEN = "An error inside SmartSync stopped this import. Nothing is lost: resume it, or look into the log."

_Step = Callable[[Context, Run, Session, int], None]

_log = logging.getLogger(__name__)


@takes(Role.OPERATOR)
def approve(
    ctx: Context,
    run_id: str,
    *,
    shown: bool,
    first: int = 0,
    max_calls: int | None = None,
    at_once: bool = False,
) -> str:
    """Begin to write a previewed, paused or stopped run; the id of the work.

    `shown`: a person saw the plan, so it is read again before it is written. `first`: send only what these first rows need,
    then pause. `max_calls`: pause before the run has made more calls than this. It waits its turn after what is
    written to the same account already; `at_once`, a single record is written before this returns.
    """
    run = ctx.runs.get(run_id)
    ctx.connected(run.integration_id)
    now = datetime.now(UTC)
    waiting: dict[str, object] = {
        "message": "",
        "finished_at": None,
        "wakes_at": None,
        "pause_after": _BEFORE_ALL if first else None,  # until it is known which waves the first rows need
        "max_calls": max_calls,
    }
    waiting["waited_s"] = _waited_s(run, now)
    agreed: dict[str, object] = {"shown": shown, "approved_at": now, "approved_by": ctx.user}
    with ctx.database.together(), within_cap(ctx, run):
        claimed = bool(run.planned_at) and any(
            ctx.runs.claim(
                run_id,
                expected=state,
                new=RunState.RUNNING,
                **waiting,
                **(agreed if state is RunState.PREVIEWED else {}),
            )
            for state in (RunState.PREVIEWED, RunState.PAUSED, RunState.STOPPED)
        )
        if claimed:
            details = {"shown": shown, "first": first}
            ctx.audit.record(who=ctx.user, what="run.approved", subject_id=run_id, details=details)
    if not claimed:
        raise BadInput(
            f"The import of {run.file_name} is {run.state.value}: there is nothing to write.",
            code="not_waiting",
        )
    if shown or run.state is not RunState.PREVIEWED:
        ctx.wishes.clear(run_id)  # else nobody agreed to it since: what was wished meanwhile holds
    if first:  # of an undo all goes: a company can only go after all of its contacts
        last = None if run.undo_of else ctx.plans.assign_waves(run_id, first=first)
        ctx.runs.update(run_id, pause_after=last)
    if run.state is RunState.PREVIEWED and run.options.recipe and not run.undo_of:
        measure_by(ctx, run)
    if not at_once:
        return begin(ctx, run)
    workflow_id = _new_id(WORKFLOW, run_id)
    ctx.engine.do(WORKFLOW, workflow_id, run_id)
    return workflow_id


def begin(ctx: Context, run: Run) -> str:
    """Queue the work on a run that is RUNNING; the id of the work."""
    name = REPAIR if Repairs(ctx.database, ctx.org_id).awaiting(run.id) else WORKFLOW
    workflow_id = _new_id(name, run.id)
    ctx.engine.start(name, workflow_id, run.id, partition=run.integration_id)
    return workflow_id


def _new_id(name: str, run_id: str) -> str:
    return f"{name}-{run_id}-{datetime.now(UTC):%Y%m%d%H%M%S%f}"


@takes(Role.OPERATOR)
def ask(ctx: Context, run_id: str, wish: Wish) -> None:
    """Ask a run to pause or to stop; it does so before its next write. A paused one that is asked to stop is stopped."""
    run = ctx.runs.get(run_id)
    if wish is Wish.STOP and ctx.runs.claim(
        run_id, expected=RunState.PAUSED, new=RunState.STOPPED, message="You stopped it."
    ):
        return
    if not run.state.open:
        raise BadInput(
            f"The import of {run.file_name} is {run.state.value}: there is nothing to {wish.value}.",
            code="not_running",
        )
    ctx.wishes.put(run_id, wish)


def leave_wish(settings: Settings, run_id: str, wish: Wish) -> None:
    """As `ask`, of a run that another process works on: it finds the wish before its next write. Raises BadInput."""
    if not run_id.isalnum():
        raise BadInput(f"There is no import {run_id}.")
    Wishes(settings.data_dir).put(run_id, wish)


def write_workflow(ctx: Context, run_id: str, wait_s: float = 0.0) -> str:
    """The workflow's body: the run's state at its end. After a daily limit it waits for the reset and goes on by itself.

    `wait_s`: it begins with that.
    """
    engine, run = ctx.engine, ctx.runs.get(run_id)
    if wait_s and not woken(ctx, run_id, wait_s):
        return ctx.runs.state(run_id).value
    while True:
        verdict, unchecked, over = _GO, list[int](), Event()
        for waves in engine.step("phases", ctx.plans.phases, run_id):
            verdict = verdict or _send_phase(ctx, run, waves, unchecked, over)
        if verdict in (_GO, _HALT):  # who halts a run wants to know what it wrote
            checked = _check(ctx, run_id, over)
            verdict = verdict or checked
        engine.transaction("links", link_keys, ctx.org_id, run.integration_id, run_id, -1)
        engine.step("settle", settle.settle, ctx, run_id, well=verdict in (_GO, _HALT))
        ctx.end_session(run_id)
        if verdict > _GO and not engine.on_record:  # for so long, somebody has to remember it
            _wakes(ctx, run_id, verdict)  # known at once to whoever waits for this
            engine.start(WORKFLOW, _new_id(WORKFLOW, run_id), run_id, verdict)
            return ctx.runs.state(run_id).value
        if verdict <= _GO or not woken(ctx, run_id, verdict):
            late_check.schedule(ctx, run_id)
            return ctx.runs.state(run_id).value


def _send_phase(ctx: Context, run: Run, waves: Sequence[int], unchecked: list[int], over: Event) -> float:
    """Send waves that do not depend on each other; each one's ledger and read-back while later ones are under way.

    `unchecked` are waves of earlier phases that nothing came after, and becomes those of this one.
    Under a cap on calls it is one after the other, so that each knows what those before it made.
    Once a wave halts the run, those after it do nothing; one that was under way beside it is in the ledger too. `over` is
    set from then on: a person may take the run up anew before these have come to an end, and that is not for them to halt.
    """
    work = _with_checks(waves, unchecked)
    steps = [(ctx, run.id, over, step, wave) for step, wave in work]
    in_flight = 1 if run.max_calls is not None else _WAVES_IN_FLIGHT
    verdicts = []
    for (step, wave), verdict in zip(
        work, ctx.engine.steps("wave", _guarded, steps, in_flight=in_flight), strict=True
    ):
        if step is send_wave:
            with ctx.database.read() as conn:
                said = wave_lines(conn, ctx.org_id, run.integration_id, run.id, wave)
            ctx.engine.transaction("ledger", keep_wave, ctx.org_id, run.integration_id, run.id, wave, said)
        verdicts.append(verdict)
    return next(filter(None, verdicts), _GO)


def _with_checks(waves: Sequence[int], unchecked: list[int]) -> list[tuple[_Step, int]]:
    """Each wave's send, and its check once the waves that are sent beside it were begun; `unchecked` keeps the others."""
    work: list[tuple[_Step, int]] = []
    for wave in waves:
        work.append((send_wave, wave))
        unchecked.append(wave)
        if len(unchecked) > _WAVES_IN_FLIGHT:
            work.append((check.check_wave, unchecked.pop(0)))
    return work


def _check(ctx: Context, run_id: str, over: Event) -> float:
    """Read back what no send had time for."""
    left = ctx.engine.step("left to check", ctx.plans.phases, run_id)
    checks = [(ctx, run_id, over, check.check_wave, wave, False) for waves in left for wave in waves]
    verdicts = ctx.engine.steps("check", _guarded, checks, in_flight=_WAVES_IN_FLIGHT)
    return next((verdict for verdict in verdicts if verdict != _GO), _GO)


def woken(ctx: Context, run_id: str, wait_s: float) -> bool:
    """Wait for the daily limit's reset; False when somebody took the run up, or stopped it, before."""
    wakes_at = ctx.engine.step("wakes", _wakes, ctx, run_id, wait_s)
    ctx.engine.sleep_until(datetime.fromisoformat(wakes_at), lambda: not _waits(ctx, run_id, wakes_at))
    woken = ctx.engine.step("woken", _take_up, ctx, run_id, wakes_at)
    if woken:
        ctx.engine.step("awake", ctx.runs.update, run_id, wakes_at=None)
    return woken


def _wakes(ctx: Context, run_id: str, wait_s: float) -> str:
    wakes_at = datetime.now(UTC) + timedelta(seconds=wait_s)
    ctx.runs.update(run_id, wakes_at=wakes_at)
    return wakes_at.isoformat()


def _waits(ctx: Context, run_id: str, wakes_at: str) -> bool:
    run = ctx.runs.get(run_id)
    return run.state is RunState.PAUSED and run.wakes_at == datetime.fromisoformat(wakes_at)


def _take_up(ctx: Context, run_id: str, wakes_at: str) -> bool:
    """`wakes_at` stays on record for now, so that doing this twice says the same."""
    if _waits(ctx, run_id, wakes_at):
        waited_s = _waited_s(ctx.runs.get(run_id), datetime.now(UTC))
        again = {"message": "", "finished_at": None, "waited_s": waited_s}
        ctx.runs.claim(run_id, expected=RunState.PAUSED, new=RunState.RUNNING, **again)
    run = ctx.runs.get(run_id)
    return run.state is RunState.RUNNING and run.wakes_at == datetime.fromisoformat(wakes_at)


def _waited_s(run: Run, now: datetime) -> float:
    """How long the run has stood still in all, the wait that ends now included."""
    return run.waited_s + ((now - run.finished_at).total_seconds() if run.finished_at else 0.0)


def _guarded(ctx: Context, run_id: str, over: Event, step: _Step, wave: int, heeds: bool = True) -> float:
    """Do a wave, unless the run is to halt before it, or (`heeds`) in it. An error pauses the run with its sentence."""
    run = ctx.runs.get(run_id)
    if step is send_wave and (over.is_set() or _halted(ctx, run, wave)):
        over.set()
        return _HALT
    try:
        with ctx.session(run, heeds=heeds) as session:
            step(ctx, run, session, wave)
    except Halted as halted:
        wish = ctx.wishes.get(run_id) if heeds else None
        if not over.is_set():
            over.set()
            _rest(ctx, run_id, *(_wished(wish) if wish else (RunState.PAUSED, halted.message)))
        return _HALT
    except RetryLater as error:
        _trouble(ctx, run, over, error.sentence())
        return error.after_s if error.daily else _TROUBLE
    except SmartSyncError as error:
        _trouble(ctx, run, over, error.sentence())
        return _TROUBLE
    except Exception:  # noqa: BLE001 - the outermost edge of a worker: whatever it was, the run must not hang
        _log.exception("import %s, wave %s", run_id, wave)
        _trouble(ctx, run, over, _BROKEN)
        return _TROUBLE
    return _GO


def _trouble(ctx: Context, run: Run, over: Event, sentence: str) -> None:
    """The run pauses, and its account says why, at once: what is under way beside it may take minutes to give up."""
    if over.is_set():
        return
    over.set()
    ctx.connections.record_sync(run.integration_id, error=sentence)
    _rest(ctx, run.id, RunState.PAUSED, sentence)


def _rest(ctx: Context, run_id: str, state: RunState, sentence: str) -> None:
    """Unless somebody halted it before."""
    ctx.runs.claim(run_id, expected=RunState.RUNNING, new=state, message=sentence)


def _wished(wish: Wish) -> tuple[RunState, str]:
    state = RunState.STOPPED if wish is Wish.STOP else RunState.PAUSED
    return state, f"You {state.value} it."


def _halted(ctx: Context, run: Run, wave: int) -> bool:
    """Whether this wave must not begin: somebody wished so, the first rows are done, or the cap on calls is near."""
    if run.state is not RunState.RUNNING:
        return True
    wish = ctx.wishes.get(run.id)
    if wish:
        _rest(ctx, run.id, *_wished(wish))
    elif run.pause_after is not None and wave > run.pause_after:
        ctx.runs.update(
            run.id, state=RunState.PAUSED, message="The first rows are written; look at them, then go on."
        )
    elif run.max_calls is not None and sum(run.calls.values()) + _cost(ctx, run, wave) > run.max_calls:
        ctx.runs.update(
            run.id, state=RunState.PAUSED, message=f"The cap of {run.max_calls} calls is reached."
        )
    else:
        return False
    return True


def _cost(ctx: Context, run: Run, wave: int) -> int:
    """The most calls that a wave can need, its read-back included, and those of earlier waves that are still to come.

    Calls that have to be repeated come on top.
    """
    to_come = [-(-written // _BATCH) + 1 for written in ctx.plans.unproved(run.id)]
    return -(-len(ctx.plans.wave(run.id, wave, ActionState)) // _BATCH) * _CALLS_PER_BATCH + 1 + sum(to_come)
