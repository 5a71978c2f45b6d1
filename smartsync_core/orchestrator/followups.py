"""Follow-ups: deals, tasks and notes are put into a plan that waits for its approval."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from smartsync_core.errors import BadInput
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import Action, FollowUp
from smartsync_core.model.run import Run, RunState
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.preview import predict
from smartsync_core.planning.followups import CLIENT_KEY, client_key, decide_follow_ups
from smartsync_core.planning.keys import KEY_FIELD

__all__ = ["add_follow_ups"]


def add_follow_ups(ctx: Context, run_id: str, follow_ups: Iterable[FollowUp]) -> int:
    """Add what rules want to a previewed run; how many were added. Those made on an earlier occasion are not made again."""
    run = ctx.runs.get(run_id)
    if run.state is not RunState.PREVIEWED:
        raise BadInput(
            f"Import {run_id} is {run.state.value}: nothing can be added to its preview.",
            code="not_previewed",
        )
    wanted = list(follow_ups)
    subjects: dict[int, Action] = dict(ctx.plans.records(run_id))
    with ctx.session(run) as session:
        actions = decide_follow_ups(
            wanted,
            subjects,
            _made(ctx, run, wanted, subjects),
            run.integration_id,
            run_id,
            ctx.plans.last_id(run_id) + 1,
        )
        ctx.plans.add_actions(run_id, [_keyed(session, action) for action in actions])
        needs: dict[int, list[int]] = {}
        for action in actions:
            needs.setdefault(action.associations[0][1], []).append(action.id)
        ctx.plans.hang_on(run_id, needs)
        ctx.plans.assign_waves(run_id)
        predict(ctx, run, session)
    return len(actions)


def _made(
    ctx: Context, run: Run, wanted: list[FollowUp], subjects: dict[int, Action]
) -> dict[str, tuple[str, int, bool]]:
    keys: dict[ObjectName, list[tuple[str, str]]] = {}
    for one in wanted:
        key = client_key(run.integration_id, one, subjects[one.subject], run.id)
        keys.setdefault(one.object, []).append((CLIENT_KEY, key))
    return {
        key: (link.crm_id, link.generation, link.closed)
        for name, asked in keys.items()
        for (_, key), link in ctx.links.lookup(run.integration_id, name, asked).items()
    }


def _keyed(session: Session, action: Action) -> Action:
    """Without our field in the account, a create carries no key."""
    return action if KEY_FIELD in session.schema(action.object) else replace(action, create_key="")
