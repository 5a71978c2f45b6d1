"""What a run goes by for each of its companies; kept company by company, so that nothing is asked twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from pydantic import TypeAdapter

from smartsync_core.model.automation import Findings
from smartsync_core.model.crm import ObjectName
from smartsync_core.store.database import Database
from smartsync_core.store.tables import records, run_drafts, run_findings

__all__ = ["RunFindings"]

_FOUND = TypeAdapter(Findings)
_CHUNK = 500
_LOOKED_AT = 500  # companies asked last, whose time foretells the next ones'


class RunFindings:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def domains(self, run_id: str, object_name: ObjectName) -> list[str]:
        """Distinct domains of a run's companies, or of its people's addresses; rows that are not sent left out."""
        d = run_drafts
        domain = d.c.domain if object_name is ObjectName.COMPANIES else sa.func.split_part(d.c.email, "@", 2)
        query = (
            sa.select(domain.label("of"))
            .where(
                d.c.org_id == self._org_id,
                d.c.run_id == run_id,
                d.c.object == object_name.value,
                d.c.blocked.is_(False),
                d.c.suppressed == "",
                domain != "",
            )
            .group_by(domain)
            .order_by(sa.func.min(d.c.row_no))
        )
        with self._database.read() as conn:
            return list(conn.execute(query).scalars())

    def keep(self, run_id: str, found: Findings, *, asked: bool, took_ms: int) -> None:
        with self._database.write() as conn:
            conn.execute(
                sa.insert(run_findings).values(
                    org_id=self._org_id,
                    run_id=run_id,
                    company=found.company,
                    found=_FOUND.dump_python(found, mode="json"),
                    asked=asked,
                    took_ms=took_ms,
                    at=datetime.now(UTC),
                )
            )

    def of(self, run_id: str, companies: Sequence[str]) -> dict[str, Findings]:
        """By company; those of which nothing was kept are left out."""
        f, found = run_findings, dict[str, Findings]()
        with self._database.read() as conn:
            for start in range(0, len(companies), _CHUNK):
                query = sa.select(f.c.company, f.c.found).where(
                    *self._of(run_id), f.c.company.in_(companies[start : start + _CHUNK])
                )
                found |= {row.company: _FOUND.validate_python(row.found) for row in conn.execute(query)}
        return found

    def companies(self, run_id: str) -> set[str]:
        with self._database.read() as conn:
            return set(conn.execute(sa.select(run_findings.c.company).where(*self._of(run_id))).scalars())

    def held_owners(self, run_id: str, object_name: ObjectName, field: str) -> dict[str, int]:
        """How many of the run's records that stand in the CRM each owner has there."""
        r = records
        owner = r.c.properties[field].as_string()
        query = (
            sa.select(owner.label("owner"), sa.func.count().label("many"))
            .where(r.c.org_id == self._org_id, r.c.run_id == run_id, r.c.object == object_name.value)
            .group_by(owner)
        )
        with self._database.read() as conn:
            return {row.owner: row.many for row in conn.execute(query) if row.owner}

    def usual_ms(self) -> float | None:
        """How long a company took that had to be asked about, in the middle of the last ones; None before the first."""
        f = run_findings
        query = sa.select(f.c.took_ms).where(f.c.org_id == self._org_id, f.c.asked).order_by(f.c.at.desc())
        with self._database.read() as conn:
            last = sorted(conn.execute(query.limit(_LOOKED_AT)).scalars())
        return float(last[len(last) // 2]) if last else None

    def _of(self, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        return run_findings.c.org_id == self._org_id, run_findings.c.run_id == run_id
