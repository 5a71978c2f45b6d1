"""Evidence about companies, when their sources were asked, and scores as they were given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from smartsync_core.errors import NotFound
from smartsync_core.model.evidence import Evidence, Tier
from smartsync_core.store.database import Database
from smartsync_core.store.runs import stands
from smartsync_core.store.tables import research_checks, research_evidence, runs, scores

__all__ = ["Check", "Research", "StoredScore"]

_CHUNK = 500
_FACT = ("source", "url", "field", "value", "quote", "as_of", "fetched_at", "sha256")


@dataclass(frozen=True, kw_only=True)
class Check:
    """One answer of one source; `evidence` are ids."""

    source: str
    state: str
    reason: str
    evidence: tuple[str, ...]
    boards: dict[str, str]
    checked_at: datetime


@dataclass(frozen=True, kw_only=True)
class StoredScore:
    id: str
    company: str
    card_sha256: str
    evidence: tuple[str, ...]
    as_of: datetime
    result: str  # canonical text


@dataclass(frozen=True, kw_only=True)
class Held:
    """What is stored of one company, by id and by source; it grows with what is noted."""

    evidence: dict[str, Evidence]
    checks: dict[str, Check]

    def in_order(self) -> list[Evidence]:
        """By id."""
        return [self.evidence[one] for one in sorted(self.evidence)]


class Research:
    """Bound to one org. Evidence and scores are only ever added."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def note(
        self,
        company: str,
        answers: Iterable[tuple[Check, Sequence[Evidence]]],
        *,
        held: Held | None = None,
        conn: sa.Connection | None = None,
    ) -> None:
        """Add the evidence that is new, and put each check in the place of its source's last one; all in one transaction.

        What a caller knows to be `held` is not asked for again, and grows along.
        """
        found = list(answers)
        named = [check.source for check, _ in found]
        told = {one.id: one for _, evidence in found for one in evidence}
        with self._database.write(conn) as own:
            self._add(own, company, told, held)
            own.execute(
                sa.delete(research_checks).where(
                    self._of(research_checks, company), research_checks.c.source.in_(named)
                )
            )
            own.execute(
                sa.insert(research_checks),
                [
                    {
                        "org_id": self._org_id,
                        "company": company,
                        "source": check.source,
                        "state": check.state,
                        "reason": check.reason,
                        "evidence": list(check.evidence),
                        "boards": check.boards,
                        "checked_at": check.checked_at,
                    }
                    for check, _ in found
                ],
            )
        if held is not None:
            held.evidence.update(told)
            held.checks.update({check.source: check for check, _ in found})

    def held(self, company: str) -> Held:
        """Evidence and last checks as one reading."""
        e = research_evidence
        with self._database.read() as conn:
            told = [
                _evidence(row) for row in conn.execute(sa.select(e).where(self._of(e, company))).mappings()
            ]
            checks = conn.execute(
                sa.select(research_checks).where(self._of(research_checks, company))
            ).mappings()
            return Held(
                evidence={one.id: one for one in told}, checks={row["source"]: _check(row) for row in checks}
            )

    def checks(self, company: str) -> dict[str, Check]:
        """The last of each source."""
        with self._database.read() as conn:
            rows = conn.execute(
                sa.select(research_checks).where(self._of(research_checks, company))
            ).mappings()
            return {row["source"]: _check(row) for row in rows}

    def answers(self, source: str, companies: Sequence[str]) -> dict[str, Check]:
        """The last answer of one source about each of these companies that it was asked about."""
        c, found = research_checks, dict[str, Check]()
        with self._database.read() as conn:
            for start in range(0, len(companies), _CHUNK):
                query = sa.select(c).where(
                    c.c.org_id == self._org_id,
                    c.c.source == source,
                    c.c.company.in_(companies[start : start + _CHUNK]),
                )
                found |= {row["company"]: _check(row) for row in conn.execute(query).mappings()}
        return found

    def evidence(self, company: str, ids: Sequence[str] | None = None) -> list[Evidence]:
        """All that is known of a company, or those with these ids; by id."""
        query = sa.select(research_evidence).where(self._of(research_evidence, company))
        if ids is not None:
            query = query.where(research_evidence.c.id.in_(ids))
        with self._database.read() as conn:
            return [_evidence(row) for row in conn.execute(query.order_by(research_evidence.c.id)).mappings()]

    def evidence_of_all(self) -> dict[str, list[Evidence]]:
        """All that is known, by company."""
        mine = research_evidence.c.org_id == self._org_id
        query = sa.select(research_evidence).where(mine)
        found: dict[str, list[Evidence]] = {}
        with self._database.read() as conn:
            ordered = query.order_by(research_evidence.c.company, research_evidence.c.id)
            for row in conn.execute(ordered).mappings():
                found.setdefault(row["company"], []).append(_evidence(row))
        return found

    def values(self, field: str, companies: Sequence[str]) -> dict[str, str]:
        """The newest value of one field, of each of these companies that has one."""
        e = research_evidence.c
        query = (
            sa.select(e.company, e.value)
            .where(e.org_id == self._org_id, e.field == field, e.company.in_(companies))
            .order_by(e.as_of, e.fetched_at)
        )
        with self._database.read() as conn:
            return {company: value for company, value in conn.execute(query)}

    def distinct(self, field: str) -> list[str]:
        """Every value that any company has of a field."""
        e = research_evidence.c
        query = sa.select(e.value).where(e.org_id == self._org_id, e.field == field).distinct()
        with self._database.read() as conn:
            return sorted(conn.execute(query).scalars())

    def companies_with(self, field: str, value: str) -> list[str]:
        """Keys of the companies of which somebody said so."""
        e = research_evidence.c
        query = sa.select(e.company).where(e.org_id == self._org_id, e.field == field, e.value == value)
        with self._database.read() as conn:
            return sorted(set(conn.execute(query).scalars()))

    def keep_score(
        self,
        *,
        company: str,
        card_sha256: str,
        evidence: Sequence[str],
        as_of: datetime,
        result: str,
        run_id: str = "",
        conn: sa.Connection | None = None,
    ) -> str:
        """Its new id. `run_id`: the import it was given for, or one look-up."""
        score_id = uuid4().hex
        with self._database.write(conn) as own:
            own.execute(
                sa.insert(scores).values(
                    id=score_id,
                    org_id=self._org_id,
                    company=company,
                    card_sha256=card_sha256,
                    evidence=list(evidence),
                    as_of=as_of,
                    result=result,
                    run_id=run_id,
                    created_at=datetime.now(UTC),
                )
            )
        return score_id

    def scores(self, score_id: str | None = None) -> list[StoredScore]:
        """All, oldest first, or the one with this id. Raises NotFound when there is none of that id."""
        query = sa.select(scores).where(scores.c.org_id == self._org_id)
        if score_id is not None:
            query = query.where(scores.c.id == score_id)
        with self._database.read() as conn:
            found = [_score(row) for row in conn.execute(query.order_by(scores.c.created_at)).mappings()]
        if score_id is not None and not found:
            raise NotFound(f"There is no score {score_id}.", hint="`enrich --json` prints the ids.")
        return found

    def last_score(self, company: str) -> StoredScore | None:
        """As of the latest moment; one for a past day may have been asked for since."""
        query = (
            sa.select(scores)
            .where(self._of(scores, company))
            .order_by(scores.c.as_of.desc(), scores.c.created_at.desc())
            .limit(1)
        )
        with self._database.read() as conn:
            row = conn.execute(query).mappings().first()
        return _score(row) if row is not None else None

    def latest(self, limit: int | None = None, offset: int = 0) -> list[StoredScore]:
        """The last score of each company, newest first; those given for a preview, or for what was taken back, aside."""
        without = sa.select(runs.c.id).where(runs.c.org_id == self._org_id, ~stands(runs))
        mine = sa.and_(scores.c.org_id == self._org_id, sa.func.coalesce(scores.c.run_id, "").not_in(without))
        turn = (
            sa.func.row_number().over(partition_by=scores.c.company, order_by=scores.c.created_at.desc())
        ).label("turn")
        last = sa.select(scores, turn).where(mine).subquery()
        query = sa.select(last).where(last.c.turn == 1).order_by(last.c.created_at.desc(), last.c.company)
        with self._database.read() as conn:
            return [_score(row) for row in conn.execute(query.limit(limit).offset(offset)).mappings()]

    def _add(self, conn: sa.Connection, company: str, found: dict[str, Evidence], held: Held | None) -> None:
        if held is not None and found.keys() <= held.evidence.keys():
            return
        query = sa.select(research_evidence.c.id).where(
            self._of(research_evidence, company), research_evidence.c.id.in_(list(found))
        )
        there = set(conn.execute(query).scalars())
        rows = [
            {"org_id": self._org_id, "company": company, "id": one.id, "tier": int(one.tier)}
            | {name: getattr(one, name) for name in _FACT}
            for one in found.values()
            if one.id not in there
        ]
        if rows:
            conn.execute(sa.insert(research_evidence), rows)

    def _of(self, table: sa.Table, company: str) -> sa.ColumnElement[bool]:
        return sa.and_(table.c.org_id == self._org_id, table.c.company == company)


def _check(row: Any) -> Check:
    return Check(
        source=row["source"],
        state=row["state"],
        reason=row["reason"],
        evidence=tuple(row["evidence"]),
        boards=dict(row["boards"]),
        checked_at=row["checked_at"],
    )


def _evidence(row: Any) -> Evidence:
    return Evidence(tier=Tier(row["tier"]), **{name: row[name] for name in _FACT})


def _score(row: Any) -> StoredScore:
    return StoredScore(
        id=row["id"],
        company=row["company"],
        card_sha256=row["card_sha256"],
        evidence=tuple(row["evidence"]),
        as_of=row["as_of"],
        result=row["result"],
    )
