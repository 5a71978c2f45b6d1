"""Many rows at once: Arrow on DuckDB, arrays on PostgreSQL (COPY is refused where it guards rows by organisation).

`executemany` costs milliseconds a row on DuckDB; these cost microseconds. A few rows go as parameters: an Arrow table
costs more to hand over than they do. Both work on any open connection,
inside a transaction of ours or of the durable engine. JSON columns take Python values, or a str that is JSON
text already; times are aware datetimes; None is NULL. A statement takes at most CHUNK rows. A caller that
writes more than that in one transaction keeps other writers waiting.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import orjson
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

__all__ = ["CHUNK", "insert_many", "one_of", "update_many"]

CHUNK = 2_000

_FEW = 4  # rows

_Rows = Sequence[Mapping[str, Any]]


def _as_json(values: list[Any]) -> list[str | None]:
    """Most cells of a column are often the same empty list."""
    option = orjson.OPT_NON_STR_KEYS
    return [
        "[]"
        if value == []
        else value
        if value is None or isinstance(value, str)
        else orjson.dumps(value, option=option).decode()
        for value in values
    ]


def insert_many(conn: sa.Connection, table: sa.Table, rows: _Rows) -> int:
    """Insert `rows`, which all name the same columns (ValueError otherwise); return how many."""
    columns = _columns(table, rows)
    names = ", ".join(_quoted(conn, column.name) for column in columns)
    into = f"INSERT INTO {_quoted(conn, table.name)} ({names})"
    for chunk in _chunks(rows):
        if conn.dialect.name == "duckdb" and len(chunk) <= _FEW:
            one = f"({', '.join('?' * len(columns))})"
            given = tuple(value for row in _lines(columns, chunk) for value in row)
            conn.exec_driver_sql(f"{into} VALUES {', '.join([one] * len(chunk))}", given)
        elif conn.dialect.name == "duckdb":
            with _registered(conn, columns, chunk) as source:
                conn.exec_driver_sql(f"{into} SELECT {names} FROM {source}")
        else:
            source, values = _arrays(conn, columns, chunk)
            conn.exec_driver_sql(f"{into} {source}", values)
    return len(rows)


def update_many(conn: sa.Connection, table: sa.Table, key_columns: Sequence[str], rows: _Rows) -> int:
    """Set every other column of `rows` where the key columns are equal; return how many of the table changed.

    All rows name the same columns and no two share a key. A key that the table does not have changes nothing.
    """
    columns = _columns(table, rows)
    assigned = [_quoted(conn, column.name) for column in columns if column.name not in key_columns]
    target = _quoted(conn, table.name)
    where = " AND ".join(
        f"{target}.{name} = v.{name}" for name in (_quoted(conn, key) for key in key_columns)
    )
    update = f"UPDATE {target} SET {', '.join(f'{name} = v.{name}' for name in assigned)}"
    changed = 0
    for chunk in _chunks(rows):
        if conn.dialect.name == "duckdb" and len(chunk) <= _FEW:
            changed += _update_few(conn, table, key_columns, columns, chunk)
        elif conn.dialect.name == "duckdb":
            with _registered(conn, columns, chunk) as source:
                changed += conn.exec_driver_sql(f"{update} FROM {source} AS v WHERE {where}").rowcount
        else:
            source, values = _arrays(conn, columns, chunk)
            changed += conn.exec_driver_sql(f"{update} FROM ({source}) AS v WHERE {where}", values).rowcount
    return changed


def _update_few(
    conn: sa.Connection,
    table: sa.Table,
    key_columns: Sequence[str],
    columns: list[sa.Column[Any]],
    rows: _Rows,
) -> int:
    keys = [place for place, column in enumerate(columns) if column.name in key_columns]
    others = [place for place, column in enumerate(columns) if column.name not in key_columns]
    names = [f"{_quoted(conn, column.name)} = ?" for column in columns]
    update = (
        f"UPDATE {_quoted(conn, table.name)} SET {', '.join(names[place] for place in others)} "
        f"WHERE {' AND '.join(names[place] for place in keys)}"
    )
    return sum(
        conn.exec_driver_sql(update, tuple(row[place] for place in [*others, *keys])).rowcount
        for row in _lines(columns, rows)
    )


def one_of(column: sa.ColumnElement[Any], values: Sequence[Any]) -> sa.ColumnElement[bool]:
    """`column IN values`, however many: they travel as one parameter, where `in_` writes and reads one for each."""
    given = sa.bindparam(None, list(values), type_=sa.ARRAY(column.type), unique=True)
    return column.in_(sa.select(sa.func.unnest(given)))


def _columns(table: sa.Table, rows: _Rows) -> list[sa.Column[Any]]:
    names = rows[0].keys() if rows else ()
    if any(row.keys() != names for row in rows):
        raise ValueError(f"rows for {table.name} do not all name the same columns")
    return [table.c[name] for name in names]


def _chunks(rows: _Rows) -> Iterator[_Rows]:
    for start in range(0, len(rows), CHUNK):
        yield rows[start : start + CHUNK]


def _quoted(conn: sa.Connection, name: str) -> str:
    return conn.dialect.identifier_preparer.quote_identifier(name)


def _values(column: sa.Column[Any], rows: _Rows) -> list[Any]:
    """The column's values as the database takes them: JSON as text, times checked to be aware."""
    values: list[Any] = [row[column.name] for row in rows]
    if isinstance(column.type, sa.JSON):
        return _as_json(values)
    if isinstance(column.type, sa.TIMESTAMP) and any(
        value is not None and value.tzinfo is None for value in values
    ):
        raise ValueError(f"{column} was given a time without a zone")
    return values


def _lines(columns: list[sa.Column[Any]], rows: _Rows) -> list[tuple[Any, ...]]:
    return list(zip(*(_values(column, rows) for column in columns), strict=True))


@contextmanager
def _registered(conn: sa.Connection, columns: list[sa.Column[Any]], rows: _Rows) -> Iterator[str]:
    """`rows` as a view that only this connection sees, under a name of its own."""
    arrays = [pa.array(_values(column, rows), _arrow_type(column)) for column in columns]
    source = f"rows_{uuid4().hex}"
    duckdb: Any = conn.connection.driver_connection
    duckdb.register(source, pa.Table.from_arrays(arrays, names=[column.name for column in columns]))
    try:
        yield source
    finally:
        duckdb.unregister(source)


def _arrow_type(column: sa.Column[Any]) -> pa.DataType:
    match column.type:
        case sa.Boolean():
            return pa.bool_()
        case sa.Integer():
            return pa.int64()
        case sa.Float():
            return pa.float64()
        case sa.TIMESTAMP():
            return pa.timestamp("us", tz="UTC")
        case sa.String() | sa.JSON():
            return pa.string()
    raise TypeError(f"{column} has the type {column.type!r}, which bulk writing does not know")


def _arrays(
    conn: sa.Connection, columns: list[sa.Column[Any]], rows: _Rows
) -> tuple[str, tuple[list[Any], ...]]:
    """A query that gives `rows`, and its parameters: one array per column. JSON travels as text and is cast where it lands."""
    given, read, values = [], [], []
    for column in columns:
        name = _quoted(conn, column.name)
        is_json = isinstance(column.type, sa.JSON)
        kind = "text" if is_json else column.type.compile(postgresql.dialect())  # type: ignore[no-untyped-call]
        given.append(f"%s::{kind}[]")
        read.append(f"{name}::json AS {name}" if is_json else name)
        values.append(_values(column, rows))
    names = ", ".join(_quoted(conn, column.name) for column in columns)
    return f"SELECT {', '.join(read)} FROM unnest({', '.join(given)}) AS u ({names})", tuple(values)
