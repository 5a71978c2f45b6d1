"""One contact or one company: a run of one row through the same pipeline as a file, approved by whoever asks for it."""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Event

from smartsync_core.courtesy import is_work
from smartsync_core.errors import BadInput, RetryLater, SmartSyncError
from smartsync_core.intake import table_of
from smartsync_core.mapping.callers import COMPANY_ID, canonical, names_company, subjects, targets
from smartsync_core.mapping.headers import Reading, match_columns
from smartsync_core.mapping.words import header_key
from smartsync_core.model.access import Role
from smartsync_core.model.automation import Extra
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import ObjectName, Schema
from smartsync_core.model.mapping import (
    Certainty,
    ColumnMatch,
    KeyChoice,
    Policy,
    RecordType,
    WritePolicies,
)
from smartsync_core.model.plan import ActionKind, ActionState, Outcome, Proof, Reason, StoredAction
from smartsync_core.model.run import ImportOptions, Run, RunState
from smartsync_core.model.table import Upload
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.field_mappings import refuse_gone, standing_of, with_standing
from smartsync_core.orchestrator.files import left_out
from smartsync_core.orchestrator.owner_cap import FULL
from smartsync_core.orchestrator.preview import plan_now, start_preview
from smartsync_core.orchestrator.turns import Turns
from smartsync_core.orchestrator.write import approve
from smartsync_core.planning.accounting import row_outcome
from smartsync_core.planning.automations import OWNER, told

__all__ = ["SmartSyncOrchestrator", "SyncResult", "typed_values"]

_ROW = 1
_PATIENCE_S = 60.0  # then the answer is what is known so far; the run goes on by itself
_LOOK = timedelta(seconds=0.2)  # between two looks at what goes on since the start
_SCHEMA_AGE_S = 300.0  # how long the account's fields are taken as known
_log = logging.getLogger(__name__)
_LANDED = (ActionState.DONE, ActionState.UNCHANGED)
_PREVIEWS = 3  # at most: another import may take the last room that its owner had
_FEW = 10  # of what can be made beside one record
_BESIDE = {Extra.TASKS: ObjectName.TASKS, Extra.DEALS: ObjectName.DEALS}


@dataclass(frozen=True, kw_only=True)
class SyncResult:
    """What became of one contact or company. `success`: its record stands in the CRM as asked for, or as policies allow."""

    success: bool
    entity_type: str  # "contact" | "company"
    run_id: str
    state: RunState
    outcome: Outcome
    operation: str  # of the main record: "create" | "update" | "none"
    crm_contact_id: str = ""
    crm_company_id: str = ""
    crm_task_id: str = ""  # where this call made one: the company's next, and no second one
    crm_deal_id: str = ""
    crm_owner_id: str = ""  # whom this call gave the company
    lead_score: int | None = None  # None = not enough known, or not asked for
    summary: str = ""
    signals: tuple[str, ...] = ()
    next_action: str = ""
    enrichments: Mapping[str, object] = field(
        default_factory=dict
    )  # all that was found out, as the log has it
    proof: Proof | None = None  # None = nothing was written, so nothing was read back
    message: str = ""  # why not; "" where there is nothing to say
    reasons: tuple[Reason, ...] = ()
    duration_ms: int = 0
    goes_on: bool = False  # it is not over yet, and needs nobody


@dataclass
class _Call:
    """A record that is being synced, whoever waits for it."""

    connection: Connection
    fields: Mapping[str, object]
    record_type: RecordType
    policy: Policy
    extras: frozenset[Extra]
    began_at: datetime
    runs: list[str] = field(default_factory=list)  # the newest one counts
    begun: Event = field(default_factory=Event)  # one is there, or none will be

    @property
    def about(self) -> set[tuple[str, str]]:
        company = self.record_type is not RecordType.CONTACTS or bool(
            self.extras
        )  # or something is made beside it
        return _about(self.connection.id, self.fields, company=company)


@dataclass
class _Fields:
    read_at: float
    schemas: dict[ObjectName, Schema] = field(default_factory=dict)


class SmartSyncOrchestrator:
    """Syncs single records; one per application. Calls may come from many threads at once.

    Their work keeps no record of its steps. After a crash it is begun anew at the next launch, as every run that is open.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._fields: dict[tuple[str, bool], _Fields] = {}
        self._turns = Turns()

    def acting_as(self, who: str, role: Role | None = None) -> SmartSyncOrchestrator:
        """The same one in the name of somebody else of the org; both know what the other is at."""
        other = SmartSyncOrchestrator(self._ctx.acting_as(who, role))
        vars(other).update(_fields=self._fields, _turns=self._turns)
        return other

    def mind(self, runs: Iterable[Run]) -> None:
        """Runs that go on since the start: whoever calls about the record of one waits for its end. Call once."""
        ctx, held = self._ctx, dict[str, set[tuple[str, str]]]()
        for run in runs:
            if run.row_count == 1 and not run.undo_of:
                columns = ctx.uploads.get(run.upload_id).columns
                cells = [cell for row in ctx.uploads.rows(run.upload_id, limit=1) for cell in row.cells]
                fields = dict(zip(columns, cells, strict=False))
                held[run.id] = _about(run.integration_id, fields, company=True)
                self._turns.hold(held[run.id])
        if held:
            ctx.engine.aside(self._let_go, held)

    def _let_go(self, held: dict[str, set[tuple[str, str]]]) -> None:
        while held:
            for run_id in [one for one in held if not self._ctx.runs.state(one).open]:
                self._turns.give_back(held.pop(run_id))
            self._ctx.engine.sleep_until(datetime.now(UTC) + _LOOK)

    def sync_contact(
        self,
        integration_id: str,
        contact: Mapping[str, object],
        *,
        policy: Policy = Policy.FILL,
        skip_enrichment: bool = False,
    ) -> SyncResult:
        """Create or update a contact, and its company where `company` or `companyId` names one.

        The account's switches decide what else is done: auto_enrich, auto_score, auto_assign, auto_create_tasks. With
        `skip_enrichment` no source is asked; what is known already counts.

        Keys in either spelling: `firstName`, `first_name`. Raises NotFound for the account, BadInput for what cannot be read,
        and whatever keeps the CRM from being asked; a value that it does not take is part of the result.
        """
        return self._sync(integration_id, contact, _contact_and_company(contact), policy, skip_enrichment)

    def preview_contact(
        self,
        integration_id: str,
        contact: Mapping[str, object],
        *,
        policy: Policy = Policy.FILL,
        extras: frozenset[Extra] = frozenset(),
    ) -> str:
        """Begin the preview of a contact, and of its company where it names one: the import's id. Nothing is written.

        With `extras`, which a person ticked before. Raises as `sync_contact`.
        """
        began_at = datetime.now(UTC)
        record_type = _contact_and_company(contact)
        connection, fields = self._asked(integration_id, contact, record_type)
        return self._begin(connection, fields, record_type, policy, began_at, extras, typed=True)

    def sync_company(
        self,
        integration_id: str,
        company: Mapping[str, object],
        *,
        policy: Policy = Policy.FILL,
        skip_enrichment: bool = False,
    ) -> SyncResult:
        """Create or update a company; as `sync_contact`."""
        return self._sync(integration_id, company, RecordType.COMPANIES, policy, skip_enrichment)

    def _sync(
        self,
        integration_id: str,
        given: Mapping[str, object],
        record_type: RecordType,
        policy: Policy,
        skip_enrichment: bool,
    ) -> SyncResult:
        began, began_at = time.monotonic(), datetime.now(UTC)
        is_work()
        connection, fields = self._asked(integration_id, given, record_type)
        call = _Call(
            connection=connection,
            fields=fields,
            record_type=record_type,
            policy=policy,
            extras=connection.extras - ({Extra.ENRICH} if skip_enrichment else set()),
            began_at=began_at,
        )
        run_id = self._waited_for(call, began + _PATIENCE_S)
        return self._result(run_id, _label(record_type), round((time.monotonic() - began) * 1000))

    def _waited_for(self, call: _Call, until: float) -> str:
        """Its run, done or, when the time is over, on its way: it goes on by itself, and its turn lasts until it ends."""
        if not self._turns.take(call.about, until - time.monotonic()):
            raise _busy(
                "Another call about the same person or company is still being worked on", code="in_progress"
            )
        try:
            work = self._ctx.engine.aside(self._through, call)
        except BaseException:
            self._turns.give_back(call.about)
            raise
        work.add_done_callback(lambda _: self._turns.give_back(call.about))
        try:
            work.result(until - time.monotonic())
        except CancelledError:
            self._ctx.engine.must_be_open()
            raise
        except TimeoutError:
            if work.done():
                raise
            if work.cancel():
                raise _busy("Too many records are being worked on", code="") from None
            work.add_done_callback(_tell)
            call.begun.wait()
            if not call.runs:
                work.result()
        return call.runs[-1]

    def _through(self, call: _Call) -> None:
        """Preview and write."""
        try:
            for left in reversed(range(_PREVIEWS)):
                run_id = self._begin(
                    call.connection, call.fields, call.record_type, call.policy, call.began_at, call.extras
                )
                call.runs.append(run_id)
                call.begun.set()
                if plan_now(self._ctx, run_id) is not RunState.PREVIEWED:
                    return
                try:
                    approve(self._ctx, run_id, shown=False, at_once=True)
                    return
                except BadInput as error:
                    if error.code != FULL or not left:
                        raise
        finally:
            call.begun.set()

    def _asked(
        self, integration_id: str, given: Mapping[str, object], record_type: RecordType
    ) -> tuple[Connection, dict[str, object]]:
        self._ctx.refuse_below(Role.OPERATOR)
        connection = self._ctx.connected(integration_id)
        fields = canonical(given)
        if all(value in (None, "") for value in fields.values()):
            raise BadInput(
                f"The {_label(record_type)} is empty.", hint="Give it at least a name, or an e-mail address."
            )
        return connection, fields

    def _begin(
        self,
        connection: Connection,
        fields: Mapping[str, object],
        record_type: RecordType,
        policy: Policy,
        began_at: datetime,
        extras: frozenset[Extra],
        *,
        typed: bool = False,
    ) -> str:
        """`typed`: by a person, who looks at the preview; else it is not planned yet."""
        with self._ctx.visit(connection) as session:
            beside = [name for extra, name in _BESIDE.items() if extra in extras]
            self._recall(connection, session, [*record_type.objects, *beside])
            table = table_of(fields, _named(record_type))
            upload = self._ctx.uploads.store(table, _digest(fields))
            options, notes = self._options(connection, session, upload, fields, record_type, policy)
            options = replace(options, extras=extras, typed=typed, unattended=not typed)
            return start_preview(
                self._ctx,
                connection=connection,
                upload_id=upload.id,
                options=options,
                notes=notes,
                began_at=began_at,
                session=session,
                begins=typed,
            )

    def _recall(self, connection: Connection, session: Session, objects: Iterable[ObjectName]) -> None:
        """Tell the session the account's fields as read a moment ago: a single record must not wait for them each time."""
        known_ones = self._fields.get((connection.id, connection.fields_added))
        if known_ones is None or time.monotonic() - known_ones.read_at > _SCHEMA_AGE_S:
            known_ones = self._fields[connection.id, connection.fields_added] = _Fields(time.monotonic())
        for name in objects:
            if name in known_ones.schemas:
                session.recall(known_ones.schemas[name])
            else:
                known_ones.schemas[name] = session.schema(name)

    def _options(
        self,
        connection: Connection,
        session: Session,
        upload: Upload,
        fields: Mapping[str, object],
        record_type: RecordType,
        policy: Policy,
    ) -> tuple[ImportOptions, list[Reason]]:
        schemas = {name: session.schema(name) for name in record_type.objects}
        standing = standing_of(self._ctx, connection.id, upload.columns, schemas, record_type)
        standing.places.pop(COMPANY_ID, None)  # it names the company, wherever it goes besides
        refuse_gone(standing, {COMPANY_ID: None})
        usual = targets(upload.columns, schemas, record_type)
        chosen = {name: place for name, place in usual.items() if name not in standing.places}
        owners = session.owners() if any(header_key(name).endswith("owner") for name in fields) else []
        profile = self._ctx.uploads.profile(upload.id)
        reading = with_standing(Reading(), standing, chosen)
        columns = match_columns(profile, schemas, record_type, owners, chosen, reading)
        keys = _keys(columns, record_type)
        options = ImportOptions(
            record_type=record_type,
            columns=tuple(columns),
            keys=keys,
            policies=WritePolicies(default=policy, per_field=standing.policies),
        )
        return options, _said(columns, keys)

    def _result(self, run_id: str, entity: str, duration_ms: int) -> SyncResult:
        ctx = self._ctx
        with ctx.database.one_view():
            return self._as_it_stands(ctx, run_id, entity, duration_ms)

    def _as_it_stands(self, ctx: Context, run_id: str, entity: str, duration_ms: int) -> SyncResult:
        run, reasons = ctx.runs.get(run_id), tuple(ctx.results.reasons(run_id))
        verdict = next((one for chunk in ctx.plans.verdicts(run_id) for one in chunk), None)
        actions = ctx.plans.records(run_id)
        main = actions.get(verdict.main_action) if verdict is not None else None
        landed = main is not None and main.state in _LANDED
        beside = {one.id: one for one in ctx.results.follow_ups(run_id, limit=_FEW)}
        found = next(iter(ctx.findings.of(run_id, sorted(ctx.findings.companies(run_id))).values()), None)
        return SyncResult(
            success=landed,
            entity_type=entity,
            run_id=run_id,
            state=run.state,
            outcome=row_outcome(verdict, ctx.plans.fates(run_id)).outcome if verdict else Outcome.NOT_SENT,
            operation=_operation(main),
            crm_contact_id=_landed_id(actions, ObjectName.CONTACTS),
            crm_company_id=_landed_id(actions, ObjectName.COMPANIES),
            crm_task_id=_landed_id(beside, ObjectName.TASKS),
            crm_deal_id=_landed_id(beside, ObjectName.DEALS),
            crm_owner_id=_given_owner(actions) if Extra.OWNERS in run.options.extras else "",
            lead_score=found.overall if found else None,
            summary=found.summary if found else "",
            signals=found.signals if found else (),
            next_action=next(iter(found.next_actions), "") if found else "",
            enrichments=told(found) if found else {},
            proof=main.proof if main is not None else None,
            message="" if landed else _why(run, reasons),
            reasons=reasons,
            duration_ms=duration_ms,
            goes_on=run.state.open or run.wakes_at is not None,
        )


def typed_values(ctx: Context, run: Run) -> dict[str, str]:
    """What was typed, by the names it was given under. Empty where it is kept no longer. Raises BadInput."""
    if not run.options.typed:
        raise BadInput(
            "The import at this address is not a contact that was typed.",
            hint="Type the contact here, or open the import from History.",
        )
    columns = ctx.uploads.get(run.upload_id).columns
    rows = ctx.uploads.rows(run.upload_id, limit=1)
    return dict(zip(columns, rows[0].cells, strict=True)) if rows else {}


def _about(integration_id: str, fields: Mapping[str, object], *, company: bool) -> set[tuple[str, str]]:
    return {(integration_id, one) for one in subjects(fields, company=company)}


def _busy(why: str, *, code: str) -> RetryLater:
    return RetryLater(f"{why}.", after_s=5, hint="Ask again in a moment.", code=code)


def _tell(work: Future[None]) -> None:
    """Of work that nobody waits for any more, the log is told what its run does not say."""
    if not work.cancelled() and isinstance(error := work.exception(), Exception):
        level = logging.INFO if isinstance(error, SmartSyncError) else logging.ERROR
        _log.log(level, "a record that nobody waits for", exc_info=error)


def _contact_and_company(contact: Mapping[str, object]) -> RecordType:
    return RecordType.BOTH if any(names_company(name) for name in contact) else RecordType.CONTACTS


def _named(record_type: RecordType) -> str:
    """In the place of a file's name."""
    return f"One {_label(record_type)}"


def _label(record_type: RecordType) -> str:
    return "company" if record_type is RecordType.COMPANIES else "contact"


def _keys(columns: Sequence[ColumnMatch], record_type: RecordType) -> tuple[KeyChoice, ...]:
    if ObjectName.COMPANIES not in record_type.objects:
        return ()
    return tuple(
        KeyChoice(object=ObjectName.COMPANIES, column=column.index, header=COMPANY_ID)
        for column in columns
        if column.header == COMPANY_ID and column.filled
    )


def _said(columns: Sequence[ColumnMatch], keys: Sequence[KeyChoice]) -> list[Reason]:
    """What of the record is not written, blank values aside. A key alone is enough to name a known company."""
    if keys and not any(column.certainty is Certainty.SURE for column in columns):
        return []
    blank = {column.header for column in columns if not column.filled}
    return [reason for reason in left_out(columns, keys) if reason.field not in blank]


def _operation(main: StoredAction | None) -> str:
    kinds = (ActionKind.CREATE, ActionKind.UPDATE)
    return main.kind.value if main is not None and main.kind in kinds else "none"


def _landed_id(actions: Mapping[int, StoredAction], name: ObjectName) -> str:
    return next((one.crm_id for one in actions.values() if one.object is name and one.state in _LANDED), "")


def _given_owner(actions: Mapping[int, StoredAction]) -> str:
    """Whom a record of this run was given."""
    given = (
        change.new
        for action in actions.values()
        if action.object in (ObjectName.COMPANIES, ObjectName.CONTACTS) and action.state is ActionState.DONE
        for change in action.changes
        if change.field == OWNER
    )
    return next(filter(None, given), "")


def _why(run: Run, reasons: Sequence[Reason]) -> str:
    own = [reason.message for reason in reasons if reason.row == _ROW]
    return run.message or " ".join(dict.fromkeys(own))


def _digest(fields: Mapping[str, object]) -> str:
    text = json.dumps({name: str(value) for name, value in fields.items()}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()
