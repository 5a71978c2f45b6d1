"""Do-not-touch lists: e-mail addresses and domains that no run may create or change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal

import sqlalchemy as sa

from smartsync_core.store.bulk import CHUNK, insert_many
from smartsync_core.store.database import Database
from smartsync_core.store.tables import suppressions

__all__ = ["SuppressionKind", "Suppressions"]

SuppressionKind = Literal["email", "domain"]


class Suppressions:
    """Bound to one org. Values are compared trimmed and in lower case."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def add(self, kind: SuppressionKind, values: Iterable[str], *, note: str = "") -> int:
        """Add what is not on the list yet; how many that were."""
        wanted = _normal(values)
        added = 0
        for chunk in _chunks(wanted):
            with self._database.write() as conn:
                new = sorted(set(chunk) - self._listed(conn, kind, chunk))
                added += insert_many(conn, suppressions, [self._row(kind, value, note) for value in new])
        return added

    def remove(self, kind: SuppressionKind, values: Iterable[str]) -> None:
        for chunk in _chunks(_normal(values)):
            with self._database.write() as conn:
                conn.execute(sa.delete(suppressions).where(*self._of(kind), suppressions.c.value.in_(chunk)))

    def all(self, kind: SuppressionKind) -> list[tuple[str, str]]:
        """(value, note), by value."""
        query = sa.select(suppressions.c.value, suppressions.c.note).where(*self._of(kind))
        with self._database.read() as conn:
            return [(value, note or "") for value, note in conn.execute(query.order_by(suppressions.c.value))]

    def added_since(self, moment: datetime) -> bool:
        """Whether anything came onto a list since."""
        here = (suppressions.c.org_id == self._org_id, suppressions.c.created_at >= moment)
        with self._database.read() as conn:
            return conn.execute(sa.select(sa.literal(1)).where(*here).limit(1)).first() is not None

    def matching(
        self, emails: Iterable[str], domains: Iterable[str], *, conn: sa.Connection | None = None
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Those of `emails` and of `domains` that are listed. Does not look at the domains of `emails`."""
        with self._database.read(conn) as own:
            return self._all_listed(own, "email", emails), self._all_listed(own, "domain", domains)

    def _all_listed(
        self, conn: sa.Connection, kind: SuppressionKind, values: Iterable[str]
    ) -> frozenset[str]:
        there_are = sa.select(sa.literal(1)).where(*self._of(kind)).limit(1)
        if conn.execute(there_are).first() is None:
            return frozenset()
        return frozenset().union(*(self._listed(conn, kind, chunk) for chunk in _chunks(_normal(values))))

    def _listed(self, conn: sa.Connection, kind: SuppressionKind, chunk: list[str]) -> set[str]:
        query = sa.select(suppressions.c.value).where(*self._of(kind), suppressions.c.value.in_(chunk))
        return set(conn.execute(query).scalars())

    def _of(self, kind: SuppressionKind) -> tuple[sa.ColumnElement[bool], ...]:
        return suppressions.c.org_id == self._org_id, suppressions.c.kind == kind

    def _row(self, kind: SuppressionKind, value: str, note: str) -> dict[str, object]:
        return {
            "org_id": self._org_id,
            "kind": kind,
            "value": value,
            "note": note,
            "created_at": datetime.now(UTC),
        }


def _normal(values: Iterable[str]) -> list[str]:
    return sorted({value.strip().lower() for value in values} - {""})


def _chunks(values: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]
