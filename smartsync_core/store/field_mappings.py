"""Standing mappings of an account, per object, and every version that there was of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from pydantic import TypeAdapter

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.mapping import FieldMapping, Policy, Step, Target
from smartsync_core.store.database import Database
from smartsync_core.store.tables import crm_field_mappings, field_mapping_versions

__all__ = ["FieldMappings", "MappingVersion"]


@dataclass(frozen=True, kw_only=True)
class MappingVersion:
    """All mappings of one object as they were saved together."""

    version: int
    mappings: tuple[FieldMapping, ...]
    saved_by: str
    saved_at: datetime


_MAPPINGS = TypeAdapter(tuple[FieldMapping, ...])
_STEPS = TypeAdapter(tuple[Step, ...])


class FieldMappings:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def of(self, integration_id: str, object_name: ObjectName) -> list[FieldMapping]:
        """As they hold now, in the order of their sources."""
        t = crm_field_mappings
        query = (
            sa.select(t)
            .where(*self._of(t, integration_id, object_name))
            .order_by(t.c.source_field, t.c.crm_field)
        )
        with self._database.read() as conn:
            return [_mapping(object_name, row) for row in conn.execute(query).mappings()]

    def versions(self, integration_id: str, object_name: ObjectName) -> list[MappingVersion]:
        """Newest first."""
        t = field_mapping_versions
        query = sa.select(t).where(*self._of(t, integration_id, object_name)).order_by(t.c.version.desc())
        with self._database.read() as conn:
            return [
                MappingVersion(
                    version=row["version"],
                    mappings=_MAPPINGS.validate_python(row["mappings"]),
                    saved_by=row["saved_by"],
                    saved_at=row["saved_at"],
                )
                for row in conn.execute(query).mappings()
            ]

    def save(
        self, integration_id: str, object_name: ObjectName, mappings: Sequence[FieldMapping], *, by: str
    ) -> int:
        """These instead of those that there were; the number of the version that this makes."""
        now, v = datetime.now(UTC), field_mapping_versions
        with self._database.write() as conn:
            self._database.alone(conn, f"field mappings of {integration_id}, {object_name}")
            newest = sa.select(sa.func.max(v.c.version)).where(*self._of(v, integration_id, object_name))
            version = (conn.execute(newest).scalar_one() or 0) + 1
            conn.execute(
                sa.insert(v).values(
                    org_id=self._org_id,
                    integration_id=integration_id,
                    entity_type=object_name.value,
                    version=version,
                    mappings=_MAPPINGS.dump_python(tuple(mappings), mode="json"),
                    saved_by=by,
                    saved_at=now,
                )
            )
            self._replace(conn, integration_id, object_name, mappings, now)
        return int(version)

    def _replace(
        self,
        conn: sa.Connection,
        integration_id: str,
        object_name: ObjectName,
        mappings: Sequence[FieldMapping],
        now: datetime,
    ) -> None:
        t = crm_field_mappings
        conn.execute(sa.delete(t).where(*self._of(t, integration_id, object_name)))
        for one in mappings:
            row: Mapping[str, object] = {
                "id": uuid4().hex,
                "org_id": self._org_id,
                "integration_id": integration_id,
                "entity_type": object_name.value,
                "source_field": one.source,
                "crm_field": one.target.property,
                "transformation": {
                    "steps": _STEPS.dump_python(one.steps, mode="json"),
                    "policy": one.policy.value if one.policy else None,
                    "default": one.default,
                },
                "created_at": now,
                "updated_at": now,
            }
            conn.execute(sa.insert(t).values(row))

    def _of(
        self, table: sa.Table, integration_id: str, object_name: ObjectName
    ) -> tuple[sa.ColumnElement[bool], ...]:
        return (
            table.c.org_id == self._org_id,
            table.c.integration_id == integration_id,
            table.c.entity_type == object_name.value,
        )


def _mapping(object_name: ObjectName, row: sa.RowMapping) -> FieldMapping:
    done = row["transformation"] or {}
    return FieldMapping(
        source=row["source_field"],
        target=Target(object=object_name, property=row["crm_field"]),
        steps=_STEPS.validate_python(done.get("steps", ())),
        policy=Policy(done["policy"]) if done.get("policy") else None,
        default=done.get("default", ""),
    )
