"""Points of a back-test in the words of the score card; nothing is kept."""

from __future__ import annotations

from smartsync_core.model.score import Topic
from smartsync_core.orchestrator.proposals import proposed
from smartsync_core.scoring.card import parse, standard, standard_text
from smartsync_core.scoring.edit import edited
from smartsync_core.scoring.facts import facts
from smartsync_core.scoring.points import Level
from smartsync_core.scoring.rules import apply
from tests.scoring.made import NOW, fact


def level(column: str, value: str, points: int, deals: int = 20, **ends: float) -> Level:
    return Level(column=column, value=value, points=points, deals=deals, **ends)


def test_choices_bands_and_countries_take_the_place_of_the_rules_that_read_them() -> None:
    levels = [
        level("Industry", "Software", 12),
        level("Country", "United Kingdom", 4),
        level("Employees", "to 10", -7, high=10.0),
        level("Employees", "above 50", 9, low=50.0),
        level("Office", "North", 3),
    ]
    found = proposed(standard(), standard_text(), levels)
    card = parse(edited(found.text, standard_text(), next_version=2)[1])
    rules = {rule.field: rule for rule in card.subscores[Topic.FIT].rules}
    assert rules["industry"].points == {"software": 12}
    assert rules["country"].points == {"gb": 4}
    bands = rules["employees"].points
    assert [(band.to, band.give) for band in bands if not isinstance(band, str)] == [
        (11, -7),
        (51, 0),
        (None, 9),
    ]
    assert found.unread == ["Office"]
    assert ("Fit: Industry, software", "", "+12") in {(one.place, one.old, one.new) for one in found.changes}
    assert card.subscores[Topic.GROWTH] == standard().subscores[Topic.GROWTH]


def test_an_industry_gives_its_points_however_a_crm_spells_it() -> None:
    found = proposed(standard(), standard_text(), [level("Industry", "Computer Software", 12)])
    card = parse(edited(found.text, standard_text(), next_version=2)[1])
    rules = {rule.field: rule for rule in card.subscores[Topic.FIT].rules}
    assert rules["industry"].points == {"computer software": 12}, "it stands once"
    for spelled in ("Computer Software", "COMPUTER_SOFTWARE"):
        known = facts(card, [fact("industry", spelled)], NOW.date())
        assert [one.points for one in apply(rules["industry"], card.icp, known)] == [12]


def test_an_industry_that_two_sources_spell_in_two_ways_is_proposed_once() -> None:
    levels = [level("Industry", "OIL_ENERGY", 7, deals=30), level("Industry", "Oil & Energy", 5)]
    found = proposed(standard(), standard_text(), levels)
    card = parse(edited(found.text, standard_text(), next_version=2)[1])
    rules = {rule.field: rule for rule in card.subscores[Topic.FIT].rules}
    assert rules["industry"].points == {"oil energy": 7}, "what was seen more often counts"


def test_an_industry_with_a_sign_is_spelled_as_a_crm_does() -> None:
    found = proposed(standard(), standard_text(), [level("Industry", "Oil & Energy", 5)])
    card = parse(edited(found.text, standard_text(), next_version=2)[1])
    rules = {rule.field: rule for rule in card.subscores[Topic.FIT].rules}
    assert rules["industry"].points == {"oil & energy": 5}
    known = facts(card, [fact("industry", "OIL_ENERGY")], NOW.date())
    assert [one.points for one in apply(rules["industry"], card.icp, known)] == [5]


def test_bands_that_hold_no_whole_number_are_left_out() -> None:
    levels = [
        level("Employees", "to 10.1", -3, high=10.1),
        level("Employees", "above 10.1 to 10.6", 2, low=10.1, high=10.6),
        level("Employees", "above 10.6", 5, low=10.6),
    ]
    found = proposed(standard(), standard_text(), levels)
    card = parse(edited(found.text, standard_text(), next_version=2)[1])
    bands = {rule.field: rule for rule in card.subscores[Topic.FIT].rules}["employees"].points
    assert [(band.to, band.give) for band in bands if not isinstance(band, str)] == [(11, -3), (None, 5)]


def test_columns_that_the_card_does_not_read_propose_no_change() -> None:
    found = proposed(standard(), standard_text(), [level("Office", "North", 3)])
    assert (found.text, found.changes, found.unread) == ("", [], ["Office"])
