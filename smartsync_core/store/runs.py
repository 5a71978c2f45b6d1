"""Runs: what was asked, where each stands, its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from pydantic import TypeAdapter

from smartsync_core.errors import NotFound
from smartsync_core.model.crm import Window
from smartsync_core.model.duplicates import CompanyDecision
from smartsync_core.model.run import ImportOptions, Run, RunState
from smartsync_core.store.database import Database
from smartsync_core.store.tables import runs, uploads

__all__ = ["OPENS", "Runs", "stands", "taken_back"]

OPENS = "a run opens"
"""Said (`alone`) before any run is opened, so that whoever needs all of them at rest keeps them so."""

_OPTIONS = TypeAdapter(ImportOptions)

# Built once: they are asked more often than anything else. Options come as text, since most are read many times.
_PLAIN = [column for column in runs.c if column is not runs.c.options]
_RUNS = sa.select(
    *_PLAIN, sa.cast(runs.c.options, sa.Text).label("options"), uploads.c.name.label("file_name")
).join(uploads, uploads.c.id == runs.c.upload_id)
_HERE = (runs.c.org_id == sa.bindparam("org_id"), runs.c.id == sa.bindparam("run_id"))
_RUN, _STATE = _RUNS.where(*_HERE), sa.select(runs.c.state).where(*_HERE)


def taken_back(run: sa.FromClause = runs) -> sa.ColumnElement[bool]:
    """Whether an import was undone as a whole."""
    undo = runs.alias("its_undo")
    return sa.exists().where(
        undo.c.org_id == run.c.org_id,
        undo.c.undo_of == run.c.id,
        undo.c.state == RunState.DONE.value,
        undo.c.part.is_(None),
    )


def stands(run: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether an import was begun to be written, and was not taken back as a whole."""
    return sa.and_(run.c.approved_at.is_not(None), ~taken_back(run))


class Runs:
    """Bound to one org."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def create(
        self,
        *,
        integration_id: str,
        upload_id: str,
        options: ImportOptions,
        row_count: int,
        by: str,
        began_at: datetime,
        undo_of: str = "",
        part: Mapping[str, object] | None = None,
    ) -> str:
        """Make a run in state PREVIEWING; its id. `began_at` = when the file was handed in. `undo_of` makes it an undo."""
        run_id = uuid4().hex[:12]
        with self._database.write() as conn:
            self._database.alone(conn, OPENS)
            conn.execute(
                sa.insert(runs).values(
                    id=run_id,
                    org_id=self._org_id,
                    integration_id=integration_id,
                    upload_id=upload_id,
                    kind="undo" if undo_of else "import",
                    undo_of=undo_of or None,
                    part=dict(part) if part else None,
                    record_type=options.record_type.value,
                    options=_OPTIONS.dump_python(options, mode="json"),
                    state=RunState.PREVIEWING.value,
                    shown=False,
                    row_count=row_count,
                    calls_app=0,
                    calls_search=0,
                    calls_association=0,
                    work_s=0.0,
                    created_by=by,
                    created_at=began_at,
                )
            )
        return run_id

    def get(self, run_id: str) -> Run:
        """Raises NotFound."""
        with self._database.read() as conn:
            row = conn.execute(_RUN, self._here(run_id)).mappings().one_or_none()
        if row is None:
            raise NotFound(
                f"There is no import {run_id}.", hint="History lists them, and so does the command `runs`."
            )
        return _run(row)

    def state(self, run_id: str) -> RunState:
        """Only its state: cheap enough to ask for several times a second. Raises NotFound."""
        with self._database.read() as conn:
            state = conn.execute(_STATE, self._here(run_id)).scalar_one_or_none()
        return RunState(state) if state else self.get(run_id).state

    def recent(
        self,
        limit: int = 50,
        offset: int = 0,
        *,
        written: bool | None = None,
        integration_id: str = "",
        search: str = "",
    ) -> list[Run]:
        """Newest first. `written` False: previews of which nothing was written. `search` looks into the file's name."""
        query = self._select().where(*_narrowed(written, integration_id, search))
        page = query.order_by(runs.c.created_at.desc(), runs.c.id).limit(limit).offset(offset)
        with self._database.read() as conn:
            return [_run(row) for row in conn.execute(page).mappings()]

    def count(self, *, written: bool | None = None, integration_id: str = "", search: str = "") -> int:
        """How many `recent` would tell in all."""
        query = sa.select(sa.func.count()).select_from(runs.join(uploads, uploads.c.id == runs.c.upload_id))
        here = (runs.c.org_id == self._org_id, *_narrowed(written, integration_id, search))
        with self._database.read() as conn:
            return conn.execute(query.where(*here)).scalar_one()

    def last_written(self) -> dict[str, Run]:
        """{account: the newest of its runs that was approved}"""
        newest = sa.func.row_number().over(
            partition_by=runs.c.integration_id, order_by=(runs.c.approved_at.desc(), runs.c.id)
        )
        ranked = (
            sa.select(runs.c.id, newest.label("place"))
            .where(runs.c.org_id == self._org_id, runs.c.approved_at.is_not(None))
            .subquery()
        )
        ids = sa.select(ranked.c.id).where(ranked.c.place == 1)
        with self._database.read() as conn:
            found = conn.execute(self._select().where(runs.c.id.in_(ids))).mappings()
            return {run.integration_id: run for run in map(_run, found)}

    def last_success(self) -> dict[str, datetime]:
        """{account: when a run into it was last done}. Where rows were sent again in vain: when that run was approved."""
        in_vain = sa.func.coalesce(runs.c.message, "") != ""
        at = sa.case((in_vain, runs.c.approved_at), else_=runs.c.finished_at)
        done = sa.select(runs.c.integration_id, sa.func.max(at).label("at")).where(
            runs.c.org_id == self._org_id, runs.c.state == RunState.DONE.value
        )
        with self._database.read() as conn:
            return {row.integration_id: row.at for row in conn.execute(done.group_by(runs.c.integration_id))}

    def last_ended(self) -> datetime | None:
        """When a run was settled, or its preview was made, for the last time."""
        ended = sa.func.greatest(sa.func.max(runs.c.finished_at), sa.func.max(runs.c.planned_at))
        with self._database.read() as conn:
            found: datetime | None = conn.execute(
                sa.select(ended).where(runs.c.org_id == self._org_id)
            ).scalar()
        return found

    def calls_since(self, moment: datetime) -> dict[str, int]:
        """{account: calls of the runs that began since}"""
        made = sa.func.sum(runs.c.calls_app + runs.c.calls_search + runs.c.calls_association)
        query = sa.select(runs.c.integration_id, made.label("n")).where(
            runs.c.org_id == self._org_id, runs.c.created_at >= moment
        )
        with self._database.read() as conn:
            return {
                row.integration_id: int(row.n) for row in conn.execute(query.group_by(runs.c.integration_id))
            }

    def in_state(self, *states: RunState) -> list[Run]:
        """Newest first."""
        query = self._select().where(runs.c.state.in_([state.value for state in states]))
        with self._database.read() as conn:
            return [_run(row) for row in conn.execute(query.order_by(runs.c.created_at.desc())).mappings()]

    def open_ones(self) -> list[Run]:
        """Runs that the engine still has to finish, oldest first."""
        states = [state.value for state in RunState if state.open]
        with self._database.read() as conn:
            rows = conn.execute(
                self._select().where(runs.c.state.in_(states)).order_by(runs.c.created_at)
            ).mappings()
            return [_run(row) for row in rows]

    def at_rest(self) -> bool:
        """Whether none is open. Inside `together`, none opens before that ends."""
        with self._database.write() as conn:
            self._database.alone(conn, OPENS)
        return not self.count_open()

    def count_open(self) -> int:
        """How many the engine still has to finish."""
        states = [state.value for state in RunState if state.open]
        query = sa.select(sa.func.count()).where(runs.c.org_id == self._org_id, runs.c.state.in_(states))
        with self._database.read() as conn:
            return conn.execute(query).scalar_one()

    def undos(self, run_ids: Sequence[str]) -> list[Run]:
        """Undos of these runs, newest first."""
        here = (runs.c.org_id == self._org_id, runs.c.undo_of.in_(run_ids))
        with self._database.read() as conn:
            ids = conn.execute(sa.select(runs.c.id).where(*here)).scalars().all()
            if not ids:  # most imports stand
                return []
            query = self._select().where(runs.c.id.in_(ids))
            return [_run(row) for row in conn.execute(query.order_by(runs.c.created_at.desc())).mappings()]

    def of_upload(self, integration_id: str, sha256: str) -> list[Run]:
        """Imports that wrote, or are writing, the same file to the same account, newest first."""
        with self._database.read() as conn:
            query = self._select().where(
                runs.c.kind == "import", runs.c.integration_id == integration_id, uploads.c.sha256 == sha256
            )
            return [_run(row) for row in conn.execute(query.order_by(runs.c.created_at.desc())).mappings()]

    def update(self, run_id: str, conn: sa.Connection | None = None, **values: Any) -> None:
        """Set columns of a run by name; enum members are stored by value."""
        plain = {
            name: value.value if isinstance(value, RunState) else value for name, value in values.items()
        }
        with self._database.write(conn) as own:
            own.execute(
                sa.update(runs).where(runs.c.org_id == self._org_id, runs.c.id == run_id).values(**plain)
            )

    def decide_company(
        self, run_id: str, decision: CompanyDecision, conn: sa.Connection | None = None
    ) -> None:
        """Keep a person's word among the run's options, in the place of what was said of that company before."""
        self._say(run_id, decision.key, (decision,), conn)

    def forget_company(self, run_id: str, key: tuple[str, str], conn: sa.Connection | None = None) -> None:
        """Nothing was said of that company."""
        self._say(run_id, key, (), conn)

    def _say(
        self,
        run_id: str,
        key: tuple[str, str],
        said: tuple[CompanyDecision, ...],
        conn: sa.Connection | None,
    ) -> None:
        here = (runs.c.org_id == self._org_id, runs.c.id == run_id)
        with self._database.write(conn) as own:
            self._database.alone(own, f"options of {run_id}")
            options = _OPTIONS.validate_python(
                own.execute(sa.select(runs.c.options).where(*here)).scalar_one()
            )
            others = (one for one in options.companies if one.key != key)
            kept = _OPTIONS.dump_python(replace(options, companies=(*others, *said)), mode="json")
            own.execute(sa.update(runs).where(*here).values(options=kept))

    def claim(self, run_id: str, *, expected: RunState, new: RunState, **values: Any) -> bool:
        """Move a run from one state to another; False when it was in a third one (somebody else was faster)."""
        here = (runs.c.org_id == self._org_id, runs.c.id == run_id, runs.c.state == expected.value)
        moved = sa.update(runs).where(*here).values(state=new.value, **values).returning(runs.c.id)
        with self._database.write() as conn:
            if new.open:
                self._database.alone(conn, OPENS)
            return conn.execute(moved).first() is not None

    def add_work(self, run_id: str, calls: Mapping[Window, int], seconds: float) -> None:
        """Add what a step cost."""
        with self._database.write() as conn:
            conn.execute(
                sa.update(runs)
                .where(runs.c.org_id == self._org_id, runs.c.id == run_id)
                .values(
                    calls_app=runs.c.calls_app + calls.get(Window.APP, 0),
                    calls_search=runs.c.calls_search + calls.get(Window.SEARCH, 0),
                    calls_association=runs.c.calls_association + calls.get(Window.ASSOCIATION, 0),
                    work_s=runs.c.work_s + seconds,
                )
            )

    def _select(self) -> sa.Select[Any]:
        return _RUNS.where(runs.c.org_id == self._org_id)

    def _here(self, run_id: str) -> dict[str, str]:
        return {"org_id": self._org_id, "run_id": run_id}


def _narrowed(written: bool | None, integration_id: str, search: str) -> Iterator[sa.ColumnElement[bool]]:
    if written is not None:
        yield runs.c.approved_at.is_not(None) if written else runs.c.approved_at.is_(None)
    if integration_id:
        yield runs.c.integration_id == integration_id
    if search:
        yield uploads.c.name.icontains(search, autoescape=True)


@lru_cache(maxsize=128)
def _options(text: str) -> ImportOptions:
    return _OPTIONS.validate_json(text)


def _run(row: sa.RowMapping) -> Run:
    return Run(
        id=row["id"],
        org_id=row["org_id"],
        integration_id=row["integration_id"],
        upload_id=row["upload_id"],
        file_name=row["file_name"],
        options=_options(row["options"]),
        state=RunState(row["state"]),
        shown=row["shown"],
        row_count=row["row_count"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        kind=row["kind"],
        undo_of=row["undo_of"] or "",
        part=row["part"] or {},
        predicted=row["predicted"] or {},
        planned=row["planned"] or {},
        budget=row["budget"] or {},
        result=row["result"] or {},
        message=row["message"] or "",
        calls={
            Window.APP: row["calls_app"],
            Window.SEARCH: row["calls_search"],
            Window.ASSOCIATION: row["calls_association"],
        },
        work_s=row["work_s"],
        waited_s=row["waited_s"] or 0.0,
        crm_read_at=row["crm_read_at"],
        planned_at=row["planned_at"],
        approved_at=row["approved_at"],
        pause_after=row["pause_after"],
        max_calls=row["max_calls"],
        wakes_at=row["wakes_at"],
        finished_at=row["finished_at"],
    )
