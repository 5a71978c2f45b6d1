"""Contract §4.4 rules 1–8 and §4.5: batch create, read, update, upsert, archive."""

from typing import Any

import httpx
import hubspot
import hubspot_sdk
import pytest
from hubspot.crm.contacts.exceptions import ApiException

from tests.twins.hubspot_portal import Maker, fresh, fresh_email

BATCH = "/crm/v3/objects/contacts/batch"
Body = dict[str, Any]


def row(email: str, trace: str | None = None, **properties: str) -> Body:
    item: Body = {"properties": {"email": email, **properties}}
    return item if trace is None else {**item, "objectWriteTraceId": trace}


def upsert_row(email: str, trace: str | None = None, **properties: str) -> Body:
    return {"id": email, "idProperty": "email", **row(email, trace, **properties)}


def by_trace(answer: httpx.Response) -> dict[str, Body]:
    assert answer.status_code == 207, answer.text
    errors = answer.json()["errors"]
    assert answer.json()["numErrors"] == len(errors)
    return {error["context"]["objectWriteTraceId"][0]: error for error in errors}


def exists(raw: httpx.Client, email: str) -> bool:
    return raw.get(f"/crm/v3/objects/contacts/{email}", params={"idProperty": "email"}).status_code == 200


@pytest.mark.parametrize("call", ["create", "read", "update", "upsert", "archive"])
def test_a_hundred_and_one_inputs_are_refused_as_a_whole(call: str, raw: httpx.Client) -> None:
    """§4.4: at most 100 inputs, word for word."""
    inputs = [{**upsert_row(fresh_email()), "id": str(number)} for number in range(101)]
    answer = raw.post(f"{BATCH}/{call}", json={"inputs": inputs, "properties": ["email"]})
    assert answer.status_code == 400
    body = answer.json()
    assert body["category"] == "VALIDATION_ERROR"
    assert body["message"] == (
        "The maximum number of inputs supported in a batch is 100. "
        "Please reduce the number of items and try again"
    )


def test_a_hundred_inputs_are_fine(raw: httpx.Client) -> None:
    """§4.4: 100 is the most and allowed."""
    answer = raw.post(f"{BATCH}/create", json={"inputs": [row(fresh_email()) for _ in range(100)]})
    assert (answer.status_code, len(answer.json()["results"])) == (201, 100)


def test_histories_are_read_fifty_at_a_time(raw: httpx.Client) -> None:
    """§4.4: read with history, word for word."""
    inputs = [{"id": str(number)} for number in range(1, 52)]
    answer = raw.post(
        f"{BATCH}/read", json={"inputs": inputs, "properties": [], "propertiesWithHistory": ["city"]}
    )
    assert answer.status_code == 400
    assert answer.json()["message"] == (
        "The maximum number of inputs supported in a batch request for property histories is 50"
    )


def test_a_batch_create_is_201_and_complete(classic: hubspot.HubSpot, raw: httpx.Client) -> None:
    """§4.4: the answer of a batch create."""
    body = raw.post(f"{BATCH}/create", json={"inputs": [row(fresh_email())]})
    assert body.status_code == 201
    assert body.json()["status"] == "COMPLETE"
    assert set(body.json()) >= {"results", "startedAt", "completedAt"}
    emails = {fresh_email() for _ in range(3)}
    made = classic.crm.contacts.batch_api.create({"inputs": [row(email) for email in emails]})
    assert {record.properties["email"] for record in made.results} == emails


def test_results_come_in_another_order_than_the_inputs(raw: httpx.Client) -> None:
    """§4.4 rule 1: match by id or by key, never by place."""
    emails = [fresh_email() for _ in range(40)]
    made = raw.post(f"{BATCH}/create", json={"inputs": [row(email) for email in emails]}).json()["results"]
    answered = [record["properties"]["email"] for record in made]
    assert sorted(answered) == sorted(emails)
    assert answered != emails
    ids = [record["id"] for record in made]
    read = raw.post(
        f"{BATCH}/read", json={"properties": ["email"], "inputs": [{"id": each} for each in ids]}
    ).json()
    assert {record["id"] for record in read["results"]} == set(ids)


def test_without_trace_ids_one_conflict_stops_the_whole_create(
    classic: hubspot.HubSpot, raw: httpx.Client
) -> None:
    """§4.4 rule 2: all or nothing; a lone conflict names the id."""
    taken, new = fresh_email(), fresh_email()
    first = raw.post(f"{BATCH}/create", json={"inputs": [row(taken)]}).json()["results"][0]["id"]
    with pytest.raises(ApiException, match=f"Existing ID: {first}") as refused:
        classic.crm.contacts.batch_api.create({"inputs": [row(new), row(taken)]})
    assert refused.value.status == 409
    assert not exists(raw, new)


def test_without_trace_ids_several_conflicts_are_told_as_one(raw: httpx.Client, make: Maker) -> None:
    """§4.4 rule 2: several conflicts say just that contacts exist."""
    taken = [fresh_email(), fresh_email()]
    for email in taken:
        make.contact(email=email)
    new = fresh_email()
    answer = raw.post(f"{BATCH}/create", json={"inputs": [row(new), *(row(email) for email in taken)]})
    assert (answer.status_code, answer.json()["category"]) == (409, "CONFLICT")
    assert answer.json()["message"].startswith("Contact already exists")
    assert not exists(raw, new)


@pytest.mark.parametrize("call", ["create", "upsert"])
def test_without_trace_ids_one_bad_value_stops_the_whole_batch(call: str, raw: httpx.Client) -> None:
    """§4.4 rule 2: 400 and nothing is written."""
    good, bad = fresh_email(), fresh_email()
    answer = raw.post(
        f"{BATCH}/{call}", json={"inputs": [upsert_row(good), upsert_row(bad, lifecyclestage="Nobody")]}
    )
    assert (answer.status_code, answer.json()["category"]) == (400, "VALIDATION_ERROR")
    assert not exists(raw, good)
    assert not exists(raw, bad)


def test_one_missing_trace_id_makes_it_all_or_nothing_again(raw: httpx.Client) -> None:
    """§4.4 rule 3: a trace id on *every* input."""
    good = fresh_email()
    inputs = [row(good, "good"), row(fresh_email(), lifecyclestage="Nobody")]
    assert raw.post(f"{BATCH}/create", json={"inputs": inputs}).status_code == 400
    assert not exists(raw, good)


def test_with_trace_ids_a_create_keeps_its_good_rows(raw: httpx.Client, make: Maker) -> None:
    """§4.4 rule 3: 207, each bad row with its trace id, category and the id it met."""
    taken, good = fresh_email(), fresh_email()
    owner = make.contact(email=taken)
    answer = raw.post(
        f"{BATCH}/create",
        json={"inputs": [row(taken, "0"), row(good, "1"), row(fresh_email(), "2", butterfly="x")]},
    )
    errors = by_trace(answer)
    assert set(errors) == {"0", "2"}
    assert errors["0"]["category"] == "CONFLICT"
    assert errors["0"]["message"] == f"Contact already exists. Existing ID: {owner}"
    assert errors["0"]["context"]["existingId"] == [owner]
    assert errors["2"]["category"] == "VALIDATION_ERROR"
    assert errors["2"]["message"].startswith("Property values were not valid: [{")
    assert [record["properties"]["email"] for record in answer.json()["results"]] == [good]
    assert exists(raw, good)


def test_with_trace_ids_an_update_names_the_row_that_is_not_there(raw: httpx.Client, make: Maker) -> None:
    """§4.4 rule 3: OBJECT_NOT_FOUND with ids and trace id."""
    contact = make.contact()
    answer = raw.post(
        f"{BATCH}/update",
        json={
            "inputs": [
                {"id": contact, "properties": {"city": "York"}, "objectWriteTraceId": "here"},
                {"id": "42", "properties": {"city": "York"}, "objectWriteTraceId": "gone"},
            ]
        },
    )
    missing = by_trace(answer)["gone"]
    assert missing["category"] == "OBJECT_NOT_FOUND"
    assert missing["message"].startswith("Could not get some CONTACT objects")
    assert missing["context"]["ids"] == ["42"]
    assert [record["id"] for record in answer.json()["results"]] == [contact]


def test_with_trace_ids_an_upsert_keeps_its_good_rows(raw: httpx.Client) -> None:
    """§4.4 rule 3: also on upsert."""
    good = fresh_email()
    answer = raw.post(
        f"{BATCH}/upsert",
        json={"inputs": [upsert_row(good, "good"), upsert_row(fresh_email(), "bad", hs_object_id="1")]},
    )
    assert set(by_trace(answer)) == {"bad"}
    assert exists(raw, good)


def test_the_new_client_reads_a_partial_success_as_a_result(sdk: hubspot_sdk.HubSpot) -> None:
    """§4.4 rule 3: a 207 is no error to a client; only its body tells."""
    answer = sdk.crm.objects.contacts.batch.with_raw_response.create(
        inputs=[
            {"associations": [], "properties": {"email": fresh_email()}, "object_write_trace_id": "good"},
            {"associations": [], "properties": {"email": "nobody"}, "object_write_trace_id": "bad"},
        ]
    )
    assert answer.http_response.status_code == 207
    assert len(answer.parse().results) == 1
    assert answer.http_response.json()["errors"][0]["context"]["objectWriteTraceId"] == ["bad"]


def test_a_batch_read_lists_all_misses_in_one_error(
    classic: hubspot.HubSpot, raw: httpx.Client, make: Maker
) -> None:
    """§4.4 rule 4: one error, numErrors 1."""
    contact = make.contact()
    wish = {
        "properties": ["email"],
        "propertiesWithHistory": [],
        "inputs": [{"id": each} for each in (contact, "41", "42")],
    }
    answer = raw.post(f"{BATCH}/read", json=wish)
    body = answer.json()
    assert (answer.status_code, body["numErrors"], len(body["errors"])) == (207, 1, 1)
    assert body["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert body["errors"][0]["message"].startswith("Could not get some CONTACT objects")
    assert sorted(body["errors"][0]["context"]["ids"]) == ["41", "42"]
    read = classic.crm.contacts.batch_api.read(wish)
    assert [record.id for record in read.results] == [contact]
    assert read.num_errors == 1


def test_a_batch_read_by_email_names_the_missing_emails(
    sdk: hubspot_sdk.HubSpot, raw: httpx.Client, make: Maker
) -> None:
    """§4.4 rule 4: with idProperty the ids are the given values."""
    here, gone = fresh_email(), fresh_email()
    contact = make.contact(email=here)
    wish = {"idProperty": "email", "properties": ["email"], "inputs": [{"id": here}, {"id": gone}]}
    assert raw.post(f"{BATCH}/read", json=wish).json()["errors"][0]["context"]["ids"] == [gone]
    found = sdk.crm.objects.contacts.batch.get(
        inputs=[{"id": here}], properties=["email"], properties_with_history=[], id_property="email"
    )
    assert [record.id for record in found.results] == [contact]


@pytest.mark.parametrize("trace", [True, False])
def test_the_same_id_twice_in_an_update_refuses_the_batch(
    trace: bool, raw: httpx.Client, make: Maker
) -> None:
    """§4.4 rule 5: with or without trace ids, word for word."""
    contact = make.contact()
    inputs = [{"id": contact, "properties": {"city": city}} for city in ("York", "Leeds")]
    if trace:
        inputs = [{**item, "objectWriteTraceId": str(place)} for place, item in enumerate(inputs)]
    answer = raw.post(f"{BATCH}/update", json={"inputs": inputs})
    body = answer.json()
    assert (answer.status_code, body["category"]) == (400, "VALIDATION_ERROR")
    assert body["message"] == f"Duplicate IDs found in batch input: [{contact}]. IDs must be unique"
    assert body["context"]["ids"] == [contact]


def test_emails_that_differ_only_in_case_are_the_same_key(raw: httpx.Client) -> None:
    """§4.4 rule 5: case-folded e-mails."""
    email = fresh_email()
    answer = raw.post(
        f"{BATCH}/upsert", json={"inputs": [upsert_row(email, "a"), upsert_row(email.upper(), "b")]}
    )
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Duplicate IDs found in batch input: [")
    assert not exists(raw, email)


def test_an_update_by_email_without_saying_so_succeeds_and_changes_nothing(
    raw: httpx.Client, make: Maker
) -> None:
    """§4.4 rule 7: never take 2xx as proof."""
    email = fresh_email()
    make.contact(email=email, city="Leeds")
    answer = raw.post(f"{BATCH}/update", json={"inputs": [{"id": email, "properties": {"city": "York"}}]})
    assert answer.status_code == 200
    asked = {"idProperty": "email", "properties": "city"}
    assert raw.get(f"/crm/v3/objects/contacts/{email}", params=asked).json()["properties"]["city"] == "Leeds"


def test_a_merged_away_id_is_absent_from_a_batch_read(raw: httpx.Client, make: Maker) -> None:
    """§4.4 rule 7: a merged-away id is simply absent from a 200's results."""
    kept, absorbed, other = make.contact(), make.contact(), make.contact()
    raw.post("/crm/v3/objects/contacts/merge", json={"primaryObjectId": kept, "objectIdToMerge": absorbed})
    answer = raw.post(f"{BATCH}/read", json={"properties": [], "inputs": [{"id": absorbed}, {"id": other}]})
    assert answer.status_code == 200
    assert [record["id"] for record in answer.json()["results"]] == [other]


def test_one_bad_property_fails_the_whole_record(raw: httpx.Client, make: Maker) -> None:
    """§4.4 rule 8: validation is per record."""
    contact = make.contact(city="Leeds")
    answer = raw.post(
        f"{BATCH}/update",
        json={
            "inputs": [
                {
                    "id": contact,
                    "properties": {"city": "York", "lifecyclestage": "Nobody"},
                    "objectWriteTraceId": "1",
                }
            ]
        },
    )
    assert set(by_trace(answer)) == {"1"}
    found = raw.get(f"/crm/v3/objects/contacts/{contact}", params={"properties": "city"}).json()
    assert found["properties"]["city"] == "Leeds"


def test_a_batch_update_keeps_what_it_does_not_name(
    sdk: hubspot_sdk.HubSpot, raw: httpx.Client, make: Maker
) -> None:
    """§4.4: update, 200, also by `idProperty`."""
    email = fresh_email()
    contact = make.contact(email=email, city="Leeds")
    answer = sdk.crm.objects.contacts.batch.update(
        inputs=[{"id": email, "id_property": "email", "properties": {"jobtitle": "Miller"}}]
    )
    assert [record.id for record in answer.results] == [contact]
    found = raw.get(f"/crm/v3/objects/contacts/{contact}", params={"properties": "city,jobtitle"}).json()[
        "properties"
    ]
    assert (found["city"], found["jobtitle"]) == ("Leeds", "Miller")


def test_a_batch_archive_is_204_also_for_unknown_ids(
    classic: hubspot.HubSpot, raw: httpx.Client, make: Maker
) -> None:
    """§4.4: archive; `archived=true` reads them in a batch."""
    contact = make.contact()
    classic.crm.contacts.batch_api.archive({"inputs": [{"id": contact}]})
    assert raw.post(f"{BATCH}/archive", json={"inputs": [{"id": contact}, {"id": "42"}]}).status_code == 204
    wish = {"properties": ["email"], "inputs": [{"id": contact}]}
    assert raw.post(f"{BATCH}/read", json=wish).status_code == 207
    archived = raw.post(f"{BATCH}/read", json=wish, params={"archived": "true"})
    assert [record["id"] for record in archived.json()["results"]] == [contact]


def test_an_upsert_says_what_is_new_and_keeps_the_rest(classic: hubspot.HubSpot, raw: httpx.Client) -> None:
    """§4.5: `new`, and unsent properties are kept."""
    email = fresh_email()
    upsert = classic.crm.contacts.batch_api.upsert
    first = upsert({"inputs": [upsert_row(email, city="Leeds")]}).results[0]
    second = upsert({"inputs": [upsert_row(email, jobtitle="Miller")]}).results[0]
    assert (first.new, second.new, second.id) == (True, False, first.id)
    assert first.properties["lifecyclestage"] == "lead"
    found = raw.get(f"/crm/v3/objects/contacts/{first.id}", params={"properties": "city,jobtitle"}).json()[
        "properties"
    ]
    assert (found["city"], found["jobtitle"]) == ("Leeds", "Miller")


def test_an_upsert_by_a_secondary_email_lands_on_its_owner(raw: httpx.Client, make: Maker) -> None:
    """§4.5: hs_additional_emails."""
    second = fresh_email()
    owner = make.contact(hs_additional_emails=second)
    inputs = [{"id": second, "idProperty": "email", "properties": {"city": "York"}}]
    result = raw.post(f"{BATCH}/upsert", json={"inputs": inputs}).json()["results"][0]
    assert (result["id"], result["new"]) == (owner, False)


@pytest.mark.parametrize("kind", ["companies", "deals"])
def test_a_custom_unique_property_carries_an_upsert(kind: str, raw: httpx.Client, make: Maker) -> None:
    """§4.5: idProperty with `hasUniqueValue`."""
    key, value = make.unique_property(kind), fresh("row")
    stock = {
        "name": "Sample",
        "dealname": "Sample",
        "dealstage": "appointmentscheduled",
        "pipeline": "default",
    }
    own = {"name"} if kind == "companies" else {"dealname", "dealstage", "pipeline"}
    item = {"id": value, "idProperty": key, "properties": {key: value, **{name: stock[name] for name in own}}}
    first, second = (
        raw.post(f"/crm/v3/objects/{kind}/batch/upsert", json={"inputs": [item]}) for _ in range(2)
    )
    assert (first.status_code, first.json()["results"][0]["new"]) == (200, True)
    assert second.json()["results"][0]["new"] is False
    assert raw.get(f"/crm/v3/objects/{kind}/{value}", params={"idProperty": key}).status_code == 200


@pytest.mark.parametrize(
    ("kind", "type_id", "key"),
    [("deals", "0-3", "dealname"), ("companies", "0-2", "domain"), ("companies", "0-2", "hs_object_id")],
)
def test_an_upsert_needs_a_unique_property(kind: str, type_id: str, key: str, raw: httpx.Client) -> None:
    """§4.3, §4.5, §4.6: "by non-unique"."""
    inputs = [
        {"id": "1", "idProperty": key, "properties": {"name" if kind == "companies" else "dealname": "x"}}
    ]
    answer = raw.post(f"/crm/v3/objects/{kind}/batch/upsert", json={"inputs": inputs})
    assert answer.status_code == 400
    assert f"by non-unique {type_id} property {key}" in answer.json()["message"]


def test_two_emails_of_one_contact_pass_as_two_keys(raw: httpx.Client, make: Maker) -> None:
    """§4.4 rule 5: primary and secondary e-mail in one batch are not caught as duplicates."""
    first, second = fresh_email(), fresh_email()
    make.contact(email=first, hs_additional_emails=second)
    inputs = [
        {"id": email, "idProperty": "email", "properties": {"city": "York"}} for email in (first, second)
    ]
    assert raw.post(f"{BATCH}/upsert", json={"inputs": inputs}).is_success


def test_a_taken_unique_value_is_an_error_of_its_row(raw: httpx.Client, make: Maker) -> None:
    """§4.4 rule 3, §4.8: "already has that value", with the trace id."""
    key, value = make.unique_property("contacts"), fresh("row")
    make.contact(**{key: value})
    answer = raw.post(
        f"{BATCH}/create",
        json={"inputs": [row(fresh_email(), "good"), row(fresh_email(), "bad", **{key: value})]},
    )
    assert "already has that value" in by_trace(answer)["bad"]["message"]


@pytest.mark.parametrize("call", ["create", "update", "upsert", "read", "archive"])
def test_a_batch_without_inputs_is_no_batch(call: str, raw: httpx.Client) -> None:
    """§4.1: malformed JSON, for a body that is no batch."""
    answer = raw.post(f"{BATCH}/{call}", json={"inputs": "all"})
    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Invalid input JSON")
