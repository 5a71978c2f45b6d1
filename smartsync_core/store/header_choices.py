"""Where a person sent columns of a file, per kind of rows: remembered for later files of the org."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import sqlalchemy as sa

from smartsync_core.model.mapping import RecordType
from smartsync_core.store.bulk import insert_many
from smartsync_core.store.database import Database
from smartsync_core.store.tables import header_choices

__all__ = ["HeaderChoices"]


class HeaderChoices:
    """Bound to one org. A column is named by its `header_key`, a place as "contacts.email"."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def of(self, record_type: RecordType) -> dict[str, str]:
        t = header_choices
        query = sa.select(t.c.header, t.c.target).where(*self._of(record_type))
        with self._database.read() as conn:
            return {header: target for header, target in conn.execute(query)}

    def remember(
        self, record_type: RecordType, chosen: Mapping[str, str], *, forget: Iterable[str] = (), by: str
    ) -> None:
        """Later words replace earlier ones; `forget` are columns that go nowhere any more."""
        t, now = header_choices, datetime.now(UTC)
        rows: list[dict[str, object]] = [
            {
                "org_id": self._org_id,
                "record_type": record_type.value,
                "header": header,
                "target": target,
                "chosen_by": by,
                "chosen_at": now,
            }
            for header, target in chosen.items()
        ]
        with self._database.write() as conn:
            said = t.c.header.in_([*chosen, *forget])
            conn.execute(sa.delete(t).where(*self._of(record_type), said))
            insert_many(conn, t, rows)

    def _of(self, record_type: RecordType) -> tuple[sa.ColumnElement[bool], ...]:
        return header_choices.c.org_id == self._org_id, header_choices.c.record_type == record_type.value
