"""What a column of past deals is made of: numbers that can be counted with, or words."""

from __future__ import annotations

import pytest

from smartsync_core.orchestrator.backtest import column


@pytest.mark.parametrize("name", ["Employees", "Annual revenue", "Paid", "Number of employees", "Bid"])
def test_numbers_are_read_as_numbers(name: str) -> None:
    assert column(name, ["10", "", "1200"]) == [10.0, None, 1200.0]


@pytest.mark.parametrize(
    "name", ["Postal code", "PLZ", "Billing zip", "Phone", "Record ID", "customer_id", "CustomerId"]
)
def test_postal_codes_phones_and_ids_are_words(name: str) -> None:
    assert column(name, ["10115", "80331", "20095"]) == ["10115", "80331", "20095"]


def test_what_begins_with_a_zero_is_no_number() -> None:
    assert column("Region", ["01067", "10115", ""]) == ["01067", "10115", ""]
    assert column("Children", ["0", "2", "0.5"]) == [0.0, 2.0, 0.5]
