"""The first minutes: a sample file to try, and what was done already of what everybody does once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from smartsync_core.model.access import Role
from smartsync_core.model.crm import AccountKind
from smartsync_core.model.mapping import RecordType
from smartsync_core.orchestrator import import_drafts
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.import_drafts import ImportDraft
from smartsync_core.orchestrator.practice import practice_connection
from smartsync_core.orchestrator.rights import takes

__all__ = ["FirstSteps", "first_steps", "try_sample"]

_SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "leads_messy.xlsx"


@dataclass(frozen=True, kw_only=True)
class FirstSteps:
    """What was done at least once; an account that is not for practice is meant by `connected` and after it."""

    practised: bool
    connected: bool
    previewed: bool
    written: bool

    @property
    def done(self) -> bool:
        return self.connected and self.previewed and self.written


def first_steps(ctx: Context) -> FirstSteps:
    known = ctx.connections.all(inactive=True)
    real = [one for one in known if one.kind is not AccountKind.PRACTICE]
    used = ctx.runs.last_written().keys()
    written = any(one.id in used for one in real)
    return FirstSteps(
        practised=any(one.id in used for one in known if one.kind is AccountKind.PRACTICE),
        connected=any(one.is_active for one in real),
        previewed=written or any(ctx.runs.recent(1, integration_id=one.id) for one in real),
        written=written,
    )


@takes(Role.OPERATOR)
def try_sample(ctx: Context) -> ImportDraft:
    """Hand a sample file in, into the practice account; its columns come next."""
    connection = practice_connection(ctx)
    draft = import_drafts.begin(ctx, _SAMPLE).of_rows(RecordType.BOTH).into(connection.id)
    return import_drafts.save(ctx, replace(draft, step="columns"))
