"""Uploads: tables as they were read, stored row by row under their file row numbers. Only ever inserted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from smartsync_core.errors import NotFound
from smartsync_core.model.mapping import ColumnProfile
from smartsync_core.model.table import RawRow, Table, Upload
from smartsync_core.store.bulk import CHUNK, insert_many
from smartsync_core.store.database import Database
from smartsync_core.store.tables import upload_rows, uploads

__all__ = ["DISTINCT_LIMIT", "Uploads"]

DISTINCT_LIMIT = 10_000


class Uploads:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def store(self, table: Table, sha256: str) -> Upload:
        """Read `table` to its end, CHUNK rows at a time. It is an upload only once all of it is stored."""
        upload_id = uuid4().hex
        row_count = 0
        try:
            while len(chunk := list(islice(table.rows, CHUNK))) == CHUNK:
                row_count += CHUNK
                self._insert_rows(upload_id, chunk)
            upload = Upload(
                id=upload_id,
                name=table.name,
                sheet=table.sheet,
                sha256=sha256,
                columns=table.columns,
                row_count=row_count + len(chunk),
                notes=(*table.notes, *table.remarks()),
                created_at=datetime.now(UTC),
            )
            with self._database.write() as conn:
                self._insert_rows(upload_id, chunk, conn)
                conn.execute(sa.insert(uploads).values(_row(upload) | {"org_id": self._org_id}))
        except BaseException:
            self._discard(upload_id)
            raise
        return upload

    def drop_unfinished(self) -> int:
        """Drop rows of tables that a killed process never stored to their end; how many tables. Not while one is being stored."""
        unfinished = (
            sa.select(upload_rows.c.upload_id)
            .distinct()
            .where(
                upload_rows.c.org_id == self._org_id,
                upload_rows.c.upload_id.not_in(
                    sa.select(uploads.c.id).where(uploads.c.org_id == self._org_id)
                ),
            )
        )
        with self._database.read() as conn:
            found = list(conn.execute(unfinished).scalars())
        for upload_id in found:
            self._discard(upload_id)
        return len(found)

    def get(self, upload_id: str) -> Upload:
        """Raise NotFound."""
        found = self._find(uploads.c.id == upload_id)
        if not found:
            raise NotFound("There is no such upload.", hint="Choose the file again.")
        return found[0]

    def by_sha(self, sha256: str) -> list[Upload]:
        """Every upload of the same file, newest first; a workbook may be there once per sheet."""
        return self._find(uploads.c.sha256 == sha256)

    def rows(self, upload_id: str, after_row: int = 0, limit: int = CHUNK) -> list[RawRow]:
        """Up to `limit` rows after file row `after_row`, in file order; none at the end. Raise NotFound."""
        width = len(self.get(upload_id).columns)
        query = (
            sa.select(upload_rows.c.row_no, upload_rows.c.cells)
            .where(*self._of(upload_id), upload_rows.c.row_no > after_row)
            .order_by(upload_rows.c.row_no)
            .limit(limit)
        )
        with self._database.read() as conn:
            return [
                RawRow(number, tuple(cells[:width]), tuple(cells[width:]))
                for number, cells in conn.execute(query)
            ]

    def profile(self, upload_id: str) -> tuple[ColumnProfile, ...]:
        """What stands in each column, in column order."""
        upload = self.get(upload_id)
        values: list[list[str]] = [[] for _ in upload.columns]
        counts = [(0, 0)] * len(upload.columns)  # distinct, filled
        query = sa.text(
            _PROFILE.format(cells=_CELLS_DUCKDB if self._database.is_duckdb else _CELLS_POSTGRESQL)
        )
        given = {
            "org": self._org_id,
            "upload": upload_id,
            "columns": len(upload.columns),
            "most": DISTINCT_LIMIT,
        }
        with self._database.read() as conn:
            for place, value, distinct_count, filled in conn.execute(query, given):
                values[place].append(value)
                counts[place] = (distinct_count, filled)
        rows = max(upload.row_count, 1)
        return tuple(
            ColumnProfile(
                header=upload.columns[place],
                index=place,
                distinct=tuple(found),
                filled=counts[place][1] / rows,
                capped=counts[place][0] > len(found),
            )
            for place, found in enumerate(values)
        )

    def counts(self, upload_id: str, place: int, *, limit: int) -> dict[str, int]:
        """Rows per distinct value of the column at `place`, blanks left out; the `limit` most frequent ones."""
        cells = _CELLS_DUCKDB if self._database.is_duckdb else _CELLS_POSTGRESQL
        given = {"org": self._org_id, "upload": upload_id, "place": place, "most": limit}
        with self._database.read() as conn:
            found = conn.execute(sa.text(_COUNTS.format(cells=cells)), given)
            return {value: rows for value, rows in found}

    def _insert_rows(self, upload_id: str, chunk: list[RawRow], conn: sa.Connection | None = None) -> None:
        rows: list[dict[str, object]] = [
            {
                "org_id": self._org_id,
                "upload_id": upload_id,
                "row_no": row.number,
                "cells": [*row.cells, *row.extra],
            }
            for row in chunk
        ]
        with self._database.write(conn) as own:
            insert_many(own, upload_rows, rows)

    def _discard(self, upload_id: str) -> None:
        with self._database.write() as conn:
            conn.execute(sa.delete(upload_rows).where(*self._of(upload_id)))

    def _of(self, upload_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        return upload_rows.c.org_id == self._org_id, upload_rows.c.upload_id == upload_id

    def _find(self, where: sa.ColumnElement[bool]) -> list[Upload]:
        query = (
            sa.select(uploads)
            .where(uploads.c.org_id == self._org_id, where)
            .order_by(uploads.c.created_at.desc())
        )
        with self._database.read() as conn:
            return [_upload(row) for row in conn.execute(query).mappings()]


_CELLS_DUCKDB = """
    SELECT row_no, unnest(texts) AS value, generate_subscripts(texts, 1) - 1 AS place
    FROM (SELECT row_no, from_json(cells, '["VARCHAR"]') AS texts FROM upload_rows
          WHERE org_id = :org AND upload_id = :upload) AS r"""

_CELLS_POSTGRESQL = """
    SELECT row_no, e.value, e.ordinality - 1 AS place
    FROM upload_rows, json_array_elements_text(cells) WITH ORDINALITY AS e
    WHERE org_id = :org AND upload_id = :upload"""

_COUNTS = """
WITH cell AS ({cells})
SELECT value, count(*) AS times FROM cell WHERE value <> '' AND place = :place
GROUP BY value ORDER BY times DESC, value LIMIT :most"""

_PROFILE = """
WITH cell AS ({cells}),
found AS (
    SELECT place, value, min(row_no) AS first_row, count(*) AS times FROM cell
    WHERE value <> '' AND place < :columns GROUP BY place, value
),
ranked AS (
    SELECT place, value,
        count(*) OVER (PARTITION BY place) AS distinct_count,
        sum(times) OVER (PARTITION BY place) AS filled,
        row_number() OVER (PARTITION BY place ORDER BY first_row, value) AS ordinal
    FROM found
)
SELECT place, value, distinct_count, filled FROM ranked WHERE ordinal <= :most ORDER BY place, ordinal"""


def _row(upload: Upload) -> dict[str, object]:
    return {
        "id": upload.id,
        "name": upload.name,
        "sheet": upload.sheet,
        "sha256": upload.sha256,
        "columns": list(upload.columns),
        "row_count": upload.row_count,
        "notes": list(upload.notes),
        "created_at": upload.created_at,
    }


def _upload(row: Mapping[Any, Any]) -> Upload:
    plain = {name: row[name] for name in ("id", "name", "sheet", "sha256", "row_count", "created_at")}
    return Upload(**plain, columns=tuple(row["columns"]), notes=tuple(row["notes"]))
