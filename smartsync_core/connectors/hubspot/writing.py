"""Create, update and archive in batches. Every write gets its own result, whatever HubSpot makes of the batch."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from smartsync_core.connectors.hubspot import answers, wire
from smartsync_core.connectors.hubspot.session import Session, chunks
from smartsync_core.errors import SmartSyncError
from smartsync_core.http import Unanswered
from smartsync_core.model.crm import CLEAR, Write, WriteResult, WriteStatus

__all__ = ["write"]

_REFUSED_WHOLE = (400, 404, 409, 413)  # nothing of the batch was written


def write(session: Session, writes: Sequence[Write]) -> list[WriteResult]:
    """One result per write, in order. Raises only where nothing at all was sent.

    HubSpot moves a lifecycle stage only forward; to go back it is emptied first (contract §4.10).
    """
    stepping = {one.ref: one for one in writes if one.steps_back}
    if not stepping:
        return _write(session, writes)
    results = {
        result.ref: result for result in _write(session, [_emptying(one) for one in stepping.values()])
    }
    ready = [one for one in writes if one.ref not in stepping or results[one.ref].status is WriteStatus.DONE]
    try:
        written = _write(session, ready)
    except SmartSyncError as error:
        written = _all(ready, WriteStatus.NOT_SENT, error.message)
    results |= {one.ref: _halfway(one) if one.ref in stepping else one for one in written}
    return [results[one.ref] for one in writes]


def _emptying(write: Write) -> Write:
    return replace(write, properties=dict.fromkeys(write.steps_back, CLEAR), steps_back=frozenset())


def _halfway(result: WriteResult) -> WriteResult:
    """The first half was done: "not sent" would not be the truth."""
    return replace(result, status=WriteStatus.UNANSWERED) if result.status is WriteStatus.NOT_SENT else result


def _write(session: Session, writes: Sequence[Write]) -> list[WriteResult]:
    door = _Door()
    batches = chunks(writes, session.limits["batch_size"])
    sent = session.each(lambda batch: _send(session, batch, door), batches)
    found = {result.ref: result for results in sent for result in results}
    if door.shut and all(result.status is WriteStatus.NOT_SENT for result in found.values()):
        raise door.shut
    return [found[one.ref] for one in writes]


class _Door:
    """Remembers why the account lets nothing more in, so that batches still waiting are not even tried."""

    def __init__(self) -> None:
        self.shut: SmartSyncError | None = None
        self._lock = threading.Lock()

    def close(self, error: SmartSyncError) -> None:
        with self._lock:
            self.shut = self.shut or error


def _send(session: Session, batch: Sequence[Write], door: _Door) -> list[WriteResult]:
    if door.shut:
        return _all(batch, WriteStatus.NOT_SENT, door.shut.message)
    path = session.paths.batch(batch[0].object, batch[0].kind)
    inputs = [wire.write_input(one) for one in batch]
    try:
        answer = session.post(path, {"inputs": inputs}, repeatable=False, writes=True, expect=_REFUSED_WHOLE)
    except Unanswered as error:
        return _all(batch, WriteStatus.UNANSWERED, error.message)
    except SmartSyncError as error:
        door.close(error)
        return _all(batch, WriteStatus.NOT_SENT, error.message)
    if answer.ok:
        return answers.batch_results(batch, answer.body)
    if len(batch) == 1:
        return [answers.refusal_of(batch[0], answer.body)]
    return _send_parts(session, batch, answer.body, door)


def _send_parts(session: Session, batch: Sequence[Write], refused: object, door: _Door) -> list[WriteResult]:
    """A batch refused as a whole: leave out whom the answer names, else part those that cannot be in one, else halve."""
    named = answers.named_refusals(batch, refused)
    again = answers.repeated(batch)
    if named:
        parts = [[one for one in batch if one.ref not in named]]
    elif again:
        parts = [[one for one in batch if one not in again], again]
    else:
        parts = [list(batch[: len(batch) // 2]), list(batch[len(batch) // 2 :])]
    return [*named.values(), *(result for part in parts if part for result in _send(session, part, door))]


def _all(batch: Sequence[Write], status: WriteStatus, message: str) -> list[WriteResult]:
    first = WriteResult(ref="", status=status, message=message)
    return [replace(first, ref=one.ref) for one in batch]
