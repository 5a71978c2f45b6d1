"""Which column goes where: tests/cases/mapping/headers_*.toml, and what depends on the other columns."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smartsync_core.mapping.headers import Reading, match_columns
from smartsync_core.model.crm import ObjectName, Schema
from smartsync_core.model.mapping import Certainty, ColumnMatch, ColumnProfile, RecordType, Target
from tests.mapping import headers_page
from tests.mapping.cases import cases
from tests.mapping.crm import COMPANIES, CONTACTS, FITTING, OWNERS, SCHEMAS, column, schema, text

SURE = [
    (rows, header, goes_to)
    for rows, table in cases("headers_sure").items()
    for header, goes_to in table.items()
]


def match(
    columns: Sequence[ColumnProfile] | Mapping[str, Sequence[str]],
    rows: str,
    overrides: Mapping[str, Target | None] | None = None,
    schemas: Mapping[ObjectName, Schema] = SCHEMAS,
) -> dict[str, ColumnMatch]:
    if isinstance(columns, Mapping):
        columns = [column(header, values, index) for index, (header, values) in enumerate(columns.items())]
    matches = match_columns(columns, schemas, RecordType(rows), OWNERS, overrides or {})
    return {found.header: found for found in matches}


def sure(columns: Mapping[str, Sequence[str]], rows: str) -> dict[str, str]:
    found = match(columns, rows)
    return {header: str(one.target) for header, one in found.items() if one.certainty is Certainty.SURE}


@pytest.mark.parametrize(("rows", "header", "goes_to"), SURE)
def test_a_header_that_matches_for_sure(rows: str, header: str, goes_to: str) -> None:
    columns = {header: FITTING.get(goes_to.split(".")[1], ["Something"])}
    found = match(columns, rows)[header]
    assert (str(found.target), found.certainty) == (goes_to, Certainty.SURE), found.reason


@pytest.mark.parametrize(
    "case",
    cases("headers_other")["case"],
    ids=lambda case: f"{case['rows']} {case['header']} {case['certainty']}",
)
def test_a_header_that_is_asked_about_or_left_out(case: dict[str, Any]) -> None:
    found = match({case["header"]: case.get("values", ["Something"])}, case["rows"])[case["header"]]
    assert found.certainty == case["certainty"]
    assert (str(found.target) if found.target else None) == case.get("goes_to")
    assert found.reason == case["says"]


def test_the_second_column_for_a_field_is_asked_about_with_the_first_ones_name() -> None:
    found = match({"Email": ["ada@example.com"], "E-Mail Address": ["bob@example.com"]}, "contacts")
    assert found["Email"].certainty is Certainty.SURE
    assert found["E-Mail Address"].certainty is Certainty.CHECK
    assert found["E-Mail Address"].reason == "The column “Email” already goes there."


def test_a_column_whose_values_do_not_fit_gives_way_to_one_whose_do() -> None:
    found = match({"Email": ["yes", "no"], "E-Mail Address": ["bob@example.com"]}, "contacts")
    assert found["Email"].certainty is Certainty.CHECK
    assert found["E-Mail Address"].certainty is Certainty.SURE


@pytest.mark.parametrize(
    "headers", [("Name", "First Name", "Last Name"), ("First Name", "Last Name", "Full Name")]
)
def test_a_full_name_gives_way_to_columns_of_its_parts(headers: tuple[str, ...]) -> None:
    found = sure({header: ["Ada Lane"] for header in headers}, "contacts")
    assert found == {"First Name": "contacts.firstname", "Last Name": "contacts.lastname"}


def test_name_beside_a_company_column_is_the_persons() -> None:
    found = sure({"Name": ["Ada Lane"], "Company": ["Acme"]}, "both")
    assert found == {"Name": "contacts.full_name", "Company": "companies.name"}


def test_security_beside_a_ticker_is_the_companys_name_unless_another_column_is() -> None:
    assert sure({"Symbol": ["ACM"], "Security": ["Acme"]}, "companies") == {"Security": "companies.name"}
    with_name = {"Symbol": ["ACM"], "Security": ["Bond"], "Company": ["Acme"]}
    assert sure(with_name, "companies") == {"Company": "companies.name"}
    assert sure({"Symbol": ["ACM"], "Security": ["Acme"]}, "both") == {}


def test_a_field_that_somebody_added_to_the_crm_comes_before_our_words() -> None:
    own = text("sales_region", "Region", custom=True)
    schemas = {CONTACTS: replace(SCHEMAS[CONTACTS], fields={**SCHEMAS[CONTACTS].fields, own.name: own})}
    assert (
        str(match({"Region": ["North"]}, "contacts", schemas=schemas)["Region"].target)
        == "contacts.sales_region"
    )


def test_a_column_that_asks_for_something_to_be_deleted_says_that_nothing_is() -> None:
    found = match({"Email": ["ada@example.com"], "Action": ["update", "Delete"]}, "contacts")["Action"]
    assert found.certainty is Certainty.NONE
    assert (
        found.reason
        == "No import deletes anything: rows that say “Delete” here are imported like the others."
    )


def test_two_fields_of_one_label_are_a_question() -> None:
    schemas = {COMPANIES: schema(COMPANIES, [text("target_a", "Target"), text("target_b", "Target")])}
    found = match({"Target": ["x"]}, "companies", schemas=schemas)["Target"]
    assert found.certainty is Certainty.CHECK
    assert found.reason == "Several fields of the CRM have this label: target_a, target_b."


def test_a_persons_own_choice_is_not_doubted() -> None:
    target = Target(object=CONTACTS, property="hs_lead_status")
    found = match({"Rating": ["Frozen"]}, "contacts", {"Rating": target})["Rating"]
    assert (found.target, found.certainty) == (target, Certainty.SURE)
    assert found.reason == "You chose Lead Status."


def test_an_e_mail_column_without_any_valid_address_stays_one() -> None:
    for values in (["ada at example.com"], ["n/a", "unknown"], ["ada@", "@example.com"]):
        assert sure({"Email": values, "First name": ["Ada"]}, "contacts")["Email"] == "contacts.email"


def test_of_two_e_mail_columns_the_one_with_addresses_counts() -> None:
    columns = {"Email": ["see notes"], "Mail": ["ada@example.com"]}
    assert sure(columns, "contacts") == {"Mail": "contacts.email"}


def test_a_column_that_a_person_left_out_stays_out() -> None:
    found = match({"Email": ["ada@example.com"]}, "contacts", {"Email": None})["Email"]
    assert (found.target, found.certainty, found.reason) == (None, Certainty.NONE, "You left it out.")


def test_a_chosen_column_has_its_field_before_one_that_matches_by_itself() -> None:
    columns = {"Email": ["ada@example.com"], "Login": ["bob@example.com"]}
    found = match(columns, "contacts", {"Login": Target(object=CONTACTS, property="email")})
    assert (found["Login"].certainty, found["Email"].certainty) == (Certainty.SURE, Certainty.CHECK)


def test_the_order_of_day_and_month_is_taken_from_the_whole_column() -> None:
    found = match({"Last visit": ["03/04/2024", "31/04/2023", "13/01/2024"]}, "contacts")["Last visit"]
    assert (found.certainty, found.format) == (Certainty.SURE, "DMY")


def test_the_decimal_mark_is_taken_from_the_whole_column() -> None:
    found = match({"Revenue": ["1.234", "2.500,75"]}, "companies")["Revenue"]
    assert (found.certainty, found.format) == (Certainty.SURE, "1.234,5")


def test_too_many_values_for_a_list_of_choices_are_asked_about() -> None:
    found = match([column("Industry", ["Retail"], capped=True)], "companies")["Industry"]
    assert found.certainty is Certainty.CHECK


def test_a_match_shows_three_samples_and_how_full_the_column_is() -> None:
    found = match({"City": ["Leeds", "York", "Hull", "Bath"]}, "contacts")["City"]
    assert (found.samples, found.filled) == (("Leeds", "York", "Hull"), 1.0)


def test_a_table_of_something_else_maps_nothing() -> None:
    columns = {"alpha": ["0.1"], "beta": ["0.2"], "Column 3": ["0.3"], "p_value": ["0.4"]}
    for rows in RecordType:
        assert sure(columns, rows) == {}


@settings(deadline=None)
@given(headers=st.lists(st.text(max_size=15), unique=True, max_size=8), rows=st.sampled_from(RecordType))
def test_every_column_has_exactly_one_match_and_no_field_two_sure_columns(
    headers: list[str], rows: RecordType
) -> None:
    found = match({header: ["x"] for header in headers}, rows)
    assert list(found) == headers
    taken = [str(one.target) for one in found.values() if one.certainty is Certainty.SURE]
    assert len(taken) == len(set(taken))


def test_no_header_of_the_wide_world_is_matched_wrongly_without_a_question() -> None:
    assert not [one for one in headers_page.verdicts() if one.fate == "wrong"]


@pytest.mark.parametrize("language", cases("headers_world"))
def test_nearly_every_header_of_a_language_is_recognised_or_asked_about(language: str) -> None:
    fates = [one.fate for one in headers_page.verdicts() if one.language == language]
    assert sum(fate in ("recognised", "asked") for fate in fates) / len(fates) >= 0.95


def test_the_list_of_headers_holds_four_languages_and_enough_of_each() -> None:
    sizes = {language: len(headers) for language, headers in cases("headers_world").items()}
    assert set(sizes) == {"English", "German", "French", "Spanish"}
    assert sum(sizes.values()) >= 150
    assert min(sizes.values()) >= 30


def test_the_page_of_headers_says_what_happens_to_them() -> None:
    again = "run: python -m tests.mapping.headers_page"
    assert headers_page.PAGE.read_text(encoding="utf-8") == headers_page.page(), again


def test_a_unit_behind_a_header_is_passed_over_and_asked_about() -> None:
    found = match({"Revenue (k€)": ["450", "1200"]}, "companies")["Revenue (k€)"]
    assert (str(found.target), found.certainty) == ("companies.annualrevenue", Certainty.CHECK)


def before(
    header: str, place: Target, values: Sequence[str], schemas: Mapping[ObjectName, Schema] = SCHEMAS
) -> ColumnMatch:
    reading = Reading(before={header: place})
    return match_columns([column(header, values)], schemas, RecordType.CONTACTS, OWNERS, {}, reading)[0]


def test_a_header_that_a_person_chose_a_place_for_before_is_sure_and_says_so() -> None:
    found = before("Qualif.", Target(object=CONTACTS, property="hs_lead_status"), ["New"])
    assert (str(found.target), found.certainty) == ("contacts.hs_lead_status", Certainty.SURE)
    assert found.reason == "You chose Lead Status for “Qualif.” before."


def test_an_earlier_choice_goes_before_what_the_header_says_by_itself() -> None:
    assert str(before("City", Target(object=CONTACTS, property="state"), ["Bonn"]).target) == "contacts.state"


def test_an_earlier_choice_is_doubted_where_the_values_do_not_fit() -> None:
    found = before("Qualif.", Target(object=CONTACTS, property="hs_lead_status"), ["Ice cubed"])
    assert found.certainty is Certainty.CHECK


def test_an_earlier_choice_counts_only_where_this_account_has_the_field() -> None:
    gone = before("City", Target(object=CONTACTS, property="old_city"), ["Bonn"])
    assert str(gone.target) == "contacts.city"
    assert str(before("City", Target(object=COMPANIES, property="city"), ["Bonn"]).target) == "contacts.city"
