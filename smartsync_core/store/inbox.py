"""The inbox: rows of all imports, or of one, that wait for a person. Reads only; counted and cut in the database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from smartsync_core.model.plan import NOTE_CODES
from smartsync_core.model.run import RunState
from smartsync_core.store.database import Database
from smartsync_core.store.runs import taken_back
from smartsync_core.store.settled import NOW, OPEN
from smartsync_core.store.tables import (
    run_edits,
    run_reasons,
    run_rows,
    runs,
    settled_reasons,
    upload_rows,
    uploads,
)

__all__ = ["Inbox", "InboxRow", "OpenGroup", "OpenKind", "waiting_imports"]


@dataclass(frozen=True, kw_only=True)
class InboxRow:
    """A row that waits for a person, as it stands now."""

    run_id: str
    integration_id: str
    file_name: str
    row: int
    columns: tuple[str, ...]
    cells: tuple[str, ...]
    edited: bool
    outcome: str  # blocked | failed | in_doubt
    partly: bool
    duplicate_of: int
    since: datetime | None  # when its import was approved


@dataclass(frozen=True, kw_only=True)
class OpenKind:
    """How many rows wait for the same thing. `column` "" = not for one cell."""

    code: str
    column: str
    rows: int


@dataclass(frozen=True, kw_only=True)
class OpenGroup:
    """Rows of one import that wait for the same thing. `code` "" = nothing is said of them: they go with another row."""

    run_id: str
    integration_id: str
    file_name: str
    since: datetime | None  # when the import was approved
    code: str
    column: str  # "" = not for one cell
    rows: int
    example: str  # the sentence of one of them


class Inbox:
    """Bound to one org. Rows of imports that are being written, or were taken back, wait for nobody."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def page(
        self, run_id: str = "", *, code: str = "", column: str = "", limit: int = 50, offset: int = 0
    ) -> tuple[list[InboxRow], int]:
        """Newest import first, then in row order; and how many there are on all pages. `code`, `column`: of a reason."""
        r, u, e = run_rows, upload_rows, run_edits
        here = self._open(run_id)
        if code or column:
            here = (*here, self._said(code, column))
        joined = r.join(runs, runs.c.id == r.c.run_id)
        rows = (
            sa.select(
                r.c.run_id,
                r.c.row_no,
                r.c.outcome,
                r.c.partly,
                r.c.duplicate_of,
                runs.c.integration_id,
                runs.c.approved_at,
                uploads.c.name.label("file_name"),
                uploads.c.columns.label("file_columns"),
                u.c.cells,
                e.c.cells.label("edited_cells"),
            )
            .select_from(
                joined.join(uploads, uploads.c.id == runs.c.upload_id)
                .join(u, sa.and_(u.c.upload_id == runs.c.upload_id, u.c.row_no == r.c.row_no))
                .outerjoin(e, sa.and_(e.c.run_id == r.c.run_id, e.c.row_no == r.c.row_no))
            )
            .where(*here)
            .order_by(runs.c.approved_at.desc(), r.c.run_id, r.c.row_no)
            .limit(limit)
            .offset(offset)
        )
        with self._database.read() as conn:
            total = conn.execute(sa.select(sa.func.count()).select_from(joined).where(*here)).scalar_one()
            return [_row(one) for one in conn.execute(rows).mappings()], int(total)

    def kinds(self, run_id: str = "") -> list[OpenKind]:
        """What rows wait for, the most frequent first."""
        r, why = run_rows, run_reasons
        count = sa.func.count(sa.distinct(r.c.run_id + ":" + sa.cast(r.c.row_no, sa.String)))
        query = (
            sa.select(why.c.code, why.c.field, count.label("n"))
            .select_from(
                r.join(runs, runs.c.id == r.c.run_id).join(
                    why, sa.and_(why.c.run_id == r.c.run_id, why.c.row_no == r.c.row_no)
                )
            )
            .where(*self._open(run_id), why.c.code.not_in(sorted(NOTE_CODES)))
            .group_by(why.c.code, why.c.field)
            .order_by(count.desc(), why.c.code, why.c.field)
        )
        with self._database.read() as conn:
            return [OpenKind(code=one.code, column=one.field, rows=one.n) for one in conn.execute(query)]

    def numbers(self, run_id: str, *, code: str, column: str) -> list[int]:
        """The rows of one group, in order."""
        r, why = run_rows, run_reasons
        here = (why.c.run_id == r.c.run_id, why.c.row_no == r.c.row_no)
        query = (
            sa.select(r.c.row_no)
            .select_from(r.join(runs, runs.c.id == r.c.run_id))
            .where(*self._open(run_id), sa.exists().where(*here, why.c.code == code, why.c.field == column))
        )
        with self._database.read() as conn:
            return list(conn.execute(query.order_by(r.c.row_no)).scalars())

    def groups(self) -> list[OpenGroup]:
        """What waits, per import and kind, the newest import first. A row with two problems is in two groups."""
        w = settled_reasons
        query = (
            sa.select(w, runs.c.integration_id, runs.c.approved_at, uploads.c.name)
            .select_from(
                w.join(runs, runs.c.id == w.c.run_id).join(uploads, uploads.c.id == runs.c.upload_id)
            )
            .where(w.c.org_id == self._org_id, w.c.told == NOW, *waiting_imports())
            .order_by(runs.c.approved_at.desc(), w.c.run_id, w.c.rows.desc(), w.c.code, w.c.field)
        )
        with self._database.read() as conn:
            said = self._said_in_examples(conn)
            return [
                OpenGroup(
                    run_id=one.run_id,
                    integration_id=one.integration_id,
                    file_name=one.name,
                    since=one.approved_at,
                    code=one.code,
                    column=one.field,
                    rows=one.rows,
                    example=said.get((one.run_id, one.code, one.field), ""),
                )
                for one in conn.execute(query)
            ]

    def _said_in_examples(self, conn: sa.Connection) -> dict[tuple[str, str, str], str]:
        w, why = settled_reasons, run_reasons
        same = (why.c.run_id == w.c.run_id, why.c.row_no == w.c.example_row)
        alike = (why.c.code == w.c.code, why.c.field == w.c.field)
        query = (
            sa.select(w.c.run_id, w.c.code, w.c.field, sa.func.min(why.c.message).label("example"))
            .select_from(w.join(why, sa.and_(*same, *alike)).join(runs, runs.c.id == w.c.run_id))
            .where(w.c.org_id == self._org_id, w.c.told == NOW, *waiting_imports())
            .group_by(w.c.run_id, w.c.code, w.c.field)
        )
        return {(one.run_id, one.code, one.field): one.example for one in conn.execute(query)}

    def _open(self, run_id: str) -> tuple[sa.ColumnElement[bool], ...]:
        outcomes = [one.value for one in OPEN]
        here = (run_rows.c.org_id == self._org_id, run_rows.c.outcome.in_(outcomes), *waiting_imports())
        return (*here, run_rows.c.run_id == run_id) if run_id else here

    def _said(self, code: str, column: str) -> sa.ColumnElement[bool]:
        r, why = run_rows, run_reasons
        here = [why.c.run_id == r.c.run_id, why.c.row_no == r.c.row_no]
        if code:
            here.append(why.c.code == code)
        if column:
            here += [why.c.field == column, why.c.code.not_in(sorted(NOTE_CODES))]
        return sa.exists().where(*here)


def waiting_imports() -> tuple[sa.ColumnElement[bool], ...]:
    """Which of `runs` may have rows that wait for a person."""
    return runs.c.kind == "import", runs.c.state != RunState.RUNNING.value, ~taken_back()


def _row(row: sa.RowMapping) -> InboxRow:
    columns: Sequence[str] = row["file_columns"]
    cells = row["edited_cells"] if row["edited_cells"] is not None else row["cells"]
    return InboxRow(
        run_id=row["run_id"],
        integration_id=row["integration_id"],
        file_name=row["file_name"],
        row=row["row_no"],
        columns=tuple(columns),
        cells=tuple(cells[: len(columns)]),
        edited=row["edited_cells"] is not None,
        outcome=row["outcome"],
        partly=bool(row["partly"]),
        duplicate_of=row["duplicate_of"],
        since=row["approved_at"],
    )
