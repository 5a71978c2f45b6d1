"""Columns of the public sample files that lie beside the project on some machines."""

from pathlib import Path

import pytest

from smartsync_core.intake import read_table
from smartsync_core.mapping.cleaning import ColumnCleaner
from smartsync_core.mapping.headers import match_columns
from smartsync_core.model.mapping import Certainty, ColumnMatch, RecordType, Target
from smartsync_core.model.table import RawRow
from tests.mapping.crm import OWNERS, SCHEMAS, column

SAMPLES = Path(__file__).parents[2].parent / "shared" / "samples"

pytestmark = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the shared sample files are not on this machine"
)

PERSON = {
    "City": "contacts.city",
    "Country": "contacts.country",
    "Phone": "contacts.phone",
    "Title": "contacts.jobtitle",
}
NAMES = {"First Name": "contacts.firstname", "Last Name": "contacts.lastname", "Company": "companies.name"}


def matched(name: str, rows: str) -> tuple[list[RawRow], list[ColumnMatch]]:
    table = read_table(SAMPLES / name)
    lines = list(table.rows)
    columns = [
        column(header, [line.cells[index] for line in lines], index)
        for index, header in enumerate(table.columns)
    ]
    return lines, match_columns(columns, SCHEMAS, RecordType(rows), OWNERS, {})


@pytest.mark.parametrize(
    ("name", "rows", "sure"),
    [
        ("uk_demo_leads.csv", "both", {**NAMES, **PERSON, "Email": "contacts.email"}),
        (
            "salesforce_demo_leads.xlsx",
            "both",
            {
                **NAMES,
                **PERSON,
                "email": "contacts.email",
                "Address Line 1": "contacts.address",
                "State/Province": "contacts.state",
                "Postal Code": "contacts.zip",
            },
        ),
        (
            "northwind_customers.csv",
            "both",
            {
                "company_name": "companies.name",
                "contact_name": "contacts.full_name",
                "contact_title": "contacts.jobtitle",
                "city": "contacts.city",
                "region": "contacts.state",
                "postal_code": "contacts.zip",
                "country": "contacts.country",
                "phone": "contacts.phone",
                "fax": "contacts.fax",
            },
        ),
        (
            "sp500_companies.csv",
            "companies",
            {"Security": "companies.name", "Founded": "companies.founded_year"},
        ),
    ],
)
def test_the_sure_columns_of_each_sample(name: str, rows: str, sure: dict[str, str]) -> None:
    _, matches = matched(name, rows)
    assert {match.header: str(match.target) for match in matches if match.certainty is Certainty.SURE} == sure


@pytest.mark.parametrize(
    "name", ["uk_demo_leads.csv", "salesforce_demo_leads.xlsx", "northwind_customers.csv"]
)
def test_no_cell_of_a_sure_column_of_the_samples_stops_its_row(name: str) -> None:
    lines, matches = matched(name, "both")
    for match in matches:
        if match.certainty is not Certainty.SURE or match.target is None:
            continue
        is_name = match.target.property == Target.FULL_NAME
        cleaner = ColumnCleaner(
            match, None if is_name else SCHEMAS[match.target.object].fields[match.target.property], OWNERS
        )
        problems = [cleaner.clean(line.cells[match.index], "").problem for line in lines]
        assert not [problem for problem in problems if problem and problem.blocks]
