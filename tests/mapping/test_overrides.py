"""--map "Column=property", as a person writes it."""

import pytest

from smartsync_core.errors import BadInput
from smartsync_core.mapping.overrides import find_column, parse_override
from smartsync_core.model.mapping import RecordType
from tests.mapping.crm import SCHEMAS

COLUMNS = ("Town", "Sector", "Rating", "A=B", "Work phone")


@pytest.mark.parametrize(
    ("written", "rows", "header", "goes_to"),
    [
        ("Town=contacts.city", "both", "Town", "contacts.city"),
        ("Town=companies.city", "both", "Town", "companies.city"),
        ("Town=company.city", "both", "Town", "companies.city"),
        ("Town=city", "both", "Town", "contacts.city"),
        ("Sector=industry", "both", "Sector", "companies.industry"),
        ("Sector=industry", "contacts", "Sector", "contacts.industry"),
        ("Sector=annualrevenue", "both", "Sector", "companies.annualrevenue"),
        ("Sector=description", "both", "Sector", "companies.description"),
        ("Rating=Lead Status", "contacts", "Rating", "contacts.hs_lead_status"),
        ("Rating=HS_LEAD_STATUS", "contacts", "Rating", "contacts.hs_lead_status"),
        ("Rating=full_name", "contacts", "Rating", "contacts.full_name"),
        ("A=B=city", "contacts", "A=B", "contacts.city"),
        ("work-phone = phone", "contacts", "Work phone", "contacts.phone"),
    ],
)
def test_a_column_goes_where_it_is_told(written: str, rows: str, header: str, goes_to: str) -> None:
    column, target = parse_override(written, COLUMNS, SCHEMAS, RecordType(rows))
    assert (column, str(target)) == (header, goes_to)


def test_nothing_after_the_equals_sign_leaves_the_column_out() -> None:
    assert parse_override("Rating=", COLUMNS, SCHEMAS, RecordType.CONTACTS) == ("Rating", None)


@pytest.mark.parametrize(
    ("written", "rows", "says"),
    [
        ("Toun=city", "contacts", "The file has no column “Toun”. Its columns: “Town”, "),
        (
            "Town=citi",
            "contacts",
            "The CRM's contacts have no field “citi”. Fields with a similar name: “city”, ",
        ),
        ("Town=contacts.name", "both", "The CRM's contacts have no field “name”."),
        (
            "Town=createdate",
            "contacts",
            "The column “Town” cannot go to contacts.createdate: the CRM fills that field itself. ",
        ),
        (
            "Town=companies.city",
            "contacts",
            "“companies.city” is a field of companies, and the rows are contacts.",
        ),
        ("Town", "contacts", "“Town” does not say where a column goes."),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_with_what_comes_nearest(
    written: str, rows: str, says: str
) -> None:
    with pytest.raises(BadInput) as refused:
        parse_override(written, COLUMNS, SCHEMAS, RecordType(rows))
    assert refused.value.sentence().startswith(says)
    assert refused.value.hint


def test_all_columns_are_named_where_one_is_unknown() -> None:
    with pytest.raises(BadInput) as wrong:
        find_column("Toun", COLUMNS)
    assert all(f"“{column}”" in wrong.value.hint for column in COLUMNS)


def test_of_very_many_columns_the_nearest_are_named_and_the_others_counted() -> None:
    with pytest.raises(BadInput) as wrong:
        find_column("Colum 3", [f"Column {number}" for number in range(40)])
    assert wrong.value.hint.startswith("Its columns: “Column 3”, ")
    assert wrong.value.hint.endswith(" and 20 more.")
    assert wrong.value.hint.count("“") == 20
