"""Links: what recognises a record of ours ↔ its id in the CRM (crm_entity_mappings)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from smartsync_core.model.crm import ObjectName
from smartsync_core.store.bulk import insert_many, one_of, update_many
from smartsync_core.store.database import Database
from smartsync_core.store.tables import crm_entity_mappings as links
from smartsync_core.store.tables import plan_actions

__all__ = ["Link", "Links"]

_KEY = ["org_id", "integration_id", "entity_type", "key_field", "key_value"]


@dataclass(frozen=True, kw_only=True)
class Link:
    """`closed` = the record was taken back by us: it names nobody now, and the next create is of the next generation."""

    crm_id: str
    generation: int
    closed: bool
    held: Mapping[str, tuple[str, str]]  # property -> (sent, held) where the CRM held something else
    last_sync_at: datetime | None = None  # UTC; of a follow-up: when it was made


class Links:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def lookup(
        self, integration_id: str, object_name: ObjectName, keys: Sequence[tuple[str, str]]
    ) -> dict[tuple[str, str], Link]:
        """Links by (key field, key value); unknown keys are left out."""
        found: dict[tuple[str, str], Link] = {}
        by_field: dict[str, list[str]] = {}
        for key_field, key_value in keys:
            by_field.setdefault(key_field, []).append(key_value)
        with self._database.read() as conn:
            for key_field, values in by_field.items():
                query = sa.select(links).where(
                    links.c.org_id == self._org_id,
                    links.c.integration_id == integration_id,
                    links.c.entity_type == object_name,
                    links.c.key_field == key_field,
                    one_of(links.c.key_value, values),
                )
                for row in conn.execute(query).mappings().all():
                    found[key_field, row["key_value"]] = Link(
                        crm_id=row["crm_id"],
                        generation=row["generation"],
                        closed=row["closed"],
                        last_sync_at=row["last_sync_at"].astimezone(UTC) if row["last_sync_at"] else None,
                        held=_pairs(row["held"] or {}),
                    )
        return found

    def point(self, integration_id: str, object_name: ObjectName, to: Mapping[tuple[str, str], str]) -> None:
        """From now on these keys, by (key field, key value), lead to those records."""
        known = self.lookup(integration_id, object_name, list(to))
        rows: dict[tuple[str, str], dict[str, Any]] = {
            key: {
                "org_id": self._org_id,
                "integration_id": integration_id,
                "entity_type": object_name.value,
                "key_field": key[0],
                "key_value": key[1],
                "crm_id": crm_id,
                "closed": False,
                "held": {},
            }
            for key, crm_id in to.items()
        }
        first: dict[str, Any] = {"generation": 0, "sync_count": 0, "last_sync_at": None, "last_run_id": None}
        with self._database.write() as conn:
            insert_many(conn, links, [row | first for key, row in rows.items() if key not in known])
            update_many(conn, links, _KEY, [row for key, row in rows.items() if key in known])

    def key_fields(self, integration_id: str) -> set[str]:
        """Whatever keys of a connection are made of."""
        here = (links.c.org_id == self._org_id, links.c.integration_id == integration_id)
        with self._database.read() as conn:
            return set(conn.execute(sa.select(links.c.key_field).distinct().where(*here)).scalars())

    def held_of(
        self, integration_id: str, run_id: str, wave: int
    ) -> dict[tuple[str, str], dict[str, tuple[str, str]]]:
        """Of the keys a wave wrote, by (key field, key value): where the CRM held something else; the others are left out."""
        a = plan_actions
        same_key = (a.c.key_field == links.c.key_field, a.c.key_value == links.c.key_value)
        query = (
            sa.select(links.c.key_field, links.c.key_value, links.c.held)
            .join(a, sa.and_(a.c.org_id == links.c.org_id, a.c.object == links.c.entity_type, *same_key))
            .where(
                links.c.org_id == self._org_id,
                links.c.integration_id == integration_id,
                sa.cast(links.c.held, sa.Text).not_in(["{}", "null"]),
                a.c.run_id == run_id,
                a.c.wave == wave,
            )
        )
        with self._database.read() as conn:
            return {(row.key_field, row.key_value): _pairs(row.held) for row in conn.execute(query)}

    def close(
        self, integration_id: str, object_name: ObjectName, said: Mapping[tuple[str, str], str]
    ) -> None:
        """Of these keys, by (key field, key value), those that lead to that record name nobody any more."""
        with self._database.write() as conn:
            for (key_field, key_value), crm_id in said.items():
                here = (
                    links.c.org_id == self._org_id,
                    links.c.integration_id == integration_id,
                    links.c.entity_type == object_name,
                    links.c.key_field == key_field,
                    links.c.key_value == key_value,
                    links.c.crm_id == crm_id,
                    links.c.closed.is_(False),
                )
                again = links.c.generation + 1
                conn.execute(sa.update(links).where(*here).values(closed=True, generation=again))

    def forget(self, integration_id: str) -> int:
        """Drop every link of a connection (its practice account was emptied); the number dropped."""
        with self._database.write() as conn:
            statement = sa.delete(links).where(
                links.c.org_id == self._org_id, links.c.integration_id == integration_id
            )
            return conn.execute(statement).rowcount


def _pairs(stored: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, str]]:
    return {name: (sent, held) for name, (sent, held) in stored.items()}
