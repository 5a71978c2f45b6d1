"""The calls of the first SmartSync, as its users make them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.set_in_motion import CARD, FACTS, STRONG, know
from smartsync_core.http import client
from smartsync_core.http.client import Patience
from smartsync_core.model.connection import Connection
from smartsync_core.model.run import Wish
from smartsync_core.orchestrator import preview, write
from smartsync_core.orchestrator.changes import changes
from smartsync_core.orchestrator.score_cards import use_card
from smartsync_core.wiring import Application
from tests.api.serving import Caller
from tests.twin_process import TwinProcess

CONNECT = "/integrations/crm/connect"
SYNC = "/integrations/crm/sync"
CONTACT = {
    "email": "john@company.example",
    "firstName": "John",
    "lastName": "Doe",
    "company": "Acme Corp",
    "companyId": "abc-123",
    "phone": "+44 20 7946 0018",
    "title": "CTO",
}


def test_connecting_answers_with_the_account_and_without_its_secrets(
    admin: Caller, twin: TwinProcess
) -> None:
    asked = {
        "crm_type": "hubspot",
        "access_token": twin.token,
        "refresh_token": "CM-refresh",
        "sync_direction": "bidirectional",
        "sync_frequency": "realtime",
        "auto_enrich": True,
        "auto_score": True,
        "auto_assign": True,
        "auto_create_tasks": True,
    }
    answer = admin.post(CONNECT, json=asked)
    assert answer.status_code == 200
    assert answer.json()["success"] is True
    integration = answer.json()["integration"]
    assert (integration["crm_type"], integration["is_active"]) == ("hubspot", True)
    assert (integration["sync_direction"], integration["auto_create_tasks"]) == ("bidirectional", True)
    assert "only written to" in answer.json()["notices"][0]
    listed = admin.get(CONNECT)
    assert integration in listed.json()["integrations"]
    for text in (answer.text, listed.text):
        assert twin.token not in text
        assert "CM-refresh" not in text


def test_the_same_account_connected_again_stays_one(admin: Caller, twin: TwinProcess) -> None:
    asked = {"crm_type": "hubspot", "access_token": twin.token}
    first, second = (admin.post(CONNECT, json=asked).json()["integration"] for _ in range(2))
    assert first["id"] == second["id"]


def test_an_account_whose_token_does_not_do_is_not_connected(admin: Caller, twin: TwinProcess) -> None:
    before = admin.get(CONNECT).json()
    answer = admin.post(CONNECT, json={"crm_type": "hubspot", "access_token": "CNonsense"})
    assert answer.status_code == 400
    assert "CNonsense" not in answer.text
    assert admin.get(CONNECT).json() == before


def test_only_crms_that_are_offered_can_be_connected(admin: Caller) -> None:
    answer = admin.post(CONNECT, json={"crm_type": "memory", "access_token": "any"})
    assert answer.status_code == 422
    assert "crm_type: Input should be 'hubspot'" in answer.json()["message"]


def test_no_caller_says_where_an_account_is_reached(admin: Caller, twin: TwinProcess) -> None:
    asked = {"crm_type": "hubspot", "access_token": twin.token, "base_url": "http://127.0.0.1:1"}
    answer = admin.post(CONNECT, json=asked)
    assert answer.status_code == 200
    assert "base_url" not in answer.text


def test_a_contact_is_written_and_its_id_in_the_crm_answered(
    operator: Caller, account: Connection, twin: TwinProcess
) -> None:
    asked = {
        "entity_type": "contact",
        "contact": CONTACT,
        "options": {"skipEnrichment": False, "priority": 8},
    }
    answer = operator.post(SYNC, json=asked)
    assert answer.status_code == 200, answer.text
    crm_id = answer.json()["crmContactId"]
    assert answer.json() == {"success": True, "crmContactId": crm_id, "entityType": "contact"}
    assert twin.state()["contacts"] == 1
    assert operator.post(SYNC, json=asked).json()["crmContactId"] == crm_id, "it is recognised"
    assert twin.state()["contacts"] == 1


def test_a_company_is_written_and_its_id_in_the_crm_answered(operator: Caller, account: Connection) -> None:
    asked = {"entity_type": "company", "company": {"name": "Acme Corp", "domain": "acme.example"}}
    answer = operator.post(SYNC, json=asked)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "success": True,
        "crmCompanyId": answer.json()["crmCompanyId"],
        "entityType": "company",
    }


def test_what_cannot_be_written_says_why_and_where_to_look(operator: Caller, account: Connection) -> None:
    answer = operator.post(SYNC, json={"entity_type": "contact", "contact": {"email": "not an address"}})
    assert answer.status_code == 422
    assert answer.json()["code"] == "blocked"
    assert "not an address" in answer.json()["message"]
    assert answer.headers["Location"].startswith("/api/runs/")


@pytest.fixture
def failing(twin: TwinProcess, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """`failing("503", "batch/read")`: from now on the CRM answers such calls that way, and is believed at once."""
    monkeypatch.setattr(client, "UNHEARD", Patience(tries=1, total_s=1))
    monkeypatch.setattr(client, "IN_BULK", Patience(tries=1, total_s=1))

    def fails(kind: str, path: str) -> None:
        twin.control("PUT", "faults", {"next": [{"kind": kind, "path": path}] * 20})

    yield fails
    twin.control("PUT", "faults", {"next": []})


@pytest.mark.parametrize("kind", ["503", "daily"])
def test_a_crm_that_does_not_answer_while_it_is_looked_into_is_a_503_that_says_so(
    operator: Caller, account: Connection, failing: Callable[[str, str], None], kind: str
) -> None:
    asked = {"entity_type": "contact", "contact": {"email": f"ida@outage-{kind}.example", "firstName": "Ida"}}
    under = {"Idempotency-Key": f"outage-{kind}-{account.id}"}
    assert operator.post(SYNC, json=asked).status_code == 200, "its fields are known"
    failing(kind, "batch/read")
    answer = operator.post(SYNC, json=asked, headers=under)
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] == ("daily_limit" if kind == "daily" else "retry_later")
    assert "HubSpot" in answer.json()["message"]
    assert int(answer.headers["Retry-After"]) >= 1
    failing("slow", "nowhere")
    assert operator.post(SYNC, json=asked, headers=under).status_code == 200, "the same call, made again"


def test_a_crm_that_does_not_answer_while_it_is_written_is_a_503_with_the_import_that_waits(
    operator: Caller, account: Connection, failing: Callable[[str, str], None]
) -> None:
    failing("429", "contacts/batch/create")
    asked = {"entity_type": "contact", "contact": {"email": "ina@outage.example", "firstName": "Ina"}}
    answer = operator.post(SYNC, json=asked)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_sent"), answer.text
    assert operator.get(answer.headers["Location"].removeprefix("/api")).json()["state"] == "paused"


def test_what_waits_for_the_day_s_limit_goes_on_by_itself_and_says_where_to_look(
    operator: Caller, account: Connection, application: Application, failing: Callable[[str, str], None]
) -> None:
    failing("daily", "contacts/batch/create")
    asked = {"entity_type": "contact", "contact": {"email": "ira@outage.example", "firstName": "Ira"}}
    answer = operator.post(SYNC, json=asked)
    assert (answer.status_code, answer.json()["state"]) == (202, "paused"), answer.text
    write.ask(application.context, answer.json()["run_id"], Wish.STOP)


def test_an_error_inside_is_no_fault_of_the_record(
    operator: Caller, account: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("ivy@broken.example")

    monkeypatch.setattr(preview, "_decide", broken)
    answer = operator.post(SYNC, json={"entity_type": "contact", "contact": {"email": "ivy@broken.example"}})
    assert answer.status_code == 500
    assert answer.json()["message"].startswith("An error inside SmartSync stopped this preview.")


@pytest.mark.parametrize(
    "said",
    [
        b'{"entity_type": "contact", "contact": {"\\ud800": "x", "email": "ada@half.example"}}',
        b'{"entity_type": "contact", "contact": {"Title": "\\ud800", "email": "ada@half.example"}}',
        b'{"entity_type": "contact", "contact": {"email": "ada@half.example"}, "integration_id": "\\ud800"}',
    ],
)
def test_half_a_character_is_refused_wherever_it_stands(operator: Caller, said: bytes) -> None:
    answer = operator.post(SYNC, content=said, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_a_key_that_is_told_back_is_cut(operator: Caller) -> None:
    answer = operator.post(SYNC, json={"entity_type": "contact", "contact": {"k" * 10_000: "v"}})
    assert answer.status_code == 422
    assert len(answer.text) < 400


def test_without_an_account_or_with_several_the_caller_is_told_to_name_one(
    operator: Caller, admin: Caller, account: Connection, application: Application, twin: TwinProcess
) -> None:
    asked = {"entity_type": "contact", "contact": {"email": "ann@sample.example"}}
    second = admin.post(
        CONNECT, json={"crm_type": "hubspot", "access_token": twin.token, "name": "Second"}
    ).json()
    several = operator.post(SYNC, json=asked)
    assert several.status_code == 400
    assert account.id in several.json()["hint"]
    named = operator.post(SYNC, json=asked | {"integration_id": account.id})
    assert named.status_code == 200, named.text
    for one in (account.id, second["integration"]["id"]):
        application.context.connections.deactivate(one)
    none = operator.post(SYNC, json=asked)
    assert none.status_code == 400
    assert none.json()["message"] == "No account is connected."


def test_while_a_crm_is_slow_other_calls_are_answered(
    operator: Caller, viewer: Caller, account: Connection, twin: TwinProcess
) -> None:
    def call(number: int) -> int:
        contact = {"email": f"slow@slow-{number}.example"}
        return operator.post(SYNC, json={"entity_type": "contact", "contact": contact}).status_code

    twin.control("PUT", "latency", {"ms": 1_000})
    with ThreadPoolExecutor(50) as pool:  # more than there are threads for other calls
        calls = [pool.submit(call, number) for number in range(50)]
        time.sleep(0.5)
        began = time.monotonic()
        assert viewer.get("/health").status_code == 200
        took_s = time.monotonic() - began
        assert not any(one.done() for one in calls)
        twin.control("PUT", "latency", {"ms": 0})
        assert {one.result() for one in calls} == {200}
    assert took_s < 1


def test_the_log_tells_what_was_done(operator: Caller, viewer: Caller, account: Connection) -> None:
    operator.post(SYNC, json={"entity_type": "contact", "contact": CONTACT})
    asked: dict[str, str | int] = {"integration_id": account.id, "status": "success", "limit": 50}
    logs = viewer.get(SYNC, params=asked).json()["logs"]
    contact = next(line for line in logs if (line["sync_type"], line["operation"]) == ("contact", "create"))
    assert (contact["status"], contact["enrichments"]) == ("success", {})
    assert contact["duration_ms"] >= 0
    assert contact["created_at"]
    assert viewer.get(SYNC, params=asked | {"status": "failed"}).json() == {"logs": []}
    assert len(viewer.get(SYNC, params=asked | {"limit": 1}).json()["logs"]) == 1


def test_an_account_s_switches_decide_what_a_call_sets_in_motion_and_the_log_tells_it(
    operator: Caller, admin: Caller, account: Connection, application: Application, twin: TwinProcess
) -> None:
    use_card(application.context, CARD)
    know(application.context, "switched.example", FACTS[STRONG])
    on = {"auto_score": True, "auto_create_tasks": True}
    asked = {"crm_type": "hubspot", "access_token": twin.token, "name": account.name}
    assert admin.post(CONNECT, json=asked | on).status_code == 200
    body = {"entity_type": "contact", "contact": {"email": "ann@switched.example", "company": "Switched"}}
    told = operator.post(SYNC, json=body | {"options": {"skipEnrichment": True}}).json()
    assert told["success"]
    assert told["enrichments"]["leadScore"] >= 85
    assert told["crmTaskId"]
    assert told["crmDealId"]
    again = operator.post(SYNC, json=body).json()
    assert again["enrichments"] == told["enrichments"]
    assert not {"crmTaskId", "crmDealId"} & again.keys()
    assert (twin.state()["tasks"], twin.state()["deals"]) == (1, 1)
    lines = operator.get(SYNC, params={"integration_id": account.id}).json()["logs"]
    company = next(line for line in lines if line["sync_type"] == "company")
    assert company["enrichments"]["leadScore"] == told["enrichments"]["leadScore"]
    assert company["enrichment_time_ms"] >= 0


def test_a_call_repeated_under_its_idempotency_key_is_done_once(
    operator: Caller, account: Connection, twin: TwinProcess
) -> None:
    asked = {"entity_type": "contact", "contact": CONTACT}
    first, second = (
        operator.post(SYNC, json=asked, headers={"Idempotency-Key": f"order-1-{account.id}"})
        for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert first.headers["Location"] == second.headers["Location"], "no second import was made"
    assert second.headers["Idempotency-Replayed"] == "true"


def test_an_idempotency_key_is_not_used_for_something_else(operator: Caller, account: Connection) -> None:
    under = {"Idempotency-Key": f"order-2-{account.id}"}
    asked = {"entity_type": "contact", "contact": CONTACT}
    assert operator.post(SYNC, json=asked, headers=under).status_code == 200
    other = asked | {"contact": CONTACT | {"firstName": "Jane"}}
    answer = operator.post(SYNC, json=other, headers=under)
    assert (answer.status_code, answer.json()["code"]) == (400, "token_reused")


def test_a_failed_call_can_be_repeated_under_its_idempotency_key(
    operator: Caller, account: Connection, application: Application
) -> None:
    under = {"Idempotency-Key": f"order-3-{account.id}"}
    asked = {"entity_type": "contact", "contact": {"email": "broken"}}
    statuses = [operator.post(SYNC, json=asked, headers=under).status_code for _ in range(2)]
    assert statuses == [422, 422]


def test_settings_of_an_account_are_read_by_all_and_changed_by_admins(
    admin: Caller, operator: Caller, viewer: Caller, account: Connection, application: Application
) -> None:
    address = f"/integrations/crm/{account.id}/settings"
    before = viewer.get(address).json()
    assert (before["sync_direction"], before["notices"]) == ("to_crm", [])
    wanted = before | {"sync_direction": "bidirectional", "auto_score": not before["auto_score"]}
    assert operator.put(address, json=wanted).status_code == 403
    saved = admin.put(address, json=wanted)
    assert saved.status_code == 200
    assert "for now this account is only written to" in saved.json()["notices"][0]
    assert viewer.get(address).json() == saved.json() == wanted | {"notices": saved.json()["notices"]}
    newest = changes(application.context, limit=1)[0]
    assert newest.what == "connection.changed"
    assert newest.details["auto_score"] == [before["auto_score"], wanted["auto_score"]]
    admin.put(address, json=before)


def test_settings_of_which_one_is_missing_or_unknown_change_nothing(
    admin: Caller, account: Connection
) -> None:
    address = f"/integrations/crm/{account.id}/settings"
    before = admin.get(address).json()
    whole = {name: value for name, value in before.items() if name != "notices"}
    for wrong in (
        {},
        {"auto_enrich": True},
        whole | {"sync_frequency": "yearly"},
        whole | {"auto_score": None},
    ):
        assert admin.put(address, json=wrong).status_code == 422
    assert admin.get(address).json() == before
    assert admin.put("/integrations/crm/nosuchaccount/settings", json=whole).status_code == 404


def test_standing_mappings_are_kept_in_versions_and_used_for_single_records_and_files(
    admin: Caller, operator: Caller, viewer: Caller, account: Connection
) -> None:
    address = f"/integrations/crm/{account.id}/field-mappings/contacts"
    assert viewer.get(address).json() == {"version": 0, "field_mappings": []}
    kept = {"source": "rang", "goes_to": "jobtitle", "steps": [], "policy": "overwrite", "default": "none"}
    body = {"field_mappings": [kept | {"steps": [{"name": "trim", "options": {}}]}]}
    saved = admin.put(address, json=body)
    assert (saved.status_code, saved.json()) == (200, {"version": 1} | body)
    assert viewer.get(address).json() == saved.json()
    assert operator.put(address, json=body).status_code == 403
    wrong = admin.put(address, json={"field_mappings": [kept | {"goes_to": "no_such_field"}]})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "bad_field_mapping")
    assert admin.get(address.replace("contacts", "both")).status_code == 400
    contact = {"email": "ada@standing-api.example", "rang": "CTO"}
    sync = {"entity_type": "contact", "integration_id": account.id, "contact": contact}
    run = operator.post(SYNC, json=sync).headers["Location"].removeprefix("/api")
    mapped = viewer.get(f"{run}/field-mappings").json()["field_mappings"]
    assert [(one["column"], one["goes_to"]) for one in mapped][-1] == ("rang", "contacts.jobtitle")
