"""Contract §6 and the stock property list: definitions, groups, options."""

from typing import Any

import httpx
import hubspot
import hubspot_sdk
import pytest
from hubspot.crm.properties.exceptions import ApiException, NotFoundException

from tests.twins.hubspot_portal import Maker, fresh

PROPERTIES = "/crm/v3/properties"
Body = dict[str, Any]


def definition(**more: Any) -> Body:
    name = more.pop("name", None) or fresh("field")
    return {
        "name": name,
        "label": name,
        "type": "string",
        "fieldType": "text",
        "groupName": "contactinformation",
        **more,
    }


@pytest.mark.parametrize(
    ("kind", "name", "type_", "field_type"),
    [
        ("contacts", "email", "string", "text"),
        ("contacts", "phone", "string", "phonenumber"),
        ("contacts", "country", "string", "text"),
        ("contacts", "numemployees", "enumeration", "select"),
        ("contacts", "annualrevenue", "string", "text"),
        ("contacts", "industry", "string", "text"),
        ("contacts", "date_of_birth", "string", "text"),
        ("contacts", "lifecyclestage", "enumeration", "radio"),
        ("contacts", "hs_legal_basis", "enumeration", "checkbox"),
        ("contacts", "hs_email_optout", "bool", "booleancheckbox"),
        ("contacts", "createdate", "datetime", "date"),
        ("contacts", "hs_language", "enumeration", "select"),
        ("companies", "domain", "string", "text"),
        ("companies", "industry", "enumeration", "select"),
        ("companies", "numberofemployees", "number", "number"),
        ("companies", "annualrevenue", "number", "number"),
        ("companies", "type", "enumeration", "radio"),
        ("companies", "founded_year", "string", "text"),
        ("companies", "timezone", "string", "text"),
        ("companies", "description", "string", "textarea"),
        ("deals", "amount", "number", "number"),
        ("deals", "closedate", "datetime", "date"),
        ("deals", "dealstage", "enumeration", "radio"),
        ("deals", "pipeline", "enumeration", "select"),
        ("tasks", "hs_task_status", "enumeration", "select"),
        ("tasks", "hs_timestamp", "datetime", "date"),
        ("notes", "hs_note_body", "string", None),
    ],
)
def test_a_stock_property_has_its_real_type(
    kind: str, name: str, type_: str, field_type: str | None, raw: httpx.Client
) -> None:
    """§6 with the stock list: name, type, fieldType."""
    found = raw.get(f"{PROPERTIES}/{kind}/{name}").json()
    assert (found["type"], found["hubspotDefined"], found["hasUniqueValue"]) == (type_, True, False)
    assert field_type in (None, found["fieldType"])


@pytest.mark.parametrize(
    ("kind", "name", "options"),
    [
        (
            "contacts",
            "lifecyclestage",
            "subscriber lead marketingqualifiedlead salesqualifiedlead opportunity customer evangelist other",
        ),
        (
            "contacts",
            "hs_lead_status",
            "NEW OPEN IN_PROGRESS OPEN_DEAL UNQUALIFIED ATTEMPTED_TO_CONTACT CONNECTED BAD_TIMING",
        ),
        ("contacts", "numemployees", "1-5 5-25 25-50 50-100 100-500 500-1000 1000+"),
        ("companies", "type", "PROSPECT PARTNER RESELLER VENDOR OTHER"),
        ("tasks", "hs_task_priority", "NONE LOW MEDIUM HIGH"),
    ],
)
def test_a_stock_choice_has_its_real_options(kind: str, name: str, options: str, raw: httpx.Client) -> None:
    """§6 with the stock list: internal values, in order."""
    assert [
        option["value"] for option in raw.get(f"{PROPERTIES}/{kind}/{name}").json()["options"]
    ] == options.split()


def test_the_company_industry_is_one_of_148_words(raw: httpx.Client) -> None:
    """§6 with the stock list."""
    values = {option["value"] for option in raw.get(f"{PROPERTIES}/companies/industry").json()["options"]}
    assert len(values) == 148
    assert values > {"ACCOUNTING", "ARTS_AND_CRAFTS", "E_LEARNING", "WRITING_AND_EDITING"}


@pytest.mark.parametrize(
    ("kind", "name", "read_only"),
    [
        ("contacts", "hs_object_id", True),
        ("contacts", "createdate", True),
        ("contacts", "hs_is_contact", True),
        ("contacts", "address", False),
        ("contacts", "lifecyclestage", False),
        ("companies", "total_revenue", True),
        ("deals", "hs_is_closed_won", True),
        ("deals", "amount", False),
    ],
)
def test_a_definition_tells_whether_its_value_can_be_set(
    kind: str, name: str, read_only: bool, raw: httpx.Client
) -> None:
    """§6 with the stock list: `modificationMetadata.readOnlyValue`, never `calculated`."""
    found = raw.get(f"{PROPERTIES}/{kind}/{name}").json()
    assert found["modificationMetadata"]["readOnlyValue"] is read_only
    assert found["modificationMetadata"]["readOnlyDefinition"] is True
    assert found["calculated"] is False


def test_companies_have_no_lastmodifieddate(raw: httpx.Client) -> None:
    """§6 with the stock list; §5: contacts alone have it."""
    assert raw.get(f"{PROPERTIES}/companies/lastmodifieddate").status_code == 404
    assert raw.get(f"{PROPERTIES}/companies/hs_lastmodifieddate").status_code == 200


def test_the_list_of_definitions_is_one_page(
    classic: hubspot.HubSpot, sdk: hubspot_sdk.HubSpot, raw: httpx.Client
) -> None:
    """§6: unpaged."""
    body = raw.get(f"{PROPERTIES}/contacts").json()
    assert "paging" not in body
    names = {found["name"] for found in body["results"]}
    assert len(names) > 90
    assert {found.name for found in classic.crm.properties.core_api.get_all("contacts").results} == names
    assert {found.name for found in sdk.crm.properties.list("contacts").results} == names


def test_an_unknown_property_is_404(classic: hubspot.HubSpot, raw: httpx.Client) -> None:
    """§6: OBJECT_NOT_FOUND."""
    assert raw.get(f"{PROPERTIES}/contacts/butterfly").json()["category"] == "OBJECT_NOT_FOUND"
    with pytest.raises(NotFoundException):
        classic.crm.properties.core_api.get_by_name("contacts", "butterfly")


def test_a_created_property_has_every_documented_key(raw: httpx.Client) -> None:
    """§6: 201, Location, the property."""
    asked = definition(description="from a test")
    answer = raw.post(f"{PROPERTIES}/contacts", json=asked)
    assert answer.status_code == 201
    assert asked["name"] in answer.headers["location"]
    body = answer.json()
    assert {key: body[key] for key in asked} == asked
    assert body["modificationMetadata"] == {
        "archivable": True,
        "readOnlyDefinition": False,
        "readOnlyValue": False,
    }
    assert set(body) >= {
        "options",
        "displayOrder",
        "createdAt",
        "updatedAt",
        "createdUserId",
        "updatedUserId",
        "dataSensitivity",
        "formField",
    }
    flags = ("calculated", "externalOptions", "hasUniqueValue", "hidden", "hubspotDefined", "archived")
    assert not any(body[flag] for flag in flags)


def test_a_new_property_takes_values_at_once(
    sdk: hubspot_sdk.HubSpot, raw: httpx.Client, make: Maker
) -> None:
    """§6: usable in under a second."""
    made = sdk.crm.properties.create(
        "companies",
        name=fresh("field"),
        label="Sample",
        type="string",
        field_type="text",
        group_name="companyinformation",
        has_unique_value=True,
    )
    assert made.has_unique_value is True
    company = make.company(**{made.name: "x"})
    read = raw.get(f"/crm/v3/objects/companies/{company}", params={"properties": made.name}).json()
    assert read["properties"][made.name] == "x"


def test_a_name_that_is_taken_is_a_conflict_word_for_word(
    classic: hubspot.HubSpot, raw: httpx.Client
) -> None:
    """§6: OBJECT_ALREADY_EXISTS."""
    asked = definition()
    raw.post(f"{PROPERTIES}/contacts", json=asked)
    answer = raw.post(f"{PROPERTIES}/contacts", json=asked)
    assert answer.status_code == 409
    body = answer.json()
    assert body.pop("correlationId")
    assert body == {
        "status": "error",
        "message": f"A property named '{asked['name']}' already exists.",
        "category": "OBJECT_ALREADY_EXISTS",
        "subCategory": "Properties.PROPERTY_WITH_NAME_EXISTS",
    }
    with pytest.raises(ApiException) as refused:
        classic.crm.properties.core_api.create("contacts", asked)
    assert refused.value.status == 409


@pytest.mark.parametrize(
    "change",
    [
        {"type": "number", "fieldType": "text"},
        {"type": "string", "fieldType": "select"},
        {"type": "date", "fieldType": "number"},
        {"type": "bool", "fieldType": "radio"},
        {"type": "butterfly"},
        {"name": "Capital"},
        {"name": "1st"},
        {"name": "two words"},
        {"label": None},
    ],
    ids=str,
)
def test_a_definition_that_does_not_fit_is_refused(change: Body, raw: httpx.Client) -> None:
    """§6: type and fieldType belong together; names; required keys."""
    asked = {key: value for key, value in definition(**change).items() if value is not None}
    assert raw.post(f"{PROPERTIES}/contacts", json=asked).status_code == 400


def test_a_bool_has_exactly_the_options_true_and_false(raw: httpx.Client) -> None:
    """§4.9: 2026-09 refuses others, INVALID_BOOLEAN_OPTION."""

    def options(*values: str) -> list[Body]:
        return [
            {"label": value, "value": value, "displayOrder": place, "hidden": False}
            for place, value in enumerate(values)
        ]

    url = "/crm/properties/2026-09/contacts"
    good = definition(type="bool", fieldType="booleancheckbox", options=options("true", "false"))
    bad = definition(type="bool", fieldType="booleancheckbox", options=options("yes", "no"))
    assert raw.post(url, json=good).status_code in (200, 201)
    refused = raw.post(url, json=bad)
    assert refused.status_code == 400
    assert "INVALID_BOOLEAN_OPTION" in refused.text


def test_patched_options_replace_the_whole_list(
    classic: hubspot.HubSpot, raw: httpx.Client, make: Maker
) -> None:
    """§6: PATCH of options; a value no longer listed is refused."""
    first = [{"label": value, "value": value, "displayOrder": 0, "hidden": False} for value in ("a", "b")]
    asked = definition(type="enumeration", fieldType="select", options=first)
    raw.post(f"{PROPERTIES}/contacts", json=asked).raise_for_status()
    contact = make.contact(**{asked["name"]: "a"})
    second = [{"label": value, "value": value, "displayOrder": 0, "hidden": False} for value in ("b", "c")]
    classic.crm.properties.core_api.update("contacts", asked["name"], {"options": second})
    found = raw.get(f"{PROPERTIES}/contacts/{asked['name']}").json()
    assert [option["value"] for option in found["options"]] == ["b", "c"]
    url = f"/crm/v3/objects/contacts/{contact}"
    written = [
        raw.patch(url, json={"properties": {asked["name"]: value}}).status_code for value in ("c", "a")
    ]
    assert written == [200, 400]


def test_uniqueness_is_fixed_when_a_property_is_made(raw: httpx.Client) -> None:
    """§6: `hasUniqueValue` fixed at creation."""
    asked = definition()
    raw.post(f"{PROPERTIES}/contacts", json=asked).raise_for_status()
    raw.patch(f"{PROPERTIES}/contacts/{asked['name']}", json={"hasUniqueValue": True})
    assert raw.get(f"{PROPERTIES}/contacts/{asked['name']}").json()["hasUniqueValue"] is False


def test_an_object_has_at_most_ten_unique_properties(raw: httpx.Client) -> None:
    """§6: ≤ 10 per object."""
    statuses = [
        raw.post(
            f"{PROPERTIES}/meetings", json=definition(groupName="meeting", hasUniqueValue=True)
        ).status_code
        for _ in range(11)
    ]
    assert statuses == [201] * 10 + [400]


def test_an_archived_property_is_gone_until_made_again(classic: hubspot.HubSpot, raw: httpx.Client) -> None:
    """§6: DELETE 204; recreating the name restores it."""
    asked = definition()
    raw.post(f"{PROPERTIES}/contacts", json=asked).raise_for_status()
    classic.crm.properties.core_api.archive("contacts", asked["name"])
    assert raw.get(f"{PROPERTIES}/contacts/{asked['name']}").status_code == 404
    assert asked["name"] not in {
        found["name"] for found in raw.get(f"{PROPERTIES}/contacts").json()["results"]
    }
    assert raw.post(f"{PROPERTIES}/contacts", json=asked).status_code == 201


def test_a_batch_create_keeps_the_good_definitions(sdk: hubspot_sdk.HubSpot, raw: httpx.Client) -> None:
    """§6: 207 with the name of each refused one."""
    good, taken = definition(), definition()
    raw.post(f"{PROPERTIES}/contacts", json=taken)
    answer = raw.post(f"{PROPERTIES}/contacts/batch/create", json={"inputs": [good, taken]})
    assert answer.status_code == 207
    body = answer.json()
    assert [found["name"] for found in body["results"]] == [good["name"]]
    error = body["errors"][0]
    assert (error["category"], error["context"]["name"]) == ("OBJECT_ALREADY_EXISTS", [taken["name"]])
    assert error["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"
    assert body["numErrors"] == 1
    clean = raw.post(f"{PROPERTIES}/contacts/batch/create", json={"inputs": [definition()]})
    assert clean.status_code == 201


def test_definitions_are_read_and_archived_in_batches(classic: hubspot.HubSpot, raw: httpx.Client) -> None:
    """§6: batch/read, batch/archive."""
    asked = [definition(), definition()]
    raw.post(f"{PROPERTIES}/contacts/batch/create", json={"inputs": asked}).raise_for_status()
    names = [{"name": each["name"]} for each in asked]
    read = raw.post(f"{PROPERTIES}/contacts/batch/read", json={"archived": False, "inputs": names}).json()[
        "results"
    ]
    assert {found["name"] for found in read} == {each["name"] for each in asked}
    classic.crm.properties.batch_api.archive("contacts", {"inputs": names})
    assert [raw.get(f"{PROPERTIES}/contacts/{each['name']}").status_code for each in asked] == [404, 404]


@pytest.mark.parametrize(
    ("kind", "groups"),
    [
        ("contacts", {"contactinformation", "contact_activity", "sales_properties"}),
        ("companies", {"companyinformation"}),
        ("deals", {"dealinformation", "deal_activity", "deal_revenue"}),
        ("tasks", {"task"}),
    ],
)
def test_the_stock_groups_are_there(kind: str, groups: set[str], raw: httpx.Client) -> None:
    """§6 with the stock list: group names."""
    assert groups <= {group["name"] for group in raw.get(f"{PROPERTIES}/{kind}/groups").json()["results"]}


def test_a_group_is_made_used_and_only_then_removed(classic: hubspot.HubSpot, raw: httpx.Client) -> None:
    """§6: groups; GROUP_WITH_ACTIVE_PROPERTIES."""
    group = {"name": fresh("group"), "label": "Sample group", "displayOrder": 3}
    answer = raw.post(f"{PROPERTIES}/contacts/groups", json=group)
    assert answer.status_code == 201
    assert answer.json() == {**group, "archived": False}
    assert classic.crm.properties.groups_api.get_by_name("contacts", group["name"]).label == "Sample group"
    inside = definition(groupName=group["name"])
    raw.post(f"{PROPERTIES}/contacts", json=inside).raise_for_status()
    refused = raw.delete(f"{PROPERTIES}/contacts/groups/{group['name']}")
    assert refused.status_code == 400
    assert "GROUP_WITH_ACTIVE_PROPERTIES" in refused.text
    raw.delete(f"{PROPERTIES}/contacts/{inside['name']}").raise_for_status()
    assert raw.delete(f"{PROPERTIES}/contacts/groups/{group['name']}").status_code == 204


def test_archived_definitions_are_listed_by_asking_for_them(raw: httpx.Client) -> None:
    """§6: query `archived`."""
    asked = definition()
    raw.post(f"{PROPERTIES}/contacts", json=asked).raise_for_status()
    raw.delete(f"{PROPERTIES}/contacts/{asked['name']}").raise_for_status()
    listed = raw.get(f"{PROPERTIES}/contacts", params={"archived": "true"}).json()["results"]
    assert asked["name"] in {found["name"] for found in listed}
