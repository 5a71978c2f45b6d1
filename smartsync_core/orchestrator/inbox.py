"""What waits for a person: rows as they stand, what is wrong with which cell in plain words, theirs beside ours. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from smartsync_core.model.mapping import ColumnMatch
from smartsync_core.model.plan import NOTE_CODES, ActionState, Reason, StoredAction
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.field_words import FieldWords
from smartsync_core.orchestrator.files import FieldSource
from smartsync_core.orchestrator.value_words import ValueWords
from smartsync_core.planning.refusals import WRONG_IN_THE_FILE, is_refusal, plain
from smartsync_core.store.inbox import Inbox, InboxRow, OpenKind
from smartsync_core.store.repairs import Repairs

__all__ = ["CellProblem", "Clash", "OpenKind", "OpenPage", "OpenRow", "open_kinds", "open_rows"]

_GOES_WITH = "goes_with"


@dataclass(frozen=True, kw_only=True)
class CellProblem:
    """Why a row waits. `column` is the file's, or what the CRM calls a field that no column goes to; "" = the whole row."""

    column: str
    code: str
    message: str  # plain words, with what to do
    said: str = ""  # the CRM's own sentence; "" where the words are ours
    options: tuple[str, ...] = ()  # what may stand there, where the field takes only these


@dataclass(frozen=True, kw_only=True)
class Clash:
    """A cell that somebody changed in the CRM after the preview. None = empty."""

    column: str
    before: str | None  # what the preview saw
    theirs: str | None
    ours: str | None


@dataclass(frozen=True, kw_only=True)
class OpenRow:
    """A row that waits for a person."""

    run_id: str
    connection_id: str
    file_name: str
    row: int
    columns: tuple[str, ...]
    cells: tuple[str, ...]  # as they stand now, one per column
    edited: bool
    outcome: str  # blocked | failed | in_doubt
    partly: bool  # its main record landed; something that belongs to it did not
    crm_id: str  # of its main record; "" = it is not in the CRM, or nobody knows
    problems: tuple[CellProblem, ...]
    clashes: tuple[Clash, ...]
    since: datetime | None

    @property
    def only_by_correction(self) -> bool:
        """Whether it cannot land before a cell of it is corrected, or of the row that it goes with."""
        return bool({problem.code for problem in self.problems} & {*WRONG_IN_THE_FILE, _GOES_WITH})


@dataclass(frozen=True, kw_only=True)
class OpenPage:
    rows: tuple[OpenRow, ...]
    total: int  # on all pages

    @property
    def only_by_correction(self) -> bool:
        """Whether all rows are here, and none of them could land as it stands."""
        codes = {problem.code for row in self.rows for problem in row.problems}
        whole = len(self.rows) == self.total
        return whole and bool(codes & WRONG_IN_THE_FILE) and all(row.only_by_correction for row in self.rows)


def open_rows(
    ctx: Context,
    run_id: str = "",
    *,
    code: str = "",
    column: str = "",
    fields: FieldSource | None = None,
    limit: int = 50,
    offset: int = 0,
) -> OpenPage:
    """Rows that are blocked, failed or in doubt, of one import or of all; newest import first, then in row order.

    `code` and `column` narrow it to rows with such a problem (`open_kinds` lists them). With `fields`, the account's fields as
    they are now, problems carry the options to choose from. Raises NotFound for an unknown import.
    """
    if run_id:
        ctx.runs.get(run_id)
    found, total = Inbox(ctx.database, ctx.org_id).page(
        run_id, code=code, column=column, limit=limit, offset=offset
    )
    by_run: dict[str, list[InboxRow]] = {}
    for row in found:
        by_run.setdefault(row.run_id, []).append(row)
    told = {(row.run_id, row.row): row for rows in by_run.values() for row in _told(ctx, rows, fields)}
    return OpenPage(rows=tuple(told[row.run_id, row.row] for row in found), total=total)


def open_kinds(ctx: Context, run_id: str = "") -> list[OpenKind]:
    """What rows wait for, the most frequent first."""
    return Inbox(ctx.database, ctx.org_id).kinds(run_id)


def _told(ctx: Context, rows: Sequence[InboxRow], fields: FieldSource | None) -> Iterable[OpenRow]:
    """Rows of one run, with all that is known about them."""
    run = ctx.runs.get(rows[0].run_id)
    numbers = [row.row for row in rows]
    taken_up = Repairs(ctx.database, ctx.org_id).taken_up(run.id, numbers)
    reasons: dict[int, list[Reason]] = {}
    for reason in ctx.results.reasons(run.id, numbers):
        reasons.setdefault(reason.row, []).append(reason)
    words, said = FieldWords(run.options), ValueWords(ctx, [run])
    options = _options(run, fields)
    for row in rows:
        actions = taken_up.of([row.row])
        main = taken_up.actions.get(taken_up.verdicts[row.row].main_action)
        yield OpenRow(
            run_id=run.id,
            connection_id=run.integration_id,
            file_name=row.file_name,
            row=row.row,
            columns=row.columns,
            cells=row.cells,
            edited=row.edited,
            outcome=row.outcome,
            partly=row.partly,
            crm_id=main.crm_id if main else "",
            problems=tuple(_problems(row, reasons.get(row.row, []), options)),
            clashes=tuple(clash for action in actions for clash in _clashes(action, words, said)),
            since=row.since,
        )


def _problems(
    row: InboxRow, reasons: Sequence[Reason], options: Mapping[str, tuple[str, ...]]
) -> Iterable[CellProblem]:
    if row.duplicate_of:
        words = f"It is the same record as row {row.duplicate_of}, and goes with it."
        yield CellProblem(column="", code=_GOES_WITH, message=words)
    for reason in reasons:
        if reason.code in NOTE_CODES:
            continue
        yield CellProblem(
            column=reason.field,
            code=reason.code,
            message=plain(reason.code, reason.message),
            said=reason.message if is_refusal(reason.code) else "",
            options=options.get(reason.field, ()),
        )


def _clashes(action: StoredAction, words: FieldWords, said: ValueWords) -> Iterable[Clash]:
    if action.state is not ActionState.STALE:
        return
    for change in action.changes:
        if change.field in action.theirs:
            before, theirs, ours = (
                value and said.of(action.object, change.field, value)
                for value in (change.old, action.theirs[change.field], change.new)
            )
            column = words.of(action.object, change.field)
            yield Clash(column=column, before=before, theirs=theirs, ours=ours)


def _options(run: Run, fields: FieldSource | None) -> dict[str, tuple[str, ...]]:
    """Column → labels of the choices, for columns into closed lists."""
    if fields is None:
        return {}
    own = [match for match in run.options.columns if not match.copy_of]
    return {match.header: labels for match in own if (labels := _labels(match, fields))}


def _labels(match: ColumnMatch, fields: FieldSource) -> tuple[str, ...]:
    target = match.target
    definition = fields.schema(target.object).fields.get(target.property) if target else None
    if definition is None or not definition.closed:
        return ()
    return tuple(option.label for option in definition.options if not option.hidden)
