"""Sends of one wave: an intent is on record before each; a lost answer is looked up, never guessed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from smartsync_core.errors import RetryLater, SmartSyncError
from smartsync_core.model.crm import (
    CLEAR,
    Association,
    Clear,
    ObjectName,
    Value,
    Write,
    WriteKind,
    WriteResult,
    WriteStatus,
)
from smartsync_core.model.plan import ActionKind, ActionState, Answer, Match, MatchKind, StoredAction
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.lost import appeared, resolve
from smartsync_core.orchestrator.matching import Matcher
from smartsync_core.orchestrator.takeback import take_back_wave
from smartsync_core.orchestrator.untouched import without_listed
from smartsync_core.planning.followups import CLIENT_KEY
from smartsync_core.planning.keys import KEY_FIELD
from smartsync_core.planning.recheck import Before, precondition
from smartsync_core.store.drafts import KeyAsked
from smartsync_core.store.plans import OpenLink
from smartsync_core.store.written import Written

__all__ = ["send_wave"]

_TRIES = 5  # sends of one action inside one wave
_PAUSE_S = 0.5  # before the second send; each next one waits twice as long
_FRESH = timedelta(seconds=30)  # a plan that nobody was shown needs no second look within this time
_LANDED = (ActionState.DONE, ActionState.UNCHANGED)
_NOBODY = Match(kind=MatchKind.NONE)


def send_wave(ctx: Context, run: Run, session: Session, wave: int) -> None:
    """Send what of a wave was not sent yet, and find out about what was sent and never answered."""
    actions = ctx.plans.wave(run.id, wave, (ActionState.PLANNED, ActionState.SENDING))
    if not run.undo_of:
        sending = [one for one in actions if one.state is ActionState.SENDING]
        planned = [one for one in actions if one.state is ActionState.PLANNED]
        actions = sending + without_listed(ctx, run, planned)
    if not actions:
        return
    if run.undo_of:
        take_back_wave(ctx, run, session, actions)
    elif actions[0].key_field == CLIENT_KEY:
        _send_follow_ups(ctx, run, session, actions)
    elif actions[0].kind is ActionKind.LINK:
        _send_links(ctx, run, session, actions)
    else:
        _send_records(ctx, run, session, actions)


def _send_follow_ups(ctx: Context, run: Run, session: Session, actions: Sequence[StoredAction]) -> None:
    """Only those whose subjects were written or stood; the others wait for a person."""
    ends = ctx.plans.crm_ids(run.id, sorted({id_ for action in actions for _, id_ in action.associations}))
    ready = [a for a in actions if all(ends[id_][0] and ends[id_][1] in _LANDED for _, id_ in a.associations)]
    waiting = [action for action in actions if action not in ready]
    ctx.plans.answer(run.id, [_waiting(action, "record") for action in waiting], 0)
    if ready:
        _send_records(ctx, run, session, ready)


def _send_records(ctx: Context, run: Run, session: Session, actions: Sequence[StoredAction]) -> None:
    """Send until each is answered or in doubt; what an earlier, killed send left unanswered is looked up first.

    What was sent and surely did not land is sent again, a few times. RetryLater where the CRM takes it still not: all stays
    on record as it is, and going on later looks it up anew.
    """
    pending = _looked_up(ctx, run, session, [a for a in actions if a.state is ActionState.SENDING])
    pending += _recheck(ctx, run, session, [a for a in actions if a.state is ActionState.PLANNED])
    for attempt in range(_TRIES):
        if not pending:
            return
        if attempt:
            _wait(ctx, _PAUSE_S * 2 ** (attempt - 1))
        unanswered, unsent = _send(ctx, run, session, pending)
        pending = unsent + _looked_up(ctx, run, session, unanswered)
    if pending:
        raise RetryLater(
            f"However often it was asked, the CRM did not take all that was sent: {len(pending):,} still to go.",
            after_s=_PAUSE_S * 2**_TRIES,
            hint="Nothing is lost and nothing is doubled: go on in some minutes.",
            code="not_taken",
        )


def _looked_up(
    ctx: Context, run: Run, session: Session, unanswered: list[StoredAction]
) -> list[StoredAction]:
    """Find out what became of them; those that did not land and may be sent again."""
    if not unanswered:
        return []
    resolved = resolve(session, unanswered, _stands_by(ctx, run, unanswered), ctx.engine.checkpoint)
    ctx.plans.answer(run.id, resolved.answers, 0)
    return resolved.again


def _wait(ctx: Context, seconds: float) -> None:
    until = time.monotonic() + seconds
    while (left_s := until - time.monotonic()) > 0:
        ctx.engine.checkpoint()
        time.sleep(min(left_s, 0.5))


def _recheck(ctx: Context, run: Run, session: Session, actions: list[StoredAction]) -> list[StoredAction]:
    """Look at what the CRM holds right before the write; those that changed since the preview are answered as stale."""
    fresh = not run.shown and run.crm_read_at is not None and datetime.now(UTC) - run.crm_read_at < _FRESH
    if fresh or not actions:
        return actions
    if actions[0].kind is ActionKind.CREATE:
        return _recheck_creates(ctx, run, session, actions)
    return _recheck_updates(ctx, run, session, actions)


def _recheck_creates(
    ctx: Context, run: Run, session: Session, actions: list[StoredAction]
) -> list[StoredAction]:
    """Companies have no natural unique value, so they are matched once more; a second e-mail the CRM itself refuses."""
    if actions[0].object is not ObjectName.COMPANIES:
        return actions
    domains = ctx.drafts.domains(run.id, ObjectName.COMPANIES, [action.group_row for action in actions])
    asked = [_key_asked(action, domains.get(action.group_row, "")) for action in actions if action.key_value]
    matches = Matcher(ctx, run, session, ObjectName.COMPANIES).match(asked).matches
    own = {
        id_ for name, id_ in Written(ctx.database, ctx.org_id).made(run.id) if name is ObjectName.COMPANIES
    }
    rivals = {}
    for action in actions:
        match = matches.get((action.key_field, action.key_value), _NOBODY)
        theirs = [id_ for id_ in (match.id, *match.candidates) if id_ and id_ not in own]
        if theirs:
            rivals[action.id] = theirs[0]
    ctx.plans.answer(run.id, [appeared(a, rivals[a.id]) for a in actions if a.id in rivals], 0)
    return [action for action in actions if action.id not in rivals]


def _key_asked(action: StoredAction, domain: str) -> KeyAsked:
    return KeyAsked(
        key_field=action.key_field,
        key_value=action.key_value,
        email="",
        domain=domain,
        name=_new_value(action, "name"),
    )


def _recheck_updates(
    ctx: Context, run: Run, session: Session, actions: list[StoredAction]
) -> list[StoredAction]:
    schema = session.schema(actions[0].object)
    properties = sorted({change.field for action in actions for change in action.changes})
    live = session.connector.read(actions[0].object, [action.crm_id for action in actions], properties)
    answers, send = [], []
    for action in actions:
        record = live.get(action.crm_id)
        if record is None or record.archived:
            answers.append(_gone(action))
            continue
        if record.id != action.crm_id:
            answers.append(_stale(action, "It was merged into another record since the preview.", "merged"))
            continue
        verdict = precondition(action.changes, record.properties, schema, sent_before=False)
        if verdict.verdict is Before.WRITE:
            send.append(action)
        elif verdict.verdict is Before.STALE:
            answers.append(_stale(action, "Changed in the CRM since the preview.", "stale", verdict.theirs))
        else:
            answers.append(Answer(id=action.id, state=ActionState.UNCHANGED, crm_id=action.crm_id))
    ctx.plans.answer(run.id, answers, 0)
    return send


def _send(
    ctx: Context, run: Run, session: Session, actions: list[StoredAction]
) -> tuple[list[StoredAction], list[StoredAction]]:
    """One send of each; those left without an answer, and those that never left (an error says why, if none at all did)."""
    companies = _companies_of(ctx, run, actions)
    carried = _stands_by(ctx, run, actions) | {
        id_: (Association.of_contact("", link.company_id, primary=link.primary),)
        for id_, link in companies.items()
    }
    by_ref = {_ref(run, action): action for action in actions}
    intended = {action.id: action for action in ctx.plans.intend(run.id, actions)}
    started = time.monotonic()
    try:
        results = session.connector.write(
            [_write(run, action, carried.get(action.id, ())) for action in actions]
        )
    except SmartSyncError:
        ctx.plans.withdraw(run.id, actions)  # nothing at all was sent
        raise
    duration_ms = round((time.monotonic() - started) * 1000)
    answers, unanswered, unsent = [], [], []
    for result in results:
        action = by_ref[result.ref]
        if result.status is WriteStatus.NOT_SENT:
            unsent.append(action)
            continue
        answer = _answer(action, result, sent_before=action.attempts > 0)
        if answer is None:
            unanswered.append(intended[action.id])
            continue
        answers.append(answer)
        link = companies.get(action.id)
        if link and result.linked and answer.state is ActionState.DONE:
            answers.append(Answer(id=link.id, state=ActionState.DONE, crm_id=answer.crm_id))
    ctx.plans.answer(run.id, answers, duration_ms)
    ctx.plans.withdraw(run.id, unsent)
    return unanswered, unsent


def _companies_of(ctx: Context, run: Run, actions: Sequence[StoredAction]) -> dict[int, OpenLink]:
    """For creates of contacts: the open link each one can carry, as its company has landed."""
    if actions[0].object is not ObjectName.CONTACTS or actions[0].kind is not ActionKind.CREATE:
        return {}
    return ctx.plans.links_from(run.id, [action.id for action in actions], _LANDED)


def _stands_by(ctx: Context, run: Run, actions: Sequence[StoredAction]) -> dict[int, tuple[Association, ...]]:
    """For creates of follow-ups: the records each one is made beside."""
    ids = ctx.plans.crm_ids(run.id, sorted({id_ for action in actions for _, id_ in action.associations}))
    return {
        action.id: tuple(
            Association(from_object=action.object, from_id="", to_object=name, to_id=ids[id_][0])
            for name, id_ in action.associations
        )
        for action in actions
        if action.associations
    }


def _write(run: Run, action: StoredAction, associations: tuple[Association, ...]) -> Write:
    properties: dict[str, str | Clear] = {
        change.field: CLEAR if change.new is None else change.new for change in action.changes
    }
    if action.kind is ActionKind.CREATE and action.create_key:
        properties[KEY_FIELD] = action.create_key
    return Write(
        ref=_ref(run, action),
        kind=WriteKind(action.kind.value),
        object=action.object,
        id=action.crm_id if action.kind is ActionKind.UPDATE else "",
        properties=properties,
        associations=associations,
    )


def _ref(run: Run, action: StoredAction) -> str:
    return f"{run.id}-{action.id}"


def _answer(action: StoredAction, result: WriteResult, *, sent_before: bool) -> Answer | None:
    """What a result means; None = still unanswered."""
    match result.status:
        case WriteStatus.DONE:
            return Answer(id=action.id, state=ActionState.DONE, crm_id=result.id)
        case WriteStatus.REFUSED:
            refusals = tuple((r.field, r.code, r.message) for r in result.refusals)
            code = refusals[0][1] if refusals else "refused"
            return Answer(
                id=action.id,
                state=ActionState.FAILED,
                crm_id=action.crm_id,
                code=code,
                message=result.message,
                refusals=refusals,
            )
        case WriteStatus.CONFLICT if action.key_field == CLIENT_KEY:  # our own key: it was made before
            return Answer(id=action.id, state=ActionState.UNCHANGED, crm_id=result.existing_id)
        case WriteStatus.CONFLICT if action.kind is ActionKind.CREATE:
            return None if sent_before else appeared(action, result.existing_id)
        case WriteStatus.CONFLICT:
            return Answer(
                id=action.id,
                state=ActionState.FAILED,
                crm_id=action.crm_id,
                code="value_taken",
                message=result.message,
            )
        case WriteStatus.GONE:
            return _gone(action)
    return None


def _send_links(ctx: Context, run: Run, session: Session, actions: Sequence[StoredAction]) -> None:
    """Associations are idempotent: an unanswered one is simply made again."""
    ends = ctx.plans.crm_ids(
        run.id, [end for action in actions for end in (action.from_action, action.to_action)]
    )
    ready, answers = [], []
    for action in actions:
        (contact, contact_state), (company, company_state) = ends[action.from_action], ends[action.to_action]
        if contact and company and contact_state in _LANDED and company_state in _LANDED:
            ready.append((action, Association.of_contact(contact, company, primary=action.primary)))
        else:
            waits = "company" if contact_state in _LANDED else "contact"
            answers.append(_waiting(action, waits))
    ctx.plans.intend(run.id, [action for action, _ in ready])
    started = time.monotonic()
    sentences = session.connector.link(add=[association for _, association in ready])
    for (action, association), sentence in zip(ready, sentences, strict=True):
        state = ActionState.FAILED if sentence else ActionState.DONE
        code = "link_refused" if sentence else ""
        answers.append(
            Answer(id=action.id, state=state, crm_id=association.from_id, code=code, message=sentence)
        )
    ctx.plans.answer(run.id, answers, round((time.monotonic() - started) * 1000))


def _new_value(action: StoredAction, name: str) -> str:
    return next((change.new or "" for change in action.changes if change.field == name), "")


def _stale(
    action: StoredAction, message: str, code: str, theirs: Mapping[str, Value] | None = None
) -> Answer:
    return Answer(
        id=action.id,
        state=ActionState.STALE,
        crm_id=action.crm_id,
        code=code,
        message=message,
        theirs=theirs or {},
    )


def _gone(action: StoredAction) -> Answer:
    return Answer(
        id=action.id,
        state=ActionState.BLOCKED,
        crm_id=action.crm_id,
        code="deleted_in_crm",
        message="It was deleted in the CRM since the preview. It is not made again by itself: restore it there.",
    )


def _waiting(action: StoredAction, end: str) -> Answer:
    return Answer(
        id=action.id,
        state=ActionState.WAITING,
        code=f"{end}_missing",
        message=f"The association waits: its {end} was not written.",
    )
