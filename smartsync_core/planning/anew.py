"""A group of rows that is planned a second time in its run: what landed stays, what is in doubt is not made twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from smartsync_core.model.crm import Value
from smartsync_core.model.mapping import Policy, WritePolicies
from smartsync_core.model.plan import (
    Action,
    ActionKind,
    ActionState,
    Group,
    Match,
    MatchKind,
    Mode,
    Reason,
    RowVerdict,
    StoredAction,
)
from smartsync_core.planning.compare import same
from smartsync_core.planning.decide import Decided, Rules, decide
from smartsync_core.planning.several import CHANGES_SOME

__all__ = ["Anew", "Standing", "decide_anew"]

_HOLD_ALWAYS = CHANGES_SOME | {Policy.NEVER}


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What the run has of a group already.

    `landed` wrote or met the record that the group reaches. `doubtful` is an earlier create of these rows of which nothing
    says whether it landed. `edited` are rows that were corrected since.
    """

    landed: StoredAction | None = None
    doubtful: StoredAction | None = None
    edited: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Anew:
    """What a group comes to now: `record` is the action that stands for its CRM record, `added` the one to be stored.

    They are one and the same, unless the record landed before. None = no row of the group can be sent.
    """

    record: Action | None
    added: Action | None
    verdicts: Sequence[RowVerdict] = ()
    reasons: Sequence[Reason] = field(default_factory=tuple)


def decide_anew(group: Group, rules: Rules, action_id: int, standing: Standing) -> Anew:
    """The rules of every plan, and three more: a record that landed is never made again; of a landed one only cells that
    were corrected, or are empty, are written; a create in doubt is repeated only where a person corrected its row.
    """
    landed = standing.landed
    if landed is not None and group.match.kind is MatchKind.ONE and group.match.id != landed.crm_id:
        landed = None  # merged, or corrected so that it reaches another record
    if landed is not None:
        return _beside(landed, group, rules, action_id, standing.edited)
    decided = decide([group], rules, action_id)
    action = next(iter(decided.actions), None)
    doubtful = standing.doubtful
    made_twice = action is not None and action.kind is ActionKind.CREATE and doubtful is not None
    if made_twice and doubtful is not None and not standing.edited & {draft.row for draft in group.drafts}:
        verdicts = [
            replace(one, main_action=doubtful.id if one.main_action else 0) for one in decided.verdicts
        ]
        return Anew(record=doubtful, added=None, verdicts=verdicts, reasons=decided.reasons)
    return Anew(record=action, added=action, verdicts=decided.verdicts, reasons=decided.reasons)


def _beside(landed: StoredAction, group: Group, rules: Rules, action_id: int, edited: frozenset[int]) -> Anew:
    """Rows whose record landed, and rows that turn out to be that record too."""
    own = [draft for draft in group.drafts if draft.row in landed.rows]
    corrected = any(draft.row in edited for draft in own)
    if not corrected:
        own = [replace(draft, clears=frozenset()) for draft in own]
    joining = [replace(draft, clears=frozenset()) for draft in group.drafts if draft.row not in landed.rows]
    match = group.match
    if match.kind is not MatchKind.ONE:
        match = Match(kind=MatchKind.DELETED, id=landed.crm_id, by="link")
    policies = _policies(landed, match.live, rules, own=bool(own), corrected=corrected)
    decided = decide(
        [replace(group, drafts=(*own, *joining), match=match)],
        replace(rules, mode=Mode.BOTH, policies=policies),
        action_id,
    )
    added = next((one for one in decided.actions if one.state is not ActionState.UNCHANGED), None)
    verdicts = [_verdict(one, landed, added, has_own=bool(own)) for one in decided.verdicts]
    return Anew(
        record=landed, added=added, verdicts=verdicts, reasons=_reasons(decided, landed, has_own=bool(own))
    )


def _policies(
    landed: StoredAction, live: Mapping[str, Value], rules: Rules, *, own: bool, corrected: bool
) -> WritePolicies:
    """Fill what is empty; replace what this run wrote itself and nobody touched since; a corrected row as its import said.

    Choices are added to what stands there, or taken from it, as the import says: what people chose stays either way.
    """
    kept = {name: one for name, one in rules.policies.per_field.items() if one in _HOLD_ALWAYS}
    base = rules.policies if own and corrected else WritePolicies(default=Policy.FILL, per_field=kept)
    if not own:
        return base
    ours = {
        f"{landed.object}.{change.field}": Policy.OVERWRITE
        for change in landed.changes
        if rules.policies.for_field(landed.object, change.field) not in _HOLD_ALWAYS
        and any(
            same(rules.schema.fields.get(change.field), live.get(change.field), value)
            for value in (change.new, *landed.proof_details.get(change.field, ()))
        )
    }
    return replace(base, per_field={**base.per_field, **ours})


def _verdict(verdict: RowVerdict, landed: StoredAction, added: Action | None, *, has_own: bool) -> RowVerdict:
    if verdict.row in landed.rows:
        needs = (added.id,) if added is not None and verdict.own is None else ()
        return replace(verdict, main_action=landed.id, duplicate_of=0, other_actions=needs)
    if verdict.own is not None or (added is not None and not has_own):
        return verdict
    return replace(verdict, main_action=landed.id, duplicate_of=landed.rows[0])


def _reasons(decided: Decided, landed: StoredAction, *, has_own: bool) -> list[Reason]:
    """A row that joins is told whose record it is."""
    told = list(decided.reasons)
    if not has_own:
        joined = [one.row for one in decided.verdicts if one.own is None]
        words = f"The same record as row {landed.rows[0]}."
        told += [Reason(row=row, field="", code="same_record", message=words) for row in joined]
    return told
