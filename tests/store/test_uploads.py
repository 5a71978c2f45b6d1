"""Tables as they were read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from smartsync_core.errors import NotFound
from smartsync_core.model.table import RawRow, Table
from smartsync_core.store.database import Database
from smartsync_core.store.tables import upload_rows
from smartsync_core.store.uploads import DISTINCT_LIMIT, Uploads


def table(rows: Iterator[RawRow], *columns: str) -> Table:
    return Table(name="leads.csv", columns=columns, rows=rows, sheet="Leads", notes=("One line was empty.",))


def leads(count: int) -> Table:
    return table(
        (RawRow(n + 2, (f"p{n}@sample.example", "UK" if n % 2 else "", "")) for n in range(count)),
        "E-mail",
        "Country",
        "Fax",
    )


@pytest.fixture
def uploads(database: Database) -> Uploads:
    return Uploads(database, "org")


def test_an_upload_is_found_by_id_and_by_what_the_file_held(uploads: Uploads) -> None:
    stored = uploads.store(leads(3), "abc")
    assert (stored.row_count, stored.columns, stored.notes) == (
        3,
        ("E-mail", "Country", "Fax"),
        ("One line was empty.",),
    )
    assert uploads.get(stored.id) == stored
    assert uploads.by_sha("abc") == [stored]
    assert uploads.by_sha("other") == []


def test_rows_come_back_in_portions_in_file_order(uploads: Uploads) -> None:
    stored = uploads.store(leads(4_100), "abc")
    read: list[RawRow] = []
    while portion := uploads.rows(stored.id, after_row=read[-1].number if read else 0):
        read += portion
    assert read == list(leads(4_100).rows)


def test_cells_keep_whatever_text_they_hold(uploads: Uploads) -> None:
    odd = ("ünïcode 😀", 'say "hi"\n\\N\t,', "")
    stored = uploads.store(table(iter([RawRow(7, odd)]), "A", "B", "C"), "abc")
    assert uploads.rows(stored.id) == [RawRow(7, odd)]


def test_cells_beyond_the_last_column_stay_apart(uploads: Uploads) -> None:
    cut_wrongly = RawRow(2, ("a", "b"), ("c", ""))
    stored = uploads.store(table(iter([cut_wrongly]), "A", "B"), "abc")
    assert uploads.rows(stored.id) == [cut_wrongly]
    assert len(uploads.profile(stored.id)) == 2


def test_a_table_that_breaks_off_leaves_nothing(uploads: Uploads, database: Database) -> None:
    def broken() -> Iterator[RawRow]:
        yield from leads(2_500).rows
        raise OSError("the file went away")

    with pytest.raises(OSError, match="went away"):
        uploads.store(table(broken(), "A", "B", "C"), "abc")
    assert uploads.by_sha("abc") == []
    with database.read() as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM upload_rows").scalar() == 0


def test_rows_that_a_killed_process_left_are_dropped_at_the_next_start_and_whole_tables_stay(
    uploads: Uploads, database: Database
) -> None:
    whole = uploads.store(leads(3), "abc")
    left = {"org_id": "org", "upload_id": "killed", "row_no": 2, "cells": ["b"]}
    with database.write() as conn:
        conn.execute(sa.insert(upload_rows), [left])
    assert uploads.drop_unfinished() == 1
    assert uploads.drop_unfinished() == 0
    with database.read() as conn:
        assert set(conn.execute(sa.select(upload_rows.c.upload_id)).scalars()) == {whole.id}


def test_the_profile_tells_what_stands_in_each_column(uploads: Uploads) -> None:
    stored = uploads.store(leads(4), "abc")
    emails, countries, faxes = uploads.profile(stored.id)
    assert emails.distinct == tuple(f"p{n}@sample.example" for n in range(4))
    assert (emails.header, emails.index, emails.capped, emails.filled) == ("E-mail", 0, False, 1.0)
    assert (countries.distinct, countries.filled) == (("UK",), 0.5)
    assert (faxes.distinct, faxes.filled) == ((), 0.0)


def test_the_profile_lists_the_first_values_and_says_that_there_are_more(uploads: Uploads) -> None:
    stored = uploads.store(leads(DISTINCT_LIMIT + 5), "abc")
    emails = uploads.profile(stored.id)[0]
    assert emails.distinct[-1] == f"p{DISTINCT_LIMIT - 1}@sample.example"
    assert (len(emails.distinct), emails.capped, emails.filled) == (DISTINCT_LIMIT, True, 1.0)


def test_the_profile_of_an_upload_without_rows_is_empty(uploads: Uploads) -> None:
    assert [column.filled for column in uploads.profile(uploads.store(leads(0), "abc").id)] == [0.0, 0.0, 0.0]


def test_another_org_has_no_such_upload(uploads: Uploads, database: Database) -> None:
    stored = uploads.store(leads(1), "abc")
    with pytest.raises(NotFound):
        Uploads(database, "other").get(stored.id)
    with pytest.raises(NotFound):
        Uploads(database, "other").rows(stored.id)
