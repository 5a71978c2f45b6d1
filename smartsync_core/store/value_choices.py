"""What a person said that the texts of files mean, per account and field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import sqlalchemy as sa

from smartsync_core.store.bulk import insert_many
from smartsync_core.store.database import Database
from smartsync_core.store.tables import value_choices

__all__ = ["ValueChoices"]


class ValueChoices:
    """Bound to one org. A text is named by its `value_key`, a choice by the CRM's own value; "" leaves the cell out."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def of(self, integration_id: str) -> dict[str, dict[str, str]]:
        """Target ("contacts.hs_lead_status") → text → choice."""
        t = value_choices
        query = sa.select(t.c.target, t.c.value, t.c.choice).where(*self._of(integration_id))
        found: dict[str, dict[str, str]] = {}
        with self._database.read() as conn:
            for target, value, choice in conn.execute(query):
                found.setdefault(target, {})[value] = choice
        return found

    def remember(self, integration_id: str, target: str, choices: Mapping[str, str], *, by: str) -> None:
        """Later words replace earlier ones."""
        t = value_choices
        rows: list[dict[str, object]] = [
            {
                "org_id": self._org_id,
                "integration_id": integration_id,
                "target": target,
                "value": value,
                "choice": choice,
                "chosen_by": by,
                "chosen_at": datetime.now(UTC),
            }
            for value, choice in choices.items()
        ]
        with self._database.write() as conn:
            here = (*self._of(integration_id), t.c.target == target)
            conn.execute(sa.delete(t).where(*here, t.c.value.in_(list(choices))))
            insert_many(conn, t, rows)

    def _of(self, integration_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        return value_choices.c.org_id == self._org_id, value_choices.c.integration_id == integration_id
