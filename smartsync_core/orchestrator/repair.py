"""Repair: rows that need a person, or that the CRM refused, are sent again in the same run, until none is left.

`retry` takes rows up and stores what a person corrected; the workflow plans only these rows anew and writes what comes of
it through the same waves, checks and settling as every write. What was predicted stays as it was.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from smartsync_core.errors import BadInput, RetryLater, SmartSyncError
from smartsync_core.mapping.text import tidy
from smartsync_core.model.access import Role
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.mapping import Certainty
from smartsync_core.model.run import Run, RunState
from smartsync_core.model.table import RawRow
from smartsync_core.orchestrator import write
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.replan import decide_again, draft_again, look_up_again, settle_doubts
from smartsync_core.orchestrator.rights import takes
from smartsync_core.store.edits import Edits
from smartsync_core.store.repairs import Repairs, Waiting
from smartsync_core.store.written import Written

__all__ = ["Retried", "repair_workflow", "retry"]

_GO, _HALT = 0.0, -1.0  # what a guarded step answers; above zero: seconds to wait, then again
_BROKEN = "An error inside SmartSync stopped this repair. Nothing was sent; look into the log."
_NAMED_AT_ONCE = 500  # rows per line of the audit

_log = logging.getLogger(__name__)


class _Step(Protocol):
    def __call__(self, ctx: Context, run: Run, session: Session) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Retried:
    """`rows` are sent again; without any, the run was left alone."""

    rows: tuple[int, ...]
    passed_over: tuple[int, ...] = ()  # named, but they need nobody (any more)
    without_effect: tuple[str, ...] = ()  # columns in which cells were corrected, but that are not imported


@takes(Role.OPERATOR)
def retry(ctx: Context, run_id: str, edits: Mapping[int, Mapping[str, str]] | None = None) -> Retried:
    """Send rows that need a person or failed again, in their run. `edits`: {row: {column: cell}}.

    Without edits it is every such row. With edits it is the rows they name (one with no cells as it stands) and those that
    cannot go without them: rows of the same record, and rows that wait for the same company. The others are left alone.
    A create in doubt that nothing can prove is sent again only where its row was corrected. Raises BadInput, and NotFound
    for an unknown run.
    """
    run = ctx.runs.get(run_id)
    _refuse_unless_done(ctx, run)
    ctx.connected(run.integration_id)
    repairs = Repairs(ctx.database, ctx.org_id)
    waiting, named = repairs.open_rows(run_id), edits or {}
    corrected = _corrected(ctx, run, named, waiting)
    passed_over = tuple(sorted(set(named) - set(waiting)))
    rows = sorted(_with_kin(waiting, set(named) & set(waiting)) if named else waiting)
    if not rows:
        return Retried(rows=(), passed_over=passed_over)
    cells = {row: one.cells for row, one in corrected.items()}
    if not repairs.begin(run_id, rows, cells, who=ctx.user, at=datetime.now(UTC)):
        raise _not_done(ctx.runs.get(run_id))
    ctx.wishes.clear(run_id)
    ctx.runs.update(run_id, max_calls=None)  # the cap was on what was agreed to then
    _audit(ctx, run_id, rows, corrected)
    write.begin(ctx, run)
    without_effect = _without_effect(run, corrected.values())
    return Retried(rows=tuple(rows), passed_over=passed_over, without_effect=without_effect)


def repair_workflow(ctx: Context, run_id: str) -> str:
    """The workflow's body: the run's state at its end. Where the new plan cannot be made, the rows stay as they were."""
    while (wait_s := _plan_anew(ctx, run_id)) > _GO:
        ctx.end_session(run_id)
        if not write.woken(ctx, run_id, wait_s):
            return ctx.runs.get(run_id).state.value
    return write.write_workflow(ctx, run_id)


def _plan_anew(ctx: Context, run_id: str) -> float:
    engine = ctx.engine
    objects = sorted(ctx.runs.get(run_id).options.record_type.objects, key=list(ObjectName).index)
    for name, step in (("doubts", settle_doubts), ("draft", draft_again)):
        if verdict := engine.step(name, _guarded, ctx, run_id, step):
            return verdict
    looks = [(ctx, run_id, partial(look_up_again, object_name=name)) for name in objects]
    if verdict := next(filter(None, list(engine.steps("match", _guarded, looks, in_flight=len(looks)))), _GO):
        return verdict
    return engine.step("decide", _guarded, ctx, run_id, decide_again)


def _guarded(ctx: Context, run_id: str, step: _Step) -> float:
    """Run a step. An error ends the repair with its sentence; a used-up daily limit makes it wait for so many seconds."""
    run = ctx.runs.get(run_id)
    try:
        with ctx.session(run) as session:
            step(ctx, run, session)
    except RetryLater as error:
        if error.daily:
            ctx.runs.update(
                run_id, state=RunState.PAUSED, message=error.sentence(), finished_at=datetime.now(UTC)
            )
            return error.after_s
        return _given_up(ctx, run_id, error.sentence())
    except SmartSyncError as error:
        return _given_up(ctx, run_id, error.sentence())
    except Exception:  # noqa: BLE001 - the outermost edge of a worker: whatever it was, the run must not hang
        _log.exception("repair of import %s", run_id)
        return _given_up(ctx, run_id, _BROKEN)
    return _GO


def _given_up(ctx: Context, run_id: str, sentence: str) -> float:
    Repairs(ctx.database, ctx.org_id).release(run_id)
    ctx.runs.update(run_id, message=sentence)
    return _HALT


# Which rows


def _refuse_unless_done(ctx: Context, run: Run) -> None:
    if run.kind != "import":
        raise BadInput(
            f"The undo of {run.file_name} takes an import back: there are no rows to send again.",
            code="not_an_import",
        )
    if run.state is not RunState.DONE:
        raise _not_done(run)
    undos = [undo for undo in ctx.runs.undos([run.id]) if undo.state is RunState.DONE and not undo.part]
    if undos and _gone(ctx, run):
        raise BadInput(
            f"The import of {run.file_name} was taken back.",
            hint="Import the file again instead.",
            code="taken_back",
        )


def _gone(ctx: Context, run: Run) -> bool:
    """Whether undos took anything back: where people's work kept all of it, the import still stands."""
    return bool(Written(ctx.database, ctx.org_id).given_back([run.id]))


def _not_done(run: Run) -> BadInput:
    hints = {
        RunState.PREVIEWED: "Write it first.",
        RunState.FAILED: "Import the file again.",
        RunState.RUNNING: "Perhaps somebody sent its rows again a moment ago. Look again once it is done.",
        RunState.PREVIEWING: "Wait until its preview is there, and write it.",
    }
    return BadInput(
        f"The import of {run.file_name} is {run.state.value}: its rows can be sent again once it is done.",
        hint=hints.get(run.state, "Go on with it first."),
        code="not_done",
    )


def _with_kin(waiting: Mapping[int, Waiting], named: Iterable[int]) -> set[int]:
    """Named rows, rows of the same record, and rows whose record landed and that wait for the same company."""
    chosen = [waiting[row].verdict for row in named]
    mains = {one.main_action for one in chosen} - {0}
    others = {id_ for one in chosen for id_ in one.other_actions}
    kin = {
        row
        for row, one in waiting.items()
        if one.verdict.main_action in mains or (one.partly and others.intersection(one.verdict.other_actions))
    }
    return {one.row for one in chosen} | kin


# What was corrected


@dataclass(frozen=True, kw_only=True)
class _Corrected:
    """A row as it stands now, and the columns that changed."""

    cells: tuple[str, ...]
    columns: list[str]


def _corrected(
    ctx: Context, run: Run, edits: Mapping[int, Mapping[str, str]], waiting: Collection[int]
) -> dict[int, _Corrected]:
    """Rows that differ from what is on record. Raises BadInput for rows and columns that the file does not have."""
    columns = ctx.uploads.get(run.upload_id).columns
    _refuse_unknown(run, columns, edits)
    found = Edits(ctx.database, ctx.org_id).rows(run.id, run.upload_id, sorted(edits))
    if missing := sorted(set(edits) - set(found)):
        raise BadInput(
            f"{run.file_name} has no row {missing[0]}.",
            hint="Leave the numbers in the column of rows as they are.",
            code="unknown_row",
        )
    corrected = {row: _applied(found[row], columns, edits[row]) for row in edits if row in waiting}
    return {row: one for row, one in corrected.items() if one.columns or found[row].extra}


def _applied(raw: RawRow, columns: Sequence[str], new: Mapping[str, str]) -> _Corrected:
    """What reads the same is no correction: a spreadsheet may have changed spaces and line ends."""
    before = dict(zip(columns, raw.cells, strict=True))
    changed = {header: text for header, text in new.items() if tidy(text) != tidy(before[header])}
    return _Corrected(cells=tuple((before | changed).values()), columns=list(changed))


def _without_effect(run: Run, corrected: Iterable[_Corrected]) -> tuple[str, ...]:
    """Of the columns that were corrected those that go nowhere and recognise nothing, by name."""
    keys = {key.column for key in run.options.keys}
    used = {
        column.column
        for column in run.options.columns
        if column.index in keys or (column.target is not None and column.certainty is Certainty.SURE)
    }
    return tuple(sorted({header for one in corrected for header in one.columns} - used))


def _refuse_unknown(run: Run, columns: Sequence[str], edits: Mapping[int, Mapping[str, str]]) -> None:
    known = set(columns)
    unknown = next((header for cells in edits.values() for header in cells if header not in known), None)
    if unknown is not None:
        raise BadInput(
            f"{run.file_name} has no column “{unknown}”.",
            hint=f"Its columns are: {', '.join(columns[:12])}.",
            code="unknown_column",
        )


def _audit(ctx: Context, run_id: str, rows: Sequence[int], corrected: Mapping[int, _Corrected]) -> None:
    """Who sent rows again, and which columns of which rows they corrected; the values stand in the run."""
    ctx.audit.record(who=ctx.user, what="run.repaired", subject_id=run_id, details={"rows": len(rows)})
    lines = sorted(corrected.items())
    for start in range(0, len(lines), _NAMED_AT_ONCE):
        told = {str(row): one.columns for row, one in lines[start : start + _NAMED_AT_ONCE]}
        ctx.audit.record(who=ctx.user, what="run.edited", subject_id=run_id, details={"columns": told})
