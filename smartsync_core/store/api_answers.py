"""Answers of the API to calls that carry an Idempotency-Key: made again, such a call is answered but not done again."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from smartsync_core.errors import BadInput
from smartsync_core.store.database import Database
from smartsync_core.store.tables import api_answers as t

__all__ = ["ApiAnswers"]

_KEPT = timedelta(hours=24)
_GIVEN_UP = timedelta(minutes=10)  # whoever worked on it that long is gone


class ApiAnswers:
    """Bound to one org; a token counts for the key that sent it."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def claim(self, key_id: str, token: str, request: str) -> tuple[int, object] | None:
        """Begin to work on a call (None), or get the status and answer that it had before.

        Raises BadInput: in_progress while another one works on it, token_reused where the token came with another request.
        """
        now, asked = datetime.now(UTC), _digest(request)
        claimed = {
            "org_id": self._org_id,
            "key_id": key_id,
            "token": _digest(token),
            "request": asked,
            "at": now,
        }
        with self._database.write() as conn:
            stale = (t.c.at < now - _KEPT) | (t.c.status.is_(None) & (t.c.at < now - _GIVEN_UP))
            conn.execute(sa.delete(t).where(t.c.org_id == self._org_id, stale))
            claim = insert(t).values(claimed).on_conflict_do_nothing().returning(t.c.token)
            if conn.execute(claim).first() is not None:
                return None
            known = conn.execute(sa.select(t).where(*self._here(key_id, token))).mappings().one()
        return _kept(known, asked)

    def drop_unfinished(self) -> None:
        """Release what a killed process was working on: the same call may be tried again at once. Not while one is worked on."""
        with self._database.write() as conn:
            conn.execute(sa.delete(t).where(t.c.org_id == self._org_id, t.c.status.is_(None)))

    def keep(self, key_id: str, token: str, status: int, answer: object) -> None:
        with self._database.write() as conn:
            kept = sa.update(t).where(*self._here(key_id, token))
            conn.execute(kept.values(status=status, answer=answer))

    def release(self, key_id: str, token: str) -> None:
        """Nothing came of it: the same call may be tried again."""
        with self._database.write() as conn:
            conn.execute(sa.delete(t).where(*self._here(key_id, token)))

    def _here(self, key_id: str, token: str) -> tuple[sa.ColumnElement[bool], ...]:
        return (t.c.org_id == self._org_id, t.c.key_id == key_id, t.c.token == _digest(token))


def _kept(known: sa.RowMapping, asked: str) -> tuple[int, object]:
    if known["request"] != asked:
        raise BadInput(
            "This Idempotency-Key came with another request before.",
            hint="Choose a new one for each request, and keep it only to repeat that request.",
            code="token_reused",
        )
    if known["status"] is None:
        raise BadInput(
            "The same call is still being worked on.", hint="Ask again in a moment.", code="in_progress"
        )
    return known["status"], known["answer"]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
