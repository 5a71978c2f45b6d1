"""Contract §5: search, its operators, caps and lag."""

from datetime import datetime
from typing import Any

import httpx
import hubspot
import hubspot_sdk
import pytest

from tests.twins.hubspot_portal import ControlPlane, Maker, fresh, fresh_email

CONTACTS, COMPANIES = "/crm/v3/objects/contacts/search", "/crm/v3/objects/companies/search"
SETTLED_S = 120
Body = dict[str, Any]


def one(name: str, operator: str, **value: Any) -> Body:
    return {"propertyName": name, "operator": operator, **value}


def search(raw: httpx.Client, path: str, *filters: Body, **more: Any) -> Body:
    """Search for records that meet every filter, on a portal where the last second's budget is unspent."""
    answer = raw.post(path, json={"filterGroups": [{"filters": list(filters)}], **more})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert isinstance(body, dict)
    return body


def settle(portal: ControlPlane) -> None:
    """Let the index catch up with every write so far."""
    portal.advance(SETTLED_S)


@pytest.fixture
def works(portal: ControlPlane, make: Maker) -> dict[str, str]:
    """Companies of one city nobody else uses: ids by first name; `big` alone has a description."""
    city = fresh("city")
    made = {
        "city": city,
        "small": make.company(name="Small Mill", numberofemployees="5", city=city, industry="FARMING"),
        "mid": make.company(name="Middle Mill", numberofemployees="50", city=city, industry="BANKING"),
        "big": make.company(name="Big Foundry", numberofemployees="500", city=city, description="iron"),
    }
    settle(portal)
    return made


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (one("name", "EQ", value="Small Mill"), "small"),
        (one("name", "EQ", value="small mill"), "small"),
        (one("name", "NEQ", value="Small Mill"), "mid big"),
        (one("numberofemployees", "LT", value="50"), "small"),
        (one("numberofemployees", "LTE", value="50"), "small mid"),
        (one("numberofemployees", "GT", value="50"), "big"),
        (one("numberofemployees", "GTE", value="50"), "mid big"),
        (one("numberofemployees", "BETWEEN", value="6", highValue="500"), "mid big"),
        (one("numberofemployees", "IN", values=["5", "500"]), "small big"),
        (one("name", "IN", values=["small mill", "big foundry"]), "small big"),
        (one("name", "NOT_IN", values=["small mill", "big foundry"]), "mid"),
        (one("industry", "EQ", value="FARMING"), "small"),
        (one("industry", "EQ", value="farming"), ""),
        (one("description", "HAS_PROPERTY"), "big"),
        (one("description", "NOT_HAS_PROPERTY"), "small mid"),
        (one("name", "CONTAINS_TOKEN", value="mill"), "small mid"),
        (one("name", "CONTAINS_TOKEN", value="mil"), ""),
        (one("name", "CONTAINS_TOKEN", value="mi*"), "small mid"),
        (one("name", "NOT_CONTAINS_TOKEN", value="mill"), "big"),
    ],
)
def test_each_operator_finds_what_it_says(
    condition: Body, expected: str, works: dict[str, str], raw: httpx.Client
) -> None:
    """§5: operators; only enumerations are compared with regard to case."""
    found = search(raw, COMPANIES, one("city", "EQ", value=works["city"]), condition)
    assert {row["id"] for row in found["results"]} == {works[name] for name in expected.split()}
    assert found["total"] == len(expected.split())


def test_in_wants_its_strings_in_lower_case(works: dict[str, str], raw: httpx.Client) -> None:
    """§5: IN with capitals finds nothing."""
    at_city = one("city", "EQ", value=works["city"])
    assert search(raw, COMPANIES, at_city, one("name", "IN", values=["Small Mill"]))["total"] == 0


def test_groups_are_alternatives(works: dict[str, str], raw: httpx.Client) -> None:
    """§5: filters in a group are ANDed, groups ORed."""
    at_city = one("city", "EQ", value=works["city"])
    groups = [{"filters": [at_city, one("name", "EQ", value=name)]} for name in ("Small Mill", "Big Foundry")]
    found = raw.post(COMPANIES, json={"filterGroups": groups}).json()
    assert {row["id"] for row in found["results"]} == {works["small"], works["big"]}


def test_both_official_clients_search(
    works: dict[str, str], classic: hubspot.HubSpot, sdk: hubspot_sdk.HubSpot
) -> None:
    """§5: clients send `"after":"0"` and empty lists for what they do not use."""
    groups = [{"filters": [one("city", "EQ", value=works["city"]), one("name", "EQ", value="Big Foundry")]}]
    wish = {"filterGroups": groups, "sorts": [], "properties": ["name"], "limit": 10, "after": "0"}
    by_classic = classic.crm.companies.search_api.do_search(wish)
    assert [row.id for row in by_classic.results] == [works["big"]]
    by_sdk = sdk.crm.objects.companies.search(
        after="0",
        limit=10,
        properties=["name"],
        sorts=[],
        filter_groups=[{"filters": [{"property_name": "city", "operator": "EQ", "value": works["city"]}]}],
    )
    assert by_sdk.total == 3


def test_every_field_is_optional(raw: httpx.Client) -> None:
    """§5: `{}` works; ten results unless told."""
    body = raw.post(CONTACTS, json={}).json()
    assert len(body["results"]) <= 10
    assert body["total"] >= len(body["results"])


def test_pages_follow_an_integer_offset_to_the_last_one(works: dict[str, str], raw: httpx.Client) -> None:
    """§5: `after` is a plain offset, absent on the last page; the order is by creation."""
    at_city = one("city", "EQ", value=works["city"])
    first = search(raw, COMPANIES, at_city, limit=2)
    assert [row["id"] for row in first["results"]] == [works["small"], works["mid"]]
    assert (first["total"], first["paging"]["next"]["after"]) == (3, "2")
    last = search(raw, COMPANIES, at_city, limit=2, after="2")
    assert [row["id"] for row in last["results"]] == [works["big"]]
    assert "paging" not in last


@pytest.mark.parametrize(
    ("direction", "expected"), [("ASCENDING", "small mid big"), ("DESCENDING", "big mid small")]
)
def test_one_sort_orders_numbers_as_numbers(
    direction: str, expected: str, works: dict[str, str], raw: httpx.Client
) -> None:
    """§5: sorts."""
    sorts = [{"propertyName": "numberofemployees", "direction": direction}]
    found = search(raw, COMPANIES, one("city", "EQ", value=works["city"]), sorts=sorts)
    assert [row["id"] for row in found["results"]] == [works[name] for name in expected.split()]


FILTER = one("email", "HAS_PROPERTY")


@pytest.mark.parametrize(
    "wish",
    [
        {"filterGroups": [{"filters": [FILTER]}] * 6},
        {"filterGroups": [{"filters": [FILTER] * 7}]},
        {"filterGroups": [{"filters": [FILTER] * 5}] * 4},
        {
            "filterGroups": [
                {"filters": [one("email", "IN", values=[f"row-{n}@sample.example" for n in range(200)])]}
            ]
        },
        {"query": "x" * 3001},
        {"limit": 201},
        {"limit": 200, "after": "9900"},
        {"after": "10000"},
        {"sorts": [{"propertyName": name, "direction": "ASCENDING"} for name in ("email", "city")]},
        {"filterGroups": [{"filters": [one("email", "LIKE", value="x")]}]},
    ],
    ids=[
        "6 groups",
        "7 filters",
        "20 filters in all",
        "3,000 characters of body",
        "3,000 characters of query",
        "limit 201",
        "across 10,000",
        "beyond 10,000",
        "two sorts",
        "unknown operator",
    ],
)
def test_a_search_over_a_limit_is_refused(wish: Body, raw: httpx.Client) -> None:
    """§5: the limits of a query."""
    answer = raw.post(CONTACTS, json=wish)
    assert (answer.status_code, answer.json()["status"]) == (400, "error")


@pytest.mark.parametrize(
    "wish",
    [
        {"filterGroups": [{"filters": [FILTER] * 6}] * 3},
        {"filterGroups": [{"filters": [FILTER] * 3}] * 5},
        {"limit": 200},
        {"limit": 100, "after": "9900"},
    ],
    ids=["18 filters", "5 groups", "limit 200", "up to 10,000"],
)
def test_a_search_at_a_limit_is_answered(wish: Body, raw: httpx.Client) -> None:
    """§5: the limits of a query, reached but not crossed."""
    assert raw.post(CONTACTS, json=wish).status_code == 200


def test_beyond_ten_thousand_is_a_validation_error_that_says_so(raw: httpx.Client) -> None:
    """§5: the cap's body."""
    body = raw.post(CONTACTS, json={"after": "10000", "limit": 1}).json()
    assert body["category"] == "VALIDATION_ERROR"
    assert "10000" in body["message"]


def test_a_new_record_is_read_at_once_but_found_later(
    portal: ControlPlane, raw: httpx.Client, make: Maker
) -> None:
    """§5: search lags; reads do not."""
    email = fresh_email()
    contact = make.contact(email=email)
    assert search(raw, CONTACTS, one("email", "EQ", value=email))["total"] == 0
    assert raw.get(f"/crm/v3/objects/contacts/{contact}").status_code == 200
    batch = {"properties": ["email"], "inputs": [{"id": contact}]}
    assert len(raw.post("/crm/v3/objects/contacts/batch/read", json=batch).json()["results"]) == 1
    settle(portal)
    assert [row["id"] for row in search(raw, CONTACTS, one("email", "EQ", value=email))["results"]] == [
        contact
    ]


def test_a_change_is_found_later_too(portal: ControlPlane, raw: httpx.Client, make: Maker) -> None:
    """§5: new and changed records."""
    old, new = fresh("town"), fresh("town")
    contact = make.contact(city=old)
    settle(portal)
    raw.patch(f"/crm/v3/objects/contacts/{contact}", json={"properties": {"city": new}})
    assert search(raw, CONTACTS, one("city", "EQ", value=new))["total"] == 0
    settle(portal)
    assert search(raw, CONTACTS, one("city", "EQ", value=new))["total"] == 1
    assert search(raw, CONTACTS, one("city", "EQ", value=old))["total"] == 0


def test_an_archived_record_is_never_found(portal: ControlPlane, raw: httpx.Client, make: Maker) -> None:
    """§5: archived never returned."""
    email = fresh_email()
    contact = make.contact(email=email)
    settle(portal)
    raw.delete(f"/crm/v3/objects/contacts/{contact}")
    settle(portal)
    assert search(raw, CONTACTS, one("email", "EQ", value=email))["total"] == 0


@pytest.mark.parametrize("name", ["associations.company", "associations.companies"])
def test_an_association_can_be_searched_for(
    name: str, portal: ControlPlane, raw: httpx.Client, make: Maker
) -> None:
    """§5: `associations.{type}` EQ id."""
    contact, company = make.contact(), make.company()
    raw.put(f"/crm/v4/objects/contacts/{contact}/associations/default/companies/{company}")
    settle(portal)
    found = search(raw, CONTACTS, one(name, "EQ", value=company))
    assert [row["id"] for row in found["results"]] == [contact]


def test_a_query_looks_into_the_usual_properties(
    portal: ControlPlane, raw: httpx.Client, make: Maker
) -> None:
    """§5: `query` searches default searchable properties."""
    name = fresh("surname").replace("_", "")
    contact = make.contact(lastname=name)
    settle(portal)
    assert [row["id"] for row in raw.post(CONTACTS, json={"query": name}).json()["results"]] == [contact]


@pytest.mark.parametrize("form", ["iso", "milliseconds"])
def test_a_poll_by_modified_date_sees_what_changed_since(
    form: str, portal: ControlPlane, raw: httpx.Client, make: Maker
) -> None:
    """§5: incremental poll; GTE includes the moment itself."""
    make.contact()
    portal.advance(60)
    contact = make.contact()
    since = raw.get(f"/crm/v3/objects/contacts/{contact}").json()["properties"]["lastmodifieddate"]
    settle(portal)
    value = since if form == "iso" else str(round(datetime.fromisoformat(since).timestamp() * 1000))
    found = search(
        raw,
        CONTACTS,
        one("lastmodifieddate", "GTE", value=value),
        sorts=[{"propertyName": "lastmodifieddate", "direction": "ASCENDING"}],
    )
    assert contact in {row["id"] for row in found["results"]}
    assert all(row["properties"]["lastmodifieddate"] >= since for row in found["results"])


def test_a_keyset_walk_by_id_meets_every_record_once(works: dict[str, str], raw: httpx.Client) -> None:
    """§5: past 10,000, `hs_object_id GT last` sorted by it."""
    sorts = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    last, met = "0", []
    for _ in range(4):
        page = search(
            raw,
            COMPANIES,
            one("city", "EQ", value=works["city"]),
            one("hs_object_id", "GT", value=last),
            sorts=sorts,
            limit=1,
        )["results"]
        met += [row["id"] for row in page]
        last = met[-1]
    assert met == sorted([works["small"], works["mid"], works["big"]], key=int)


def test_a_found_record_shows_the_properties_asked_for(works: dict[str, str], raw: httpx.Client) -> None:
    """§5: `properties`."""
    found = search(raw, COMPANIES, one("city", "EQ", value=works["city"]), properties=["industry"])[
        "results"
    ][0]
    assert found["properties"]["industry"] == "FARMING"
    assert "name" not in found["properties"] or found["properties"]["name"]


def test_a_cursor_that_is_no_number_is_refused(raw: httpx.Client) -> None:
    """§11: a list cursor used in search: "Cannot deserialize value of type …"."""
    answer = raw.post(CONTACTS, json={"after": "NTI1Cg%3D%3D"})
    assert answer.status_code == 400


def test_a_phone_is_found_only_by_its_calculated_number(
    portal: ControlPlane, raw: httpx.Client, make: Maker
) -> None:
    """§5: `hs_searchable_calculated_phone_number`, without the country code."""
    city = fresh("city")
    contact = make.contact(phone="+1 (617) 555-0100", city=city)
    settle(portal)

    def found(name: str, value: str) -> list[str]:
        page = search(raw, CONTACTS, one("city", "EQ", value=city), one(name, "EQ", value=value))
        return [row["id"] for row in page["results"]]

    assert found("hs_searchable_calculated_phone_number", "6175550100") == [contact]
    assert found("phone", "+1 (617) 555-0100") == []
