"""Where new deals of an account begin, as a person chose it."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from smartsync_core.model.automation import DealPlace
from smartsync_core.store.database import Database
from smartsync_core.store.tables import deal_places

__all__ = ["DealPlaces"]


class DealPlaces:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def of(self, integration_id: str) -> DealPlace | None:
        t = deal_places
        with self._database.read() as conn:
            row = conn.execute(
                sa.select(t.c.pipeline, t.c.stage).where(*self._of(integration_id))
            ).one_or_none()
        return DealPlace(pipeline=row.pipeline, stage=row.stage) if row else None

    def choose(self, integration_id: str, place: DealPlace, *, by: str) -> None:
        with self._database.write() as conn:
            conn.execute(sa.delete(deal_places).where(*self._of(integration_id)))
            conn.execute(
                sa.insert(deal_places).values(
                    org_id=self._org_id,
                    integration_id=integration_id,
                    pipeline=place.pipeline,
                    stage=place.stage,
                    chosen_by=by,
                    chosen_at=datetime.now(UTC),
                )
            )

    def _of(self, integration_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        return deal_places.c.org_id == self._org_id, deal_places.c.integration_id == integration_id
