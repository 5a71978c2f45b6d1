"""A migrated database of each kind: what holds for one holds for both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from smartsync_core.settings import Settings
from smartsync_core.store.database import Database
from tests.store.postgres_server import Unavailable, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    try:
        with postgres_server() as url:
            yield url
    except Unavailable as reason:
        pytest.skip(f"no PostgreSQL: {reason}")


@pytest.fixture(params=["duckdb", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Opened, without any table."""
    if request.param == "duckdb":
        url = f"duckdb:///{tmp_path}/smartsync.duckdb"
    else:
        url = _new_postgres_database(request.getfixturevalue("postgres"))
    database = Database(
        Settings.from_env({"SMARTSYNC_DATA_DIR": str(tmp_path), "SMARTSYNC_DATABASE_URL": url}).database_url
    )
    yield database
    database.close()


@pytest.fixture
def database(empty_database: Database) -> Database:
    empty_database.migrate()
    return empty_database


def _new_postgres_database(server: str) -> str:
    name = f"test_{uuid4().hex}"
    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return sa.make_url(server).set(database=name).render_as_string()
