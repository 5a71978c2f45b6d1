"""Opening, reading, writing, migrating."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from threading import Thread

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from smartsync_core.errors import BadInput, NeedsPerson
from smartsync_core.store.database import Database
from smartsync_core.store.orgs import DEFAULT_ORG_ID, DEFAULT_USER_ID
from smartsync_core.store.tables import metadata, orgs, users

_HOLD_OPEN = """
import os, sys
from smartsync_core.store.database import Database
database = Database(sys.argv[1])
print(os.getpid(), flush=True)
sys.stdin.read()
"""


def test_the_migrated_schema_is_that_of_the_tables_and_of_nothing_else(database: Database) -> None:
    with database.read() as conn:
        context = MigrationContext.configure(
            conn, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, metadata) == []


def test_migrating_twice_changes_nothing(database: Database) -> None:
    database.migrate()
    with database.read() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(orgs)).scalar() == 1


def test_tables_of_a_newer_version_are_refused_in_a_sentence_and_stay_as_they_are(database: Database) -> None:
    newest = sa.text("UPDATE alembic_version SET version_num = '9999'")
    with database.write() as conn:
        conn.execute(newest)
    with pytest.raises(NeedsPerson, match="A newer SmartSync than this one has worked on these data"):
        database.migrate()
    with database.read() as conn:
        assert conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar() == "9999"


def test_the_first_organisation_and_its_user_are_there(database: Database) -> None:
    with database.read() as conn:
        assert conn.execute(sa.select(orgs.c.id, orgs.c.name)).all() == [(DEFAULT_ORG_ID, "My organisation")]
        assert conn.execute(sa.select(users.c.id, users.c.org_id, users.c.name, users.c.role)).all() == [
            (DEFAULT_USER_ID, DEFAULT_ORG_ID, "local", "admin")
        ]


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as conn:
        conn.execute(sa.update(orgs).values(name="Half done"))
        raise RuntimeError
    with database.read() as conn:
        assert conn.execute(sa.select(orgs.c.name)).scalar() == "My organisation"


def test_a_connection_handed_through_is_the_callers_to_commit(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as conn:
        with database.write(conn) as same:
            same.execute(sa.update(orgs).values(name="Half done"))
        raise RuntimeError
    with database.read() as conn:
        assert conn.execute(sa.select(orgs.c.name)).scalar() == "My organisation"


def test_what_is_written_together_stands_or_falls_together(database: Database) -> None:
    with pytest.raises(RuntimeError), database.together():
        with database.write() as conn:
            conn.execute(sa.update(orgs).values(name="Half done"))
        with database.read() as conn:
            assert conn.execute(sa.select(orgs.c.name)).scalar() == "Half done", "it is seen inside"
        raise RuntimeError
    with database.read() as conn:
        assert conn.execute(sa.select(orgs.c.name)).scalar() == "My organisation"


def test_together_is_of_one_thread_and_of_one_organisation(database: Database) -> None:
    seen: list[object] = []

    def look(where: Database) -> None:
        with where.read() as conn:
            seen.append(conn.execute(sa.select(orgs.c.name)).scalar())

    with database.together():
        with database.write() as conn:
            conn.execute(sa.update(orgs).values(name="Not committed"))
        thread = Thread(target=look, args=[database])
        thread.start()
        thread.join()
        look(database.of("another"))
        look(database)
    assert seen == ["My organisation", "My organisation", "Not committed"]


def test_one_view_does_not_see_what_is_written_meanwhile(database: Database) -> None:
    with database.one_view():
        before = _name(database)
        with database.write() as conn:
            conn.execute(sa.update(orgs).values(name="Renamed"))
        within = _name(database)
    assert (before, within, _name(database)) == ("My organisation", "My organisation", "Renamed")


def _name(database: Database) -> object:
    with database.read() as conn:
        return conn.execute(sa.select(orgs.c.name)).scalar()


def test_threads_that_write_the_same_row_wait_for_each_other(database: Database) -> None:
    with database.write() as conn:
        conn.exec_driver_sql("CREATE TABLE counter (n INTEGER)")
        conn.exec_driver_sql("INSERT INTO counter VALUES (0)")

    def count() -> None:
        for _ in range(20):
            with database.write() as conn:
                conn.exec_driver_sql("UPDATE counter SET n = n + 1")

    threads = [Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.read() as conn:
        assert conn.exec_driver_sql("SELECT n FROM counter").scalar() == 80


def test_times_come_back_in_utc(database: Database) -> None:
    with database.read() as conn:
        offset = conn.execute(sa.select(orgs.c.created_at)).scalar_one().utcoffset()
    assert offset is not None
    assert not offset


def test_a_character_that_the_database_does_not_have_is_refused_in_a_sentence(database: Database) -> None:
    if database.is_duckdb:
        pytest.skip("DuckDB has it")
    with database.read() as conn, pytest.raises(BadInput, match="character NUL"):
        conn.execute(sa.select(orgs.c.id).where(orgs.c.id == "a\0b"))


@pytest.mark.parametrize("noted_by_holder", [True, False])
def test_a_second_process_is_told_who_has_the_data_open(tmp_path: Path, noted_by_holder: bool) -> None:
    url = f"duckdb:///{tmp_path}/smartsync.duckdb"
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD_OPEN, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    pid = int(holder.stdout.readline())
    noted = pid if noted_by_holder else pid + 1  # a note that a crashed process left is not believed
    (tmp_path / "app.json").write_text(json.dumps({"pid": noted, "address": "http://127.0.0.1:8501"}))
    try:
        with pytest.raises(NeedsPerson) as refused:
            Database(url)
    finally:
        holder.communicate(timeout=20)
    who = f"process {pid}, http://127.0.0.1:8501" if noted_by_holder else f"process {pid}"
    assert refused.value.sentence() == (
        f"SmartSync is already open on these data ({who}): use it there, or close it first."
    )


def test_a_file_that_is_no_database_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "smartsync.duckdb").write_text("name,email\n" * 2000)
    with pytest.raises(NeedsPerson, match=r"The database .*smartsync\.duckdb cannot be opened: "):
        Database(f"duckdb:///{tmp_path}/smartsync.duckdb")


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(NeedsPerson, match="cannot be opened") as refused:
        Database("postgresql+psycopg://me:hidden@127.0.0.1:1/nowhere")
    assert "hidden" not in refused.value.sentence()
