"""Sends of an undo. Right before each one the same rule decides again on what the CRM holds then: what people changed stays."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from smartsync_core.errors import RetryLater, SmartSyncError
from smartsync_core.model.crm import (
    CLEAR,
    Association,
    Clear,
    ObjectName,
    Write,
    WriteKind,
    WriteResult,
    WriteStatus,
)
from smartsync_core.model.plan import ActionKind, ActionState, Answer, Change, StoredAction
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.since import Since
from smartsync_core.planning.inverse import Inverse, steps_back, unlink
from smartsync_core.store.written import Written

__all__ = ["take_back_wave"]

_TRIES = 5  # sends of one action inside one wave
_FIRST_PAUSE_S = 0.25  # before the second send; each next one waits twice as long
_PAUSE_S = 15.0  # before it is worth going on


@dataclass(frozen=True, kw_only=True)
class _Ready:
    """What is left to send of an action, and what is to be said about it once it is done."""

    action: StoredAction  # as planned
    changes: tuple[Change, ...]  # to send; of an archive: none
    done: tuple[Change, ...]  # what will have been written by us, earlier sends included
    kept: tuple[tuple[str, str, str], ...] = ()  # cells that stay: (field, code, sentence)


def take_back_wave(ctx: Context, run: Run, session: Session, actions: Sequence[StoredAction]) -> None:
    """All of one object and kind, planned or sent without an answer."""
    if actions[0].kind is ActionKind.UNLINK:
        _part(ctx, run, session, actions)
        return
    since = Since(ctx, session, ctx.runs.get(run.undo_of), undo_id=run.id)
    ready = _look_again(ctx, run, since, actions)
    for attempt in range(_TRIES):
        left = _send(ctx, run, session, ready) if ready else []
        if not left:
            return
        ctx.engine.sleep_until(datetime.now(UTC) + timedelta(seconds=_FIRST_PAUSE_S * 2**attempt))
        ready = _look_again(ctx, run, since, left)
    if ready:
        raise RetryLater(
            f"However often it was asked, the CRM did not take all that was sent: {len(ready):,} still to go.",
            after_s=_PAUSE_S,
            hint="Nothing is lost: go on in some minutes.",
            code="not_taken",
        )


def _look_again(ctx: Context, run: Run, since: Since, actions: Sequence[StoredAction]) -> list[_Ready]:
    """What is still to be sent; everything else is answered."""
    sent = frozenset(action.crm_id for action in actions if action.state is ActionState.SENDING)
    now = since.inverses(actions[0].object, [action.crm_id for action in actions], halfway=sent)
    answers, ready = [], []
    for action in actions:
        _, fresh = now[action.crm_id]
        found = _decide(action, fresh, sent_before=action.crm_id in sent)
        if isinstance(found, Answer):
            answers.append(found)
        else:
            ready.append(found)
    ctx.plans.answer(run.id, answers, 0)
    return ready


def _decide(action: StoredAction, fresh: Inverse, *, sent_before: bool) -> Answer | _Ready:
    """The plan against what holds now: nothing is sent that the plan did not show."""
    if action.kind is ActionKind.ARCHIVE:
        return _decide_archive(action, fresh, sent_before=sent_before)
    planned = {change.field for change in action.changes}
    to_send = tuple(change for change in fresh.action.changes if change.field in planned)
    landed = (
        tuple(change for change in action.changes if change.field in fresh.settled) if sent_before else ()
    )
    kept = tuple((r.field, r.code, r.message) for r in fresh.reasons if not r.field or r.field in planned)
    if fresh.action.kind is ActionKind.UPDATE and to_send:
        as_planned = {change.field: change for change in action.changes}
        done = tuple(as_planned[change.field] for change in to_send) + landed
        return _Ready(action=action, changes=to_send, done=done, kept=kept)
    if landed:
        return _landed(action, landed, kept)
    if kept:
        return _kept(action, ActionState.SKIPPED, kept)
    return Answer(id=action.id, state=ActionState.UNCHANGED, crm_id=action.crm_id)


def _decide_archive(action: StoredAction, fresh: Inverse, *, sent_before: bool) -> Answer | _Ready:
    if fresh.action.kind is ActionKind.ARCHIVE:
        return _Ready(action=action, changes=(), done=action.changes)
    if fresh.action.state is ActionState.UNCHANGED:  # it is gone
        state = ActionState.DONE if sent_before else ActionState.UNCHANGED
        return Answer(id=action.id, state=state, crm_id=action.crm_id)
    reasons = tuple((reason.field, reason.code, reason.message) for reason in fresh.reasons)
    return _kept(action, fresh.action.state, reasons)


def _send(ctx: Context, run: Run, session: Session, ready: Sequence[_Ready]) -> list[StoredAction]:
    """One send of each; those left without an answer, and those that never left (an error says why, if none at all did)."""
    by_ref = {f"{run.id}-{one.action.id}": one for one in ready}
    actions = [one.action for one in ready]
    intended = {action.id: action for action in ctx.plans.intend(run.id, actions)}
    started = time.monotonic()
    try:
        results = session.connector.write([_write(session, ref, one) for ref, one in by_ref.items()])
    except SmartSyncError:
        ctx.plans.withdraw(run.id, actions)  # nothing at all was sent
        raise
    duration_ms = round((time.monotonic() - started) * 1000)
    unsent = [by_ref[one.ref].action for one in results if one.status is WriteStatus.NOT_SENT]
    unanswered = [by_ref[one.ref].action for one in results if one.status is WriteStatus.UNANSWERED]
    told = [one for one in results if one.status not in (WriteStatus.NOT_SENT, WriteStatus.UNANSWERED)]
    ctx.plans.answer(run.id, [_answer(by_ref[one.ref], one) for one in told], duration_ms)
    ctx.plans.withdraw(run.id, unsent)
    return [*(intended[action.id] for action in unanswered), *unsent]


def _write(session: Session, ref: str, ready: _Ready) -> Write:
    action = ready.action
    properties: dict[str, str | Clear] = {
        change.field: CLEAR if change.new is None else change.new for change in ready.changes
    }
    return Write(
        ref=ref,
        kind=WriteKind(action.kind.value),
        object=action.object,
        id=action.crm_id,
        properties=properties,
        steps_back=steps_back(ready.changes, session.schema(action.object)),
    )


def _answer(ready: _Ready, result: WriteResult) -> Answer:
    action = ready.action
    if result.status is WriteStatus.DONE:
        return _landed(action, ready.done, ready.kept)
    if result.status is WriteStatus.GONE:
        return _kept(
            action, ActionState.SKIPPED, (("", "already_gone", "Left: somebody deleted it in the CRM."),)
        )
    refusals = tuple((one.field, one.code, one.message) for one in result.refusals)
    code = (
        "value_taken"
        if result.status is WriteStatus.CONFLICT
        else (refusals[0][1] if refusals else "refused")
    )
    return Answer(
        id=action.id,
        state=ActionState.FAILED,
        crm_id=action.crm_id,
        code=code,
        message=result.message,
        refusals=refusals,
    )


def _part(ctx: Context, run: Run, session: Session, actions: Sequence[StoredAction]) -> None:
    """Associations go as often as it takes: taking away what is gone does no harm."""
    added = {one.action.id: one for one in Written(ctx.database, ctx.org_id).added(run.undo_of)}
    contacts = sorted({action.crm_id for action in actions})
    standing = session.connector.linked(ObjectName.CONTACTS, contacts, ObjectName.COMPANIES)
    ready, answers = [], []
    for action in actions:
        link = added[action.id]
        fresh = unlink(link.action, link.company_id, standing[action.crm_id])
        if fresh.action.kind is ActionKind.UNLINK:
            ready.append((action, _association(action, link.company_id)))
        else:
            answers.append(_decide_archive(action, fresh, sent_before=action.state is ActionState.SENDING))
    ctx.plans.answer(run.id, [one for one in answers if isinstance(one, Answer)], 0)
    ctx.plans.intend(run.id, [action for action, _ in ready])
    started = time.monotonic()
    sentences = session.connector.link(remove=[association for _, association in ready])
    done = [_parted(action, sentence) for (action, _), sentence in zip(ready, sentences, strict=True)]
    ctx.plans.answer(run.id, done, round((time.monotonic() - started) * 1000))


def _association(action: StoredAction, company_id: str) -> Association:
    return Association(
        from_object=ObjectName.CONTACTS,
        from_id=action.crm_id,
        to_object=ObjectName.COMPANIES,
        to_id=company_id,
        primary=action.primary,
    )


def _parted(action: StoredAction, sentence: str) -> Answer:
    state, code = (ActionState.FAILED, "link_refused") if sentence else (ActionState.DONE, "")
    return Answer(id=action.id, state=state, crm_id=action.crm_id, code=code, message=sentence)


def _landed(action: StoredAction, done: tuple[Change, ...], kept: tuple[tuple[str, str, str], ...]) -> Answer:
    return Answer(id=action.id, state=ActionState.DONE, crm_id=action.crm_id, changes=done, refusals=kept)


def _kept(action: StoredAction, state: ActionState, reasons: tuple[tuple[str, str, str], ...]) -> Answer:
    _, code, message = reasons[0]
    return Answer(
        id=action.id, state=state, crm_id=action.crm_id, code=code, message=message, refusals=reasons
    )
