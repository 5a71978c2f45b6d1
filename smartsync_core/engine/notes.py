"""Small things to remember beside the checkpoints, such as when the last calls to an account were sent."""

from __future__ import annotations

import json

import sqlalchemy as sa

__all__ = ["Notes"]

_notes = sa.Table(
    "engine_notes",
    sa.MetaData(),
    sa.Column("key", sa.String, primary_key=True),
    sa.Column("value", sa.String, nullable=False),  # JSON
)


class Notes:
    """A key → JSON table in the engine's own database, as durable as that; nothing may depend on a note."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url)
        with self._engine.begin() as conn:
            if self._engine.dialect.name == "sqlite":
                conn.exec_driver_sql(
                    "PRAGMA journal_mode=WAL"
                )  # stays with the file; halves a checkpoint's cost
            _notes.create(conn, checkfirst=True)

    def put(self, key: str, value: object) -> None:
        with self._engine.begin() as conn:
            conn.execute(sa.delete(_notes).where(_notes.c.key == key))
            conn.execute(sa.insert(_notes).values(key=key, value=json.dumps(value)))

    def get(self, key: str) -> object:
        """The value last put under `key`; None when there is none."""
        with self._engine.connect() as conn:
            value = conn.execute(sa.select(_notes.c.value).where(_notes.c.key == key)).scalar()
        return None if value is None else json.loads(value)

    def close(self) -> None:
        self._engine.dispose()
