"""Follow-ups: deals, tasks and notes are put into a plan that waits for its approval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from smartsync_core.errors import BadInput
from smartsync_core.model.access import Role
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import Action, FollowUp
from smartsync_core.model.run import Run, RunState
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.predicting import predict
from smartsync_core.orchestrator.rights import takes
from smartsync_core.planning.followups import CLIENT_KEY, client_key, decide_follow_ups
from smartsync_core.planning.keys import KEY_FIELD

__all__ = ["add_follow_ups", "plan_follow_ups"]


@takes(Role.OPERATOR)
def add_follow_ups(ctx: Context, run_id: str, follow_ups: Iterable[FollowUp]) -> int:
    """Add what rules want to a previewed run; how many were added. Those made on an earlier occasion are not made again."""
    run = ctx.runs.get(run_id)
    if run.state is not RunState.PREVIEWED:
        raise BadInput(
            f"Import {run_id} is {run.state.value}: nothing can be added to its preview.",
            code="not_previewed",
        )
    with ctx.session(run) as session:
        added = plan_follow_ups(ctx, run, session, list(follow_ups), ctx.plans.records(run_id))
        ctx.plans.assign_waves(run_id)
        predict(ctx, run, session)
    return added


def plan_follow_ups(
    ctx: Context, run: Run, session: Session, wanted: Sequence[FollowUp], subjects: Mapping[int, Action]
) -> int:
    """Put their actions beside those of their subjects; a row needs what hangs on its records. How many there are."""
    made = _made(ctx, run, wanted, subjects)
    first_id = ctx.plans.last_id(run.id) + 1
    actions = decide_follow_ups(wanted, subjects, made, run.integration_id, run.id, first_id)
    ctx.plans.add_actions(run.id, [_keyed(session, action) for action in actions])
    ctx.plans.hang_on(run.id, {action.id: subjects[action.associations[0][1]].rows for action in actions})
    return len(actions)


def _made(
    ctx: Context, run: Run, wanted: Sequence[FollowUp], subjects: Mapping[int, Action]
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
