"""A person writes only what differs; the rest of the card stays as it is, word for word."""

from __future__ import annotations

import pytest

from smartsync_core.errors import BadInput
from smartsync_core.scoring.card import standard, standard_text
from smartsync_core.scoring.edit import edited

ICP = "icp:\n  industry: {primary: [Software]}  # since May\n  country: {covered: [GB]}\n\n# the end\n"


def test_a_part_takes_the_place_of_its_own_and_the_comments_around_it_stay() -> None:
    card, text = edited(ICP, standard_text(), next_version=2)
    assert card.label == "standard 2"
    assert card.icp.industry == {"primary": ("Software",)}
    assert card.subscores == standard().subscores
    kept = [line for line in standard_text().splitlines() if line.startswith("#")]
    assert [line for line in text.splitlines() if line.startswith("#")] == kept
    assert "# since May" in text
    assert "# the end" not in text


def test_each_edit_starts_from_the_one_before() -> None:
    _, first = edited(ICP, standard_text(), next_version=2)
    card, text = edited(
        "{target: 80, weights: {fit: 50, engagement: 20, growth: 20, financial: 10}}", first, next_version=3
    )
    assert (card.version, card.target, card.icp.country) == (3, 80, {"covered": ("GB",)})
    assert text.count("target:") == 1


def test_a_part_that_the_card_before_leaves_out_is_added() -> None:
    without = standard_text().replace("owners: {accounts: {}, territories: [], pool: [], capacity: 50}\n", "")
    card, _ = edited("owners: {pool: [ann]}", without, next_version=2)
    assert card.owners.pool == ("ann",)


def test_a_whole_card_is_taken_as_it_stands() -> None:
    text = standard_text().replace("version: 1", "version: 7")
    assert edited(text, standard_text(), next_version=2) == (
        standard().model_copy(update={"version": 7}),
        text,
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("ipc: {}", "at ipc: this word is not known here."),
        ("icp: {industry: {primary: Software}}", "a list in square brackets belongs here, not “Software”."),
        ("icp: {industry: {main: [Software]}}", "“main” is not known here; it is one of"),
        ("icp: {industry: {primary: [Software], excluded: [SOFTWARE]}}", "software is listed twice"),
        ("icp: {employees: {core: [[500, 50]]}}", "from 500 to 50 ends before it begins"),
        ("icp: {employees: {core: [[50, 500]], adjacent: [[400, null]]}}", "two sizes hold 400 people"),
        ("icp: {country: {covered: [NO]}}", "put the word in quotes; without them it is read as yes or no"),
        ("weights: {fit: 0}", "at weights.fit: it is at least 1, not 0."),
        ("target: seventy", "a whole number belongs here, not “seventy”"),
        ("1: x", "at 1: a part is named by a word"),
        ("icp", "named parts such as icp: belong here, not “icp”"),
        ("", "belong here, not nothing"),
        ("icp: [", "not readable YAML in line"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(BadInput) as told:
        edited(text, standard_text(), next_version=2)
    assert says in told.value.sentence()
    assert "\n" not in told.value.sentence()


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(BadInput) as told:
        edited("{target: 700, icp: {country: {covered: GB}}}", standard_text(), next_version=2)
    assert "at target: it is at most 100, not 700." in told.value.message
    assert "at icp.country.covered: a list" in told.value.message
