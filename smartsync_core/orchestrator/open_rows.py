"""Rows of an import that wait for a person, as a person corrects them: the cells as they stand now, why, and what may stand there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smartsync_core.mapping.choices import Options
from smartsync_core.model.plan import ActionState, Reason
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.context import Context
from smartsync_core.store.edits import Edits
from smartsync_core.store.repairs import Repairs, TakenUp

__all__ = ["Beside", "OpenRow", "choices", "open_rows"]


@dataclass(frozen=True, kw_only=True)
class Beside:
    """A value of ours that was not written, because the CRM holds another one since the preview."""

    column: str
    ours: str
    theirs: str


@dataclass(frozen=True, kw_only=True)
class OpenRow:
    """`cells` as uploaded, or as corrected since; `beside` only where the CRM changed since the preview."""

    row: int
    cells: tuple[str, ...]
    reasons: tuple[Reason, ...]
    beside: tuple[Beside, ...]


def open_rows(ctx: Context, run_id: str, *, limit: int) -> list[OpenRow]:
    """The first ones in file order; [] when none is left. Raises NotFound."""
    run, repairs = ctx.runs.get(run_id), Repairs(ctx.database, ctx.org_id)
    numbers = sorted(repairs.open_rows(run_id))[:limit]
    cells = Edits(ctx.database, ctx.org_id).rows(run_id, run.upload_id, numbers)
    taken_up = repairs.taken_up(run_id, numbers)
    why: dict[int, list[Reason]] = {}
    for reason in ctx.results.reasons(run_id, numbers) if numbers else ():
        why.setdefault(reason.row, []).append(reason)
    return [
        OpenRow(
            row=row,
            cells=tuple(cells[row].cells),
            reasons=tuple(why.get(row, ())),
            beside=tuple(_beside(run, taken_up, row)),
        )
        for row in numbers
    ]


def choices(run: Run, fields: AccountFields) -> dict[str, tuple[str, ...]]:
    """{column: what may stand in it} for the columns that go to a closed list of single choices."""
    found = {}
    for match in run.options.columns:
        if match.target is None or match.target.property not in fields.schema(match.target.object):
            continue
        field = fields.schema(match.target.object).fields[match.target.property]
        if field.closed and field.options and not field.multi:
            found[match.header] = Options(field).labels
    return found


def _beside(run: Run, taken_up: TakenUp, row: int) -> Sequence[Beside]:
    headers: Mapping[str, str] = {
        str(match.target): match.header for match in run.options.columns if match.target is not None
    }
    return [
        Beside(
            column=headers.get(f"{action.object}.{change.field}", change.field),
            ours=change.new or "",
            theirs=action.theirs[change.field] or "",
        )
        for action in taken_up.of([row])
        if action.state is ActionState.STALE
        for change in action.changes
        if change.field in action.theirs
    ]
