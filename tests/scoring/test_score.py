"""The score of a company: known or not, and every point with its reason."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartsync_core.model.evidence import Evidence
from smartsync_core.model.score import Score, Topic
from smartsync_core.scoring.card import Kind, standard
from smartsync_core.scoring.lift import lift
from smartsync_core.scoring.replay import canonical
from smartsync_core.scoring.score import score
from tests.scoring.made import CASES, NOW, card, case, fact

VALUES = {
    "industry": ["Software", "Consulting", "Gambling", "Fishing"],
    "employees": ["3", "30", "120", "many"],
    "country": ["GB", "FR"],
    "seniority": ["executive", "manager", "student", "cook"],
    "department": ["buying", "other"],
    "email_kind": ["company", "free", "disposable"],
    "company_status": ["active", "liquidation", "dissolved", "strange"],
    "accounts_type": ["full", "micro-entity", "dormant"],
    "accounts_overdue": ["yes", "no"],
    "founded": ["1999-01-01", "2026-01-01", "2024", "once"],
    "revenue": ["100000", "20000000"],
    "openings": ["0", "14", "a few"],
    "openings_change": ["80", "-60"],
    "funding": ["Series B"],
    "share_allotment": ["SH01"],
    "layoffs": ["200 people"],
    "outreach": ["e-mail"],
    "meeting": ["demo"],
    "reply": ["e-mail"],
    "click": ["offer"],
    "unanswered": ["1", "5"],
    "bounce": ["hard", "only-contact"],
    "opted_out": ["yes"],
}
FACTS = st.sampled_from(sorted(VALUES)).flatmap(
    lambda field: st.builds(
        fact,
        st.just(field),
        st.sampled_from(VALUES[field]),
        days_ago=st.integers(-30, 900),
        source=st.sampled_from(["website", "companies_house", "sheet"]),
    )
)
ANY_EVIDENCE = st.lists(FACTS, max_size=25)
some = settings(max_examples=60, deadline=None)
GOOD_EVENTS = [
    rule.field
    for topic in Topic
    for rule in standard().subscores[topic].rules
    if rule.kind is Kind.EVENT and rule.each > 0
]
GOOD_FACTS = {
    "industry": "Software",
    "employees": "120",
    "country": "GB",
    "seniority": "executive",
    "email_kind": "company",
    "accounts_type": "full",
    "founded": "1999-01-01",
    "revenue": "20000000",
    "openings": "14",
    "openings_change": "80",
}


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.yaml")))
def test_a_case_file_ends_as_it_says(name: str) -> None:
    used, evidence, expected = case(name)
    found = score(used, evidence, NOW)
    assert {"overall": found.overall, "grid": found.grid, "known_checks": found.known_checks} == expected


def test_a_strong_lead_that_nobody_has_touched_reaches_85() -> None:
    used, evidence, _ = case("strong_untouched")
    found = score(used, evidence, NOW)
    assert (found.overall or 0) >= 85
    assert found.of(Topic.ENGAGEMENT).value is None


def test_a_lead_of_which_nothing_is_known_has_no_score_and_the_card_says_why() -> None:
    found = score(card(), [], NOW)
    assert (found.overall, found.low, found.high, found.shares) == (None, None, None, ())
    assert found.missing.startswith("Not enough known")
    assert all(sub.value is None for sub in found.subscores)


def test_without_an_icp_industry_size_and_territory_are_unknown() -> None:
    used, evidence, _ = case("no_icp")
    fit = score(used, evidence, NOW).of(Topic.FIT)
    assert {"industry", "size", "territory"} <= set(fit.open_checks)
    assert fit.contributions == ()


def test_four_checks_are_too_few_for_a_score() -> None:
    four = [
        fact("industry", "Software"),
        fact("country", "GB"),
        fact("company_status", "active"),
        fact("founded", "2001"),
    ]
    assert score(card(), four, NOW).overall is None
    assert score(card(), [*four, fact("accounts_type", "full")], NOW).overall is not None


def test_missing_differs_from_bad() -> None:
    silent = [fact("outreach", "e-mail"), fact("unanswered", "1")]
    assert score(card(), silent, NOW).of(Topic.ENGAGEMENT).value == 0
    assert score(card(), [], NOW).of(Topic.ENGAGEMENT).value is None


def test_points_halve_with_their_half_life_and_end_below_one() -> None:
    met = [fact("meeting", "demo"), fact("outreach", "e-mail")]

    def after(days: int) -> int | None:
        return score(card(), met, NOW + timedelta(days=days)).of(Topic.ENGAGEMENT).value

    assert [after(days) for days in (0, 30, 60, 365)] == [25, 13, 6, 0]


def test_what_was_not_yet_so_does_not_count() -> None:
    tomorrow = [fact("funding", "Series B", days_ago=-1)]
    assert score(card(), tomorrow, NOW).of(Topic.GROWTH).contributions == ()


def test_a_fact_counts_once_however_often_it_was_fetched() -> None:
    once = [fact("reply", "e-mail")]
    assert score(card(), once * 3, NOW) == score(card(), once, NOW)


def test_where_sources_disagree_the_register_wins_and_the_loser_is_shown() -> None:
    sheet, register = (
        fact("industry", "Gambling", source="sheet"),
        fact("industry", "Software", days_ago=90, source="companies_house"),
    )
    found = score(card(), [sheet, register], NOW)
    assert [one.points for one in found.of(Topic.FIT).contributions] == [20]
    assert [(one.evidence, one.by) for one in found.overruled] == [(sheet.id, register.id)]


def test_a_knock_out_caps_the_score_and_gives_its_reason() -> None:
    used, evidence, _ = case("strong_untouched")
    found = score(used, [*evidence, fact("opted_out", "yes")], NOW)
    assert found.overall == 10
    assert found.knock_outs == ("It asked not to be contacted",)
    assert sum(share.points for share in found.shares) == 10


def test_page_text_that_states_a_score_changes_none() -> None:
    used, evidence, _ = case("strong_untouched")
    lie = fact("score", "100")
    assert score(used, [*evidence, lie], NOW).overall == score(used, evidence, NOW).overall


def test_clicks_together_have_a_cap() -> None:
    clicks = [fact("click", f"link {n}") for n in range(9)]
    assert sum(one.points for one in score(card(), clicks, NOW).of(Topic.ENGAGEMENT).contributions) == 10


@some
@given(ANY_EVIDENCE)
def test_parts_add_up_exactly(evidence: list[Evidence]) -> None:
    found = score(card(), evidence, NOW)
    for sub in found.subscores:
        total = sub.start + sum(one.points for one in sub.contributions)
        assert sub.value in (total, None)
        assert 0 <= total <= 100
    if found.overall is not None:
        assert sum(share.points for share in found.shares) == found.overall
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= found.overall <= found.high <= 100
    assert found.known_checks + sum(len(sub.open_checks) for sub in found.subscores) == found.all_checks


@some
@given(ANY_EVIDENCE, st.randoms())
def test_the_order_of_the_evidence_changes_no_byte(evidence: list[Evidence], random: Random) -> None:
    shuffled = list(evidence)
    random.shuffle(shuffled)
    assert canonical(score(card(), shuffled, NOW)) == canonical(score(card(), evidence, NOW))


@some
@given(ANY_EVIDENCE, st.sampled_from(GOOD_EVENTS), st.integers(0, 400))
def test_one_more_good_event_never_lowers_a_sub_score(
    evidence: list[Evidence], field: str, days_ago: int
) -> None:
    more = [*evidence, fact(field, "one more", days_ago=days_ago)]
    _never_lower(score(card(), evidence, NOW), score(card(), more, NOW))


@some
@given(ANY_EVIDENCE, st.sampled_from(sorted(GOOD_FACTS)), st.sampled_from(["companies_house", "sheet"]))
def test_one_more_good_fact_never_lowers_a_sub_score(
    evidence: list[Evidence], field: str, source: str
) -> None:
    more = [*evidence, fact(field, GOOD_FACTS[field], source=source)]
    _never_lower(score(card(), evidence, NOW), score(card(), more, NOW))


@some
@given(ANY_EVIDENCE)
def test_what_would_lift_a_score_is_told_only_where_it_is_below_the_target(evidence: list[Evidence]) -> None:
    used = card()
    found = score(used, evidence, NOW)
    told = lift(used, found)
    if found.overall is None or found.overall >= used.target or found.knock_outs:
        assert told.steps == ()
    elif told.steps:
        assert told.overall is not None
        assert told.overall > found.overall
    assert told.reaches == (told.overall is not None and told.overall >= used.target)


def test_what_would_lift_it_over_70_takes_the_largest_step_first() -> None:
    known = [
        fact("industry", "Consulting"),
        fact("country", "GB"),
        fact("company_status", "active"),
        fact("accounts_type", "small"),
        fact("founded", "2024"),
    ]
    found = score(card(), known, NOW)
    told = lift(card(), found)
    assert found.overall == 66
    assert [step.text for step in told.steps] == ["It has the size you sell to"]
    assert told.reaches


def test_what_lies_below_zero_has_to_be_made_up_for_first() -> None:
    sunk = [
        fact("industry", "Consulting"),
        fact("country", "GB"),
        fact("company_status", "liquidation"),
        fact("accounts_overdue", "yes"),
        fact("confirmation_overdue", "yes"),
        fact("founded", "2024"),
    ]
    before = [*sunk, fact("accounts_type", "micro-entity")]
    used = card().model_copy(update={"target": 60})
    found = score(used, before, NOW)
    told = lift(used, found)
    assert (found.overall, [step.rule for step in told.steps]) == (49, ["size"])
    with_full_accounts = score(used, [*sunk, fact("accounts_type", "full")], NOW)
    assert (found.of(Topic.FINANCIAL).value, with_full_accounts.of(Topic.FINANCIAL).value) == (0, 0)
    high = card().model_copy(update={"target": 75})
    assert "accounts" not in [step.rule for step in lift(high, score(high, before, NOW)).steps]


def _never_lower(before: Score, after: Score) -> None:
    for topic in Topic:
        value = before.of(topic).value
        assert value is None or (after.of(topic).value or 0) >= value, topic
