"""How many companies each person may have by the score card: counted over all imports, and once more when one is approved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from smartsync_core.errors import BadInput
from smartsync_core.model.automation import Extra
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.findings import subject_of
from smartsync_core.orchestrator.score_cards import current_card
from smartsync_core.planning.automations import OWNER

__all__ = ["FULL", "loads", "within_cap"]

FULL = "owner_full"


def loads(ctx: Context, run: Run) -> Counter[str]:
    """By owner: companies of this import that are theirs in the CRM, and those that other imports gave them."""
    held = Counter(ctx.findings.held_owners(run.id, subject_of(run), OWNER))
    return held + Counter(ctx.owners_given.by_others(run.id, run.integration_id))


@contextmanager
def within_cap(ctx: Context, run: Run) -> Iterator[None]:
    """Approve inside it. Raises BadInput where imports approved since its preview leave somebody no room."""
    if Extra.OWNERS not in run.options.extras or run.undo_of or run.approved_at is not None:
        yield
        return
    with ctx.database.write() as conn:
        ctx.database.alone(conn, f"owners of {run.integration_id}")
        there, owners = loads(ctx, run), current_card(ctx).card.owners
        for owner, (name, given) in ctx.owners_given.of_run(run.id).items():
            if there[owner] + given > (most := owners.room(owner)):
                raise BadInput(
                    f"{name} would have {there[owner] + given:,} companies, and the score card allows {most:,}: "
                    "another import gave them some since this preview.",
                    hint="Preview again: the companies go to whoever has room.",
                    code=FULL,
                )
        yield
