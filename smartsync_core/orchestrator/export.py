"""Everything an import did, row by row, as a file: the upload's columns, then what became of each row.

It can be handed in again: what nobody edited in it is already up to date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from smartsync_core.model.plan import OUTCOME_WORDS, UNDO_WORDS, Outcome
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.spreadsheet import RESULT_COLUMNS, Line, own_columns, write_table
from smartsync_core.store.results import ResultRow

__all__ = ["write_lines", "write_result"]

_SENT = frozenset({Outcome.CREATED, Outcome.UPDATED, Outcome.FAILED, Outcome.IN_DOUBT})
_PAGE = 1_000


def write_result(ctx: Context, run_id: str, path: Path, *, outcome: str = "") -> int:
    """Write all rows, or those of an outcome, in file order as CSV, or as XLSX where the name ends so; how many they are.

    Cells stand as they were sent last; the outcome is the predicted one while nothing was written. Raises BadInput where
    the file cannot be written, NotFound for an unknown import.
    """
    run = ctx.runs.get(run_id)
    columns = ctx.uploads.get(run.upload_id).columns
    header = [*columns, *own_columns(RESULT_COLUMNS, columns)]
    words = UNDO_WORDS if run.undo_of else OUTCOME_WORDS
    return write_table(path, "Rows", _lines(ctx, run_id, header, words, outcome)) - 1


def write_lines(title: str, header: Line, lines: Iterable[Line], path: Path) -> int:
    """A table as a screen shows it, with its filter: how many lines. Raises BadInput where the file cannot be written."""
    return write_table(path, title, [header, *lines]) - 1


def _lines(
    ctx: Context, run_id: str, header: Sequence[str], words: Mapping[Outcome, str], outcome: str
) -> Iterator[Line]:
    yield header
    offset = 0
    while rows := ctx.results.rows(run_id, outcome=outcome, limit=_PAGE, offset=offset):
        offset += len(rows)
        yield from (_line(row, words) for row in rows)


def _line(row: ResultRow, words: Mapping[Outcome, str]) -> Line:
    why = "; ".join(dict.fromkeys(reason.message for reason in row.reasons))
    outcome = row.outcome or row.predicted
    proof = row.proof if outcome in _SENT else ""
    return *row.cells, row.row, words[Outcome(outcome)] if outcome else "", row.crm_id, proof, why
