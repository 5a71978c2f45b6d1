"""Recipes: the choices of an import, saved for the next file of its kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa

from smartsync_core.store.database import Database
from smartsync_core.store.tables import recipes

__all__ = ["Recipes", "SavedRecipe"]


@dataclass(frozen=True, kw_only=True)
class SavedRecipe:
    """`choices` is a small JSON object that the use case alone understands."""

    id: str
    integration_id: str
    name: str
    columns: tuple[str, ...]  # headers of the file it was written with last, else of the one it was made from
    row_count: int  # of that file
    choices: Mapping[str, object]
    saved_at: datetime


class Recipes:
    """Bound to one org. A name stands once per account; saving it again replaces it."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def save(
        self,
        *,
        integration_id: str,
        name: str,
        columns: Sequence[str],
        row_count: int,
        choices: Mapping[str, object],
    ) -> SavedRecipe:
        t = recipes
        saved = SavedRecipe(
            id=uuid4().hex[:12],
            integration_id=integration_id,
            name=name,
            columns=tuple(columns),
            row_count=row_count,
            choices=dict(choices),
            saved_at=datetime.now(UTC),
        )
        with self._database.write() as conn:
            conn.execute(sa.delete(t).where(*self._of(integration_id), t.c.name == name))
            conn.execute(
                sa.insert(t).values(
                    id=saved.id,
                    org_id=self._org_id,
                    integration_id=integration_id,
                    name=name,
                    columns=list(columns),
                    row_count=row_count,
                    choices=dict(choices),
                    saved_at=saved.saved_at,
                )
            )
        return saved

    def of(self, integration_id: str) -> list[SavedRecipe]:
        """The account's recipes, newest first."""
        query = sa.select(recipes).where(*self._of(integration_id)).order_by(recipes.c.saved_at.desc())
        with self._database.read() as conn:
            return [_recipe(row) for row in conn.execute(query).mappings()]

    def written(
        self, recipe_id: str, *, columns: Sequence[str], row_count: int, choices: Mapping[str, object]
    ) -> None:
        """The next file is measured against this one."""
        t = recipes
        values = {"columns": list(columns), "row_count": row_count, "choices": dict(choices)}
        with self._database.write() as conn:
            here = (t.c.org_id == self._org_id, t.c.id == recipe_id)
            conn.execute(sa.update(t).where(*here).values(**values))

    def drop(self, recipe_id: str) -> None:
        t = recipes
        with self._database.write() as conn:
            conn.execute(sa.delete(t).where(t.c.org_id == self._org_id, t.c.id == recipe_id))

    def _of(self, integration_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        return recipes.c.org_id == self._org_id, recipes.c.integration_id == integration_id


def _recipe(row: sa.RowMapping) -> SavedRecipe:
    return SavedRecipe(
        id=row["id"],
        integration_id=row["integration_id"],
        name=row["name"],
        columns=tuple(row["columns"]),
        row_count=row["row_count"],
        choices=dict(row["choices"]),
        saved_at=row["saved_at"],
    )
