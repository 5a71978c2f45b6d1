"""Lost answers: an action was sent, and nothing says what became of it. Look, and decide: ours, send again, or in doubt."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from smartsync_core.model.crm import Association, ObjectName, Record
from smartsync_core.model.plan import ActionKind, ActionState, Answer, Proof, StoredAction
from smartsync_core.orchestrator.context import Session
from smartsync_core.planning.keys import KEY_FIELD
from smartsync_core.planning.recheck import Before, create_is_ours, precondition, proof_of

__all__ = ["Resolved", "appeared", "resolve"]

_CALL_TIMEOUT = timedelta(seconds=60)  # the longest that a call may be under way
_NAP_S = 0.5
_IN_DOUBT = "It was sent, the CRM never answered, and nothing there proves that it is ours. It is not sent again by itself."


@dataclass
class Resolved:
    answers: list[Answer] = field(default_factory=list)
    again: list[StoredAction] = field(default_factory=list)  # safe to send once more


def resolve(
    session: Session,
    actions: Sequence[StoredAction],
    stands_by: Mapping[int, Sequence[Association]],
    checkpoint: Callable[[], None],
) -> Resolved:
    """All of one object and kind; each has an intent on record and no answer.

    `stands_by`: the records a follow-up was to be made beside. `checkpoint` is called while waiting.
    """
    resolved = Resolved()
    if actions[0].kind is ActionKind.UPDATE:
        _resolve_updates(session, actions, resolved)
        return resolved
    keyed = [action for action in actions if action.create_key]
    if keyed:
        _resolve_by_key(session, keyed, resolved)
    beside = [action for action in actions if not action.create_key and stands_by.get(action.id)]
    if beside:
        _resolve_beside(session, beside, stands_by, checkpoint, resolved)
    by_email = [action for action in actions if not action.create_key and _email(action)]
    if by_email:
        _resolve_by_email(session, by_email, resolved)
    rest = [a for a in actions if not a.create_key and not _email(a) and not stands_by.get(a.id)]
    resolved.answers.extend(_doubt(action, _IN_DOUBT) for action in rest)
    return resolved


def appeared(action: StoredAction, existing_id: str) -> Answer:
    """What a create comes to where a person was first."""
    where = f" (record {existing_id})" if existing_id else ""
    message = (
        f"Somebody else created this record since the preview{where}. Import the row again to update it."
    )
    return Answer(
        id=action.id,
        state=ActionState.STALE,
        code="appeared_in_crm",
        message=message,
        theirs={"id": existing_id},
    )


def _resolve_updates(session: Session, actions: Sequence[StoredAction], into: Resolved) -> None:
    schema = session.schema(actions[0].object)
    properties = sorted({change.field for action in actions for change in action.changes})
    live = session.connector.read(actions[0].object, [action.crm_id for action in actions], properties)
    for action in actions:
        record = live.get(action.crm_id)
        if record is None or record.archived or record.id != action.crm_id:
            into.answers.append(_doubt(action, "It was sent, and the record is no longer there."))
            continue
        before = precondition(action.changes, record.properties, schema, sent_before=True)
        if before.verdict is Before.WRITE:
            into.again.append(action)
        elif before.verdict is Before.STALE:
            message = "Changed in the CRM since the preview."
            theirs = before.theirs or {}
            into.answers.append(
                Answer(
                    id=action.id,
                    state=ActionState.STALE,
                    crm_id=action.crm_id,
                    code="stale",
                    message=message,
                    theirs=theirs,
                )
            )
        else:
            into.answers.append(_done(action, record))


def _resolve_by_key(session: Session, actions: Sequence[StoredAction], into: Resolved) -> None:
    """Our key is unique in the CRM: found = ours; absent = sending again cannot make a second one.

    A contact that holds the e-mail without the key is somebody else's; one that holds both landed between the two looks.
    """
    found = session.connector.find(actions[0].object, KEY_FIELD, [a.create_key for a in actions], [KEY_FIELD])
    absent = []
    for action in actions:
        if records := found.get(action.create_key):
            into.answers.append(_done(action, records[0]))
        else:
            absent.append(action)
    taken = _by_email(session, [action for action in absent if _email(action)], [KEY_FIELD])
    for action in absent:
        record = taken.get(action.id)
        if record is None:
            into.again.append(action)
        elif record.properties.get(KEY_FIELD) == action.create_key:
            into.answers.append(_done(action, record))
        else:
            into.answers.append(appeared(action, record.id))


def _resolve_by_email(session: Session, actions: Sequence[StoredAction], into: Resolved) -> None:
    """Without our key: an e-mail is unique too, so an absent one may be sent again."""
    schema = session.schema(actions[0].object)
    properties = sorted({change.field for action in actions for change in action.changes})
    found = _by_email(session, actions, properties)
    for action in actions:
        record = found.get(action.id)
        if record is None:
            into.again.append(action)
        elif action.intent_at and create_is_ours(action.changes, record, schema, action.intent_at):
            into.answers.append(_done(action, record))
        else:
            into.answers.append(_doubt(action, _IN_DOUBT))


def _resolve_beside(
    session: Session,
    actions: Sequence[StoredAction],
    stands_by: Mapping[int, Sequence[Association]],
    checkpoint: Callable[[], None],
    into: Resolved,
) -> None:
    """Without our key: once the lost call can no longer land, what stands by the subject tells (never search: it lags)."""
    _wait_out(actions, checkpoint)
    subject = ObjectName(stands_by[actions[0].id][0].to_object)
    object_name = actions[0].object
    ids = {action.id: stands_by[action.id][0].to_id for action in actions}
    linked = session.connector.linked(subject, sorted(set(ids.values())), object_name)
    fields = sorted({change.field for action in actions for change in action.changes})
    there = session.connector.read(
        object_name, sorted({one.to_id for ones in linked.values() for one in ones}), fields
    )
    schema = session.schema(object_name)
    for action in actions:
        beside = [there[one.to_id] for one in linked[ids[action.id]] if one.to_id in there]
        same = [record for record in beside if proof_of(action.changes, record, schema)[0] is Proof.CHECKED]
        if same:
            into.answers.append(_done(action, same[0]))
        else:
            into.again.append(action)


def _wait_out(actions: Sequence[StoredAction], checkpoint: Callable[[], None]) -> None:
    """Until no call of these sends can still be under way at the remote."""
    last = max(action.intent_at for action in actions if action.intent_at)
    while datetime.now(UTC) < last + _CALL_TIMEOUT:
        checkpoint()
        time.sleep(_NAP_S)


def _by_email(
    session: Session, actions: Sequence[StoredAction], properties: Sequence[str]
) -> dict[int, Record]:
    if not actions:
        return {}
    emails = {action.id: _email(action) for action in actions}
    found = session.connector.find(
        actions[0].object, "email", sorted(set(emails.values())), [*properties, "email"]
    )
    return {id_: found[email][0] for id_, email in emails.items() if found.get(email)}


def _email(action: StoredAction) -> str:
    return next((change.new or "" for change in action.changes if change.field == "email"), "")


def _done(action: StoredAction, record: Record) -> Answer:
    return Answer(id=action.id, state=ActionState.DONE, crm_id=record.id)


def _doubt(action: StoredAction, message: str) -> Answer:
    return Answer(
        id=action.id, state=ActionState.IN_DOUBT, crm_id=action.crm_id, code="in_doubt", message=message
    )
