"""What the rows of imports, and the CRM records that they read, say of one company. Reads only."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from smartsync_core.model.crm import AccountKind, ObjectName
from smartsync_core.model.evidence import OwnRow
from smartsync_core.store.database import Database
from smartsync_core.store.runs import stands
from smartsync_core.store.tables import crm_integrations, records, run_drafts, runs, uploads

__all__ = ["OwnRows"]

_MOST = 200  # rows of one domain that are looked at


class OwnRows:
    """Bound to one org. Newest first: companies of a domain, and people with an address there."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def of_imports(self, domain: str, *, until: datetime, run_id: str = "") -> list[OwnRow]:
        """Of imports begun `until` then that were written and not taken back, and of `run_id`, which may be a preview.

        Rows on a do-not-touch list are left out.
        """
        d = run_drafts
        query = (
            sa.select(d.c.object, d.c["values"], runs.c.created_at, runs.c.id, uploads.c.name, d.c.row_no)
            .join(runs, sa.and_(runs.c.id == d.c.run_id, runs.c.org_id == d.c.org_id))
            .join(uploads, sa.and_(uploads.c.id == runs.c.upload_id, uploads.c.org_id == runs.c.org_id))
            .where(d.c.org_id == self._org_id, d.c.suppressed == "", runs.c.created_at <= until)
            .where(sa.or_(runs.c.id == run_id, stands(runs)))
            .where(_names(domain, d.c.object, d.c.domain, d.c.email))
            .order_by(runs.c.created_at.desc(), d.c.row_no)
        )
        return [_own_row(*told, place=f"{file}, row {row}") for *told, file, row in self._rows(query)]

    def of_crm(self, domain: str) -> list[OwnRow]:
        """Of real accounts: what a practice account holds is made up."""
        r, a = records, crm_integrations
        held = r.c.properties
        query = (
            sa.select(r.c.object, held, r.c.read_at, runs.c.id, a.c.name, r.c.crm_id)
            .join(runs, sa.and_(runs.c.id == r.c.run_id, runs.c.org_id == r.c.org_id))
            .join(a, sa.and_(a.c.id == runs.c.integration_id, a.c.org_id == r.c.org_id))
            .where(r.c.org_id == self._org_id, a.c.kind != AccountKind.PRACTICE.value)
            .where(_names(domain, r.c.object, held["domain"].as_string(), held["email"].as_string()))
            .order_by(r.c.read_at.desc(), r.c.crm_id)
        )
        return [
            _own_row(*told, place=f"{account}, record {crm_id}")
            for *told, account, crm_id in self._rows(query)
        ]

    def _rows(self, query: sa.Select[Any]) -> list[Any]:
        with self._database.read() as conn:
            return list(conn.execute(query.limit(_MOST)).all())


def _own_row(name: str, values: dict[str, Any], at: datetime, run_id: str, *, place: str) -> OwnRow:
    return OwnRow(
        object=ObjectName(name),
        values={key: value for key, value in values.items() if isinstance(value, str)},
        at=at.astimezone(UTC),
        place=place,
        run_id=run_id,
    )


def _names(
    domain: str, name: sa.ColumnElement[str], its_domain: sa.ColumnElement[str], email: sa.ColumnElement[str]
) -> sa.ColumnElement[bool]:
    company = sa.and_(name == ObjectName.COMPANIES.value, its_domain == domain)
    person = sa.and_(name == ObjectName.CONTACTS.value, email.endswith(f"@{domain}", autoescape=True))
    return sa.or_(company, person)
