"""Contract §7: who belongs to whom, in both directions."""

from typing import Any

import httpx
import hubspot
import hubspot_sdk
import pytest

from tests.twins.hubspot_portal import ControlPlane, Maker

Body = dict[str, Any]
CONTACT_COMPANY = "/crm/v4/associations/contacts/companies"


def hubspot_defined(type_id: int) -> Body:
    return {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}


def link(raw: httpx.Client, kind: str, from_id: str, to_kind: str, to_id: str) -> httpx.Response:
    return raw.put(f"/crm/v4/objects/{kind}/{from_id}/associations/default/{to_kind}/{to_id}")


def links(raw: httpx.Client, kind: str, from_id: str, to_kind: str) -> dict[str, set[int]]:
    """Type ids of every association of one record, by the other record's id."""
    rows = raw.get(f"/crm/v4/objects/{kind}/{from_id}/associations/{to_kind}").json()["results"]
    return {str(row["toObjectId"]): {each["typeId"] for each in row["associationTypes"]} for row in rows}


@pytest.mark.parametrize(
    ("kind", "to_kind", "there", "back"),
    [
        ("contacts", "companies", 279, 280),
        ("companies", "contacts", 280, 279),
        ("contacts", "deals", 4, 3),
        ("deals", "contacts", 3, 4),
        ("deals", "companies", 341, 342),
        ("tasks", "contacts", 204, 203),
        ("tasks", "companies", 192, 191),
        ("tasks", "deals", 216, 215),
        ("notes", "contacts", 202, 201),
        ("notes", "companies", 190, 189),
        ("notes", "deals", 214, 213),
    ],
)
def test_a_default_association_has_its_stock_type_each_way(
    kind: str, to_kind: str, there: int, back: int, raw: httpx.Client, make: Maker
) -> None:
    """§7: type ids; default association, both directions listed."""
    maker = {
        "contacts": make.contact,
        "companies": make.company,
        "deals": make.deal,
        "tasks": make.task,
        "notes": make.note,
    }
    one, other = maker[kind](), maker[to_kind]()
    answer = link(raw, kind, one, to_kind, other)
    assert answer.status_code == 200
    assert answer.json()["status"] == "COMPLETE"
    listed = {
        (row["from"]["id"], row["to"]["id"], row["associationSpec"]["associationTypeId"])
        for row in answer.json()["results"]
    }
    assert {(one, other, there), (other, one, back)} <= listed
    assert there in links(raw, kind, one, to_kind)[other]
    assert back in links(raw, to_kind, other, kind)[one]


def test_a_default_association_twice_is_one(raw: httpx.Client, make: Maker) -> None:
    """§7: idempotent."""
    contact, company = make.contact(), make.company()
    assert [link(raw, "contacts", contact, "companies", company).status_code for _ in range(2)] == [200, 200]
    assert list(links(raw, "contacts", contact, "companies")) == [company]


def test_the_first_company_of_a_contact_becomes_its_primary(raw: httpx.Client, make: Maker) -> None:
    """§7: type 1 as well as 279; a second company gets 279 alone."""
    contact, first, second = make.contact(), make.company(), make.company()
    link(raw, "contacts", contact, "companies", first)
    link(raw, "contacts", contact, "companies", second)
    assert links(raw, "contacts", contact, "companies") == {first: {1, 279}, second: {279}}


def test_a_read_gives_numbers_categories_and_labels(raw: httpx.Client, make: Maker) -> None:
    """§7: ids are JSON numbers; "Primary" is type 1's label."""
    contact, company = make.contact(), make.company()
    link(raw, "contacts", contact, "companies", company)
    row = raw.get(f"/crm/v4/objects/contacts/{contact}/associations/companies").json()["results"][0]
    assert row["toObjectId"] == int(company)
    types = {each["typeId"]: (each["category"], each["label"]) for each in row["associationTypes"]}
    assert types == {1: ("HUBSPOT_DEFINED", "Primary"), 279: ("HUBSPOT_DEFINED", None)}


def test_both_official_clients_link_and_read(
    classic: hubspot.HubSpot, sdk: hubspot_sdk.HubSpot, make: Maker
) -> None:
    """§7: single associations."""
    contact, company, other = make.contact(), make.company(), make.company()
    classic.crm.associations.v4.basic_api.create_default("contacts", contact, "companies", company)
    sdk.crm.associations.create(
        other, from_object_type="contacts", from_object_id=contact, to_object_type="companies"
    )
    by_classic = classic.crm.associations.v4.basic_api.get_page("contacts", contact, "companies")
    by_sdk = sdk.crm.associations.list("companies", object_type="contacts", object_id=contact)
    assert {str(row.to_object_id) for row in by_classic.results} == {company, other}
    assert {str(row.to_object_id) for row in by_sdk} == {company, other}


def test_associations_are_read_in_pages(raw: httpx.Client, make: Maker) -> None:
    """§7: `limit` and `after`."""
    contact, companies = make.contact(), [make.company() for _ in range(3)]
    inputs = [{"from": {"id": contact}, "to": {"id": company}} for company in companies]
    raw.post(f"{CONTACT_COMPANY}/batch/associate/default", json={"inputs": inputs}).raise_for_status()
    url = f"/crm/v4/objects/contacts/{contact}/associations/companies"
    first = raw.get(url, params={"limit": 2}).json()
    rest = raw.get(url, params={"limit": 2, "after": first["paging"]["next"]["after"]}).json()
    assert [len(page["results"]) for page in (first, rest)] == [2, 1]
    assert "paging" not in rest
    assert {str(row["toObjectId"]) for page in (first, rest) for row in page["results"]} == set(companies)


def test_a_labelled_association_tells_both_ends(raw: httpx.Client, make: Maker) -> None:
    """§7: labelled PUT, 201."""
    contact, company = make.contact(), make.company()
    answer = raw.put(
        f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}", json=[hubspot_defined(279)]
    )
    assert answer.status_code == 201
    assert answer.json() == {
        "fromObjectTypeId": "0-1",
        "fromObjectId": int(contact),
        "toObjectTypeId": "0-2",
        "toObjectId": int(company),
        "labels": [],
    }
    assert 279 in links(raw, "contacts", contact, "companies")[company]


def test_the_workhorse_links_many_at_once(classic: hubspot.HubSpot, raw: httpx.Client, make: Maker) -> None:
    """§7: batch default."""
    company, contacts = make.company(), [make.contact() for _ in range(3)]
    inputs = [{"from": {"id": contact}, "to": {"id": company}} for contact in contacts]
    answer = raw.post(f"{CONTACT_COMPANY}/batch/associate/default", json={"inputs": inputs[:2]})
    assert (answer.status_code, answer.json()["status"]) == (200, "COMPLETE")
    linked = classic.crm.associations.v4.batch_api.create_default("contacts", "companies", {"inputs": inputs})
    assert linked.status == "COMPLETE"
    assert set(links(raw, "companies", company, "contacts")) == set(contacts)


def test_a_labelled_batch_is_201_and_207_with_a_bad_end(raw: httpx.Client, make: Maker) -> None:
    """§7: batch/create; INVALID_IDENTIFIER."""
    contact, company = make.contact(), make.company()
    good = {"from": {"id": contact}, "to": {"id": company}, "types": [hubspot_defined(279)]}
    bad = {**good, "to": {"id": "butterfly"}}
    clean = raw.post(f"{CONTACT_COMPANY}/batch/create", json={"inputs": [good]})
    mixed = raw.post(f"{CONTACT_COMPANY}/batch/create", json={"inputs": [good, bad]})
    assert (clean.status_code, mixed.status_code) == (201, 207)
    error = mixed.json()["errors"][0]
    assert (error["category"], error["subCategory"]) == (
        "VALIDATION_ERROR",
        "crm.associations.INVALID_IDENTIFIER",
    )
    assert error["message"] == "butterfly is not a valid ID"
    assert error["context"]["id"] == ["butterfly"]


def test_a_record_cannot_belong_to_itself(raw: httpx.Client, make: Maker) -> None:
    """§7: "cannot be associated to itself"."""
    contact = make.contact()
    inputs = [{"from": {"id": contact}, "to": {"id": contact}, "types": [hubspot_defined(449)]}]
    answer = raw.post("/crm/v4/associations/contacts/contacts/batch/create", json={"inputs": inputs})
    assert f"Object {contact} cannot be associated to itself ({contact})" in answer.text


def test_a_record_without_associations_is_a_benign_error(
    classic: hubspot.HubSpot, raw: httpx.Client, make: Maker
) -> None:
    """§7: NO_ASSOCIATIONS_FOUND, word for word."""
    linked, alone, company = make.contact(), make.contact(), make.company()
    link(raw, "contacts", linked, "companies", company)
    wish = {"inputs": [{"id": linked}, {"id": alone}]}
    answer = raw.post(f"{CONTACT_COMPANY}/batch/read", json=wish)
    assert answer.status_code == 207
    body = answer.json()
    assert [(row["from"]["id"], row["to"][0]["toObjectId"]) for row in body["results"]] == [
        (linked, int(company))
    ]
    assert body["errors"] == [
        {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
            "message": f"No company is associated with contact {alone}.",
            "context": {"fromObjectId": [alone], "fromObjectType": ["contact"], "toObjectType": ["company"]},
        }
    ]
    read = classic.crm.associations.v4.batch_api.get_page("contacts", "companies", wish)
    assert len(read.results) == 1


def test_a_removed_association_is_gone_both_ways(
    classic: hubspot.HubSpot, raw: httpx.Client, make: Maker
) -> None:
    """§7: DELETE 204, all types."""
    contact, company = make.contact(), make.company()
    link(raw, "contacts", contact, "companies", company)
    classic.crm.associations.v4.basic_api.archive("contacts", contact, "companies", company)
    assert links(raw, "contacts", contact, "companies") == {}
    assert links(raw, "companies", company, "contacts") == {}


@pytest.mark.parametrize(
    ("base", "status"), [(CONTACT_COMPANY, 204), ("/crm/associations/2026-09/contacts/companies", 200)]
)
def test_a_batch_archive_answers_by_version(base: str, status: int, raw: httpx.Client, make: Maker) -> None:
    """§7: 204 on classic paths, 200 with an empty result on dated ones."""
    contact, company = make.contact(), make.company()
    link(raw, "contacts", contact, "companies", company)
    answer = raw.post(
        f"{base}/batch/archive", json={"inputs": [{"from": {"id": contact}, "to": [{"id": company}]}]}
    )
    assert answer.status_code == status
    assert status == 204 or answer.json()["results"] == []
    assert links(raw, "contacts", contact, "companies") == {}


def test_the_new_client_archives_a_batch_of_associations(
    sdk: hubspot_sdk.HubSpot, raw: httpx.Client, make: Maker
) -> None:
    """§7: batch/archive on 2026-03."""
    contact, company = make.contact(), make.company()
    link(raw, "contacts", contact, "companies", company)
    sdk.crm.associations.batch.delete(
        "companies", from_object_type="contacts", inputs=[{"from": {"id": contact}, "to": [{"id": company}]}]
    )
    assert links(raw, "contacts", contact, "companies") == {}


def test_archiving_a_label_drops_that_type_only(raw: httpx.Client, make: Maker) -> None:
    """§7: batch/labels/archive."""
    contact, company = make.contact(), make.company()
    link(raw, "contacts", contact, "companies", company)
    inputs = [{"from": {"id": contact}, "to": {"id": company}, "types": [hubspot_defined(1)]}]
    answer = raw.post(f"{CONTACT_COMPANY}/batch/labels/archive", json={"inputs": inputs})
    assert answer.is_success
    assert links(raw, "contacts", contact, "companies") == {company: {279}}


@pytest.mark.parametrize(("call", "most"), [("associate/default", 2000), ("create", 2000), ("read", 1000)])
def test_a_batch_of_associations_has_a_most(call: str, most: int, raw: httpx.Client) -> None:
    """§7: limits."""
    item = {"from": {"id": "1"}, "to": {"id": "2"}, "types": [hubspot_defined(279)]}
    inputs = [{"id": str(number)} if call == "read" else item for number in range(most + 1)]
    assert raw.post(f"{CONTACT_COMPANY}/batch/{call}", json={"inputs": inputs}).status_code == 400


def test_an_archive_batch_takes_a_hundred_distinct_records(raw: httpx.Client) -> None:
    """§7: limits: archive 100 distinct `from`."""
    inputs = [{"from": {"id": str(number)}, "to": [{"id": "2"}]} for number in range(1, 102)]
    assert raw.post(f"{CONTACT_COMPANY}/batch/archive", json={"inputs": inputs}).status_code == 400


@pytest.mark.parametrize(("kind", "type_id"), [("tasks", 204), ("notes", 202), ("deals", 3)])
def test_a_create_can_bring_its_associations(
    kind: str, type_id: int, classic: hubspot.HubSpot, raw: httpx.Client, make: Maker
) -> None:
    """§7: inline on create."""
    contact = make.contact()
    needed = {"deals": {"dealname": "d", "dealstage": "appointmentscheduled", "pipeline": "default"}}
    properties = needed.get(kind, {"hs_timestamp": "2026-11-23T10:00:00Z"})
    wish = {
        "properties": properties,
        "associations": [{"to": {"id": contact}, "types": [hubspot_defined(type_id)]}],
    }
    made = classic.crm.objects.basic_api.create(kind, wish)
    assert type_id in links(raw, kind, made.id, "contacts")[contact]
    batch = classic.crm.objects.batch_api.create(kind, {"inputs": [wish]})
    assert type_id in links(raw, kind, batch.results[0].id, "contacts")[contact]


def test_an_inline_association_needs_a_living_target(portal: ControlPlane, raw: httpx.Client) -> None:
    """§7: bad target → 400 and no record; with a trace id, an error of that row."""
    wish = {
        "properties": {"hs_timestamp": "2026-11-23T10:00:00Z"},
        "associations": [{"to": {"id": "42"}, "types": [hubspot_defined(204)]}],
    }
    before = portal.state()["tasks"]
    assert raw.post("/crm/v3/objects/tasks", json=wish).status_code == 400
    traced = raw.post(
        "/crm/v3/objects/tasks/batch/create", json={"inputs": [{**wish, "objectWriteTraceId": "1"}]}
    )
    assert traced.status_code == 207
    assert traced.json()["errors"][0]["context"]["objectWriteTraceId"] == ["1"]
    assert portal.state()["tasks"] == before


def test_labels_name_the_primary_company(classic: hubspot.HubSpot, sdk: hubspot_sdk.HubSpot) -> None:
    """§7: labels."""
    labels = classic.crm.associations.v4.schema.definitions_api.get_all("contacts", "companies").results
    named = {each.type_id: each.label for each in labels if each.category == "HUBSPOT_DEFINED"}
    assert (named[1], named[279]) == ("Primary", None)
    again = sdk.crm.associations_schema.labels.list_labels("companies", from_object_type="contacts").results
    assert {each.type_id for each in again} == {each.type_id for each in labels}


@pytest.mark.parametrize("call", ["batch/upsert", "batch/update"])
def test_neither_upsert_nor_update_takes_associations(call: str, raw: httpx.Client, make: Maker) -> None:
    """§7: not accepted by update or upsert: refused or left out, but never linked."""
    contact, company = make.contact(), make.company()
    email = raw.get(f"/crm/v3/objects/contacts/{contact}").json()["properties"]["email"]
    item = {
        "id": email,
        "idProperty": "email",
        "properties": {"email": email},
        "associations": [{"to": {"id": company}, "types": [hubspot_defined(279)]}],
    }
    raw.post(f"/crm/v3/objects/contacts/{call}", json={"inputs": [item]})
    raw.patch(
        f"/crm/v3/objects/contacts/{contact}", json={"properties": {}, "associations": item["associations"]}
    )
    assert links(raw, "contacts", contact, "companies") == {}
