"""Summaries that an LLM was asked for; at the same time the record of what it cost, against which the budget is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from uuid import uuid4

import sqlalchemy as sa

from smartsync_core.model.spending import Llm, Spent
from smartsync_core.store.database import Database
from smartsync_core.store.tables import summaries

__all__ = ["ASKED", "OK", "OVER_BUDGET", "StoredSummary", "Summaries"]

ASKED = "asked"  # and not answered yet; after a crash for ever, with what it may have cost
OVER_BUDGET = "over budget"
OK = "ok"


@dataclass(frozen=True, kw_only=True)
class StoredSummary:
    """`sentences` passed the gate: (text, evidence ids)."""

    id: str
    model: str
    state: str
    reason: str
    sentences: tuple[tuple[str, tuple[str, ...]], ...]
    dropped: int
    spent: Spent
    currency: str
    asked_at: datetime


_LOOKED_AT = 200  # answers, for what one usually costs


class Summaries:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def reserve(
        self, *, company: str, digest: str, run_id: str, llm: Llm, at_most: Spent, request: str
    ) -> str:
        """Set aside what asking can cost, in one transaction with the look at what is spent already, alone in it.

        The id to settle, or "" where the budget does not allow it, which is noted.
        """
        now, summary_id = datetime.now(UTC), uuid4().hex
        today = datetime.combine(now.date(), time(), UTC)
        with self._database.write() as conn:
            self._database.alone(conn, "summaries: what is spent")
            run = self._spent(conn, summaries.c.run_id == run_id)
            day = self._spent(conn, summaries.c.asked_at >= today)
            refusal = llm.budget.refusal(run, day, at_most, llm.prices.currency)
            conn.execute(
                sa.insert(summaries).values(
                    id=summary_id,
                    org_id=self._org_id,
                    company=company,
                    digest=digest,
                    run_id=run_id,
                    model=llm.model,
                    state=OVER_BUDGET if refusal else ASKED,
                    reason=refusal,
                    sentences=[],
                    dropped=0,
                    currency=llm.prices.currency,
                    took_ms=0,
                    request=request,
                    reply="",
                    asked_at=now,
                    **_columns(Spent() if refusal else at_most),
                )
            )
        return "" if refusal else summary_id

    def settle(
        self,
        summary_id: str,
        *,
        state: str,
        reason: str,
        sentences: Sequence[tuple[str, tuple[str, ...]]],
        dropped: int,
        spent: Spent,
        took_ms: int,
        reply: str,
    ) -> None:
        """What came of it, and what it really cost."""
        with self._database.write() as conn:
            conn.execute(
                sa.update(summaries)
                .where(summaries.c.org_id == self._org_id, summaries.c.id == summary_id)
                .values(
                    state=state,
                    reason=reason,
                    sentences=[[text, list(ids)] for text, ids in sentences],
                    dropped=dropped,
                    took_ms=took_ms,
                    reply=reply,
                    **_columns(spent),
                )
            )

    def last(self, digest: str) -> StoredSummary | None:
        """To this question: the newest that succeeded, else the newest."""
        s = summaries.c
        query = (
            sa.select(summaries)
            .where(s.org_id == self._org_id, s.digest == digest)
            .order_by(sa.case((s.state == OK, 0), else_=1), s.asked_at.desc())
            .limit(1)
        )
        with self._database.read() as conn:
            row = conn.execute(query).mappings().first()
        return None if row is None else _summary(row)

    def spent(self, *, run_id: str | None = None, since: datetime | None = None) -> Spent:
        """By one run, since a moment, or by all ever."""
        conditions = [] if run_id is None else [summaries.c.run_id == run_id]
        conditions += [] if since is None else [summaries.c.asked_at >= since]
        with self._database.read() as conn:
            return self._spent(conn, *conditions)

    def usual(self) -> Spent | None:
        """What one cost on average, of the last that were answered; None before the first."""
        s = summaries.c
        last = (
            sa.select(s.tokens_read, s.tokens_written, s.micros)
            .where(s.org_id == self._org_id, s.state == OK)
            .order_by(s.asked_at.desc())
            .limit(_LOOKED_AT)
            .subquery()
        )
        with self._database.read() as conn:
            rows = conn.execute(sa.select(last)).all()
        if not rows:
            return None
        read, written, micros = (round(sum(column) / len(rows)) for column in zip(*rows, strict=True))
        return Spent(read=read, written=written, micros=micros)

    def _spent(self, conn: sa.Connection, *conditions: sa.ColumnElement[bool]) -> Spent:
        s = summaries.c
        sums = [
            sa.func.coalesce(sa.func.sum(column), 0) for column in (s.tokens_read, s.tokens_written, s.micros)
        ]
        row = conn.execute(sa.select(*sums).where(s.org_id == self._org_id, *conditions)).one()
        read, written, micros = map(int, row)
        return Spent(read=read, written=written, micros=micros)


def _columns(spent: Spent) -> dict[str, int | bool]:
    return {
        "tokens_read": spent.read,
        "tokens_written": spent.written,
        "micros": spent.micros,
        "estimated": spent.estimated,
    }


def _summary(row: sa.RowMapping) -> StoredSummary:
    return StoredSummary(
        id=row["id"],
        model=row["model"],
        state=row["state"],
        reason=row["reason"],
        sentences=tuple((text, tuple(ids)) for text, ids in row["sentences"]),
        dropped=row["dropped"],
        spent=Spent(
            read=row["tokens_read"],
            written=row["tokens_written"],
            micros=row["micros"],
            estimated=row["estimated"],
        ),
        currency=row["currency"],
        asked_at=row["asked_at"].astimezone(UTC),
    )
