"""Engines in one process, one after the other, on databases of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from smartsync_core.engine import Engine
from smartsync_core.settings import Settings
from smartsync_core.store.database import Database
from tests.store.conftest import database, migrated_file, migrated_postgres, postgres

__all__ = ["database", "migrated_file", "migrated_postgres", "postgres"]

NewEngine = Callable[[], Engine]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings.from_env({"SMARTSYNC_DATA_DIR": str(tmp_path)})


@pytest.fixture
def duckdb(settings: Settings) -> Iterator[Database]:
    opened = Database(settings.database_url)
    opened.migrate()
    yield opened
    opened.close()


@pytest.fixture
def new_engine(settings: Settings, duckdb: Database) -> Iterator[NewEngine]:
    """Makes the next engine on the same data, after stopping the one before."""
    made: list[Engine] = []

    def make() -> Engine:
        for engine in made:
            engine.stop()
        made.append(Engine(settings, duckdb))
        return made[-1]

    yield make
    for engine in made:
        engine.stop()
