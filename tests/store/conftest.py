"""A migrated database of each kind: what holds for one holds for all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from smartsync_core.settings import Settings
from smartsync_core.store.charts import Charts
from smartsync_core.store.database import Database
from smartsync_core.store.orgs import DEFAULT_ORG_ID
from tests.store.postgres_server import Unavailable, postgres_server
from tests.store.two_months import ZONE, two_months

NewDatabase = Callable[[], AbstractContextManager[Database]]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    try:
        with postgres_server() as url:
            yield url
    except Unavailable as reason:
        pytest.skip(f"no PostgreSQL: {reason}")


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file to copy: migrating takes longer than most tests."""
    file = tmp_path_factory.mktemp("migrated") / "smartsync.duckdb"
    _migrate(f"duckdb:///{file}", file.parent)
    return file


@pytest.fixture(scope="session")
def migrated_postgres(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a PostgreSQL database to copy."""
    url = _new_postgres_database(postgres)
    _migrate(url, tmp_path_factory.mktemp("migrated"))
    return str(sa.make_url(url).database)


@pytest.fixture(params=["duckdb", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """Migrated, with nothing of ours in it."""
    with _copied(request, request.param, tmp_path) as database:
        yield database


@pytest.fixture(scope="module", params=["duckdb", "postgresql, as a role without rights of its own"])
def new_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> NewDatabase:
    """Makes databases as `database` is, as often as it is called."""
    return lambda: _copied(request, request.param, tmp_path_factory.mktemp("copied"))


@contextmanager
def _copied(request: pytest.FixtureRequest, kind: str, folder: Path) -> Iterator[Database]:
    if kind == "duckdb":
        url = f"duckdb:///{shutil.copy(request.getfixturevalue('migrated_file'), folder)}"
    else:
        server, template = request.getfixturevalue("postgres"), request.getfixturevalue("migrated_postgres")
        url = _new_postgres_database(server, template=template)
        if kind != "postgresql":
            url = _as_a_role_without_rights(url)
    database = _opened(url, folder)
    yield database
    database.close()


def _opened(url: str, data_dir: Path) -> Database:
    variables = {"SMARTSYNC_DATA_DIR": str(data_dir), "SMARTSYNC_DATABASE_URL": url}
    return Database(Settings.from_env(variables).database_url)


def _migrate(url: str, data_dir: Path) -> None:
    database = _opened(url, data_dir)
    database.migrate()
    database.close()


def _new_postgres_database(server: str, *, template: str = "template1") -> str:
    name = f"test_{uuid4().hex}"
    url = sa.make_url(server).set(drivername="postgresql+psycopg")
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    engine.dispose()
    return sa.make_url(server).set(database=name).render_as_string()


def _as_a_role_without_rights(url: str) -> str:
    """It owns nothing, and may do with the rows what the policies of their tables let it."""
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "DO $$ BEGIN CREATE ROLE worker LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$"
        )
        conn.exec_driver_sql("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO worker")
    engine.dispose()
    return sa.make_url(url).set(username="worker").render_as_string()


@pytest.fixture
def asked(database: Database) -> Iterator[sa.Connection]:
    """Two months of imports, to ask about in SQL of one's own."""
    two_months(database)
    with database.read() as conn:
        yield conn


@pytest.fixture
def charts(database: Database) -> Charts:
    return Charts(database, DEFAULT_ORG_ID, ZONE)
