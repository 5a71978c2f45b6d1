"""Contract §4.3, §4.6, §4.7: which record is meant: e-mails, domains, merges, archives."""

import re

import httpx
import hubspot
import hubspot_sdk
import pytest
from hubspot.crm.contacts.exceptions import ApiException

from tests.twins.hubspot_portal import Maker, fresh_email

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z")
CONTACTS, COMPANIES = "/crm/v3/objects/contacts", "/crm/v3/objects/companies"


def test_a_contact_is_read_and_patched_by_its_email(
    classic: hubspot.HubSpot, sdk: hubspot_sdk.HubSpot
) -> None:
    """§4.3: `idProperty=email`."""
    email = fresh_email()
    made = sdk.crm.objects.contacts.create(associations=[], properties={"email": email})
    sdk.crm.objects.contacts.update(email, id_property="email", properties={"city": "York"})
    found = classic.crm.contacts.basic_api.get_by_id(email, id_property="email", properties=["city"])
    assert (found.id, found.properties["city"]) == (made.id, "York")


def test_a_property_that_is_not_unique_cannot_stand_for_the_id(raw: httpx.Client, make: Maker) -> None:
    """§4.3: identity of idProperty."""
    make.deal(dealname="twice")
    answer = raw.patch(
        "/crm/v3/objects/deals/twice", params={"idProperty": "dealname"}, json={"properties": {"amount": "1"}}
    )
    assert answer.status_code == 400
    assert "by non-unique 0-3 property dealname" in answer.json()["message"]


def test_an_email_is_kept_in_lower_case(raw: httpx.Client) -> None:
    """§4.3: stored lower-cased."""
    email = fresh_email()
    made = raw.post(CONTACTS, json={"properties": {"email": email.upper()}}).json()
    assert made["properties"]["email"] == email


def test_a_second_contact_with_the_email_is_a_conflict_naming_the_first(raw: httpx.Client) -> None:
    """§4.3: 409, "Existing ID", compared without regard to case."""
    email = fresh_email()
    first = raw.post(CONTACTS, json={"properties": {"email": email}}).json()["id"]
    answer = raw.post(CONTACTS, json={"properties": {"email": email.upper()}})
    assert answer.status_code == 409
    body = answer.json()
    assert (body["status"], body["category"]) == ("error", "CONFLICT")
    assert body["message"] == f"Contact already exists. Existing ID: {first}"


def test_both_official_clients_see_the_conflict(
    classic: hubspot.HubSpot, sdk: hubspot_sdk.HubSpot, make: Maker
) -> None:
    """§4.3: 409."""
    email = fresh_email()
    first = make.contact(email=email)
    with pytest.raises(ApiException, match=f"Existing ID: {first}") as old:
        classic.crm.contacts.basic_api.create({"properties": {"email": email}})
    assert old.value.status == 409
    with pytest.raises(hubspot_sdk.ConflictError, match=f"Existing ID: {first}"):
        sdk.crm.objects.contacts.create(associations=[], properties={"email": email})


def test_an_email_cannot_move_to_a_second_contact(raw: httpx.Client, make: Maker) -> None:
    """§4.3: changing an e-mail to one owned by another contact gives the same 409."""
    email = fresh_email()
    owner, other = make.contact(email=email), make.contact()
    answer = raw.patch(f"{CONTACTS}/{other}", json={"properties": {"email": email}})
    assert answer.status_code == 409
    assert f"Existing ID: {owner}" in answer.json()["message"]


def test_two_companies_may_share_a_domain(classic: hubspot.HubSpot) -> None:
    """§4.6: `domain` is not unique."""
    create = classic.crm.companies.basic_api.create
    twins = [create({"properties": {"name": "Sample", "domain": "shared.example"}}).id for _ in range(2)]
    assert len(set(twins)) == 2


def test_domain_does_not_identify_a_company(raw: httpx.Client) -> None:
    """§4.6: 400 non-unique."""
    answer = raw.get(f"{COMPANIES}/shared.example", params={"idProperty": "domain"})
    assert answer.status_code == 400
    assert "non-unique 0-2 property domain" in answer.json()["message"]


def test_a_secondary_email_finds_its_contact_and_is_taken(raw: httpx.Client, make: Maker) -> None:
    """§4.7: `hs_additional_emails` are unique across contacts too."""
    second, third = fresh_email(), fresh_email()
    owner = make.contact(hs_additional_emails=f"{second};{third}")
    for email in (second, third):
        assert raw.get(f"{CONTACTS}/{email}", params={"idProperty": "email"}).json()["id"] == owner
    assert raw.post(CONTACTS, json={"properties": {"email": third}}).status_code == 409


def test_after_a_merge_both_ids_lead_to_the_survivor(
    classic: hubspot.HubSpot, raw: httpx.Client, make: Maker
) -> None:
    """§4.7: merge; an old id answers with the survivor's id."""
    kept, absorbed = make.contact(city="Leeds"), make.contact(jobtitle="Miller")
    survivor = classic.crm.contacts.basic_api.merge({"primaryObjectId": kept, "objectIdToMerge": absorbed}).id
    for old in (kept, absorbed):
        found = raw.get(f"{CONTACTS}/{old}", params={"properties": "hs_merged_object_ids,city"}).json()
        assert found["id"] == survivor
        assert absorbed in found["properties"]["hs_merged_object_ids"].split(";")
        assert found["properties"]["city"] == "Leeds"
    assert raw.patch(f"{CONTACTS}/{absorbed}", json={"properties": {"city": "York"}}).json()["id"] == survivor


def test_companies_merge_too(sdk: hubspot_sdk.HubSpot, raw: httpx.Client, make: Maker) -> None:
    """§4.7: merge."""
    kept, absorbed = make.company(), make.company()
    survivor = sdk.crm.objects.companies.merge(primary_object_id=kept, object_id_to_merge=absorbed).id
    assert raw.get(f"{COMPANIES}/{absorbed}").json()["id"] == survivor


def test_an_archived_record_is_read_only_by_asking_for_archived_ones(
    classic: hubspot.HubSpot, raw: httpx.Client, make: Maker
) -> None:
    """§4.7: DELETE archives; `archived=true` reads."""
    contact = make.contact()
    classic.crm.contacts.basic_api.archive(contact)
    assert raw.get(f"{CONTACTS}/{contact}").status_code == 404
    found = raw.get(f"{CONTACTS}/{contact}", params={"archived": "true"}).json()
    assert (found["id"], found["archived"]) == (contact, True)
    assert INSTANT.fullmatch(found["archivedAt"])
    listed = raw.get(CONTACTS, params={"archived": "true", "limit": 100}).json()["results"]
    assert contact in {row["id"] for row in listed}


def test_the_email_of_an_archived_contact_makes_a_new_one(raw: httpx.Client, make: Maker) -> None:
    """§4.7: recreating an archived contact's e-mail makes a new record."""
    email = fresh_email()
    old = make.contact(email=email)
    raw.delete(f"{CONTACTS}/{old}")
    answer = raw.post(CONTACTS, json={"properties": {"email": email}})
    assert answer.status_code == 201
    assert answer.json()["id"] != old


def test_a_gdpr_delete_is_for_ever_and_blocks_the_email(
    classic: hubspot.HubSpot, raw: httpx.Client, make: Maker
) -> None:
    """§4.7: gdpr-delete, also of an e-mail nobody has."""
    email, unknown = fresh_email(), fresh_email()
    contact = make.contact(email=email)
    for address in (email, unknown):
        classic.crm.contacts.basic_api.purge({"objectId": address, "idProperty": "email"})
        assert raw.post(CONTACTS, json={"properties": {"email": address}}).is_client_error
    for archived in ("false", "true"):
        assert raw.get(f"{CONTACTS}/{contact}", params={"archived": archived}).status_code == 404
