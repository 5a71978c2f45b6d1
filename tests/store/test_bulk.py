"""Many rows at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from smartsync_core.store import bulk
from smartsync_core.store.bulk import CHUNK, insert_many, one_of, update_many
from smartsync_core.store.database import Database
from smartsync_core.store.tables import audit, crm_integrations, orgs, run_rows

_AT = datetime(2026, 11, 23, 9, 30, 0, 123456, tzinfo=UTC)


@pytest.fixture(autouse=True, params=["few", "many"])
def rows_count_as(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows go as parameters, many as a table: what is written is the same."""
    if request.param == "many":
        monkeypatch.setattr(bulk, "_FEW", 0)


def entry(number: int, **other: object) -> dict[str, Any]:
    plain = {
        "id": f"{number:06}",
        "org_id": "o",
        "who": "w",
        "what": "x",
        "subject_id": None,
        "details": None,
        "at": _AT,
    }
    return plain | other


def stored(database: Database) -> list[dict[str, Any]]:
    with database.read() as conn:
        return [dict(row) for row in conn.execute(sa.select(audit).order_by(audit.c.id)).mappings()]


@pytest.mark.parametrize(
    "value",
    [
        {"a": [1, None, 'é "quoted"\n\t,\\ 😀'], "b": {"deep": True}},
        [["email", None, "x@sample.example"]],
        [],
        {},
        12,
        False,
        None,
    ],
)
def test_json_comes_back_as_it_went_in(database: Database, value: object) -> None:
    with database.write() as conn:
        insert_many(conn, audit, [entry(1, details=value)])
    assert stored(database) == [entry(1, details=value)]


def test_text_for_a_json_column_is_taken_as_json(database: Database) -> None:
    with database.write() as conn:
        insert_many(conn, audit, [entry(1, details='{"a": 1}')])
    assert stored(database)[0]["details"] == {"a": 1}


def test_none_is_null_also_in_a_json_column(database: Database) -> None:
    with database.write() as conn:
        insert_many(conn, audit, [entry(1)])
        assert (
            conn.exec_driver_sql(
                "SELECT count(*) FROM audit WHERE details IS NULL AND subject_id IS NULL"
            ).scalar()
            == 1
        )


def test_texts_keep_tabs_line_ends_and_backslashes(database: Database) -> None:
    awkward = "a\tb\nc\\N\r\n\\. 'quoted' \"twice\", NULL"
    with database.write() as conn:
        insert_many(conn, audit, [entry(1, subject_id=awkward), entry(2, subject_id="")])
    assert [row["subject_id"] for row in stored(database)] == [awkward, ""]


def test_times_of_any_zone_are_the_same_instant(database: Database) -> None:
    paris = _AT.astimezone(timezone(timedelta(hours=1)))
    with database.write() as conn:
        insert_many(conn, audit, [entry(1, at=paris)])
    assert stored(database)[0]["at"] == _AT


def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="without a zone"), database.write() as conn:
        insert_many(conn, audit, [entry(1, at=datetime(2026, 11, 23))])
    assert stored(database) == []


def test_rows_that_name_different_columns_are_refused(database: Database) -> None:
    with pytest.raises(ValueError, match="same columns"), database.write() as conn:
        insert_many(conn, orgs, [{"id": "1", "name": "A", "created_at": _AT}, {"id": "2", "created_at": _AT}])


def test_more_rows_than_a_statement_takes_are_all_written(database: Database) -> None:
    rows = [entry(number) for number in range(CHUNK + 1)]
    with database.write() as conn:
        assert insert_many(conn, audit, rows) == len(rows)
    assert len(stored(database)) == len(rows)


def test_no_rows_are_no_work(database: Database) -> None:
    with database.write() as conn:
        assert insert_many(conn, audit, []) == 0
        assert update_many(conn, audit, ["id"], []) == 0


def test_an_update_sets_the_named_columns_of_the_rows_with_that_key(database: Database) -> None:
    later = _AT + timedelta(days=1)
    with database.write() as conn:
        insert_many(
            conn, audit, [entry(number, subject_id="old", details={"n": number}) for number in (1, 2, 3)]
        )
        changed = update_many(
            conn,
            audit,
            ["org_id", "id"],
            [
                {"org_id": "o", "id": "000001", "details": [1, None], "subject_id": None, "at": later},
                {"org_id": "o", "id": "000003", "details": None, "subject_id": "new", "at": _AT},
                {"org_id": "o", "id": "000009", "details": {}, "subject_id": "nobody", "at": _AT},
                {"org_id": "other", "id": "000002", "details": {}, "subject_id": "not ours", "at": _AT},
            ],
        )
    assert changed == 2
    assert stored(database) == [
        entry(1, details=[1, None], at=later),
        entry(2, subject_id="old", details={"n": 2}),
        entry(3, subject_id="new"),
    ]


def test_numbers_and_switches_keep_their_kind(database: Database) -> None:
    t = crm_integrations
    row = {column.name: "text" for column in t.columns if isinstance(column.type, sa.String)}
    switches = {column.name: False for column in t.columns if isinstance(column.type, sa.Boolean)}
    times = {column.name: _AT for column in t.columns if isinstance(column.type, sa.TIMESTAMP)}
    with database.write() as conn:
        insert_many(conn, t, [row | switches | times | {"sync_count": 1}])
        update_many(
            conn, t, ["id"], [{"id": "text", "sync_count": 7, "auto_score": True, "token_expires_at": None}]
        )
        found = conn.execute(
            sa.select(t.c.sync_count, t.c.auto_score, t.c.auto_enrich, t.c.token_expires_at)
        ).one()
    assert tuple(found) == (7, True, False, None)


@pytest.mark.parametrize("given", [[], ["000001"], ["000002", "no such", "é'\"{},\\", "000001", "000002"]])
def test_rows_are_found_among_any_number_of_values(database: Database, given: list[str]) -> None:
    many = [*given, *(f"x{number}" for number in range(40_000))]
    with database.write() as conn:
        insert_many(conn, audit, [entry(1), entry(2), entry(3)])
    for asked in (given, many):
        with database.read() as conn:
            found = conn.execute(sa.select(audit.c.id).where(one_of(audit.c.id, asked))).scalars().all()
        assert sorted(found) == sorted({"000001", "000002"} & set(given))


def test_numbers_are_found_among_numbers(database: Database) -> None:
    rows = [{"org_id": "o", "run_id": "r", "row_no": number, "main_action": 0} for number in range(4)]
    with database.write() as conn:
        insert_many(conn, run_rows, [row | {"duplicate_of": 0, "other_actions": []} for row in rows])
        found = conn.execute(sa.select(run_rows.c.row_no).where(one_of(run_rows.c.row_no, [3, 1, 9])))
        assert sorted(found.scalars()) == [1, 3]
        assert conn.execute(sa.select(run_rows.c.row_no).where(one_of(run_rows.c.row_no, []))).all() == []
