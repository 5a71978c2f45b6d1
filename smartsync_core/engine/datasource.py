"""Where a transaction's rows and its checkpoint land together: the app's own database.

PostgreSQL is what DBOS knows by itself. For DuckDB its datasource is subclassed; the underscore methods are
those of dbos 3.4, which requirements.in therefore pins.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import sqlalchemy as sa
from dbos import DBOSPortableJSONSerializer, SQLAlchemyDatasource
from sqlalchemy.exc import DBAPIError

from smartsync_core.store.database import Database

__all__ = ["create_datasource"]

# What DuckDB says when another transaction came first; not a bare "Failed to commit", maybe a full disk.
_CONFLICTS = (
    "Conflict on update",
    "Conflict on tuple",
    "Transaction conflict",
    "write-write conflict",
    "Catalog write-write",
    "Failed to commit: PRIMARY KEY or UNIQUE",
)


def create_datasource(database: Database) -> SQLAlchemyDatasource:
    """A datasource on `database`'s own connections; must exist before DBOS launches."""
    url = database.engine.url.render_as_string(hide_password=False)
    serializer = DBOSPortableJSONSerializer()
    if not database.is_duckdb:
        return SQLAlchemyDatasource.create(url, engine=database.engine, serializer=serializer)
    datasource = _DuckDBDatasource(
        database_url=url, engine_kwargs={}, engine=database.engine, schema=None, serializer=serializer
    )
    datasource.turn_to_write = database.turn_to_write
    datasource.run_migrations()
    return datasource


class _DuckDBDatasource(SQLAlchemyDatasource):
    turn_to_write: Callable[[], AbstractContextManager[None]]

    def _create_engine(self, database_url: str, engine_kwargs: dict[str, Any]) -> sa.Engine:
        raise NotImplementedError("the database's own engine is always given")

    def run_migrations(self) -> None:
        table = self._outputs_table
        table.c.created_at.server_default = sa.DefaultClause(sa.text("epoch_ms(now()::timestamp)"))
        with self.turn_to_write(), self.engine.begin() as conn:
            conn.execute(sa.schema.CreateSchema(str(self.schema), if_not_exists=True))
            table.create(conn, checkfirst=True)

    def verify_migrations(self) -> None:
        return

    def _is_serialization_error(self, error: Exception) -> bool:
        return isinstance(error, DBAPIError) and any(words in str(error.orig) for words in _CONFLICTS)

    def run_tx_step(self, ds_options: Any, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """READ COMMITTED is the dialect's only name for DuckDB's only level, which is snapshot isolation."""
        options = {**(ds_options or {}), "isolation_level": "READ COMMITTED"}
        with self.turn_to_write():
            return super().run_tx_step(options, func, *args, **kwargs)  # type: ignore[arg-type]
