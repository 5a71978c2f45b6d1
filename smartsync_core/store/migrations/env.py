"""Alembic's entry: runs on the connection that `Database.migrate` hands over. Imported by nobody."""

from __future__ import annotations

from alembic import context

from smartsync_core.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
