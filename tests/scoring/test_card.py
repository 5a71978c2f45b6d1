"""A score card is text that a person edits: each mistake is one sentence saying where."""

from __future__ import annotations

import pytest

from smartsync_core.errors import BadInput
from smartsync_core.scoring.card import parse, standard, standard_text
from smartsync_core.scoring.compare import compare_cards
from tests.scoring.made import NOW, card, case


def test_the_standard_card_names_twelve_checks_and_knows_no_icp() -> None:
    assert len(standard().checks) == 12
    assert not any(standard().icp.says(field) for field in ("industry", "employees", "country"))


def test_every_check_can_be_answered_by_a_rule_or_says_so() -> None:
    for check in standard().checks.values():
        fields = {rule.field for rule in standard().subscores[check.topic].rules}
        assert fields & set(check.fields)


def test_comments_and_layout_do_not_make_another_card() -> None:
    assert parse(f"# a note\n{standard_text()}").sha256 == standard().sha256


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("version: 1", "version: one", "version"),
        ("target: 70", "target: 700", "target"),
        ("fit: 35, ", "", "fit needs a weight"),
        ("weights:", "wieghts:", "wieghts"),
        ("kind: icp, points: {primary: 20", "kind: magic, points: {primary: 20", "kind"),
        ("primary: 20,", "primary: 20.5,", "points.primary"),
        ("id: size,", "id: industry,", "two rules are called industry"),
        ("field: employees, kind", "field: industry, kind", "two rules of fit read industry"),
        ("{to: 4, give: 0}, {give: -15}", "{give: -15}, {to: 4, give: 0}", "bands"),
        ("kind: event, each: 30,", "kind: event,", "needs each"),
        ("[70, 50]", "[70, 50", "YAML in line"),
    ],
)
def test_a_mistake_is_one_sentence_that_says_where(old: str, new: str, says: str) -> None:
    assert old in standard_text()
    with pytest.raises(BadInput) as told:
        parse(standard_text().replace(old, new, 1))
    assert says in told.value.sentence()
    assert "\n" not in told.value.sentence()


@pytest.mark.parametrize("text", ["", "- a list", "just words", "name: x"])
def test_what_is_no_card_at_all_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse(text)


def test_two_cards_are_compared_over_the_stored_companies() -> None:
    used, evidence, _ = case("strong_untouched")
    stricter = used.model_copy(update={"icp": card({"country": {"covered": ["FR"]}}).icp, "version": 2})
    diff = compare_cards(used, stricter, [("acme.example", evidence), ("empty.example", [])], NOW)
    assert (diff.companies, diff.rise, diff.fall, len(diff.moved)) == (2, 0, 1, 1)
    assert diff.sentence() == "0 companies rise to 70 or above, 1 falls below; 1 of 2 change."


def test_a_card_compared_with_itself_moves_nothing() -> None:
    used, evidence, _ = case("strong_untouched")
    assert compare_cards(used, used, [("acme.example", evidence)], NOW).moved == ()


def test_a_card_from_before_a_part_existed_keeps_its_digest() -> None:
    assert standard().sha256 == "c825a4b5e39de7a1037b0b2c1053a2488cd80b5c92d620b5457c287846725338"
