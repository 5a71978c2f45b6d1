"""Two organisations in one database: no method of any repository reaches what belongs to the other one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from smartsync_core.errors import SmartSyncError
from smartsync_core.store.database import Database
from tests.store.conftest import NewDatabase
from tests.store.two_orgs import METHODS, ONE, TWO, InOneTransaction, Method, fill, org_tables, rows_of_one

_BY_CHANCE = re.compile(r"ssk_\w{12}_[\w-]{43}|\b[0-9a-f]{12,32}\b|datetime\.datetime\([^)]*\)\)?")


_REFUSED = "refused by the database"


@pytest.fixture(scope="module")
def empty(new_database: NewDatabase) -> Iterator[Database]:
    with new_database() as database:
        yield database


@pytest.fixture(scope="module")
def full(new_database: NewDatabase) -> Iterator[Database]:
    """All that organisation ONE could have; TWO has nothing."""
    with new_database() as database:
        with database.of(ONE).write() as conn:
            fill(conn, ONE)
        yield database


@pytest.fixture(scope="module")
def before(full: Database) -> object:
    with full.of(ONE).read() as conn:
        return rows_of_one(conn)


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_no_repository_reaches_another_organisation(
    full: Database, empty: Database, before: object, method: Method
) -> None:
    _, in_vain = called(empty, TWO, method)
    rows, own = called(full, ONE, method)
    assert own != in_vain or rows not in (None, before), f"{method} is called with nothing that it could find"
    rows, foreign = called(full, TWO, method)
    assert rows in (None, before)
    assert foreign in (in_vain, _REFUSED)


def called(database: Database, org_id: str, method: Method) -> tuple[object, str]:
    """The rows of ONE after it, None where it wrote nothing at all, and what it answered. Nothing of it stays."""
    with database.of(org_id).read() as conn:
        one_transaction = InOneTransaction(conn, database.is_duckdb)
        try:
            found = repr(method(one_transaction, org_id))
        except SmartSyncError as error:
            found = error.sentence()
        except (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.NoResultFound):
            return None, _REFUSED
        if not one_transaction.wrote:
            return None, _BY_CHANCE.sub("…", found)
        database.of(ONE).speak(conn)
        return rows_of_one(conn), _BY_CHANCE.sub("…", found)


def test_every_table_is_filled_for_this(full: Database) -> None:
    with full.of(ONE).read() as conn:
        assert {name for name, rows in rows_of_one(conn) if rows} == {table.name for table in org_tables()}


def test_postgresql_itself_hides_and_keeps_the_rows_of_each_organisation(full: Database) -> None:
    if full.is_duckdb:
        pytest.skip("DuckDB knows no rights to rows")
    for table in org_tables():
        with full.of(TWO).read() as conn:
            assert conn.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0, table.name
            assert conn.execute(sa.update(table).values(org_id=TWO)).rowcount == 0, table.name
        with full.read() as conn:
            assert conn.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0, "nobody speaks"
    with full.of(TWO).read() as conn, pytest.raises(sa.exc.ProgrammingError, match="row-level security"):
        fill(conn, ONE)


def test_a_role_without_rights_finds_its_tables_migrated(full: Database) -> None:
    full.migrate()
