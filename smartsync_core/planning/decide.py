"""Groups of rows → one action per record, a verdict per row, and the reasons a person reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from smartsync_core.model.crm import Field, ObjectName, Schema
from smartsync_core.model.mapping import Policy, WritePolicies
from smartsync_core.model.plan import (
    Action,
    ActionKind,
    ActionState,
    Change,
    Draft,
    Group,
    MatchKind,
    Mode,
    Outcome,
    Reason,
    RowVerdict,
)
from smartsync_core.planning.compare import blank, same
from smartsync_core.planning.merge import merge_values
from smartsync_core.planning.several import changes_some, outcome
from smartsync_core.planning.stamp import stamped

__all__ = ["NEVER_CLEARED", "Decided", "Rules", "decide"]

NEVER_CLEARED = frozenset({"email", "domain", "hubspot_owner_id", "OwnerId", "lifecyclestage"})
"""Fields that a blank cell leaves alone whatever was said: by these a record is recognised, or belongs to somebody."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What holds for one object in one run. `create_key(key_field, key_value, generation, row)` is "" without our field."""

    object: ObjectName
    schema: Schema
    policies: WritePolicies
    mode: Mode
    create_key: Callable[[str, str, int, int], str]
    label: str  # "contact", "company": for sentences
    required: tuple[Field, ...] = ()  # a create without them is refused
    words: Mapping[str, str] = field(default_factory=dict)  # property → what a person calls it
    stamp: Mapping[str, str] = field(default_factory=dict)  # what every written record carries besides
    survivors: frozenset[tuple[int, str]] = frozenset()  # (row, property) that counts where rows disagree
    found: Callable[[Group], Mapping[str, str]] = (
        lambda group: {}
    )  # values that no cell gives, and may be set

    @cached_property
    def policy_of(self) -> Mapping[str, Policy]:
        return {name: self.policies.for_field(self.object, name) for name in self.schema.fields}

    @cached_property
    def joined(self) -> frozenset[str]:
        """Fields in which the choices of all rows count together, beside those that stand there."""
        fields = self.schema.fields
        return frozenset(
            name for name, policy in self.policy_of.items() if changes_some(fields[name], policy)
        )


@dataclass(frozen=True, kw_only=True)
class Decided:
    """What one chunk of groups comes to. `verdicts` are for the rows of this object only."""

    actions: list[Action]
    verdicts: list[RowVerdict]
    reasons: list[Reason]


def decide(groups: Iterable[Group], rules: Rules, first_id: int) -> Decided:
    """Actions are numbered from `first_id` in the order of the groups."""
    decided = Decided(actions=[], verdicts=[], reasons=[])
    for group in groups:
        _decide_group(group, rules, first_id + len(decided.actions), decided)
    return decided


def _decide_group(group: Group, rules: Rules, action_id: int, into: Decided) -> None:
    usable = [draft for draft in group.drafts if not draft.blocked and not draft.suppressed]
    for draft in group.drafts:
        into.reasons.extend(_problem_reasons(draft))
        if draft.is_main and (draft.blocked or draft.suppressed):
            into.verdicts.append(_own_verdict(draft))
    if not usable:
        return
    values, disagreements = merge_values(
        usable, rules.schema, rules.words, joined=rules.joined, survivors=rules.survivors
    )
    into.reasons.extend(disagreements)
    main = usable[0]
    action = _action(group, main, values, usable, rules, action_id)
    into.actions.append(action)
    if action.code:
        into.reasons.append(Reason(row=main.row, field="", code=action.code, message=action.message))
    mains = [draft.row for draft in usable if draft.is_main]
    into.verdicts.extend(
        RowVerdict(row=row, main_action=action_id, duplicate_of=0 if row == mains[0] else mains[0])
        for row in mains
    )


def _problem_reasons(draft: Draft) -> list[Reason]:
    reasons = [
        Reason(row=draft.row, field=problem.field, code=problem.code, message=problem.message)
        for problem in draft.problems
    ]
    if draft.suppressed:
        message = f"{draft.suppressed} is on the do-not-touch list."
        reasons.append(Reason(row=draft.row, field="", code="do_not_touch", message=message))
    return reasons


def _own_verdict(draft: Draft) -> RowVerdict:
    return RowVerdict(row=draft.row, own=Outcome.SKIPPED if draft.suppressed else Outcome.BLOCKED)


def _action(
    group: Group, main: Draft, values: dict[str, str], usable: Sequence[Draft], rules: Rules, action_id: int
) -> Action:
    match = group.match

    def build(
        kind: ActionKind,
        state: ActionState,
        *,
        changes: tuple[Change, ...] = (),
        code: str = "",
        why: str = "",
    ) -> Action:
        is_create = kind is ActionKind.CREATE
        return Action(
            id=action_id,
            object=group.object,
            kind=kind,
            state=state,
            rows=tuple(draft.row for draft in usable),
            crm_id=match.id,
            key_field=main.key_field,
            key_value=main.key_value,
            changes=stamped(changes, match.live, rules.stamp),
            matched_by=match.by,
            code=code,
            message=why,
            group_row=group.first_row,
            create_key=rules.create_key(main.key_field, main.key_value, match.generation, main.row)
            if is_create
            else "",
        )

    refusal = _match_refusal(group, rules)
    if refusal:
        return build(ActionKind.NONE, ActionState.BLOCKED, code=refusal[0], why=refusal[1])
    if match.kind is MatchKind.NONE:
        if rules.mode is Mode.UPDATE_ONLY:
            why = "Not in the CRM; this import only updates."
            return build(ActionKind.NONE, ActionState.SKIPPED, code="not_in_crm", why=why)
        if main.key_field == "id":
            why = (
                f"The CRM has no {rules.label} with the record id {main.key_value}: it was deleted, or is another "
                "account's. Correct the id, or empty its cell."
            )
            return build(ActionKind.NONE, ActionState.BLOCKED, code="no_such_record", why=why)
        values = {name: value for name, value in values.items() if not _only_takes_away(name, rules)}
        missing = _missing_for_create(values, rules)
        if missing:
            return build(ActionKind.NONE, ActionState.BLOCKED, code="missing_required", why=missing)
        values |= {name: value for name, value in rules.found(group).items() if name not in values}
        changes = tuple(Change(field=name, old=None, new=value) for name, value in values.items())
        return build(ActionKind.CREATE, ActionState.PLANNED, changes=changes)
    if rules.mode is Mode.CREATE_ONLY:
        why = "Already in the CRM; this import only creates."
        return build(ActionKind.NONE, ActionState.SKIPPED, code="already_in_crm", why=why)
    changes = (*_changes(group, main, values, usable, rules), *_found(group, values, rules))
    if not changes:
        return build(ActionKind.NONE, ActionState.UNCHANGED)
    return build(ActionKind.UPDATE, ActionState.PLANNED, changes=changes)


def _match_refusal(group: Group, rules: Rules) -> tuple[str, str] | None:
    """Code and sentence where the match needs a person; None where it does not."""
    match = group.match
    if match.kind is MatchKind.AMBIGUOUS:
        return "ambiguous", (
            f"{len(match.candidates)} records in the CRM answer to this {rules.label} "
            f"({', '.join(match.candidates[:3])}): choose one there, or merge them."
        )
    if match.kind is MatchKind.POSSIBLE and not match.candidates:
        return "possible_match", (
            f"You said that this {rules.label} is the record {match.id}, which is no longer in the CRM: say it anew."
        )
    if match.kind is MatchKind.POSSIBLE:
        return "possible_match", (
            f"The CRM has a {rules.label} of the same name (record {match.candidates[0]}). "
            "A name alone is not proof: say whether it is this one or a new company, or add its domain or record id."
        )
    if match.kind is MatchKind.DELETED:
        return "deleted_in_crm", (
            f"This {rules.label} was deleted in the CRM after an earlier import (record {match.id}). "
            "It is not made again by itself: restore it there."
        )
    return None


def _missing_for_create(values: dict[str, str], rules: Rules) -> str:
    """A sentence naming what a new record lacks; "" when nothing does."""
    fields = rules.schema.fields
    any_of = rules.schema.create_needs_any
    if any_of and not any(name in values for name in any_of):
        names = [fields[name].label if name in fields else name for name in any_of]
        return f"A new {rules.label} needs one of: {', '.join(names)}. Fill one of them in this row."
    lacking = [field.label for field in rules.required if field.name not in values]
    return f"A new {rules.label} needs: {', '.join(lacking)}." if lacking else ""


def _changes(
    group: Group, main: Draft, values: dict[str, str], usable: Sequence[Draft], rules: Rules
) -> tuple[Change, ...]:
    match = group.match
    changes = []
    for name, new in values.items():
        if name == match.by:
            continue  # what recognised the record is not rewritten (it may be a second e-mail or domain)
        old = match.live.get(name)
        if name in rules.joined:
            after = outcome(rules.policy_of[name], old, new)
            if not _stands(name, old, after, group, rules):
                changes.append(Change(field=name, old=old, new=after))
        elif _may_write(name, old, new, group, rules):
            changes.append(Change(field=name, old=old, new=new))
    clears = (
        frozenset().union(*(draft.clears for draft in usable))
        - values.keys()
        - NEVER_CLEARED
        - {main.key_field}
    )
    for name in sorted(clears):
        old = match.live.get(name)
        policy = rules.policies.for_field(rules.object, name)
        if not blank(old) and policy is not Policy.NEVER:
            changes.append(Change(field=name, old=old, new=None))
    return tuple(changes)


def _only_takes_away(name: str, rules: Rules) -> bool:
    """Nothing of it belongs into a new record."""
    return name in rules.joined and rules.policy_of[name] is Policy.REMOVE


def _found(group: Group, values: Mapping[str, str], rules: Rules) -> tuple[Change, ...]:
    """A cell of the file goes before what was found out."""
    live = group.match.live
    return tuple(
        Change(field=name, old=live.get(name), new=new)
        for name, new in rules.found(group).items()
        if name not in values
        and rules.policies.for_field(rules.object, name) is not Policy.NEVER
        and not same(rules.schema.fields.get(name), new, live.get(name))
    )


def _may_write(name: str, old: str | None, new: str, group: Group, rules: Rules) -> bool:
    policy = rules.policy_of.get(name) or rules.policies.for_field(rules.object, name)
    if policy in (Policy.NEVER, Policy.REMOVE) or _stands(name, old, new, group, rules):
        return False
    if blank(old):
        return True
    return policy is Policy.OVERWRITE and not _goes_back(name, old, new, rules)


def _stands(name: str, old: str | None, new: str | None, group: Group, rules: Rules) -> bool:
    """Whether the CRM holds it already, or its own reading of it since we sent it before."""
    field = rules.schema.fields.get(name)
    if same(field, new, old):
        return True
    if name not in group.match.held:
        return False
    sent, held = group.match.held[name]
    return same(field, new, sent) and same(field, old, held)


def _goes_back(name: str, old: str | None, new: str, rules: Rules) -> bool:
    """A lifecycle stage only moves forward."""
    if name != "lifecyclestage" or name not in rules.schema:
        return False
    order = [option.value for option in rules.schema.fields[name].options]
    return old in order and new in order and order.index(new) < order.index(old)
