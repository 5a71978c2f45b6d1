"""Preview: rows → drafts → what the CRM holds → a plan, stored chunk by chunk. Each step may be run again from its start."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from smartsync_core.courtesy import giving_way
from smartsync_core.errors import NeedsPerson, SmartSyncError
from smartsync_core.mapping.drafts import NAME_KEY, DraftBuilder
from smartsync_core.model.access import Role
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import ObjectName, Schema
from smartsync_core.model.mapping import Certainty, RecordType
from smartsync_core.model.plan import Action, Group, Reason
from smartsync_core.model.run import ImportOptions, Run, RunState, Wish
from smartsync_core.orchestrator.asking import AskedAhead, look_up
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.copying import copy_matching
from smartsync_core.orchestrator.extras import Extras
from smartsync_core.orchestrator.field_words import FieldWords
from smartsync_core.orchestrator.findings import find_out
from smartsync_core.orchestrator.likely import look_for_likely, survivors_of
from smartsync_core.orchestrator.predicting import predict
from smartsync_core.orchestrator.refresh import tell_changes
from smartsync_core.orchestrator.rights import takes
from smartsync_core.orchestrator.untouched import mark_suppressed
from smartsync_core.orchestrator.value_words import note_words
from smartsync_core.planning.decide import Decided, Rules, decide
from smartsync_core.planning.keys import KEY_FIELD, create_key
from smartsync_core.planning.linking import decide_link, other_company, told
from smartsync_core.planning.stamp import stamp_values
from smartsync_core.store.edits import Edits

__all__ = [
    "WORKFLOW",
    "draft_builder",
    "plan_now",
    "preview_workflow",
    "rules_of",
    "start_preview",
]

WORKFLOW = "preview"
_CHUNK = 2_000  # rows or groups at a time
_Step = Callable[[Context, Run, Session], None]
_log = logging.getLogger(__name__)
_BROKEN = "An error inside SmartSync stopped this preview. Nothing was sent; look into the log."
_LABELS = {ObjectName.CONTACTS: "contact", ObjectName.COMPANIES: "company"}


@takes(Role.OPERATOR)
def start_preview(
    ctx: Context,
    *,
    connection: Connection,
    upload_id: str,
    options: ImportOptions,
    notes: Sequence[Reason] = (),
    began_at: datetime | None = None,
    session: Session | None = None,
    corrected_in: str = "",
    refreshes: str = "",
    copies_from: str = "",
    begins: bool = True,
) -> str:
    """Begin to plan an import; the id of its run. The plan is ready when the run's state is PREVIEWED.

    `began_at`: when the file was handed in, where its intake counts as part of the run. `session`: goes over to the run,
    with what it learnt of the account and the calls it made. `corrected_in`: an earlier run of the same upload, whose
    corrections hold for this one too. `refreshes`: a preview of the same rows, from which the plan says in what it differs.
    `copies_from`: an account whose records that match are copied into this one first.
    `begins` False = whoever asks goes on with `plan_now`.
    """
    upload = ctx.uploads.get(upload_id)
    asked = {"refreshes": refreshes, "copies_from": copies_from}
    part = {name: id_ for name, id_ in asked.items() if id_}
    with ctx.database.together():
        run_id = ctx.runs.create(
            integration_id=connection.id,
            upload_id=upload_id,
            options=options,
            row_count=upload.row_count,
            by=ctx.user,
            began_at=began_at or datetime.now(UTC),
            part=part,
        )
        ctx.plans.add_reasons(run_id, notes, "options")
        if corrected_in:
            Edits(ctx.database, ctx.org_id).carry(corrected_in, run_id)
    if session is not None:
        ctx.adopt(run_id, session)
    if begins:
        ctx.engine.start(WORKFLOW, f"{WORKFLOW}-{run_id}", run_id)
    return run_id


@takes(Role.OPERATOR)
def plan_now(ctx: Context, run_id: str) -> RunState:
    """Plan a single record here and now; the state it came to. Raises the deliberate error that ended it."""
    ended_by = ctx.awaited[run_id] = []
    try:
        ctx.engine.do(WORKFLOW, f"{WORKFLOW}-{run_id}", run_id)
    finally:
        del ctx.awaited[run_id]
    if ended_by:
        raise ended_by[0]
    return ctx.runs.state(run_id)


def preview_workflow(ctx: Context, run_id: str) -> str:
    """The workflow's body: the run's state at its end."""
    run = ctx.runs.get(run_id)
    options = run.options
    objects = sorted(options.record_type.objects, key=list(ObjectName).index)
    if ctx.engine.step("draft", _guarded, ctx, run_id, _draft_rows):
        ctx.engine.checkpoint()
        if run.copies_from:
            ctx.engine.step("copy", _guarded, ctx, run_id, copy_matching)
            ctx.engine.checkpoint()
        matches = [(ctx, run_id, partial(_match, object_name=name)) for name in objects]
        if all(ctx.engine.steps("match", _guarded, matches, in_flight=len(matches))):
            ctx.engine.checkpoint()
            if options.extras:
                ctx.engine.step("research", _guarded, ctx, run_id, find_out)
            ctx.engine.step("decide", _guarded, ctx, run_id, _decide)
    state = ctx.runs.state(run_id)
    if state in (RunState.FAILED, RunState.STOPPED):
        ctx.end_session(run_id)  # not sooner: another step may be using it
    return state.value


def _guarded(ctx: Context, run_id: str, step: _Step) -> bool:
    """Run a step; a deliberate error ends the run with its sentence. False = do not go on.

    After a crash a step that had come to its end may begin again; a plan that stands, or is being written, is left alone.
    """
    run = ctx.runs.get(run_id)
    if run.state is not RunState.PREVIEWING:
        return False
    if _to_stop(ctx, run_id):
        words = "You stopped it before its preview was ready."
        ctx.runs.update(run_id, state=RunState.STOPPED, message=words, finished_at=datetime.now(UTC))
        return False
    try:
        with ctx.session(run) as session:
            step(ctx, run, session)
    except SmartSyncError as error:
        ctx.awaited.get(run_id, []).append(error)
        return _failed(ctx, run_id, error.sentence())
    except Exception:  # noqa: BLE001 - the outermost edge of a worker: whatever it was, the run must not stay open
        _log.exception("preview of import %s", run_id)
        return _failed(ctx, run_id, _BROKEN)
    return True


def _to_stop(ctx: Context, run_id: str) -> bool:
    return ctx.wishes.get(run_id) is Wish.STOP


def _failed(ctx: Context, run_id: str, sentence: str) -> bool:
    ctx.runs.update(run_id, state=RunState.FAILED, message=sentence, finished_at=datetime.now(UTC))
    return False


def draft_builder(run: Run, session: Session) -> DraftBuilder:
    """For the fields that the account has now. Raises NeedsPerson where a column's field is gone."""
    schemas = {name: session.schema(name) for name in run.options.record_type.objects}
    _refuse_vanished(run.options, schemas)
    return DraftBuilder(run.options, schemas, session.owners() if _needs_owners(run.options) else [])


def _draft_rows(ctx: Context, run: Run, session: Session) -> None:
    builder = draft_builder(run, session)
    with AskedAhead(ctx, run, session) as asked, ctx.few_together(run):
        with ctx.database.together():
            ctx.drafts.clear(run.id)
            ctx.plans.drop_reasons(run.id, "draft")
            ctx.runs.update(
                run.id, crm_read_at=datetime.now(UTC)
            )  # not sooner than this: rows are asked for as they come
        edits, after, more = Edits(ctx.database, ctx.org_id), 0, True
        while (
            more
            and not _to_stop(ctx, run.id)
            and (rows := ctx.uploads.rows(run.upload_id, after_row=after, limit=_CHUNK))
        ):
            after, more = rows[-1].number, len(rows) == _CHUNK
            built = [draft for row in giving_way(edits.over(run.id, rows)) for draft in builder.build(row)]
            drafts = mark_suppressed(ctx, built)
            ctx.drafts.add(run.id, drafts)
            asked.take(drafts)
        if ObjectName.COMPANIES in run.options.record_type.objects:
            ctx.drafts.part_shared_domains(run.id, NAME_KEY)
        ctx.plans.add_reasons(run.id, _draft_notes(ctx, run), "draft")


def _needs_owners(options: ImportOptions) -> bool:
    return any(
        match.target is not None and match.target.property == "hubspot_owner_id" for match in options.columns
    )


def _refuse_vanished(options: ImportOptions, schemas: dict[ObjectName, Schema]) -> None:
    for match in options.columns:
        if match.certainty is not Certainty.SURE or match.target is None:
            continue
        target = match.target
        if target.property not in schemas[target.object] and target.property != target.FULL_NAME:
            raise NeedsPerson(
                f"The column “{match.header}” goes to “{target.property}”, which the CRM's "
                f"{target.object.value} no longer have.",
                hint="Choose another field for it, or leave the column out.",
                code="property_vanished",
            )


def _draft_notes(ctx: Context, run: Run) -> list[Reason]:
    notes = []
    main = run.options.record_type.objects[0]
    keyless = ctx.drafts.without_key(run.id, main)
    if keyless and run.options.typed:
        message = (
            "Nothing recognises this contact again: typed a second time, it is created a second time. "
            "Give its e-mail address."
        )
        notes.append(Reason(row=0, field="", code="no_key", message=message))
    elif keyless:
        have, its, it = ("has", "its", "it") if keyless == 1 else ("have", "their", "them")
        message = (
            f"{keyless:,} of {run.row_count:,} rows {have} nothing that recognises {its} {_LABELS[main]} again: "
            f"importing this file a second time creates {it} a second time. Choose a column that names each one."
        )
        notes.append(Reason(row=0, field="", code="no_key", message=message))
    from_email = ctx.drafts.with_domain_from_email(run.id)
    if from_email:
        words = FieldWords(run.options)
        many = f"{from_email:,} row" if from_email == 1 else f"{from_email:,} rows"
        message = f"The company domain of {many} was taken from the e-mail address."
        notes.append(
            Reason(
                row=0,
                field=words.of(ObjectName.COMPANIES, "domain"),
                code="domain_from_email",
                message=message,
            )
        )
    return notes


def _match(ctx: Context, run: Run, session: Session, object_name: ObjectName) -> None:
    look_up(ctx, run, session, object_name, ctx.drafts)


def _decide(ctx: Context, run: Run, session: Session) -> None:
    """Companies first, then contacts with their links, then what is ticked besides; waves, the prediction and the cost."""
    extras = Extras(ctx, run, session)
    rules = {
        name: replace(rules_of(run, session, name), found=extras.values)
        for name in sorted(run.options.record_type.objects, key=list(ObjectName).index)
    }
    with nullcontext() if run.options.extras else ctx.few_together(run):  # what is ticked asks the CRM
        _plan(ctx, run, rules, extras)
    note_words(ctx, run, session)
    with ctx.few_together(run):
        if run.refreshes:
            tell_changes(ctx, run)
        predict(ctx, run, session)


def _plan(ctx: Context, run: Run, rules: Mapping[ObjectName, Rules], extras: Extras) -> None:
    ctx.plans.clear_actions(run.id)
    next_id = 1
    has_companies = run.options.record_type is RecordType.BOTH
    look_for_likely(ctx, run)
    for name, rules_of_name in rules.items():
        for groups in ctx.drafts.groups(run.id, name, _CHUNK):
            extras.take_up(groups)
            decided = decide(giving_way(groups), rules_of_name, next_id)
            next_id += len(decided.actions)
            links = list[Action]()
            if has_companies and name is ObjectName.CONTACTS:
                links, decided = _link(ctx, run, groups, decided)
            ctx.plans.add_actions(run.id, [*decided.actions, *links])
            ctx.plans.add_rows(run.id, decided.verdicts)
            ctx.plans.add_reasons(run.id, decided.reasons, "plan")
            extras.hang_on(groups, decided.actions)
    extras.add()
    ctx.plans.assign_waves(run.id)


def rules_of(run: Run, session: Session, name: ObjectName) -> Rules:
    schema = session.schema(name)
    carries_key = KEY_FIELD in schema and schema.fields[KEY_FIELD].unique

    def key(key_field: str, key_value: str, generation: int, row: int) -> str:
        if not carries_key:
            return ""
        if key_value:
            return create_key(run.integration_id, name, key_field, key_value, generation)
        return create_key(run.id, name, "row", str(row), generation)

    words = FieldWords(run.options, {name: schema})
    return Rules(
        object=name,
        schema=schema,
        words={field: words.of(name, field) for field in schema.fields},
        policies=run.options.policies,
        mode=run.options.mode,
        create_key=key,
        label=_LABELS[name],
        required=tuple(field for field in schema.fields.values() if field.required),
        stamp=stamp_values(run.options.stamp, run.created_at.date(), schema),
        survivors=survivors_of(run.options, name),
    )


def _link(ctx: Context, run: Run, groups: list[Group], decided: Decided) -> tuple[list[Action], Decided]:
    """Links of a chunk of contacts to the first company that their rows name, and the verdicts that hang on both.

    A link's id is the negative of its contact action's: ids stay unique without knowing how many actions follow.
    """
    companies = ctx.plans.company_actions_of(run.id, [action.rows[0] for action in decided.actions])
    if repeated := [row for action in decided.actions for row in action.rows[1:]]:
        companies |= ctx.plans.company_actions_of(run.id, repeated)
    column = FieldWords(run.options).of(ObjectName.COMPANIES, "name")
    standing = {group.first_row: group.match.companies for group in groups}
    links, needs, reasons = list[Action](), dict[int, tuple[int, ...]](), list(decided.reasons)
    for contact in giving_way(decided.actions):
        named = [row for row in contact.rows if row in companies]
        if not named:
            continue
        company = companies[named[0]]
        reasons.extend(
            other_company(row, named[0], column) for row in named if companies[row].id != company.id
        )
        link = decide_link(contact, company, standing[contact.group_row], -contact.id)
        needs[contact.id] = (company.id, link.id) if link else (company.id,)
        if link:
            links.append(link)
            if note := told(link, standing[contact.group_row]):
                reasons.append(note)
    verdicts = [
        replace(verdict, other_actions=needs.get(verdict.main_action, ())) for verdict in decided.verdicts
    ]
    return links, replace(decided, verdicts=verdicts, reasons=reasons)
