"""What becomes of a cell: tests/cases/mapping/cells.toml, and what a table of cases cannot say."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartsync_core.mapping.cleaning import FULL_NAME, ColumnCleaner, clean_cell
from smartsync_core.model.crm import Field, ObjectName
from smartsync_core.model.mapping import Certainty, Cleaned, ColumnMatch, Target
from tests.mapping.cases import cases
from tests.mapping.crm import COMPANIES, CONTACTS, OWNERS, SCHEMAS


def field(path: str) -> Field:
    object_name, name = path.split(".")
    return FULL_NAME if name == Target.FULL_NAME else SCHEMAS[ObjectName(object_name)].fields[name]


def clean(path: str, before: str, country: str = "", written: str = "") -> Cleaned:
    website = path == "companies.website"
    return clean_cell(field(path), before, country=country, owners=OWNERS, written=written, website=website)


@pytest.mark.parametrize(
    "case", cases("cells")["case"], ids=lambda case: f"{case['field']} {case['before']!r}"
)
def test_a_cell_before_and_after(case: dict[str, Any]) -> None:
    cleaned = clean(case["field"], case["before"], case.get("country", ""), case.get("format", ""))
    sent = case.get("sent", {})
    assert cleaned.values == (sent if isinstance(sent, dict) else {case["field"].split(".")[1]: sent})
    problem = cleaned.problem
    assert (problem.code if problem and problem.blocks else None) == case.get("problem")
    assert (problem.code if problem and not problem.blocks else None) == case.get("note")
    if "says" in case:
        assert problem is not None
        assert problem.message == case["says"]


@pytest.mark.parametrize(
    "path", [f"{name}.{property_name}" for name in SCHEMAS for property_name in SCHEMAS[name].fields]
)
@settings(max_examples=40, deadline=None)
@given(before=st.text(max_size=40))
def test_any_text_is_sent_or_explained(path: str, before: str) -> None:
    cleaned = clean(path, before, "Germany")
    assert all(cleaned.values.values()), "a blank is never sent"
    assert not (cleaned.problem and cleaned.problem.blocks and cleaned.values), "a refused cell sends nothing"
    assert not cleaned.problem or cleaned.problem.message.endswith(".")


@pytest.mark.parametrize(
    "path", ["contacts.email", "contacts.phone", "companies.annualrevenue", "contacts.closedate"]
)
@pytest.mark.parametrize("before", ["Ada@Example.com", "+44 20 7946 1001", "1.234,50", "4 March 2024 10:00"])
def test_cleaning_twice_changes_nothing_more(path: str, before: str) -> None:
    once = clean(path, before)
    for name, value in once.values.items():
        assert clean(path, value).values == {name: value}


def cleaner(path: str, written: str = "") -> ColumnCleaner:
    object_name, name = path.split(".")
    target = Target(object=ObjectName(object_name), property=name)
    match = ColumnMatch(
        index=0, header="x", target=target, certainty=Certainty.SURE, reason="", format=written
    )
    return ColumnCleaner(match, None if name == Target.FULL_NAME else field(path), OWNERS)


def test_a_column_reads_its_phones_by_the_country_of_each_row() -> None:
    phones = cleaner("contacts.phone")
    assert phones.clean("020 7946 1001", "UK").values == {"phone": "+442079461001"}
    assert phones.clean("020 7946 1001", "France").problem is not None


def test_equal_cells_of_a_column_are_cleaned_once() -> None:
    emails = cleaner("contacts.email")
    assert emails.clean("Ada@example.com", "UK") is emails.clean("Ada@example.com", "France")


def test_a_column_keeps_to_the_format_that_was_settled_for_it() -> None:
    assert cleaner("contacts.last_visit", "MDY").clean("03/04/2024").values == {"last_visit": "2024-03-04"}


def test_a_companys_website_names_its_domain_and_a_persons_does_not() -> None:
    assert cleaner("companies.website").clean("www.example.com").values == {
        "website": "www.example.com",
        "domain": "example.com",
    }
    assert cleaner("contacts.website").clean("www.example.com").values == {"website": "www.example.com"}


def test_a_column_of_full_names_needs_no_field() -> None:
    assert cleaner("contacts.full_name").clean("Ada Lane").values == {"firstname": "Ada", "lastname": "Lane"}


def test_both_record_types_are_covered_by_the_cases() -> None:
    objects = {case["field"].split(".")[0] for case in cases("cells")["case"]}
    assert objects == {CONTACTS, COMPANIES}
