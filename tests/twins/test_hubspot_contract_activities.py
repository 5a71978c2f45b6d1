"""Contract §8: tasks, notes, deals, owners, pipelines."""

import re

import httpx
import hubspot
import hubspot_sdk
import pytest

from tests.twins.hubspot_portal import Maker, fresh

WHEN = "2026-11-23T10:00:00.000Z"
STAGES = {
    "appointmentscheduled": 0.2,
    "qualifiedtobuy": 0.4,
    "presentationscheduled": 0.6,
    "decisionmakerboughtin": 0.8,
    "contractsent": 0.9,
    "closedwon": 1.0,
    "closedlost": 0.0,
}


def read(raw: httpx.Client, kind: str, record: str, *names: str) -> dict[str, str | None]:
    found = raw.get(f"/crm/v3/objects/{kind}/{record}", params={"properties": ",".join(names)}).json()[
        "properties"
    ]
    return {name: found[name] for name in names}


def test_a_task_keeps_all_that_is_written(classic: hubspot.HubSpot, raw: httpx.Client) -> None:
    """§8: the properties of a task."""
    wish = {
        "hs_timestamp": WHEN,
        "hs_task_subject": "Call back",
        "hs_task_body": "<b>soon</b>",
        "hs_task_status": "NOT_STARTED",
        "hs_task_priority": "HIGH",
        "hs_task_type": "CALL",
        "hs_task_reminders": "1795428000000",
    }
    made = classic.crm.objects.tasks.basic_api.create({"properties": wish, "associations": []})
    kept = read(raw, "tasks", made.id, *wish)
    assert re.fullmatch(r"2026-11-23T10:00:00(\.000)?Z", kept.pop("hs_timestamp") or "")
    assert kept == {name: value for name, value in wish.items() if name != "hs_timestamp"}


def test_a_task_is_due_at_milliseconds_as_well(sdk: hubspot_sdk.HubSpot, raw: httpx.Client) -> None:
    """§8: `hs_timestamp`, ms or ISO."""
    made = sdk.crm.objects.tasks.create(associations=[], properties={"hs_timestamp": "1767225600000"})
    assert (read(raw, "tasks", made.id, "hs_timestamp")["hs_timestamp"] or "").startswith(
        "2026-01-01T00:00:00"
    )


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("hs_task_status", ["NOT_STARTED", "IN_PROGRESS", "WAITING", "COMPLETED", "DEFERRED"]),
        ("hs_task_priority", ["NONE", "LOW", "MEDIUM", "HIGH"]),
        (
            "hs_task_type",
            ["TODO", "CALL", "EMAIL", "LINKED_IN", "MEETING", "LINKED_IN_CONNECT", "LINKED_IN_MESSAGE"],
        ),
    ],
)
def test_a_task_takes_the_live_choices_and_no_other(
    name: str, values: list[str], raw: httpx.Client, make: Maker
) -> None:
    """§8 with the stock list: live definitions hold more values than the guides."""
    task = make.task()
    for value in values:
        assert (
            raw.patch(f"/crm/v3/objects/tasks/{task}", json={"properties": {name: value}}).status_code == 200
        )
    refused = raw.patch(f"/crm/v3/objects/tasks/{task}", json={"properties": {name: "BUTTERFLY"}})
    assert refused.status_code == 400
    assert "INVALID_OPTION" in refused.text


def test_an_unknown_property_is_refused_on_a_task_too(raw: httpx.Client, make: Maker) -> None:
    """§8: errors as elsewhere."""
    refused = raw.patch(f"/crm/v3/objects/tasks/{make.task()}", json={"properties": {"butterfly": "1"}})
    assert refused.status_code == 400
    assert "PROPERTY_DOESNT_EXIST" in refused.text


def test_the_same_task_twice_is_two_tasks(raw: httpx.Client, make: Maker) -> None:
    """§8: no natural key."""
    assert make.task(hs_task_subject="same") != make.task(hs_task_subject="same")


def test_a_note_holds_65536_characters(raw: httpx.Client, make: Maker) -> None:
    """§8: notes."""
    note = make.note(hs_note_body="x" * 65_536)
    assert len(read(raw, "notes", note, "hs_note_body")["hs_note_body"] or "") == 65_536
    refused = raw.patch(f"/crm/v3/objects/notes/{note}", json={"properties": {"hs_note_body": "x" * 65_537}})
    assert refused.status_code == 400


def test_an_owner_can_be_given_to_every_object(raw: httpx.Client, make: Maker) -> None:
    """§8: `hubspot_owner_id` on contacts, companies, deals, tasks and notes."""
    owner = raw.get("/crm/v3/owners").json()["results"][0]["id"]
    for kind, new in (
        ("contacts", make.contact),
        ("companies", make.company),
        ("deals", make.deal),
        ("tasks", make.task),
        ("notes", make.note),
    ):
        assert read(raw, kind, new(hubspot_owner_id=owner), "hubspot_owner_id")["hubspot_owner_id"] == owner


def test_a_deal_keeps_its_amount_as_text_and_its_stage(classic: hubspot.HubSpot, raw: httpx.Client) -> None:
    """§8: the properties of a deal."""
    wish = {
        "dealname": fresh("Deal"),
        "amount": "1500.50",
        "closedate": WHEN,
        "pipeline": "default",
        "dealstage": "contractsent",
        "dealtype": "newbusiness",
    }
    made = classic.crm.deals.basic_api.create({"properties": wish, "associations": []})
    kept = read(raw, "deals", made.id, *wish)
    assert {name: kept[name] for name in ("dealname", "amount", "pipeline", "dealstage", "dealtype")} == {
        name: wish[name] for name in ("dealname", "amount", "pipeline", "dealstage", "dealtype")
    }


def test_a_deal_without_a_pipeline_goes_to_the_only_one(raw: httpx.Client, make: Maker) -> None:
    """§4.3: `pipeline` if several; else default."""
    deal = make.record("deals", {"dealname": fresh("Deal"), "dealstage": "qualifiedtobuy"})
    assert read(raw, "deals", deal, "pipeline")["pipeline"] == "default"


@pytest.mark.parametrize(
    ("stage", "closed", "won", "lost"),
    [
        ("contractsent", "false", "false", "false"),
        ("closedwon", "true", "true", "false"),
        ("closedlost", "true", "false", "true"),
    ],
)
def test_a_stage_decides_whether_a_deal_is_closed_and_won(
    stage: str, closed: str, won: str, lost: str, raw: httpx.Client, make: Maker
) -> None:
    """§8: computed, read-only."""
    deal = make.deal(dealstage=stage)
    computed = read(
        raw,
        "deals",
        deal,
        "hs_is_closed",
        "hs_is_closed_won",
        "hs_is_closed_lost",
        "hs_deal_stage_probability",
    )
    assert float(computed.pop("hs_deal_stage_probability") or "nan") == STAGES[stage]
    assert computed == {"hs_is_closed": closed, "hs_is_closed_won": won, "hs_is_closed_lost": lost}
    refused = raw.patch(f"/crm/v3/objects/deals/{deal}", json={"properties": {"hs_is_closed_won": "true"}})
    assert refused.status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [{"dealstage": "Contract Sent"}, {"dealstage": "butterfly"}, {"pipeline": "Sales Pipeline"}],
    ids=str,
)
def test_a_deal_takes_ids_of_pipeline_and_stage_not_labels(
    wrong: dict[str, str], raw: httpx.Client, make: Maker
) -> None:
    """§4.10: ids; §8: an unknown stage is refused."""
    deal = make.deal()
    assert raw.patch(f"/crm/v3/objects/deals/{deal}", json={"properties": wrong}).status_code == 400


def test_the_stock_pipeline_has_seven_stages(
    classic: hubspot.HubSpot, sdk: hubspot_sdk.HubSpot, raw: httpx.Client
) -> None:
    """§8: pipelines; metadata values are strings."""
    body = raw.get("/crm/v3/pipelines/deals").json()
    assert "paging" not in body
    stock = next(each for each in body["results"] if each["id"] == "default")
    assert (stock["label"], stock["archived"]) == ("Sales Pipeline", False)
    assert {each["id"]: float(each["metadata"]["probability"]) for each in stock["stages"]} == STAGES
    closed = {each["id"] for each in stock["stages"] if each["metadata"]["isClosed"] == "true"}
    assert closed == {"closedwon", "closedlost"}
    assert [each["displayOrder"] for each in stock["stages"]] == list(range(7))
    assert [
        each.id for each in classic.crm.pipelines.pipelines_api.get_by_id("deals", "default").stages
    ] == list(STAGES)
    assert "default" in {each.id for each in sdk.crm.pipelines.list("deals").results}


def test_lifecycle_stages_answer_as_a_pipeline(raw: httpx.Client) -> None:
    """§8 with the stock list: `contacts-lifecycle-pipeline`."""
    stages = raw.get("/crm/v3/pipelines/contacts").json()["results"][0]
    assert stages["id"] == "contacts-lifecycle-pipeline"
    assert [each["id"] for each in stages["stages"]][:2] == ["subscriber", "lead"]


def test_an_owner_has_the_documented_shape(raw: httpx.Client) -> None:
    """§8: owners; ids are text, user ids numbers."""
    owners = raw.get("/crm/v3/owners").json()["results"]
    person = next(each for each in owners if each["type"] == "PERSON" and each["userId"])
    assert set(person) >= {
        "id",
        "email",
        "type",
        "firstName",
        "lastName",
        "userId",
        "userIdIncludingInactive",
        "createdAt",
        "updatedAt",
        "archived",
    }
    assert isinstance(person["id"], str)
    assert isinstance(person["userId"], int)
    assert all(each["archived"] is False for each in owners)


def test_owners_are_found_by_email_by_id_and_by_user(
    classic: hubspot.HubSpot, sdk: hubspot_sdk.HubSpot, raw: httpx.Client
) -> None:
    """§8: `email=`, `/owners/{id}?idProperty=id|userId`."""
    owner = next(
        each for each in raw.get("/crm/v3/owners").json()["results"] if each["email"] and each["userId"]
    )
    assert [each.id for each in classic.crm.owners.owners_api.get_page(email=owner["email"]).results] == [
        owner["id"]
    ]
    assert classic.crm.owners.owners_api.get_by_id(int(owner["id"])).email == owner["email"]
    assert sdk.crm.owners.get(owner["userId"], id_property="userId").id == owner["id"]
    assert raw.get("/crm/v3/owners/42").status_code == 404


def test_owners_come_in_pages(sdk: hubspot_sdk.HubSpot, raw: httpx.Client) -> None:
    """§8: `limit`, `after`."""
    everybody = [each["id"] for each in raw.get("/crm/v3/owners", params={"limit": 100}).json()["results"]]
    assert len(everybody) > 1
    assert [each.id for each in sdk.crm.owners.list(limit=1)] == everybody


def test_owners_are_read_only(raw: httpx.Client) -> None:
    """§8: read-only API."""
    assert raw.post("/crm/v3/owners", json={"email": "nobody@sample.example"}).status_code in (404, 405)


def test_some_owners_are_queues_without_an_email(raw: httpx.Client) -> None:
    """§8: QUEUE owners and null e-mails exist."""
    assert [
        each["email"] for each in raw.get("/crm/v3/owners").json()["results"] if each["type"] == "QUEUE"
    ] == [None]
