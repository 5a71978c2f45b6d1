"""Rows of an upload as they stand now: as they were uploaded, or as a person corrected them since."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from smartsync_core.model.table import RawRow
from smartsync_core.store.bulk import insert_many
from smartsync_core.store.database import Database
from smartsync_core.store.tables import run_edits, upload_rows, uploads

__all__ = ["Edits"]

_CHUNK = 500


class Edits:
    """Bound to one org; every method speaks of one run."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def rows(self, run_id: str, upload_id: str, numbers: Sequence[int]) -> dict[int, RawRow]:
        """By row number. A corrected row has no cells beyond the last column; rows that the upload lacks are left out."""
        with self._database.read() as conn:
            here = (uploads.c.org_id == self._org_id, uploads.c.id == upload_id)
            width = len(conn.execute(sa.select(uploads.c.columns).where(*here)).scalar_one())
            found = self._uploaded(conn, upload_id, width, numbers)
            for row, cells in self._cells(conn, run_id, numbers).items():
                found[row] = RawRow(row, cells)
        return found

    def over(self, run_id: str, rows: Sequence[RawRow]) -> list[RawRow]:
        """These rows of the run's upload, in the same order, with what was corrected since."""
        e = run_edits
        if not rows:
            return []
        query = sa.select(e.c.row_no, e.c.cells).where(
            *self._of(run_id), e.c.row_no.between(rows[0].number, rows[-1].number)
        )
        with self._database.read() as conn:
            corrected = {row: RawRow(row, tuple(cells)) for row, cells in conn.execute(query)}
        return [corrected.get(row.number, row) for row in rows]

    def carry(self, from_run: str, to_run: str) -> None:
        """A run of the same upload begins with what was corrected in an earlier one."""
        e = run_edits
        kept = sa.select(
            e.c.org_id, sa.literal(to_run), e.c.row_no, e.c.cells, sa.literal(0), e.c.edited_by, e.c.edited_at
        ).where(*self._of(from_run))
        names = ["org_id", "run_id", "row_no", "cells", "repair", "edited_by", "edited_at"]
        with self._database.write() as conn:
            conn.execute(sa.insert(e).from_select(names, kept))

    def edited(self, run_id: str, numbers: Collection[int], *, repair: int = 0) -> set[int]:
        """Which of these rows were corrected, ever or by one repair."""
        e, found = run_edits, set[int]()
        wanted = sorted(numbers)
        with self._database.read() as conn:
            for start in range(0, len(wanted), _CHUNK):
                query = sa.select(e.c.row_no).where(
                    *self._of(run_id), e.c.row_no.in_(wanted[start : start + _CHUNK])
                )
                found |= set(conn.execute(query.where(e.c.repair == repair) if repair else query).scalars())
        return found

    def put(
        self,
        conn: sa.Connection,
        run_id: str,
        cells: Mapping[int, Sequence[str]],
        *,
        repair: int,
        who: str,
        at: datetime,
    ) -> None:
        """Keep whole rows as a person corrected them; what they corrected before is replaced."""
        numbers = sorted(cells)
        for start in range(0, len(numbers), _CHUNK):
            some = numbers[start : start + _CHUNK]
            conn.execute(sa.delete(run_edits).where(*self._of(run_id), run_edits.c.row_no.in_(some)))
        rows = [
            {
                "org_id": self._org_id,
                "run_id": run_id,
                "row_no": row,
                "cells": list(cells[row]),
                "repair": repair,
                "edited_by": who,
                "edited_at": at,
            }
            for row in numbers
        ]
        insert_many(conn, run_edits, rows)

    def _uploaded(
        self, conn: sa.Connection, upload_id: str, width: int, numbers: Sequence[int]
    ) -> dict[int, RawRow]:
        u, found = upload_rows, {}
        for start in range(0, len(numbers), _CHUNK):
            query = sa.select(u.c.row_no, u.c.cells).where(
                u.c.org_id == self._org_id,
                u.c.upload_id == upload_id,
                u.c.row_no.in_(numbers[start : start + _CHUNK]),
            )
            for row, cells in conn.execute(query):
                found[row] = RawRow(row, tuple(cells[:width]), tuple(cells[width:]))
        return found

    def _cells(self, conn: sa.Connection, run_id: str, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
        e, found = run_edits, {}
        for start in range(0, len(numbers), _CHUNK):
            query = sa.select(e.c.row_no, e.c.cells).where(
                *self._of(run_id), e.c.row_no.in_(numbers[start : start + _CHUNK])
            )
            found.update({row: tuple(cells) for row, cells in conn.execute(query)})
        return found

    def _of(self, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        return run_edits.c.org_id == self._org_id, run_edits.c.run_id == run_id
