"""Undo: the inverse of a run is planned like an import, previewed, written and checked like one. What people did since stays."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from smartsync_core.errors import BadInput, SmartSyncError
from smartsync_core.model.access import Role
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import ActionKind, ActionState, Reason, RowVerdict
from smartsync_core.model.run import Run, RunState
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.field_words import FieldWords
from smartsync_core.orchestrator.imports import again
from smartsync_core.orchestrator.predicting import predict
from smartsync_core.orchestrator.rights import takes
from smartsync_core.orchestrator.since import Since
from smartsync_core.planning.inverse import Inverse, Wrote, unlink
from smartsync_core.store.edits import Edits
from smartsync_core.store.written import Added, TakenBack, Written

__all__ = ["WORKFLOW", "redo", "start_undo", "undo_workflow"]

WORKFLOW = "undo"
_BROKEN = "An error inside SmartSync stopped this preview. Nothing was sent; look into the log."
_log = logging.getLogger(__name__)
_CHUNK = 2_000  # records at a time
_ORDER = (ObjectName.TASKS, ObjectName.NOTES, ObjectName.DEALS, ObjectName.CONTACTS, ObjectName.COMPANIES)


@takes(Role.OPERATOR)
def start_undo(ctx: Context, run_id: str, *, only_created: bool = False, rows: Collection[int] = ()) -> str:
    """Begin to plan the undo of a run, or of a part of it; the id of the undo, itself a run.

    The plan is ready when its state is PREVIEWED; `approve` writes it. Raises BadInput where there is nothing to take back.
    """
    run = ctx.runs.get(run_id)
    ctx.connected(run.integration_id)
    _refuse(ctx, run)
    part: dict[str, object] = {"only": "created"} if only_created else {}
    if rows:
        _refuse_unknown(ctx, run, rows)
        part["rows"] = sorted(rows)
    undo_id = ctx.runs.create(
        integration_id=run.integration_id,
        upload_id=run.upload_id,
        options=run.options,
        row_count=0,
        by=ctx.user,
        began_at=datetime.now(UTC),
        undo_of=run_id,
        part=part,
    )
    ctx.engine.start(WORKFLOW, f"{WORKFLOW}-{undo_id}", undo_id)
    return undo_id


@takes(Role.OPERATOR)
def redo(ctx: Context, run_id: str) -> str:
    """Begin to preview what was taken back: the rows as they were last sent, with the same choices; the id of the new run.

    `run_id` may be the undo's.
    """
    run = ctx.runs.get(run_id)
    return again(ctx, run.undo_of or run.id)


def _refuse(ctx: Context, run: Run) -> None:
    if run.undo_of:
        raise BadInput(
            f"This is itself an undo, of {run.file_name}.",
            hint="To bring its records back, import the file again.",
            code="is_undo",
        )
    if run.state.open:
        raise BadInput(
            f"The import of {run.file_name} is {run.state.value}.",
            hint="Wait until it ends, or stop it.",
            code="is_open",
        )
    undos = ctx.runs.undos([run.id])
    if any(undo.state.open or undo.state is RunState.PAUSED for undo in undos):
        raise BadInput(
            f"The import of {run.file_name} is being taken back already.",
            hint="Let that undo come to its end.",
        )
    written = Written(ctx.database, ctx.org_id)
    before = written.undone(run.id)
    if written.count(run.id) == 0:
        raise BadInput(
            f"The import of {run.file_name} wrote nothing, so nothing can be taken back.",
            code="nothing_to_undo",
        )
    if not _left(written, run, before):
        raise BadInput(f"The import of {run.file_name} was taken back already.", code="nothing_to_undo")


def _refuse_unknown(ctx: Context, run: Run, rows: Collection[int]) -> None:
    known = Edits(ctx.database, ctx.org_id).rows(run.id, run.upload_id, sorted(rows))
    if missing := sorted(set(rows) - known.keys()):
        raise BadInput(
            f"{run.file_name} has no row {missing[0]}.",
            hint="Give numbers of rows as History and the file of results have them.",
            code="unknown_row",
        )


def _left(written: Written, run: Run, before: TakenBack) -> bool:
    """Whether anything but what earlier undos moved to the recycle bin or parted is left."""
    made = written.made(run.id)
    records = {(name, id_) for name in _ORDER for id_ in written.record_ids(run.id, name)}
    links = [one for one in written.added(run.id) if (ObjectName.CONTACTS, one.action.crm_id) not in made]
    return bool(records - before.records) or any(one.action.id not in before.actions for one in links)


def undo_workflow(ctx: Context, run_id: str) -> str:
    """The workflow's body: plan; the run's state at its end. A deliberate error ends the run with its sentence."""
    ctx.engine.step("plan", _guarded, ctx, run_id)
    return ctx.runs.get(run_id).state.value


def _guarded(ctx: Context, run_id: str) -> None:
    run = ctx.runs.get(run_id)
    if run.state is not RunState.PREVIEWING:
        return  # after a crash the step begins again, though the plan stands or is being written
    try:
        with ctx.session(run) as session:
            _plan(ctx, run, session)
    except SmartSyncError as error:
        _failed(ctx, run_id, error.sentence())
    except Exception:  # noqa: BLE001 - the outermost edge of a worker: whatever it was, the run must not stay open
        _log.exception("preview of undo %s", run_id)
        _failed(ctx, run_id, _BROKEN)


def _failed(ctx: Context, run_id: str, sentence: str) -> None:
    ctx.runs.update(run_id, state=RunState.FAILED, message=sentence, finished_at=datetime.now(UTC))
    ctx.end_session(run_id)


def _plan(ctx: Context, run: Run, session: Session) -> None:
    """Activities and deals, then contacts, associations, companies: what hangs on others before what it hangs on."""
    ctx.plans.clear_actions(run.id)
    undone = ctx.runs.get(run.undo_of)
    since = Since(ctx, session, undone)
    plan = _Plan(ctx, run, undone, since, _part(ctx, undone, run))
    for name in _ORDER:
        if name is ObjectName.COMPANIES:
            plan.links(session)
        plan.records(name)
    rows = plan.rows()
    ctx.plans.add_reasons(run.id, [*plan.reasons, *_never(ctx, undone, plan)], "plan")
    ctx.plans.assign_waves(run.id)
    ctx.runs.update(run.id, row_count=rows, crm_read_at=datetime.now(UTC))
    predict(ctx, replace(run, row_count=rows), session)


@dataclass(frozen=True, kw_only=True)
class _Part:
    """What of the run is to be taken back. `rows` None = all; `mains`: ids of these rows' main actions."""

    only_created: bool
    rows: frozenset[int] | None
    mains: frozenset[int]

    def has(self, one: Wrote) -> bool:
        """A record that rows outside the part need too stays."""
        if self.only_created and not one.created:
            return False
        return self._of_rows({action.id for action in one.actions}, one.action.rows)

    def has_link(self, link: Added, ends_made: bool) -> bool:
        if self.only_created and not ends_made:
            return False
        return self._of_rows({link.action.from_action}, link.action.rows)

    def _of_rows(self, ids: set[int], rows: Iterable[int]) -> bool:
        return self.rows is None or bool(ids & self.mains) or self.rows.issuperset(rows)


def _part(ctx: Context, undone: Run, run: Run) -> _Part:
    told = run.part.get("rows")
    rows = frozenset(int(row) for row in told) if isinstance(told, list) else None
    mains = frozenset(
        verdict.main_action
        for chunk in (ctx.plans.verdicts(undone.id) if rows else ())
        for verdict in chunk
        if rows and verdict.row in rows and not verdict.duplicate_of
    )
    return _Part(only_created=run.part.get("only") == "created", rows=rows, mains=mains)


class _Plan:
    """Grows action by action; each is stored as soon as it is decided."""

    def __init__(self, ctx: Context, run: Run, undone: Run, since: Since, part: _Part) -> None:
        self._ctx, self._run, self._undone, self._since, self._part = ctx, run, undone, since, part
        self._before = since.written.undone(undone.id)
        self._words = FieldWords(run.options)
        self._rows_of: dict[int, int] = {}  # action → its first row
        self.reasons: list[Reason] = []

    def records(self, name: ObjectName) -> None:
        """Everything the run wrote to this object, chunk by chunk."""
        ids = [
            id_
            for id_ in self._since.written.record_ids(self._undone.id, name)
            if (name, id_) not in self._before.records
        ]
        for start in range(0, len(ids), _CHUNK):
            found = self._since.inverses(name, ids[start : start + _CHUNK])
            self._add([inverse for one, inverse in found.values() if self._part.has(one)])

    def links(self, session: Session) -> None:
        """Associations that the run added to contacts that were there before it. A created contact takes its own along."""
        made = self._since.around.made
        links = [
            link
            for link in self._since.added
            if link.action.id not in self._before.actions
            and (ObjectName.CONTACTS, link.action.crm_id) not in made
            and self._part.has_link(link, (ObjectName.COMPANIES, link.company_id) in made)
        ]
        for start in range(0, len(links), _CHUNK):
            chunk = links[start : start + _CHUNK]
            contacts = sorted({link.action.crm_id for link in chunk})
            standing = session.connector.linked(ObjectName.CONTACTS, contacts, ObjectName.COMPANIES)
            inverses = [unlink(link.action, link.company_id, standing[link.action.crm_id]) for link in chunk]
            self._add(inverses)
            self._since.around.unlinked.update(
                link.pair
                for link, inverse in zip(chunk, inverses, strict=True)
                if inverse.action.kind is ActionKind.UNLINK
            )

    def rows(self) -> int:
        """A verdict for each row of the run that has something to take back; how many."""
        verdicts: dict[int, RowVerdict] = {}
        tied: set[int] = set()
        for chunk in self._ctx.plans.verdicts(self._undone.id):
            for row in chunk:
                ids = [id_ for id_ in (row.main_action, *sorted(row.other_actions)) if id_ in self._rows_of]
                if ids and not row.duplicate_of and row.main_action not in self._before.actions:
                    verdicts[row.row] = RowVerdict(
                        row=row.row, main_action=ids[0], other_actions=tuple(ids[1:])
                    )
                    tied.update(ids)
        for id_, number in self._rows_of.items():
            if id_ not in tied:
                verdicts[number] = _tied(verdicts.get(number), number, id_)
        ordered = [verdicts[number] for number in sorted(verdicts)]
        for start in range(0, len(ordered), _CHUNK):
            self._ctx.plans.add_rows(self._run.id, ordered[start : start + _CHUNK])
        return len(ordered)

    def _add(self, inverses: Sequence[Inverse]) -> None:
        self._ctx.plans.add_actions(self._run.id, [inverse.action for inverse in inverses])
        for inverse in inverses:
            action = inverse.action
            self._rows_of[action.id] = action.rows[0]
            if action.kind is ActionKind.ARCHIVE:
                self._since.around.gone.add((action.object, action.crm_id))
            for reason in inverse.reasons:
                self.reasons.append(replace(reason, field=self._words.of(action.object, reason.field)))


def _tied(verdict: RowVerdict | None, row: int, action_id: int) -> RowVerdict:
    if verdict is None:
        return RowVerdict(row=row, main_action=action_id)
    return replace(verdict, other_actions=(*verdict.other_actions, action_id))


def _never(ctx: Context, undone: Run, plan: _Plan) -> list[Reason]:
    """What no undo takes back."""
    told = [
        "Workflows that the CRM started because of this import, and mails they sent, cannot be taken back."
    ]
    if any(reason.code == "merged" for reason in plan.reasons):
        told.append("Merges that people made cannot be taken back.")
    if ctx.connections.get(undone.integration_id).fields_added:
        told.append("The fields that were added to the account stay.")
    doubtful = sum(fate.state is ActionState.IN_DOUBT for fate in ctx.plans.fates(undone.id).values())
    if doubtful:
        many, it = (
            ("One record of this import is", "it")
            if doubtful == 1
            else (f"{doubtful:,} records of this import are", "them")
        )
        told.append(f"{many} in doubt: look for {it} in the CRM yourself.")
    return [Reason(row=0, field="", code="cannot_take_back", message=message) for message in told]
