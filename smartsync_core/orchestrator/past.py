"""Looking into imports: which there were, and of one its rows, its cells and why something is not as hoped. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from smartsync_core.model.connection import Connection
from smartsync_core.model.plan import ActionState, Outcome, Reason
from smartsync_core.model.run import CellChange, Progress, Run, RunReport, RunState
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.history import progress, report, untold
from smartsync_core.orchestrator.value_words import ValueWords
from smartsync_core.store.cells import Cell, CellPage, Cells
from smartsync_core.store.results import ResultRow

__all__ = [
    "Cell",
    "CellChange",
    "CellPage",
    "ImportLine",
    "OneImport",
    "Pulse",
    "ReasonGroup",
    "ResultRow",
    "all_imports",
    "cell_totals",
    "cells",
    "grouped",
    "how_many",
    "imports",
    "lines",
    "not_as_hoped",
    "one_import",
    "pulse",
    "riskiest",
    "rows",
    "under_way",
    "undone",
    "undos",
    "working",
]


_TAKEN = ActionState.DONE.value
_AT_ONCE = 1_000


@dataclass(frozen=True, kw_only=True)
class ImportLine:
    """An import in a list. `counts` per outcome: what became of its rows, while it is `foreseen` what the preview said."""

    run: Run
    connection: Connection
    counts: Mapping[str, int]
    undos: tuple[Run, ...] = ()  # of this import that wrote, newest first

    @property
    def outcomes(self) -> dict[str, int]:
        """What became of its rows; empty until it is done."""
        done = self.run.state is RunState.DONE
        return {outcome.value: self.counts.get(outcome.value, 0) for outcome in Outcome} if done else {}

    @property
    def foreseen(self) -> bool:
        """Nothing is on record yet of what became of its rows: a preview, or one that is still being written."""
        return _settled(self.run) is None

    @property
    def undone(self) -> str:
        """Whether it was taken back, in a word; "" where it was not."""
        return undone(self.undos)


@dataclass(frozen=True, kw_only=True)
class OneImport:
    run: Run
    connection: Connection
    report: RunReport
    columns: tuple[str, ...]  # of the file
    undos: tuple[Run, ...] = ()  # of this import that wrote, newest first


@dataclass(frozen=True, kw_only=True)
class ReasonGroup:
    """Reasons of one kind in one column; `example` is the first one's sentence, and how many others there are."""

    field: str
    code: str
    example: str
    rows: tuple[int, ...]


def imports(
    ctx: Context, *, written: bool, limit: int, integration_id: str = "", search: str = ""
) -> list[ImportLine]:
    """Newest first: those that wrote or are writing, or the previews of which nothing was written.

    Of one account, and with `search` in the file's name, where these are given.
    """
    runs = ctx.runs.recent(limit, written=written, integration_id=integration_id, search=search)
    return lines(ctx, runs)


def all_imports(
    ctx: Context, *, written: bool, integration_id: str = "", search: str = ""
) -> Iterator[ImportLine]:
    """The same ones without a limit, read by the thousand."""
    offset = 0
    while found := ctx.runs.recent(
        _AT_ONCE, offset, written=written, integration_id=integration_id, search=search
    ):
        offset += len(found)
        yield from lines(ctx, found)


def how_many(ctx: Context, *, written: bool, integration_id: str = "", search: str = "") -> int:
    """Imports in all."""
    return ctx.runs.count(written=written, integration_id=integration_id, search=search)


def lines(ctx: Context, runs: Sequence[Run]) -> list[ImportLine]:
    """Runs as lists show them, in the same order."""
    known = {one.id: one for one in ctx.connections.all(inactive=True)}
    taken_back = _undos(ctx, runs)
    return [
        ImportLine(
            run=run,
            connection=known[run.integration_id],
            counts=_counts(run),
            undos=tuple(taken_back.get(run.id, ())),
        )
        for run in runs
    ]


def undos(ctx: Context, run: Run) -> tuple[Run, ...]:
    """What took this import back, or is about to; undos of which only a preview was made do not count."""
    return tuple(_undos(ctx, [run]).get(run.id, ()))


def _undos(ctx: Context, runs: Sequence[Run]) -> dict[str, list[Run]]:
    written = [run.id for run in runs if not run.undo_of and run.approved_at is not None]
    found: dict[str, list[Run]] = {}
    for undo in ctx.runs.undos(written):
        if undo.approved_at is not None:
            found.setdefault(undo.undo_of, []).append(undo)
    return found


def undone(undos: Sequence[Run]) -> str:
    """What undos that wrote have made of an import, in a word; "" where there is none."""
    if not undos:
        return ""
    if any(undo.state is RunState.DONE and not undo.part for undo in undos):
        return "Undone"
    waits = any(undo.state.open or undo.state is RunState.PAUSED for undo in undos)
    return "Being undone" if waits else "Partly undone"


def working(ctx: Context) -> list[Run]:
    """Imports that are being written at this moment, oldest first."""
    return [run for run in ctx.runs.open_ones() if run.state is RunState.RUNNING]


@dataclass(frozen=True, kw_only=True)
class Pulse:
    """What changes when an import begins, moves on or ends; cheap enough to ask for every second."""

    working: tuple[tuple[str, RunState], ...]
    last_ended: datetime | None


def pulse(ctx: Context) -> Pulse:
    open_ones = tuple((run.id, run.state) for run in ctx.runs.open_ones())
    return Pulse(working=open_ones, last_ended=ctx.runs.last_ended())


def under_way(ctx: Context) -> list[tuple[Run, Progress]]:
    """Everything that the app works on at this moment, previews too, and how far each is; oldest first."""
    return [(run, progress(ctx, run)) for run in ctx.runs.open_ones()]


def one_import(ctx: Context, run_id: str) -> OneImport:
    """Raises NotFound."""
    run = ctx.runs.get(run_id)
    return OneImport(
        run=run,
        connection=ctx.connections.get(run.integration_id),
        report=report(ctx, run_id),
        columns=ctx.uploads.get(run.upload_id).columns,
        undos=undos(ctx, run),
    )


def rows(
    ctx: Context, run_id: str, *, outcome: str = "", limit: int = 50, offset: int = 0
) -> list[ResultRow]:
    """In file order; predicted outcomes count while nothing was written."""
    found = ctx.results.rows(run_id, outcome=outcome, limit=limit, offset=offset)
    more: dict[int, list[Reason]] = {}
    for reason in untold(ctx, ctx.runs.get(run_id), [one.row for one in found]):
        more.setdefault(reason.row, []).append(reason)
    return [replace(one, reasons=(*one.reasons, *more.get(one.row, ()))) for one in found]


def cells(
    ctx: Context,
    run_id: str,
    *,
    object_name: str = "",
    field: str = "",
    effect: str = "",
    written: bool = False,
    search: str = "",
    limit: int = 50,
    offset: int = 0,
) -> CellPage:
    """Values old → new: what takes something away first, then in row order. A search finds the words of values too.

    `written`: only those that the CRM took.
    """
    found = Cells(ctx.database, ctx.org_id)
    meant = ValueWords(ctx, [ctx.runs.get(run_id)]).meant(search) if search else ()
    return found.page(
        run_id,
        object_name=object_name,
        field=field,
        effect=effect,
        state=_TAKEN if written else "",
        search=search,
        meant=meant,
        limit=limit,
        offset=offset,
    )


def riskiest(ctx: Context, run_id: str) -> tuple[Cell, ...]:
    """The few values that a person should look at first; empty when nothing is replaced or emptied."""
    return Cells(ctx.database, ctx.org_id).riskiest(run_id)


def cell_totals(ctx: Context, run_id: str, *, written: bool = False) -> dict[str, int]:
    """Values per effect: new, filled, replaced, emptied. `written`: only those that the CRM took."""
    return Cells(ctx.database, ctx.org_id).totals(run_id, state=_TAKEN if written else "")


def not_as_hoped(ctx: Context, run_id: str) -> set[int]:
    """Rows that did not land whole, by nobody's choice."""
    return ctx.results.not_as_hoped(run_id)


def grouped(reasons: Iterable[Reason]) -> list[ReasonGroup]:
    """Reasons of rows by column and kind, the most frequent first."""
    found: dict[tuple[str, str], list[Reason]] = {}
    for reason in reasons:
        if reason.row:
            found.setdefault((reason.field, reason.code), []).append(reason)
    groups = [
        ReasonGroup(
            field=field,
            code=code,
            example=_example([reason.message for reason in same]),
            rows=tuple(sorted({reason.row for reason in same})),
        )
        for (field, code), same in found.items()
    ]
    return sorted(groups, key=lambda group: (-len(group.rows), group.field, group.code))


def _example(messages: list[str]) -> str:
    others = len(set(messages)) - 1
    return f"{messages[0]} And {others} more like it." if others else messages[0]


def _counts(run: Run) -> Mapping[str, int]:
    counts = run.predicted if (settled := _settled(run)) is None else settled
    return {str(key): int(value) for key, value in counts.items()}


def _settled(run: Run) -> Mapping[str, int] | None:
    settled = run.result.get("outcomes")
    return settled if isinstance(settled, Mapping) else None
