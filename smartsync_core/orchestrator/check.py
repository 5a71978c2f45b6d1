"""Check: every written record is read back. 2xx is not proof."""

from __future__ import annotations

from collections.abc import Sequence

from smartsync_core.courtesy import giving_way
from smartsync_core.model.crm import Association, ObjectName
from smartsync_core.model.plan import ActionKind, ActionState, Proof, Proved, StoredAction
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.planning.recheck import proof_of
from smartsync_core.store.ledger import keep_held

__all__ = ["check_wave"]


def check_wave(ctx: Context, run: Run, session: Session, wave: int) -> None:
    """Read back what a wave wrote and has not been checked yet."""
    written = [a for a in ctx.plans.wave(run.id, wave, (ActionState.DONE,)) if a.proof is None]
    if not written:
        return
    if written[0].kind is ActionKind.LINK:
        ctx.plans.prove(run.id, _check_links(ctx, run, session, written))
    elif written[0].kind is ActionKind.UNLINK:
        ctx.plans.prove(run.id, _check_parted(ctx, run, session, written))
    elif written[0].kind is ActionKind.ARCHIVE:
        ctx.plans.prove(run.id, _check_binned(session, written))
    else:
        _check_records(ctx, run, session, wave, written)


def _check_records(
    ctx: Context, run: Run, session: Session, wave: int, actions: Sequence[StoredAction]
) -> None:
    object_name = actions[0].object
    schema = session.schema(object_name)
    properties = sorted({change.field for action in actions for change in action.changes})
    live = session.connector.read(object_name, [action.crm_id for action in actions], properties)
    proofs = []
    for action in giving_way(actions):
        proof, details = proof_of(action.changes, live.get(action.crm_id), schema)
        proofs.append(Proved(id=action.id, proof=proof, details=details))
    held = _held(ctx, run, wave, actions, proofs)
    with ctx.database.write() as conn:
        ctx.plans.prove(run.id, proofs, conn)
        keep_held(conn, run.org_id, run.integration_id, object_name, held)


def _held(
    ctx: Context, run: Run, wave: int, actions: Sequence[StoredAction], proofs: Sequence[Proved]
) -> list[tuple[str, str, dict[str, tuple[str, str]]]]:
    """What each link should remember: earlier differences of cells this run left alone, and the new ones."""
    remembered = ctx.links.held_of(run.integration_id, run.id, wave)
    held = []
    for action, proof in zip(actions, proofs, strict=True):
        before = remembered.get((action.key_field, action.key_value), {})
        if not action.key_value or not (before or proof.details):
            continue
        written = {change.field for change in action.changes}
        after = {name: pair for name, pair in before.items() if name not in written} | dict(proof.details)
        if after != before:
            held.append((action.key_field, action.key_value, after))
    return held


def _check_links(ctx: Context, run: Run, session: Session, actions: Sequence[StoredAction]) -> list[Proved]:
    """Whether each contact stands by its company, and first where it should; an own primary that is not first is set once."""
    companies = ctx.plans.crm_ids(run.id, [action.to_action for action in actions])
    wanted = {action.id: companies[action.to_action][0] for action in actions}
    standing = _standing(session, actions)
    behind = [a for a in actions if a.primary and not standing[a.crm_id].get(wanted[a.id], False)]
    if behind:
        session.connector.link(add=[_primary(action, wanted[action.id]) for action in behind])
        standing |= _standing(session, behind)
    return [_link_proof(action, wanted[action.id], standing[action.crm_id]) for action in actions]


def _check_parted(ctx: Context, run: Run, session: Session, actions: Sequence[StoredAction]) -> list[Proved]:
    """Whether each association that was taken away is gone."""
    companies = ctx.plans.crm_ids(run.undo_of, [action.to_action for action in actions])
    standing = _standing(session, actions)
    return [
        Proved(
            id=a.id, proof=Proof.MISSING if companies[a.to_action][0] in standing[a.crm_id] else Proof.CHECKED
        )
        for a in actions
    ]


def _check_binned(session: Session, actions: Sequence[StoredAction]) -> list[Proved]:
    """Whether each record is in the recycle bin."""
    binned = session.connector.read(actions[0].object, [a.crm_id for a in actions], [], archived=True)
    return [Proved(id=a.id, proof=Proof.CHECKED if a.crm_id in binned else Proof.MISSING) for a in actions]


def _standing(session: Session, actions: Sequence[StoredAction]) -> dict[str, dict[str, bool]]:
    """{contact id: {company id: is the first one}}"""
    ids = sorted({action.crm_id for action in actions})
    linked = session.connector.linked(ObjectName.CONTACTS, ids, ObjectName.COMPANIES)
    return {id_: {link.to_id: link.primary for link in linked.get(id_, ())} for id_ in ids}


def _primary(action: StoredAction, company_id: str) -> Association:
    return Association(
        from_object=ObjectName.CONTACTS,
        from_id=action.crm_id,
        to_object=ObjectName.COMPANIES,
        to_id=company_id,
        primary=True,
    )


def _link_proof(action: StoredAction, company_id: str, standing: dict[str, bool]) -> Proved:
    if company_id not in standing:
        return Proved(id=action.id, proof=Proof.MISSING)
    others = [other for other, first in standing.items() if first and other != company_id]
    if action.primary and not standing[company_id]:
        return Proved(
            id=action.id, proof=Proof.CHANGED, details={"company": (company_id, others[0] if others else "")}
        )
    return Proved(id=action.id, proof=Proof.CHECKED)
