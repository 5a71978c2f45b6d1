"""Contract §4.1–§4.3, §4.10: one record at a time."""

import re
from uuid import UUID

import httpx
import hubspot
import hubspot_sdk
import pytest
from hubspot.crm.contacts.exceptions import NotFoundException

from tests.twin_process import TwinProcess
from tests.twins.hubspot_portal import ControlPlane, Maker, fresh, fresh_email

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
CONTACTS, COMPANIES = "/crm/v3/objects/contacts", "/crm/v3/objects/companies"
DEFAULTS = {
    "contacts": {"createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"},
    "companies": {"createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"},
    "deals": {
        "amount",
        "closedate",
        "createdate",
        "dealname",
        "dealstage",
        "hs_lastmodifieddate",
        "hs_object_id",
        "pipeline",
    },
    "tasks": {"hs_createdate", "hs_lastmodifieddate", "hs_object_id"},
    "notes": {"hs_createdate", "hs_lastmodifieddate", "hs_object_id"},
}


@pytest.mark.parametrize("text", ["{", '{"properties": [1]}', '{"properties": "x"}'])
def test_json_that_does_not_fit_is_refused_without_a_category(text: str, raw: httpx.Client) -> None:
    """§4.1: "Invalid input JSON on line …"."""
    answer = raw.post(CONTACTS, content=text, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    body = answer.json()
    assert re.match(r"Invalid input JSON on line \d+, column \d+", body["message"])
    assert body["status"] == "error"
    assert "category" not in body


def test_an_error_carries_category_message_and_a_correlation_id(raw: httpx.Client) -> None:
    """§4.1: the envelope; §4.3: "resource not found"."""
    answer = raw.get(f"{CONTACTS}/1")
    body = answer.json()
    assert answer.status_code == 404
    assert (body["status"], body["category"], body["message"]) == (
        "error",
        "OBJECT_NOT_FOUND",
        "resource not found",
    )
    assert str(UUID(body["correlationId"])) == body["correlationId"]


def test_both_official_clients_know_a_missing_record(
    classic: hubspot.HubSpot, sdk: hubspot_sdk.HubSpot
) -> None:
    """§4.3: GET of an unknown id is 404."""
    with pytest.raises(NotFoundException):
        classic.crm.contacts.basic_api.get_by_id("1")
    with pytest.raises(hubspot_sdk.NotFoundError):
        sdk.crm.objects.companies.get("1")


def test_a_record_has_the_documented_shape(raw: httpx.Client, make: Maker) -> None:
    """§4.2: id, properties, instants, archived, url."""
    contact = make.contact(lastname="Sample")
    body = raw.get(
        f"{CONTACTS}/{contact}", params={"properties": "email,lastname,jobtitle,numemployees"}
    ).json()
    assert re.fullmatch(r"\d{11,}", body["id"])
    assert body["properties"]["hs_object_id"] == body["id"] == contact
    assert INSTANT.fullmatch(body["createdAt"])
    assert INSTANT.fullmatch(body["updatedAt"])
    assert INSTANT.fullmatch(body["properties"]["createdate"])
    assert body["archived"] is False
    assert re.fullmatch(rf"https://app\.hubspot\.com/contacts/\d+/record/0-1/{contact}", body["url"])
    assert all(value is None or isinstance(value, str) for value in body["properties"].values())


@pytest.mark.parametrize("kind", list(DEFAULTS))
def test_without_a_wish_the_default_properties_come_back(kind: str, raw: httpx.Client, make: Maker) -> None:
    """§4.2: default properties."""
    record = {
        "contacts": make.contact,
        "companies": make.company,
        "deals": make.deal,
        "tasks": make.task,
        "notes": make.note,
    }[kind]()
    assert set(raw.get(f"/crm/v3/objects/{kind}/{record}").json()["properties"]) == DEFAULTS[kind]


def test_an_empty_property_is_null_and_an_unknown_one_is_left_out(raw: httpx.Client, make: Maker) -> None:
    """§4.2: defined but empty is null; undefined is silently left out."""
    asked = {"properties": "jobtitle,no_such_property"}
    found = raw.get(f"{CONTACTS}/{make.contact()}", params=asked).json()["properties"]
    assert found["jobtitle"] is None
    assert "no_such_property" not in found


def test_a_create_answers_with_computed_properties_too(classic: hubspot.HubSpot) -> None:
    """§4.2: computed properties in a write's answer."""
    email = fresh_email()
    made = classic.crm.contacts.basic_api.create({"properties": {"email": email, "firstname": "Sample"}})
    assert made.properties["email"] == email
    assert made.properties["hs_is_contact"] == "true"
    assert made.properties["hs_email_domain"] == "sample.example"
    assert made.properties["hs_object_source"] == "INTEGRATION"
    assert made.properties["hs_pipeline"] == "contacts-lifecycle-pipeline"
    assert made.properties["lifecyclestage"] == "lead"
    assert set(made.properties) >= {
        "hs_all_contact_vids",
        "hs_full_name_or_email",
        "hs_is_unworked",
        "hs_lifecyclestage_lead_date",
        "hs_object_source_id",
    }


def test_history_is_given_when_asked_for(classic: hubspot.HubSpot, raw: httpx.Client, make: Maker) -> None:
    """§4.2: propertiesWithHistory, newest first or last, every value kept."""
    contact = make.contact(city="Leeds")
    raw.patch(f"{CONTACTS}/{contact}", json={"properties": {"city": "York"}})
    body = raw.get(f"{CONTACTS}/{contact}", params={"propertiesWithHistory": "city"}).json()
    kept = body["propertiesWithHistory"]["city"]
    assert {entry["value"] for entry in kept} == {"Leeds", "York"}
    assert all({"value", "timestamp", "sourceType"} <= set(entry) for entry in kept)
    read = classic.crm.contacts.basic_api.get_by_id(contact, properties_with_history=["city", "state"])
    assert {entry.value for entry in read.properties_with_history["city"]} == {"Leeds", "York"}


def test_a_read_brings_associations_when_asked_for(raw: httpx.Client, make: Maker) -> None:
    """§4.2, §4.3: `associations=companies`."""
    contact, company = make.contact(), make.company()
    raw.put(f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}")
    body = raw.get(f"{CONTACTS}/{contact}", params={"associations": "companies"}).json()
    linked = body["associations"]["companies"]["results"]
    assert {row["id"] for row in linked} == {company}
    assert all(isinstance(row["type"], str) for row in linked)


def test_a_patch_keeps_what_it_does_not_name_and_clears_with_an_empty_string(
    classic: hubspot.HubSpot, sdk: hubspot_sdk.HubSpot, make: Maker
) -> None:
    """§4.3: PATCH."""
    contact = make.contact(city="Leeds", jobtitle="Miller")
    sdk.crm.objects.contacts.update(contact, properties={"jobtitle": ""})
    found = classic.crm.contacts.basic_api.get_by_id(contact, properties=["city", "jobtitle"]).properties
    assert (found["city"], found["jobtitle"]) == ("Leeds", None)


@pytest.mark.parametrize("record_id", ["1", "99999999999"])
def test_a_delete_is_204_even_if_there_was_nothing(record_id: str, raw: httpx.Client) -> None:
    """§4.3: DELETE of anything."""
    assert raw.delete(f"{CONTACTS}/{record_id}").status_code == 204


def test_a_list_gives_ten_unless_told_and_links_to_its_own_host(
    contract_twin: TwinProcess, raw: httpx.Client, make: Maker
) -> None:
    """§4.3: paging; §13.1: `paging.next.link` is absolute and from the request's own host."""
    for _ in range(11):
        make.note()
    first = raw.get("/crm/v3/objects/notes").json()
    assert len(first["results"]) == 10
    following = first["paging"]["next"]
    assert following["link"].startswith(f"{contract_twin.url}/crm/v3/objects/notes?")
    second = raw.get("/crm/v3/objects/notes", params={"after": following["after"]}).json()
    assert not {row["id"] for row in first["results"]} & {row["id"] for row in second["results"]}
    assert raw.get(following["link"]).json()["results"] == second["results"]


def test_both_official_clients_walk_a_list_to_its_end(
    classic: hubspot.HubSpot, sdk: hubspot_sdk.HubSpot, make: Maker
) -> None:
    """§4.3: list, 100 a page and 3 a page; the last page has no `paging`."""
    made = {make.note() for _ in range(7)}
    by_classic = [row.id for row in classic.crm.objects.get_all("notes")]
    by_sdk = [row.id for row in sdk.crm.objects.notes.list(limit=5)]
    assert made <= set(by_classic)
    assert sorted(by_classic) == sorted(by_sdk)
    assert len(by_classic) == len(set(by_classic))


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("contacts", {"city": "Leeds"}),
        ("companies", {"city": "Leeds"}),
        ("deals", {"dealstage": "appointmentscheduled"}),
        ("deals", {"dealname": "no stage"}),
        ("tasks", {"hs_task_subject": "no date"}),
        ("notes", {"hs_note_body": "no date"}),
    ],
)
def test_a_create_without_what_it_needs_is_refused(
    kind: str, given: dict[str, str], raw: httpx.Client
) -> None:
    """§4.3: create needs."""
    answer = raw.post(f"/crm/v3/objects/{kind}", json={"properties": given})
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("contacts", {"firstname": "Sample"}),
        ("contacts", {"lastname": "Sample"}),
        ("companies", {"name": "Sample Works"}),
        ("companies", {"domain": "sample.example"}),
    ],
)
def test_one_of_the_needed_properties_is_enough(kind: str, given: dict[str, str], raw: httpx.Client) -> None:
    """§4.3: create needs one of."""
    assert raw.post(f"/crm/v3/objects/{kind}", json={"properties": given}).status_code == 201


def test_the_lifecycle_stage_goes_back_only_over_empty(raw: httpx.Client, make: Maker) -> None:
    """§4.10: `lifecyclestage` only moves forward; `""` first, then the earlier value."""
    contact = make.contact(lifecyclestage="customer")
    asked = {"properties": "lifecyclestage"}

    def write(value: str) -> str | None:
        raw.patch(f"{CONTACTS}/{contact}", json={"properties": {"lifecyclestage": value}})
        stage = raw.get(f"{CONTACTS}/{contact}", params=asked).json()["properties"]["lifecyclestage"]
        assert stage is None or isinstance(stage, str)
        return stage

    assert write("lead") == "customer"
    assert write("evangelist") == "evangelist"
    assert write("") is None
    assert write("lead") == "lead"


def test_an_owner_is_written_by_owner_id_only(raw: httpx.Client, make: Maker) -> None:
    """§4.10: neither e-mail nor user id."""
    owner = next(row for row in raw.get("/crm/v3/owners").json()["results"] if row["userId"] and row["email"])
    assert owner["id"] != str(owner["userId"])
    contact = make.contact()

    def write(value: str) -> int:
        return raw.patch(
            f"{CONTACTS}/{contact}", json={"properties": {"hubspot_owner_id": value}}
        ).status_code

    assert [write(str(value)) for value in (owner["id"], owner["userId"], owner["email"])] == [200, 400, 400]


def test_a_leading_semicolon_appends_to_a_multiple_choice(raw: httpx.Client, make: Maker) -> None:
    """§4.10: `a;b` replaces, `;c` appends."""
    contact = make.contact(hs_buying_role="CHAMPION")

    def write(value: str) -> set[str]:
        raw.patch(f"{CONTACTS}/{contact}", json={"properties": {"hs_buying_role": value}}).raise_for_status()
        read = raw.get(f"{CONTACTS}/{contact}", params={"properties": "hs_buying_role"}).json()
        return set(read["properties"]["hs_buying_role"].split(";"))

    assert write("BLOCKER;END_USER") == {"BLOCKER", "END_USER"}
    assert write(";INFLUENCER") == {"BLOCKER", "END_USER", "INFLUENCER"}
    assert write("OTHER") == {"OTHER"}


def test_an_unclear_name_is_kept_as_written(raw: httpx.Client, make: Maker) -> None:
    """§4.2: strings come back as they were sent; §4.10: up to 65,536 characters."""
    name = fresh("Żółć & Söhne 東京")
    company = make.company(name=name, description="x" * 65_536)
    found = raw.get(f"{COMPANIES}/{company}", params={"properties": "name,description"}).json()["properties"]
    assert (found["name"], len(found["description"])) == (name, 65_536)
    refused = raw.patch(f"{COMPANIES}/{company}", json={"properties": {"description": "x" * 65_537}})
    assert refused.status_code == 400


@pytest.mark.parametrize("params", [{"limit": 101}, {"limit": 51, "propertiesWithHistory": "city"}], ids=str)
def test_a_page_has_a_most(params: dict[str, str], raw: httpx.Client) -> None:
    """§4.3: limit at most 100, 50 with history."""
    assert raw.get(CONTACTS, params=params).status_code == 400


def test_the_next_page_brings_the_same_properties(raw: httpx.Client, make: Maker) -> None:
    """§4.3: following `paging.next.link`, when properties came as `a,b` or as repeated parameters."""
    for _ in range(2):
        make.contact()
    for wish in ("properties=city&properties=jobtitle", "properties=city,jobtitle"):
        first = raw.get(f"{CONTACTS}?limit=1&{wish}").json()
        second = raw.get(first["paging"]["next"]["link"]).json()
        assert set(second["results"][0]["properties"]) == set(first["results"][0]["properties"])


def test_a_write_moves_the_modified_date(portal: ControlPlane, raw: httpx.Client, make: Maker) -> None:
    """§5: both modified dates are bumped by our own writes."""
    for kind, record, name in (
        ("contacts", make.contact(), "lastmodifieddate"),
        ("companies", make.company(), "hs_lastmodifieddate"),
    ):
        url = f"/crm/v3/objects/{kind}/{record}"
        before = raw.get(url).json()
        portal.advance(5)
        raw.patch(url, json={"properties": {"city": "York"}}).raise_for_status()
        after = raw.get(url).json()
        assert after["updatedAt"] > before["updatedAt"]
        assert after["properties"][name] > before["properties"][name]
        assert after["createdAt"] == before["createdAt"]
