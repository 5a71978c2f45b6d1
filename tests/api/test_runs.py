"""From a file to its result over HTTP: upload, preview, write, look, repair, take back."""

from __future__ import annotations

import time
from unittest import mock

import httpx
import pytest

from benchmarks.set_in_motion import CARD, FACTS, STRONG, know
from smartsync_core.model.connection import Connection
from smartsync_core.orchestrator import unattended
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.score_cards import use_card
from smartsync_core.wiring import Application
from tests.api.serving import Caller
from tests.twin_process import CLIENT, TwinProcess

PEOPLE = "First name,Last name,Email\nAnn,Lee,ann@people.example\nBo,Ray,bo@people.example\nCy,Fox,broken\n"


def _upload(caller: Caller, text: str = PEOPLE, name: str = "people.csv") -> httpx.Response:
    return caller.post("/uploads", files={"file": (name, text.encode())})


def _until_rested(caller: Caller, answer: httpx.Response) -> dict[str, object]:
    """Follow where a 202 points to until the work is done."""
    assert answer.status_code == 202, answer.text
    assert answer.headers["Location"] == answer.json()["look"]
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found: dict[str, object] = caller.get(answer.json()["look"].removeprefix("/api")).json()
        if found["state"] not in ("previewing", "running"):
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to an end")


def _previewed(caller: Caller, account: Connection, text: str = PEOPLE, **how: object) -> str:
    asked = {
        "upload_id": _upload(caller, text).json()["id"],
        "integration_id": account.id,
        "record_type": "contacts",
    }
    planned = _until_rested(caller, caller.post("/runs", json=asked | how))
    assert planned["state"] == "previewed", planned
    return str(planned["run_id"])


def _written(caller: Caller, account: Connection, text: str = PEOPLE) -> str:
    run_id = _previewed(caller, account, text)
    assert _until_rested(caller, caller.post(f"/runs/{run_id}/write", json={}))["state"] == "done"
    return run_id


def test_a_file_is_kept_and_described(operator: Caller) -> None:
    answer = _upload(operator, name="../../people.csv")
    assert answer.status_code == 201
    assert answer.json()["name"] == "people.csv"
    assert answer.json()["columns"] == ["First name", "Last name", "Email"]
    assert answer.json()["row_count"] == 3


def test_another_file_of_the_same_name_and_size_is_not_taken_for_the_first(operator: Caller) -> None:
    under = {"Idempotency-Key": "file-of-today"}
    file, other = (PEOPLE.encode(), PEOPLE.replace("Ann", "Eve").encode())
    first, again = (
        operator.post("/uploads", files={"file": ("a.csv", file)}, headers=under) for _ in range(2)
    )
    assert first.json() == again.json()
    answer = operator.post("/uploads", files={"file": ("a.csv", other)}, headers=under)
    assert (answer.status_code, answer.json()["code"]) == (400, "token_reused")


def test_what_is_no_table_is_refused_with_its_sentence(operator: Caller) -> None:
    answer = _upload(operator, "<html><body>Sign in</body></html>", "leads.csv")
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_a_preview_writes_nothing_and_shows_every_value(
    operator: Caller, viewer: Caller, account: Connection, twin: TwinProcess
) -> None:
    run_id = _previewed(operator, account)
    assert twin.state()["contacts"] == 0
    cells = viewer.get(f"/runs/{run_id}/cells").json()
    assert cells["total"] == 6
    assert {"row": 2, "field": "email", "old": None, "new": "ann@people.example"}.items() <= next(
        cell for cell in cells["cells"] if cell["field"] == "email"
    ).items()
    mapped = viewer.get(f"/runs/{run_id}/field-mappings").json()["field_mappings"]
    assert [one["goes_to"] for one in mapped] == ["contacts.firstname", "contacts.lastname", "contacts.email"]


def test_every_row_of_a_written_file_has_its_outcome(
    operator: Caller, viewer: Caller, account: Connection, twin: TwinProcess
) -> None:
    run_id = _written(operator, account)
    result = viewer.get(f"/runs/{run_id}").json()
    assert {name: n for name, n in result["outcomes"].items() if n} == {"created": 2, "blocked": 1}
    rows = viewer.get(f"/runs/{run_id}/rows").json()["rows"]
    assert [row["outcome"] for row in rows] == ["created", "created", "blocked"]
    (blocked,) = viewer.get(f"/runs/{run_id}/rows", params={"outcome": "blocked"}).json()["rows"]
    assert blocked["reasons"][0]["field"] == "Email"
    assert twin.state()["contacts"] == 2
    listed = viewer.get("/runs").json()["runs"][0]
    assert (listed["run_id"], listed["integration_id"], listed["undone"]) == (run_id, account.id, "")
    assert viewer.get(f"/jobs/{run_id}").json()["phase"] == "done"


def test_the_import_carries_the_name_of_its_key(operator: Caller, account: Connection, admin: Caller) -> None:
    run_id = _written(operator, account)
    assert operator.get(f"/runs/{run_id}").status_code == 200
    again = operator.post(f"/runs/{run_id}/write", json={})
    assert (again.status_code, again.json()["code"]) == (409, "not_waiting")


def test_a_corrected_cell_is_sent_again_in_its_import(operator: Caller, account: Connection) -> None:
    run_id = _written(operator, account)
    edits = {"4": {"Email": "cy@people.example"}}
    result = _until_rested(operator, operator.post(f"/runs/{run_id}/retry", json={"edits": edits}))
    assert result["outcomes"]["created"] == 3  # type: ignore[index]


def test_half_a_character_is_no_correction(operator: Caller) -> None:
    answer = operator.post(
        "/runs/abc/retry",
        content=b'{"edits": {"1": {"Email": "\\ud800"}}}',
        headers={"Content-Type": "application/json"},
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


def test_companies_known_by_name_alone_are_told_and_settled(
    operator: Caller, viewer: Caller, account: Connection, twin: TwinProcess, application: Application
) -> None:
    body = {"properties": {"name": "Alder Works", "domain": "alder-works.example"}}
    created = CLIENT.post(f"{twin.url}/crm/v3/objects/companies", json=body, headers=twin.headers)
    alder = str(created.raise_for_status().json()["id"])
    people = "Email,Company\nada.alder@gmail.com,Alder Works\n"
    first = _previewed(operator, account, people, record_type="both")
    (asked,) = viewer.get(f"/runs/{first}/companies").json()["companies"]
    assert asked == {
        "name": "Alder Works",
        "rows": [2],
        "candidates": {alder: "Alder Works · alder-works.example"},
        "answer": None,
        "said": False,
    }
    said = operator.post(f"/runs/{first}/companies", json={"words": {"Alder Works": alder}})
    by_it = str(_until_rested(operator, said)["run_id"])
    assert application.context.runs.get(by_it).options.unattended, "nobody is there to choose"
    (answered,) = viewer.get(f"/runs/{by_it}/companies").json()["companies"]
    assert (answered["answer"], answered["said"]) == (alder, True)
    result = _until_rested(operator, operator.post(f"/runs/{by_it}/write", json={}))
    assert result["actions"]["contacts"] == {"create": 1, "update": 0, "link": 1}  # type: ignore[index]
    assert twin.state()["companies"] == 1


def test_a_word_on_a_company_is_taken_back_and_asked_for_again(
    operator: Caller, viewer: Caller, account: Connection, twin: TwinProcess
) -> None:
    body = {"properties": {"name": "Alder Works"}}
    CLIENT.post(f"{twin.url}/crm/v3/objects/companies", json=body, headers=twin.headers).raise_for_status()
    first = _previewed(
        operator, account, "Email,Company\nada.alder@gmail.com,Alder Works\n", record_type="both"
    )
    refused = operator.post(f"/runs/{first}/companies", json={"words": {"Alder Works": None}})
    assert (refused.status_code, refused.json()["code"]) == (400, "not_said")
    said = operator.post(f"/runs/{first}/companies", json={"words": {"Alder Works": ""}})
    by_it = str(_until_rested(operator, said)["run_id"])
    taken_back = operator.post(f"/runs/{by_it}/companies", json={"words": {"Alder Works": None}})
    anew = str(_until_rested(operator, taken_back)["run_id"])
    (asked,) = viewer.get(f"/runs/{anew}/companies").json()["companies"]
    assert (asked["answer"], asked["said"], len(asked["candidates"])) == (None, False, 1)


def test_an_undo_that_deletes_is_previewed_and_waits_for_a_person(
    operator: Caller, account: Connection, twin: TwinProcess
) -> None:
    run_id = _written(operator, account)
    undo = _until_rested(operator, operator.post(f"/runs/{run_id}/undo", json={}))
    assert (undo["state"], undo["undo_of"]) == ("previewed", run_id)
    refused = operator.post(f"/runs/{undo['run_id']}/write", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "waits_for_person")
    assert "it deletes records (2)" in refused.json()["message"]
    assert twin.state()["contacts"] == 2


def test_what_the_switches_want_is_in_the_preview_and_too_many_tasks_wait_for_a_person(
    operator: Caller, account: Connection, application: Application, twin: TwinProcess
) -> None:
    use_card(application.context, CARD)
    know(application.context, "people.example", FACTS[STRONG])
    connect(
        application.context,
        crm_type="hubspot",
        name=account.name,
        token=twin.token,
        base_url=twin.url,
        auto_create_tasks=True,
    )
    run_id = _previewed(operator, account)
    planned = operator.get(f"/runs/{run_id}").json()["actions"]
    assert (planned["tasks"]["create"], planned["deals"]["create"]) == (1, 1)
    with mock.patch.object(unattended, "MOST_MADE", 1):
        refused = operator.post(f"/runs/{run_id}/write", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "waits_for_person")
    assert "it makes 2 tasks, deals and notes, more than 1" in refused.json()["message"]
    assert twin.state()["tasks"] == 0


def test_a_file_with_too_many_rows_waits_for_a_person(
    operator: Caller, account: Connection, twin: TwinProcess
) -> None:
    run_id = _previewed(operator, account)
    with mock.patch.object(unattended, "MOST_ROWS", 2):
        refused = operator.post(f"/runs/{run_id}/write", json={})
    assert (refused.status_code, refused.json()["code"]) == (409, "waits_for_person")
    assert operator.get(f"/runs/{run_id}").json()["state"] == "previewed"
    assert twin.state()["contacts"] == 0


def test_a_write_repeated_under_its_idempotency_key_is_answered_alike(
    operator: Caller, account: Connection
) -> None:
    run_id = _previewed(operator, account)
    under = {"Idempotency-Key": f"write-{run_id}"}
    first, second = (operator.post(f"/runs/{run_id}/write", json={}, headers=under) for _ in range(2))
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json() == second.json()
    _until_rested(operator, second)


def test_the_first_rows_are_written_and_the_rest_goes_on_later(
    operator: Caller, account: Connection, twin: TwinProcess
) -> None:
    run_id = _previewed(operator, account)
    paused = _until_rested(operator, operator.post(f"/runs/{run_id}/write", json={"first": 1}))
    assert (paused["state"], twin.state()["contacts"]) == ("paused", 1)
    done = _until_rested(operator, operator.post(f"/jobs/{run_id}/resume"))
    assert (done["state"], twin.state()["contacts"]) == ("done", 2)


def test_a_paused_import_is_stopped(operator: Caller, account: Connection) -> None:
    run_id = _previewed(operator, account)
    _until_rested(operator, operator.post(f"/runs/{run_id}/write", json={"first": 1}))
    assert _until_rested(operator, operator.post(f"/jobs/{run_id}/stop"))["state"] == "stopped"


@pytest.mark.parametrize("call", ["stop", "pause", "resume"])
def test_what_is_not_under_way_cannot_be_halted(operator: Caller, account: Connection, call: str) -> None:
    run_id = _written(operator, account)
    assert operator.post(f"/jobs/{run_id}/{call}").status_code == 409


def test_the_fields_of_an_account_are_those_it_has_now(viewer: Caller, account: Connection) -> None:
    found = viewer.get(f"/integrations/crm/{account.id}/properties/contacts").json()["properties"]
    email = next(one for one in found if one["name"] == "email")
    assert (email["label"], email["writable"]) == ("Email", True)


def test_an_unknown_import_is_not_found(viewer: Caller, operator: Caller) -> None:
    for path in ("", "/rows", "/cells", "/field-mappings"):
        assert viewer.get(f"/runs/nothing{path}").status_code == 404
    for path in ("write", "undo", "retry"):
        assert operator.post(f"/runs/nothing/{path}", json={}).status_code == 404
