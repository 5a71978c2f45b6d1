"""The public sample files that lie beside the project on some machines."""

from pathlib import Path

import pytest

from smartsync_core.intake import read_table

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the shared sample files are not on this machine"
)


@pytest.mark.parametrize(
    ("name", "columns", "rows"),
    [
        ("uk_demo_leads.csv", 11, 20),
        ("northwind_customers.csv", 10, 91),
        ("sp500_companies.csv", 8, 503),
        ("salesforce_demo_leads.xlsx", 15, 44),
    ],
)
def test_every_sample_is_read_whole(name: str, columns: int, rows: int) -> None:
    table = read_table(SAMPLES / name)
    read = list(table.rows)
    assert (len(table.columns), len(read)) == (columns, rows)
    assert [row.number for row in read] == list(range(2, rows + 2))
    assert not any(row.extra for row in read)


def test_postal_codes_that_excel_stored_as_numbers_have_no_decimals() -> None:
    table = read_table(SAMPLES / "salesforce_demo_leads.xlsx")
    place = table.columns.index("Postal Code")
    assert all(row.cells[place].isdigit() for row in table.rows)


def test_accents_of_the_northwind_customers_are_read() -> None:
    cities = {row.cells[4] for row in read_table(SAMPLES / "northwind_customers.csv").rows}
    assert {"México D.F.", "Luleå", "Århus"} <= cities
