"""Contract §1: classic, 2026-03 and 2026-09 paths are one portal."""

import httpx
import hubspot
import hubspot_sdk
import pytest

from tests.twins.hubspot_portal import Maker, fresh_email

OBJECTS = ["/crm/v3/objects", "/crm/objects/2026-03", "/crm/objects/2026-09"]


def test_a_contact_made_on_one_path_family_is_read_on_every_other(
    classic: hubspot.HubSpot, sdk: hubspot_sdk.HubSpot, raw: httpx.Client
) -> None:
    """§1: the same handlers, the same store."""
    email = fresh_email()
    made = sdk.crm.objects.contacts.create(associations=[], properties={"email": email, "city": "Leeds"})
    by_classic = classic.crm.contacts.basic_api.get_by_id(made.id, properties=["email", "city"])
    by_2026_09 = raw.get(
        f"/crm/objects/2026-09/contacts/{made.id}", params={"properties": "email,city"}
    ).json()
    assert by_classic.properties == by_2026_09["properties"]
    assert by_classic.properties["email"] == email
    assert by_classic.properties["city"] == "Leeds"


@pytest.mark.parametrize("family", OBJECTS)
@pytest.mark.parametrize(
    ("name", "type_id"),
    [("contacts", "0-1"), ("companies", "0-2"), ("deals", "0-3"), ("tasks", "0-27"), ("notes", "0-46")],
)
def test_a_type_id_stands_for_its_name_in_every_path(
    family: str, name: str, type_id: str, raw: httpx.Client, make: Maker
) -> None:
    """§1: type names and ids are interchangeable in paths."""
    record_id = {
        "contacts": make.contact,
        "companies": make.company,
        "deals": make.deal,
        "tasks": make.task,
        "notes": make.note,
    }[name]()
    by_name = raw.get(f"{family}/{name}/{record_id}").json()
    by_type_id = raw.get(f"{family}/{type_id}/{record_id}").json()
    assert by_name["id"] == record_id
    assert by_type_id["properties"] == by_name["properties"]


@pytest.mark.parametrize("family", OBJECTS)
def test_an_unknown_type_is_refused_without_a_category(family: str, raw: httpx.Client) -> None:
    """§1: "Unable to infer object type from"."""
    answer = raw.get(f"{family}/butterflies")
    assert answer.status_code == 400
    body = answer.json()
    assert body.pop("correlationId")
    assert body == {"status": "error", "message": "Unable to infer object type from: butterflies"}


@pytest.mark.parametrize(
    "path", ["/crm/v3/owners", "/crm/v3/owners/", "/crm/owners/2026-03", "/crm/owners/2026-09"]
)
def test_owners_answer_with_and_without_the_slash(path: str, raw: httpx.Client) -> None:
    """§1: the official Python client calls `/crm/v3/owners/`."""
    answer = raw.get(path)
    assert answer.status_code == 200
    assert answer.json()["results"] == raw.get("/crm/v3/owners").json()["results"]


@pytest.mark.parametrize("dated", ["2026-03", "2026-09"])
def test_properties_and_pipelines_are_the_same_on_dated_paths(dated: str, raw: httpx.Client) -> None:
    """§1: properties and pipelines, classic and dated."""
    for area, kind in [("properties", "companies"), ("pipelines", "deals")]:
        old = raw.get(f"/crm/v3/{area}/{kind}").json()["results"]
        assert raw.get(f"/crm/{area}/{dated}/{kind}").json()["results"] == old
        assert old


@pytest.mark.parametrize("dated", ["2026-03", "2026-09"])
def test_an_association_made_on_a_dated_path_is_seen_on_v4(
    dated: str, raw: httpx.Client, make: Maker
) -> None:
    """§1: associations (single) and (batch)."""
    contact, company, second = make.contact(), make.company(), make.company()
    one = raw.put(f"/crm/objects/{dated}/contacts/{contact}/associations/default/companies/{company}")
    many = raw.post(
        f"/crm/associations/{dated}/contacts/companies/batch/associate/default",
        json={"inputs": [{"from": {"id": contact}, "to": {"id": second}}]},
    )
    assert (one.status_code, many.status_code) == (200, 200)
    linked = raw.get(f"/crm/v4/objects/contacts/{contact}/associations/companies").json()["results"]
    assert {str(row["toObjectId"]) for row in linked} == {company, second}


def test_association_labels_are_the_same_on_every_family(raw: httpx.Client) -> None:
    """§1: association labels."""
    labels = [
        raw.get(path).json()["results"]
        for path in (
            "/crm/v4/associations/contacts/companies/labels",
            "/crm/associations/2026-03/contacts/companies/labels",
            "/crm/associations/2026-09/contacts/companies/labels",
        )
    ]
    assert labels[0] == labels[1] == labels[2]


@pytest.mark.parametrize("path", ["/account-info/v3", "/account-info/2026-03", "/account-info/2026-09"])
def test_account_details_answer_on_every_family(path: str, raw: httpx.Client) -> None:
    """§1: account."""
    assert raw.get(f"{path}/details").json() == raw.get("/account-info/v3/details").json()


def test_a_batch_with_one_bad_row_is_207_on_every_family(raw: httpx.Client) -> None:
    """§4.9: 207 on all versions."""
    for family in OBJECTS:
        answer = raw.post(
            f"{family}/contacts/batch/create",
            json={
                "inputs": [
                    {"properties": {"email": fresh_email()}, "objectWriteTraceId": "good"},
                    {"properties": {"email": fresh_email(), "butterfly": "1"}, "objectWriteTraceId": "bad"},
                ]
            },
        )
        assert answer.status_code == 207, family
        assert (len(answer.json()["results"]), answer.json()["numErrors"]) == (1, 1)


@pytest.mark.parametrize(
    "path",
    [
        "/crm/v3/objects/contacts",
        "/crm/objects/2026-09/contacts",
        "/crm/v3/properties/contacts",
        "/crm/v3/pipelines/deals",
    ],
)
def test_a_trailing_slash_changes_nothing(path: str, raw: httpx.Client) -> None:
    """§13.1: optional trailing slash; §4: every body is JSON in UTF-8."""
    bare, slashed = raw.get(path), raw.get(f"{path}/")
    assert bare.status_code == slashed.status_code == 200
    assert slashed.json()["results"] == bare.json()["results"]
    assert bare.headers["content-type"].replace(" ", "") == "application/json;charset=utf-8"


@pytest.mark.parametrize(
    ("one", "many"), [("contact", "contacts"), ("company", "companies"), ("deal", "deals")]
)
def test_a_singular_name_resolves_too(one: str, many: str, raw: httpx.Client) -> None:
    """§1: singular names also resolve."""
    named_once, named_many = (raw.get(f"/crm/v3/objects/{name}").json() for name in (one, many))
    assert named_once["results"] == named_many["results"]
