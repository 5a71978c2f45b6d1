"""Distinct values beside the choices of their field: what is asked, what is suggested, what is known."""

from __future__ import annotations

from collections.abc import Sequence

from smartsync_core.mapping.values import ValueLine, choices_of, value_lines
from smartsync_core.model.crm import Field, Owner
from tests.mapping.crm import CONTACTS, OWNERS, SCHEMAS

STATUS = SCHEMAS[CONTACTS].fields["hs_lead_status"]
ROLES = SCHEMAS[CONTACTS].fields["hs_buying_role"]
OWNER = SCHEMAS[CONTACTS].fields["hubspot_owner_id"]


def lines(
    field: Field,
    counts: dict[str, int],
    known: dict[str, str] | None = None,
    owners: Sequence[Owner] = OWNERS,
) -> dict[str, ValueLine]:
    return {line.text: line for line in value_lines(field, owners, counts, known or {})}


def test_a_value_that_is_a_choice_asks_nothing() -> None:
    assert lines(STATUS, {"New": 3, "open_deal": 1, "": 5}) == {}


def test_an_unknown_value_stands_once_with_all_its_rows_and_the_most_frequent_first() -> None:
    found = lines(STATUS, {"Ice cubed": 2, "Lukewarm": 1, " ICE CUBED": 4})
    assert [(line.text, line.rows) for line in found.values()] == [("Ice cubed", 6), ("Lukewarm", 1)]


def test_a_misspelt_value_is_suggested_and_never_taken() -> None:
    line = lines(STATUS, {"Conected": 1})["Conected"]
    assert (line.choice, line.suggested) == (None, "CONNECTED")


def test_a_value_like_nothing_or_of_two_letters_suggests_nothing() -> None:
    assert {line.suggested for line in lines(STATUS, {"Zzyzx": 1, "Op": 1}).values()} == {""}


def test_a_value_suggests_neither_its_opposite_nor_what_only_sounds_like_a_part_of_it() -> None:
    said = (
        "Qualified",
        "Not connected",
        "Un-attempted to contact",
        "The new office",
        "Inprogress deal of the open kind",
    )
    assert {
        text: line.suggested for text, line in lines(STATUS, dict.fromkeys(said, 1)).items()
    } == dict.fromkeys(said, "")


def test_a_value_that_is_a_part_of_one_choice_suggests_that_one() -> None:
    assert lines(STATUS, {"Timing": 1, "Deal": 1})["Timing"].suggested == "BAD_TIMING"


def test_what_was_said_before_is_known() -> None:
    found = lines(STATUS, {"Ice Cubed": 1, "n/a": 1}, {"ice cubed": "OPEN", "n/a": ""})
    assert {text: line.choice for text, line in found.items()} == {"Ice Cubed": "OPEN", "n/a": ""}


def test_each_part_of_a_cell_with_several_choices_is_a_value_of_its_own() -> None:
    assert list(lines(ROLES, {"Champion;Boss": 1, "Boss": 2})) == ["Boss"]


def test_an_owner_is_suggested_by_a_name_that_is_nearly_right() -> None:
    assert lines(OWNER, {"Ida Nort": 1})["Ida Nort"].suggested == "101"


def test_an_owner_who_left_is_said_and_not_offered() -> None:
    line = lines(OWNER, {"Gwen Gone": 1})["Gwen Gone"]
    assert line.why == "is an owner who is no longer active"
    assert "103" not in [choice.value for choice in choices_of(OWNER, OWNERS)]


def test_a_name_of_two_owners_is_asked_about_and_suggests_neither() -> None:
    twins = (*OWNERS, Owner(id="104", email="ida2@example.com", name="Ida North"))
    line = lines(OWNER, {"Ida North": 1}, owners=twins)["Ida North"]
    assert (line.why, line.suggested) == ("is the name of several owners", "")


def test_a_first_name_of_two_owners_suggests_neither() -> None:
    ida = (*OWNERS, Owner(id="105", email="ida.vale@example.com", name="Ida Vale"))
    assert lines(OWNER, {"Ida": 1})["Ida"].suggested == "101"
    assert lines(OWNER, {"Ida": 1}, owners=ida)["Ida"].suggested == ""
