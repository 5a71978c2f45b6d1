"""The sample files that the project ships are those that its script makes, and show what its README says."""

from pathlib import Path

import pytest

from data.samples import make_samples
from smartsync_core.errors import BadInput
from smartsync_core.intake import read_table
from smartsync_core.mapping.identity import email_key
from tests.intake.files import read_cells

SAMPLES = Path(__file__).parents[2] / "data" / "samples"


def test_the_leads_are_made_by_the_script_that_lies_beside_them(tmp_path: Path) -> None:
    make_samples.write_leads(tmp_path / "leads.xlsx")
    make_samples.write_companies(tmp_path / "companies.csv")
    assert read_cells(tmp_path / "leads.xlsx") == read_cells(SAMPLES / "leads_messy.xlsx")
    assert (tmp_path / "companies.csv").read_bytes() == (SAMPLES / "companies.csv").read_bytes()


def test_the_leads_hold_59_rows_between_blank_ones_with_four_addresses_that_are_none() -> None:
    table = read_table(SAMPLES / "leads_messy.xlsx")
    rows = list(table.rows)
    place = table.columns.index("E-mail")
    assert len(rows) == 59
    assert [row.number for row in rows if not email_key(row.cells[place])] == [6, 14, 26, 34]
    assert len({email_key(row.cells[place]) for row in rows}) == 59 - 4 - 3 + 1, (
        "three people stand there twice"
    )


def test_the_companies_are_forty() -> None:
    assert len(read_cells(SAMPLES / "companies.csv")) == 40


def test_the_bad_one_is_refused_in_one_sentence() -> None:
    with pytest.raises(BadInput) as refused:
        read_table(SAMPLES / "not_a_table.csv")
    assert refused.value.sentence() == (
        "“not_a_table.csv” is a web page, not a table. Export the table as CSV or XLSX and choose that file."
    )
