"""Contract §4.8 and the value formats of §6: what a property takes, and the words when it does not."""

import json
import re
from typing import Any

import httpx
import hubspot_sdk
import pytest

from tests.twins.hubspot_portal import Maker, fresh

CONTACTS, COMPANIES = "/crm/v3/objects/contacts", "/crm/v3/objects/companies"
MIDNIGHT_MS, QUARTER_TO_TWO_MS = 1_767_225_600_000, 1_767_225_600_000 + 49_500_000  # 2026-01-01 UTC
GROUPS = {"contacts": "contactinformation", "companies": "companyinformation"}


def define(raw: httpx.Client, kind: str, type_: str, field_type: str, **more: Any) -> str:
    """A new custom property; its name."""
    name = fresh("field")
    answer = raw.post(
        f"/crm/v3/properties/{kind}",
        json={
            "name": name,
            "label": name,
            "type": type_,
            "fieldType": field_type,
            "groupName": GROUPS[kind],
            **more,
        },
    )
    assert answer.status_code == 201, answer.text
    return name


def refusal(answer: httpx.Response) -> dict[str, Any]:
    """The first complaint, read from the JSON inside `message`, as a client must (§4.8)."""
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert (body["status"], body["category"]) == ("error", "VALIDATION_ERROR")
    lead, listed = body["message"].split(":", 1)
    assert lead == "Property values were not valid"
    complaint = json.loads(listed)[0]
    assert complaint["isValid"] is False
    assert isinstance(complaint, dict)
    return complaint


def test_an_unknown_property_is_refused_word_for_word(raw: httpx.Client, make: Maker) -> None:
    """§4.8: PROPERTY_DOESNT_EXIST, in `message` and in `errors`."""
    answer = raw.patch(f"{CONTACTS}/{make.contact()}", json={"properties": {"butterfly": "1"}})
    complaint = refusal(answer)
    assert isinstance(complaint.pop("portalId"), int)
    said = 'Property "butterfly" does not exist'
    assert complaint == {
        "isValid": False,
        "message": said,
        "error": "PROPERTY_DOESNT_EXIST",
        "name": "butterfly",
        "localizedErrorMessage": said,
    }
    assert answer.json()["errors"] == [
        {"message": said, "code": "PROPERTY_DOESNT_EXIST", "context": {"propertyName": ["butterfly"]}}
    ]


@pytest.mark.parametrize(
    ("kind", "name", "value", "code", "said"),
    [
        ("contacts", "email", "nobody", "INVALID_EMAIL", "Email address nobody is invalid"),
        (
            "contacts",
            "lifecyclestage",
            "Lead",
            "INVALID_OPTION",
            "Lead was not one of the allowed options: [",
        ),
        ("contacts", "hs_lead_status", "new", "INVALID_OPTION", "new was not one of the allowed options: ["),
        (
            "companies",
            "industry",
            "Farming",
            "INVALID_OPTION",
            "Farming was not one of the allowed options: [",
        ),
        ("contacts", "closedate", "soon", "INVALID_LONG", "soon was not a valid long."),
        ("companies", "numberofemployees", "many", "INVALID_INTEGER", "was not a valid number"),
        (
            "contacts",
            "hs_object_id",
            "1",
            "READ_ONLY_VALUE",
            '"hs_object_id" is a read only property; its value cannot be set',
        ),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_code(
    kind: str, name: str, value: str, code: str, said: str, raw: httpx.Client, make: Maker
) -> None:
    """§4.8: the table of codes; §4.10: enumeration values are case-sensitive."""
    record = make.contact() if kind == "contacts" else make.company()
    complaint = refusal(raw.patch(f"/crm/v3/objects/{kind}/{record}", json={"properties": {name: value}}))
    assert (complaint["name"], complaint["error"]) == (name, code)
    assert said in complaint["message"]


def test_the_new_client_sees_a_bad_value_as_a_bad_request(sdk: hubspot_sdk.HubSpot, make: Maker) -> None:
    """§4.8: HTTP 400."""
    with pytest.raises(hubspot_sdk.BadRequestError, match="PROPERTY_DOESNT_EXIST"):
        sdk.crm.objects.contacts.update(make.contact(), properties={"butterfly": "1"})


def test_a_date_is_a_day_or_its_utc_midnight(raw: httpx.Client, make: Maker) -> None:
    """§6: date values; §4.8: INVALID_DATE for any other time of day."""
    name, contact = define(raw, "contacts", "date", "date"), make.contact()
    for value in ("2026-01-01", str(MIDNIGHT_MS)):
        raw.patch(f"{CONTACTS}/{contact}", json={"properties": {name: value}}).raise_for_status()
        assert (
            raw.get(f"{CONTACTS}/{contact}", params={"properties": name}).json()["properties"][name]
            == "2026-01-01"
        )
    answer = raw.patch(f"{CONTACTS}/{contact}", json={"properties": {name: str(QUARTER_TO_TWO_MS)}})
    complaint = refusal(answer)
    assert complaint["error"] == "INVALID_DATE"
    assert complaint["message"] == f"{QUARTER_TO_TWO_MS} is at 13:45:00.0 UTC, not midnight!"


def test_a_day_that_is_none_is_refused(raw: httpx.Client, make: Maker) -> None:
    """§4.8: unparsable date."""
    name = define(raw, "contacts", "date", "date")
    answer = raw.patch(f"{CONTACTS}/{make.contact()}", json={"properties": {name: "next week"}})
    assert refusal(answer)["error"] == "INVALID_LONG"


@pytest.mark.parametrize(
    "value", [str(QUARTER_TO_TWO_MS), "2026-01-01T13:45:00Z", "2026-01-01T13:45:00.000Z"]
)
def test_an_instant_is_iso_or_milliseconds_and_comes_back_iso(
    value: str, raw: httpx.Client, make: Maker
) -> None:
    """§6: datetime values."""
    contact = make.contact(closedate=value)
    found = raw.get(f"{CONTACTS}/{contact}", params={"properties": "closedate"}).json()["properties"][
        "closedate"
    ]
    assert re.fullmatch(r"2026-01-01T13:45:00(\.000)?Z", found)


@pytest.mark.parametrize("value", [50, "50", 50.5])
def test_a_number_is_sent_as_text_or_number_and_comes_back_as_text(
    value: Any, raw: httpx.Client, make: Maker
) -> None:
    """§6: JSON numbers are accepted; responses are always strings."""
    company = make.company()
    raw.patch(f"{COMPANIES}/{company}", json={"properties": {"annualrevenue": value}}).raise_for_status()
    read = raw.get(f"{COMPANIES}/{company}", params={"properties": "annualrevenue"}).json()["properties"]
    assert read["annualrevenue"] == str(value)


def test_a_bool_is_the_word_true_or_false(raw: httpx.Client, make: Maker) -> None:
    """§6: bool values."""
    company = make.company(is_public="true")
    read = raw.get(f"{COMPANIES}/{company}", params={"properties": "is_public"}).json()["properties"]
    assert read["is_public"] == "true"
    assert raw.patch(f"{COMPANIES}/{company}", json={"properties": {"is_public": "maybe"}}).status_code == 400


def test_date_like_text_fields_take_any_text(raw: httpx.Client, make: Maker) -> None:
    """§6 with the stock list: date_of_birth, graduation_date and founded_year are strings."""
    contact = make.contact(date_of_birth="some time in May", graduation_date="soon", annualrevenue="a lot")
    company = make.company(founded_year="about 1900")
    assert contact
    assert company


@pytest.mark.parametrize("kind", ["contacts", "companies"])
def test_a_taken_unique_value_is_refused(kind: str, raw: httpx.Client, make: Maker) -> None:
    """§4.8: CONFLICTING_UNIQUE_VALUE, HTTP 400."""
    key, value = make.unique_property(kind), fresh("row")
    new = make.contact if kind == "contacts" else make.company
    new(**{key: value})
    answer = raw.patch(f"/crm/v3/objects/{kind}/{new()}", json={"properties": {key: value}})
    assert answer.status_code == 400
    assert "already has that value" in answer.text


def test_a_property_of_a_choice_clears_with_empty(raw: httpx.Client, make: Maker) -> None:
    """§4.3: `""` clears an enumeration, a number and an instant alike."""
    company = make.company(industry="FARMING", numberofemployees="5", closedate="2026-01-01T00:00:00Z")
    names = ["industry", "numberofemployees", "closedate"]
    raw.patch(f"{COMPANIES}/{company}", json={"properties": dict.fromkeys(names, "")}).raise_for_status()
    found = raw.get(f"{COMPANIES}/{company}", params={"properties": ",".join(names)}).json()["properties"]
    assert [found[name] for name in names] == [None, None, None]


def test_every_complaint_of_a_record_is_listed_in_the_message(raw: httpx.Client, make: Maker) -> None:
    """§4.8: the message's JSON is the full list; `errors` may be shorter."""
    answer = raw.patch(f"{CONTACTS}/{make.contact()}", json={"properties": {"butterfly": "1", "moth": "2"}})
    listed = json.loads(answer.json()["message"].split(":", 1)[1])
    assert {complaint["name"] for complaint in listed} == {"butterfly", "moth"}
