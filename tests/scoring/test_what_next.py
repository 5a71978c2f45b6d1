"""Next actions, suggested stage and owner, by ordered rules."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smartsync_core.model.evidence import Evidence
from smartsync_core.model.score import Stage
from smartsync_core.scoring.actions import next_actions
from smartsync_core.scoring.card import Owners, Step
from smartsync_core.scoring.deadlines import in_hours, in_working_days
from smartsync_core.scoring.owner import assign
from smartsync_core.scoring.score import score
from smartsync_core.scoring.stage import suggest_stage
from tests.scoring.made import NOW, card, case, fact

FRIDAY = datetime(2026, 11, 27, 16, 0, tzinfo=UTC)
SUNDAY = datetime(2026, 11, 29, 16, 0, tzinfo=UTC)
STRONG = case("strong_untouched")[1]


def actions(evidence: list[Evidence]) -> list[str]:
    used = card()
    return [one.rule for one in next_actions(used, score(used, evidence, NOW), evidence)]


def stage(evidence: list[Evidence], held: Stage | None = None) -> Stage | None:
    used = card()
    found = suggest_stage(used, score(used, evidence, NOW), evidence, held=held)
    return found.stage if found else None


@pytest.mark.parametrize(
    ("evidence", "first"),
    [
        ([fact("opted_out", "yes"), fact("inbound", "demo")], "opted_out"),
        ([fact("company_status", "liquidation"), fact("inbound", "demo")], "insolvency"),
        ([fact("company_status", "dissolved")], "dissolved"),
        ([*STRONG, fact("inbound", "demo", days_ago=1)], "inbound"),
        ([*STRONG, fact("inbound", "demo"), fact("reply", "x"), fact("call", "x"), fact("event", "x")], "best_cell"),
        (STRONG, "signal"),
        ([fact("industry", "Software"), fact("country", "GB")], "decision_maker"),
        ([*STRONG, fact("proposal", "42", days_ago=9), fact("outreach", "x", days_ago=9)], "proposal"),
        ([*STRONG, fact("outreach", "x", days_ago=31)], "re_engage"),
        ([fact("seniority", "executive")], "coverage"),
    ],
)  # fmt: skip
def test_the_most_urgent_rule_speaks_first(evidence: list[Evidence], first: str) -> None:
    assert actions(evidence)[0] == first


def test_nobody_is_called_whose_fit_is_poor() -> None:
    poor = [
        fact("industry", "Gambling"),
        fact("employees", "2"),
        fact("country", "FR"),
        fact("seniority", "student"),
    ]
    assert "nurture" in actions(poor)
    assert "decision_maker" not in actions(poor)


def test_where_contact_is_forbidden_nothing_else_is_proposed() -> None:
    assert actions([*STRONG, fact("opted_out", "yes")]) == ["opted_out"]


def test_a_due_time_falls_on_a_working_day_and_does_not_move_with_the_clock() -> None:
    assert in_working_days(FRIDAY, 2) == datetime(2026, 12, 1, 16, 0, tzinfo=UTC)
    assert in_hours(SUNDAY, 4) == datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
    assert in_hours(FRIDAY, 4) == datetime(2026, 11, 27, 20, 0, tzinfo=UTC)
    assert in_hours(FRIDAY, 12) == datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


def test_the_stage_follows_what_happened_and_never_the_score() -> None:
    assert stage(STRONG) is Stage.NEW
    assert stage([*STRONG, fact("outreach", "x")]) is Stage.CONTACTED
    assert stage([fact("reply", "x")]) is Stage.ENGAGED
    assert stage([*STRONG, fact("reply", "x")]) is Stage.QUALIFIED
    assert stage([*STRONG, fact("proposal", "42")]) is Stage.PROPOSAL


def test_a_stage_that_a_person_set_is_never_taken_back() -> None:
    assert stage([fact("reply", "x")], held=Stage.NEGOTIATION) is None
    assert stage([fact("reply", "x")], held=Stage.ENGAGED) is None
    assert stage([fact("reply", "x")], held=Stage.NEW) is Stage.ENGAGED


OWNERS = Owners.model_validate(
    {
        "accounts": {"acme.example": "ada"},
        "territories": [
            {"owner": "gus", "countries": ["GB"]},
            {"owner": "ivy", "industries": ["Software"]},
            {"owner": "tom", "countries": ["GB"], "industries": ["Software"]},
        ],
        "pool": ["zoe", "bob"],
        "capacity": 10,
    }
)


@pytest.mark.parametrize(
    ("company", "owner"),
    [
        ({"held": "eve", "company": "acme.example"}, "eve"),
        ({"company": "acme.example", "country": "GB"}, "ada"),
        ({"country": "GB", "industry": "Software"}, "tom"),
        ({"country": "gb", "industry": "Fishing"}, "gus"),
        ({"country": "FR", "industry": "software"}, "ivy"),
        ({"country": "GB", "loads": {"gus": 10}}, "bob"),
        ({"loads": {"bob": 3, "zoe": 2}}, "zoe"),
        ({"loads": {"bob": 10, "zoe": 10}}, ""),
    ],
)
def test_the_owner_comes_from_the_most_particular_rule(company: dict[str, object], owner: str) -> None:
    assert assign(card(owners=OWNERS), **company).owner == owner  # type: ignore[arg-type]


def test_an_owned_record_is_never_moved() -> None:
    assert not assign(card(owners=OWNERS), held="eve", company="acme.example").changes


def test_the_card_orders_the_rules_leaves_some_out_and_says_by_when() -> None:
    steps = [{"rule": "decision_maker", "within": 1}, {"rule": "signal", "within": 1}]
    used = card(next_actions=tuple(Step.model_validate(step) for step in steps))
    evidence = [one for one in STRONG if one.field != "seniority"]
    found = next_actions(used, score(used, evidence, NOW), evidence)
    assert [one.rule for one in found] == ["decision_maker", "signal"]
    assert found[1].text.startswith("Write within 1 day about: ")
    assert {one.due_at for one in found} == {in_working_days(NOW, 1)}


def test_one_with_a_limit_of_their_own_is_given_no_more() -> None:
    used = card(owners=Owners(pool=("ann", "bob"), capacity=9, capacities={"ann": 1}))
    assert assign(used, loads={"ann": 0, "bob": 3}).owner == "ann"
    assert assign(used, loads={"ann": 1, "bob": 3}).owner == "bob"
