"""Every row has exactly one outcome, the outcomes add up, and planning twice changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.mapping import Policy, WritePolicies
from smartsync_core.model.plan import Action, ActionKind, ActionState, Draft, Mode, Outcome, RowVerdict
from smartsync_core.planning.accounting import ActionFate, RowOutcome, foreseen, row_outcome, tally
from smartsync_core.planning.decide import decide
from smartsync_core.planning.linking import CompanyAction, decide_link
from tests.planning.made import NOBODY, draft, group, one, rules


def fate(kind: ActionKind, state: ActionState) -> ActionFate:
    return ActionFate(kind, state)


@pytest.mark.parametrize(
    ("kind", "state", "outcome"),
    [
        (ActionKind.CREATE, ActionState.DONE, Outcome.CREATED),
        (ActionKind.UPDATE, ActionState.DONE, Outcome.UPDATED),
        (ActionKind.UPDATE, ActionState.UNCHANGED, Outcome.UNCHANGED),
        (ActionKind.NONE, ActionState.SKIPPED, Outcome.SKIPPED),
        (ActionKind.UPDATE, ActionState.STALE, Outcome.BLOCKED),
        (ActionKind.CREATE, ActionState.FAILED, Outcome.FAILED),
        (ActionKind.CREATE, ActionState.PLANNED, Outcome.NOT_SENT),
        (ActionKind.CREATE, ActionState.SENDING, Outcome.IN_DOUBT),
    ],
)
def test_a_row_is_what_its_main_record_became(kind: ActionKind, state: ActionState, outcome: Outcome) -> None:
    assert row_outcome(RowVerdict(row=2, main_action=1), {1: fate(kind, state)}) == RowOutcome(outcome)


def test_a_failed_company_makes_its_landed_contact_fail_partly() -> None:
    verdict = RowVerdict(row=2, main_action=2, other_actions=(1, -2))
    fates = {1: fate(ActionKind.CREATE, ActionState.FAILED), 2: fate(ActionKind.CREATE, ActionState.DONE)}
    fates[-2] = fate(ActionKind.LINK, ActionState.WAITING)
    assert row_outcome(verdict, fates) == RowOutcome(Outcome.FAILED, partly=True)
    fates[1] = fate(ActionKind.NONE, ActionState.BLOCKED)
    assert row_outcome(verdict, fates) == RowOutcome(Outcome.BLOCKED, partly=True)


def test_a_duplicate_is_left_out_once_its_main_row_landed_else_it_shares_its_fate() -> None:
    verdict = RowVerdict(row=5, main_action=1, duplicate_of=2)
    assert row_outcome(verdict, {1: fate(ActionKind.CREATE, ActionState.DONE)}).outcome is Outcome.SKIPPED
    assert row_outcome(verdict, {1: fate(ActionKind.CREATE, ActionState.FAILED)}).outcome is Outcome.FAILED


def test_a_primary_company_that_stands_is_never_replaced() -> None:
    contact = _action(2, ObjectName.CONTACTS, crm_id="501")
    company = CompanyAction(id=1, state=ActionState.PLANNED, crm_id="77")
    beside = decide_link(contact, company, (("76", True),), -2)
    assert beside is not None
    assert not beside.primary
    assert decide_link(contact, company, (("77", False),), -2) is None
    first = decide_link(contact, company, (), -2)
    assert first is not None
    assert first.primary


def _action(id_: int, object_name: ObjectName, crm_id: str = "") -> Action:
    return Action(
        id=id_,
        object=object_name,
        kind=ActionKind.UPDATE,
        state=ActionState.PLANNED,
        rows=(2,),
        crm_id=crm_id,
    )


NAMES = st.sampled_from(["email", "firstname", "lastname", "phone", "score"])
TEXTS = st.sampled_from(["a@example.com", "b@example.com", "Ada", "Ben", "12", "12.0", "x"])


@st.composite
def sheets(make: Any) -> list[list[Draft]]:
    """Groups of rows of random cells, some bad, some suppressed."""
    count = make(st.integers(1, 12))
    rows = [
        draft(
            row,
            make(st.dictionaries(NAMES, TEXTS, min_size=1, max_size=4)),
            bad=make(st.integers(0, 9)) == 0,
            suppressed="a@example.com" if make(st.integers(0, 9)) == 0 else "",
        )
        for row in range(2, 2 + count)
    ]
    groups: list[list[Draft]] = []
    for row in rows:
        if groups and make(st.booleans()):
            groups[make(st.integers(0, len(groups) - 1))].append(row)
        else:
            groups.append([row])
    return groups


LIVE = st.dictionaries(NAMES, st.none() | TEXTS, max_size=4)
POLICIES = st.sampled_from(list(Policy)).map(lambda policy: WritePolicies(default=policy))


@given(
    groups=sheets(),
    lives=st.lists(st.none() | LIVE, min_size=12, max_size=12),
    policies=POLICIES,
    mode=st.sampled_from(list(Mode)),
)
def test_every_row_gets_one_verdict_and_the_outcomes_add_up(
    groups: list[list[Draft]],
    lives: Sequence[dict[str, str | None] | None],
    policies: WritePolicies,
    mode: Mode,
) -> None:
    matched = [
        group(*rows, match=NOBODY if live is None else one(live, by="link"))
        for rows, live in zip(groups, lives, strict=False)
    ]
    decided = decide(matched, rules(policies, mode), 1)
    rows = sorted(row.row for rows in groups for row in rows)
    assert sorted(verdict.row for verdict in decided.verdicts) == rows
    fates = {action.id: foreseen(ActionFate(action.kind, action.state)) for action in decided.actions}
    counts = tally(row_outcome(verdict, fates) for verdict in decided.verdicts)
    assert sum(counts[outcome.value] for outcome in Outcome) == len(rows)
    assert counts["not_sent"] == counts["in_doubt"] == 0


@given(rows=sheets(), live=st.none() | LIVE, policies=POLICIES)
def test_once_written_the_same_rows_change_nothing(
    rows: list[list[Draft]], live: dict[str, str | None] | None, policies: WritePolicies
) -> None:
    first = group(*rows[0], match=NOBODY if live is None else one(live, by="link"))
    for action in decide([first], rules(policies), 1).actions:
        after = dict(live or {}) | {change.field: change.new for change in action.changes}
        if action.state is ActionState.PLANNED:
            again = decide([group(*rows[0], match=one(after, by="link"))], rules(policies), 1).actions[0]
            assert again.state is ActionState.UNCHANGED
