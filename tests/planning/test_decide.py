"""What a plan does to a record, rule by rule (DESIGN: Match, Policies, Compare, Duplicates)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartsync_core.model.mapping import Policy, WritePolicies
from smartsync_core.model.plan import Action, ActionKind, ActionState, Change, Match, MatchKind, Mode, Outcome
from smartsync_core.planning.decide import decide
from tests.planning.made import CONTACTS, draft, group, one, rules

ADA = {"email": "ada@example.com", "firstname": "Ada"}
OVERWRITE = WritePolicies(default=Policy.OVERWRITE)


def only_action(*groups, **how) -> Action:  # type: ignore[no-untyped-def]
    decided = decide(groups, rules(**how), 1)
    assert len(decided.actions) == 1
    return decided.actions[0]


def test_a_person_nobody_knows_is_created_with_all_cells() -> None:
    action = only_action(group(draft(2, ADA)))
    assert (action.kind, action.state) == (ActionKind.CREATE, ActionState.PLANNED)
    assert action.changes == (
        Change(field="email", old=None, new="ada@example.com"),
        Change(field="firstname", old=None, new="Ada"),
    )
    assert action.create_key == "email:ada@example.com:0:2"


def test_filling_leaves_filled_fields_alone_and_fills_empty_ones() -> None:
    match = one({"email": "ada@example.com", "firstname": "Augusta", "phone": None})
    action = only_action(group(draft(2, ADA | {"phone": "+44 20 7946 0001"}), match=match))
    assert action.changes == (Change(field="phone", old=None, new="+44 20 7946 0001"),)


def test_overwriting_changes_what_differs_and_nothing_else() -> None:
    match = one({"email": "ada@example.com", "firstname": "Augusta", "phone": "1"})
    action = only_action(group(draft(2, ADA | {"phone": "1"}), match=match), policies=OVERWRITE)
    assert action.changes == (Change(field="firstname", old="Augusta", new="Ada"),)


def test_what_is_written_carries_the_stamp_of_its_import_and_what_is_not_does_not() -> None:
    stamp = {"smartsync_import": "Spring fair", "smartsync_imported_on": "2026-03-31"}
    created = only_action(group(draft(2, ADA)), stamp=stamp)
    assert {change.field: change.new for change in created.changes} == ADA | stamp
    before = {"firstname": None, "smartsync_import": "Autumn fair", "smartsync_imported_on": "2026-03-31"}
    updated = only_action(group(draft(2, ADA), match=one(before)), stamp=stamp)
    assert updated.changes == (
        Change(field="firstname", old=None, new="Ada"),
        Change(field="smartsync_import", old="Autumn fair", new="Spring fair"),
    )
    unchanged = only_action(group(draft(2, ADA), match=one(before | {"firstname": "Ada"})), stamp=stamp)
    assert unchanged.state is ActionState.UNCHANGED


def test_never_means_never() -> None:
    policies = WritePolicies(default=Policy.OVERWRITE, per_field={"contacts.firstname": Policy.NEVER})
    action = only_action(group(draft(2, ADA), match=one({"firstname": None})), policies=policies)
    assert action.state is ActionState.UNCHANGED


@pytest.mark.parametrize(
    ("name", "ours", "theirs"),
    [
        ("score", "1200", "1200.0"),
        ("tags", "b;a", "a;b"),
        ("seen", "2026-03-01T12:00:00Z", "2026-03-01T13:00:00+01:00"),
        ("email", "Ada@Example.com", "ada@example.com"),
        ("firstname", "Ada", "Ada"),
    ],
)
def test_the_same_value_written_differently_is_no_change(name: str, ours: str, theirs: str) -> None:
    action = only_action(
        group(draft(2, {"lastname": "L", name: ours}), match=one({"lastname": "L", name: theirs})),
        policies=OVERWRITE,
    )
    assert action.state is ActionState.UNCHANGED


def test_what_the_crm_made_of_our_last_value_is_no_change() -> None:
    match = one({"phone": "+442079460001"}, held={"phone": ("020 7946 0001", "+442079460001")})
    assert only_action(
        group(draft(2, ADA | {"phone": "020 7946 0001"}), match=match), policies=OVERWRITE
    ).changes == (Change(field="firstname", old=None, new="Ada"),)


def test_the_second_e_mail_that_found_a_person_does_not_replace_the_first() -> None:
    match = one({"email": "ada.l@example.com", "firstname": "Ada"})
    assert only_action(group(draft(2, ADA), match=match), policies=OVERWRITE).state is ActionState.UNCHANGED


def adding(policy: Policy, given: str, held: str | None, **more: object) -> Action:
    policies = WritePolicies(per_field={"contacts.tags": policy})
    match = one({"email": "ada@example.com", "firstname": "Ada", "tags": held}, **more)
    return only_action(group(draft(2, ADA | {"tags": given}), match=match), policies=policies)


@pytest.mark.parametrize(
    ("policy", "given", "held", "after"),
    [
        (Policy.ADD, "c;a", "a;b", "a;b;c"),
        (Policy.ADD, "c", None, "c"),
        (Policy.REMOVE, "a;x", "a;b", "b"),
        (Policy.REMOVE, "b;a", "a;b", None),
        (Policy.OVERWRITE, "c", "a;b", "c"),
    ],
)
def test_choices_are_added_taken_away_or_replaced_beside_what_the_crm_holds(
    policy: Policy, given: str, held: str | None, after: str | None
) -> None:
    assert adding(policy, given, held).changes == (Change(field="tags", old=held, new=after),)


@pytest.mark.parametrize(
    ("policy", "given", "held"),
    [
        (Policy.ADD, "b", "a;b"),
        (Policy.REMOVE, "c", "a;b"),
        (Policy.REMOVE, "c", None),
        (Policy.FILL, "c", "a;b"),
    ],
)
def test_where_that_changes_no_choice_nothing_is_written(
    policy: Policy, given: str, held: str | None
) -> None:
    assert adding(policy, given, held).state is ActionState.UNCHANGED


@pytest.mark.parametrize(("policy", "changed"), [(Policy.FILL, {"jobtitle"}), (Policy.NEVER, set())])
def test_what_was_found_out_goes_into_no_field_that_is_never_touched(
    policy: Policy, changed: set[str]
) -> None:
    policies = WritePolicies(per_field={"contacts.jobtitle": policy})
    found = replace(rules(policies=policies), found=lambda _: {"jobtitle": "CTO"})
    decided = decide([group(draft(2, ADA), match=one({**ADA}))], found, 1)
    assert {change.field for action in decided.actions for change in action.changes} == changed


def test_choices_to_take_away_are_none_of_a_new_record() -> None:
    policies = WritePolicies(per_field={"contacts.tags": Policy.REMOVE})
    action = only_action(group(draft(2, ADA | {"tags": "a"})), policies=policies)
    assert {change.field for change in action.changes} == {"email", "firstname"}


def test_choices_that_several_rows_add_to_one_record_come_together() -> None:
    policies = WritePolicies(per_field={"contacts.tags": Policy.ADD})
    rows = [draft(2, ADA | {"tags": "b"}), draft(3, ADA | {"tags": "c;b"})]
    decided = decide([group(*rows, match=one(ADA | {"tags": "a"}))], rules(policies=policies), 1)
    assert decided.actions[0].changes == (Change(field="tags", old="a", new="a;b;c"),)
    assert not decided.reasons


def test_adding_to_a_field_of_one_value_only_fills_it_and_taking_away_does_nothing() -> None:
    for policy, held, state in (
        (Policy.ADD, "Augusta", ActionState.UNCHANGED),
        (Policy.ADD, None, ActionState.PLANNED),
        (Policy.REMOVE, None, ActionState.UNCHANGED),
    ):
        policies = WritePolicies(per_field={"contacts.firstname": policy})
        action = only_action(group(draft(2, ADA), match=one({"firstname": held})), policies=policies)
        assert action.state is state


def test_a_blank_cell_leaves_the_field_alone_unless_its_column_clears() -> None:
    live = one({"email": "ada@example.com", "firstname": "Ada", "phone": "1"})
    assert only_action(group(draft(2, ADA), match=live), policies=OVERWRITE).state is ActionState.UNCHANGED
    clearing = group(draft(2, ADA, clears=frozenset({"phone", "email"})), match=live)
    assert only_action(clearing).changes == (Change(field="phone", old="1", new=None),)
    never = WritePolicies(per_field={"contacts.phone": Policy.NEVER})
    assert only_action(clearing, policies=never).state is ActionState.UNCHANGED


@pytest.mark.parametrize(("ours", "changes"), [("subscriber", 0), ("customer", 1)])
def test_a_lifecycle_stage_moves_only_forward(ours: str, changes: int) -> None:
    action = only_action(
        group(draft(2, {"lifecyclestage": ours}), match=one({"lifecyclestage": "lead"})), policies=OVERWRITE
    )
    assert len(action.changes) == changes


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (MatchKind.AMBIGUOUS, "ambiguous"),
        (MatchKind.POSSIBLE, "possible_match"),
        (MatchKind.DELETED, "deleted_in_crm"),
    ],
)
def test_a_match_that_needs_a_person_is_blocked_and_says_why(kind: MatchKind, code: str) -> None:
    decided = decide(
        [group(draft(2, ADA), match=Match(kind=kind, id="9", candidates=("7", "8")))], rules(), 1
    )
    assert decided.actions[0].state is ActionState.BLOCKED
    assert [reason.code for reason in decided.reasons] == [code]


def test_modes_leave_out_what_they_do_not_do() -> None:
    assert only_action(group(draft(2, ADA)), mode=Mode.UPDATE_ONLY).state is ActionState.SKIPPED
    assert (
        only_action(group(draft(2, ADA), match=one({})), mode=Mode.CREATE_ONLY).state is ActionState.SKIPPED
    )


def test_a_new_record_without_what_the_crm_needs_is_blocked() -> None:
    action = only_action(group(draft(2, {"phone": "1"})))
    assert (action.state, action.code) == (ActionState.BLOCKED, "missing_required")
    assert "Email, First Name, Last Name" in action.message


def test_rows_of_one_person_are_one_action_and_fill_each_others_blanks() -> None:
    decided = decide([group(draft(2, ADA), draft(5, ADA | {"phone": "1"}))], rules(), 1)
    assert decided.actions[0].rows == (2, 5)
    assert Change(field="phone", old=None, new="1") in decided.actions[0].changes
    assert [(v.row, v.main_action, v.duplicate_of) for v in decided.verdicts] == [(2, 1, 0), (5, 1, 2)]


def test_rows_that_disagree_are_said_and_the_first_counts() -> None:
    decided = decide([group(draft(2, ADA), draft(5, ADA | {"firstname": "Augusta"}))], rules(), 1)
    assert Change(field="firstname", old=None, new="Ada") in decided.actions[0].changes
    assert [(r.row, r.field, r.code) for r in decided.reasons] == [(5, "firstname", "rows_disagree")]


def test_a_row_with_a_bad_cell_is_blocked_alone_and_the_next_one_leads() -> None:
    decided = decide([group(draft(2, ADA, bad=True), draft(5, ADA))], rules(), 1)
    assert decided.actions[0].rows == (5,)
    assert {v.row: (v.own, v.duplicate_of) for v in decided.verdicts} == {
        2: (Outcome.BLOCKED, 0),
        5: (None, 0),
    }


def test_a_row_on_the_do_not_touch_list_is_left_out_and_nothing_of_it_is_sent() -> None:
    decided = decide([group(draft(2, ADA, suppressed="ada@example.com"))], rules(), 1)
    assert decided.actions == []
    assert decided.verdicts[0].own is Outcome.SKIPPED


def test_a_generation_makes_a_new_key() -> None:
    match = Match(kind=MatchKind.NONE, generation=2)
    assert only_action(group(draft(2, ADA), match=match)).create_key.endswith(":2:2")
    assert CONTACTS.fields["email"].label == "Email"
