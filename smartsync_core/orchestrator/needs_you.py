"""Everything that waits for a person, in one list: rows by what they wait for, imports that pause, accounts, recipes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from smartsync_core.errors import BadInput, NeedsPerson
from smartsync_core.model.access import Role
from smartsync_core.model.connection import Connection
from smartsync_core.model.run import Run, RunState
from smartsync_core.orchestrator import import_drafts, recipes
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.repair import retry
from smartsync_core.orchestrator.rights import takes
from smartsync_core.planning.refusals import is_refusal, plain
from smartsync_core.store.assignees import Assignees
from smartsync_core.store.inbox import Inbox, OpenGroup

__all__ = ["ROW_KINDS", "Need", "NeedKind", "SentAgain", "assign", "needs", "row_count", "send_again"]

_FAILED_SHOWN = timedelta(days=7)


class NeedKind(StrEnum):
    """What is waited for, the most urgent first."""

    ACCOUNT = "account"  # its last call failed: an expired key, a missing permission
    RUN = "run"  # paused, ended with an error, or made by a program beyond what it may write by itself
    RECIPE = "recipe"  # a file that was handed in is not as its recipe knows it
    DOUBT = "in_doubt"  # sent, and never answered
    REFUSED = "refused"  # by the CRM
    STALE = "stale"  # the CRM changed since the preview
    AMBIGUOUS = "ambiguous"  # several records could be meant
    POSSIBLE = "possible"  # a company of the same name
    DELETED = "deleted"
    CELL = "cell"  # something in the file
    KIN = "kin"  # goes with another row


ROW_KINDS = tuple(NeedKind)[list(NeedKind).index(NeedKind.DOUBT) :]

_KINDS = {
    "": NeedKind.KIN,
    "in_doubt": NeedKind.DOUBT,
    "stale": NeedKind.STALE,
    "appeared_in_crm": NeedKind.STALE,
    "ambiguous": NeedKind.AMBIGUOUS,
    "possible_match": NeedKind.POSSIBLE,
    "company_waits": NeedKind.POSSIBLE,
    "deleted_in_crm": NeedKind.DELETED,
}


@dataclass(frozen=True, kw_only=True)
class Need:
    """One line of the list. `rows` 0 = not about rows; `run_id`, `draft_id` "" = leads elsewhere."""

    kind: NeedKind
    connection: Connection
    since: datetime | None
    subject: str  # the file's name, or the recipe's
    sentence: str
    run_id: str = ""
    draft_id: str = ""
    rows: int = 0
    column: str = ""
    code: str = ""
    assignee: str = ""  # "" = nobody

    @property
    def key(self) -> str:
        """The same at each look."""
        place = self.run_id or self.draft_id or self.connection.id
        return "|".join((self.kind.value, place, self.code, self.column))


@dataclass(frozen=True, kw_only=True)
class SentAgain:
    """What became of rows that were sent again at once. `sentences`: why some imports took none."""

    rows: int
    imports: int
    sentences: tuple[str, ...]


def needs(ctx: Context) -> list[Need]:
    """By kind, then the newest first. Asks no account; those that were disconnected wait for nobody, their rows do."""
    known = {one.id: one for one in ctx.connections.all(inactive=True)}
    found = [
        *_accounts(ctx),
        *(_run_need(run, known) for run in _waiting_runs(ctx)),
        *_drifted(ctx, known),
        *(_rows_need(group, known) for group in Inbox(ctx.database, ctx.org_id).groups()),
    ]
    taken, order = Assignees(ctx.database, ctx.org_id).all(), list(NeedKind)
    return sorted(
        (replace(one, assignee=taken.get(one.key, "")) for one in found),
        key=lambda one: (order.index(one.kind), -(one.since.timestamp() if one.since else 0)),
    )


@takes(Role.OPERATOR)
def assign(ctx: Context, chosen: Sequence[Need], assignee: str) -> None:
    """Say who takes these; "" = nobody."""
    Assignees(ctx.database, ctx.org_id).assign([one.key for one in chosen], assignee.strip(), by=ctx.user)
    details = {"assignee": assignee.strip(), "lines": len(chosen)}
    ctx.audit.record(who=ctx.user, what="need.assigned", details=details)


def row_count(ctx: Context, chosen: Sequence[Need]) -> int:
    """How many rows these are; one of which two things are said is one row."""
    by_run = _by_run(chosen)
    return sum(those[0].rows if len(those) == 1 else len(_rows(ctx, those)) for those in by_run.values())


@takes(Role.OPERATOR)
def send_again(ctx: Context, chosen: Sequence[Need]) -> SentAgain:
    """Send the rows of these needs as they stand, each in its own import; what an import refuses is told, the others go."""
    rows, refused = 0, []
    by_run = _by_run(chosen)
    for those in by_run.values():
        try:
            rows += len(_retried(ctx, those[0], _rows(ctx, those)))
        except NeedsPerson as error:
            refused.append(error.sentence())
    return SentAgain(rows=rows, imports=len(by_run) - len(refused), sentences=tuple(refused))


def _retried(ctx: Context, need: Need, numbers: Collection[int]) -> tuple[int, ...]:
    """Raises BadInput where somebody was faster, so that no row is left; without any, `retry` would take them all."""
    rows = retry(ctx, need.run_id, {number: {} for number in numbers}).rows if numbers else ()
    if not rows:
        raise BadInput(f"These rows of {need.subject} were decided meanwhile.", code="decided")
    return rows


def _by_run(chosen: Sequence[Need]) -> dict[str, list[Need]]:
    """What is said of rows, by their imports; rows of which nothing is said go with others."""
    by_run: dict[str, list[Need]] = {}
    for need in chosen:
        if need.rows and need.code:
            by_run.setdefault(need.run_id, []).append(need)
    return by_run


def _rows(ctx: Context, those: Sequence[Need]) -> set[int]:
    inbox = Inbox(ctx.database, ctx.org_id)
    return {
        number for need in those for number in inbox.numbers(need.run_id, code=need.code, column=need.column)
    }


def _accounts(ctx: Context) -> Iterator[Need]:
    for one in ctx.connections.all():
        if one.last_error:
            yield Need(
                kind=NeedKind.ACCOUNT,
                connection=one,
                since=one.last_sync_at,
                subject=one.name,
                sentence=one.last_error,
            )


def _waiting_runs(ctx: Context) -> Iterator[Run]:
    recent = datetime.now(UTC) - _FAILED_SHOWN
    people = {ctx.user, *(one.called for one in ctx.people.all())}
    for run in ctx.runs.in_state(RunState.PAUSED, RunState.FAILED, RunState.PREVIEWED):
        paused = run.state is RunState.PAUSED and run.wakes_at is None
        failed = run.state is RunState.FAILED and run.approved_at is not None and run.approved_at > recent
        by_a_program = run.state is RunState.PREVIEWED and run.created_by not in people and not run.undo_of
        if paused or failed or by_a_program:
            yield run


def _run_need(run: Run, known: dict[str, Connection]) -> Need:
    return Need(
        kind=NeedKind.RUN,
        connection=known[run.integration_id],
        since=run.finished_at or run.planned_at or run.created_at,
        subject=run.file_name,
        sentence=run.message or _RUN_WORDS[run.state],
        run_id=run.id,
    )


_RUN_WORDS = {
    RunState.PAUSED: "It is paused and goes on when you say so.",
    RunState.FAILED: "It ended with an error.",
    RunState.PREVIEWED: "A program made this preview. Somebody has to look at it before it is written.",
}


def _drifted(ctx: Context, known: dict[str, Connection]) -> Iterator[Need]:
    """Of the import that was begun last and not written: one line, of the recipe that fits best, unless one fits as it is."""
    draft = import_drafts.latest(ctx)
    if draft is None or draft.run_id or draft.step != "file":
        return
    fits = recipes.fitting(ctx, draft)
    if fits and all(fit.concerns for fit in fits):
        best = fits[0]
        yield Need(
            kind=NeedKind.RECIPE,
            connection=known[best.integration_id],
            since=draft.updated_at,
            subject=draft.file_name,
            sentence=f"It is not as the recipe “{best.name}” knows it. {' '.join(best.concerns)}",
            draft_id=draft.id,
        )


def _rows_need(group: OpenGroup, known: dict[str, Connection]) -> Need:
    kind = _KINDS.get(group.code, NeedKind.REFUSED if is_refusal(group.code) else NeedKind.CELL)
    return Need(
        kind=kind,
        connection=known[group.integration_id],
        since=group.since,
        subject=group.file_name,
        sentence=plain(group.code, group.example)
        or "They are the same record as another row, and go with it.",
        run_id=group.run_id,
        rows=group.rows,
        column=group.column,
        code=group.code,
    )
