"""What the CRM does to a run on a bad day, one thing at a time, and what becomes of the rows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from smartsync_core.connectors.hubspot import HubSpotConnector, answers
from smartsync_core.errors import NeedsPerson, RetryLater
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.run import Run, RunReport, RunState
from smartsync_core.orchestrator import check, sending
from smartsync_core.orchestrator.check import check_wave
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.matching import Found, Matcher
from smartsync_core.orchestrator.write import approve
from smartsync_core.planning.keys import KEY_FIELD
from smartsync_core.store.drafts import KeyAsked
from tests.orchestrator.conftest import Imports

AT_MOST_S = 30
CALLS_A_DAY = 625_000  # professional
ROWS, FIRMS = 150, 20
Fail = Callable[..., None]
MAPS = ("Company country=companies.country",)


@pytest.fixture
def fail(imports: Imports) -> Fail:
    """fail("500", path="contacts/batch/create", after=1): the second such call from now on meets this fault."""

    def plan(*kinds: str, path: str, after: int = 0) -> None:
        planned = [{"kind": kind, "path": path, "after": after} for kind in kinds]
        imports.twin.control("PUT", "faults", {"next": planned, "slow_s": 0.1})

    return plan


def leads(imports: Imports, rows: int = ROWS, companies: int = FIRMS) -> Path:
    lines = [f"p{n}@firm{n % companies}.example,First{n},Firm {n % companies}" for n in range(rows)]
    return imports.file("Email,First name,Company\n" + "\n".join(lines) + "\n")


def waiting(imports: Imports, run_id: str) -> Run:
    """The run once it waits for the next day; its workflow goes on waiting."""
    deadline = time.monotonic() + AT_MOST_S
    while (run := imports.ctx.runs.get(run_id)).wakes_at is None and time.monotonic() < deadline:
        time.sleep(0.02)
    return run


def all_landed(imports: Imports, result: RunReport, rows: int, companies: int) -> bool:
    state = imports.twin.state()
    return (
        result.state is RunState.DONE
        and result.outcomes == result.predicted
        and result.outcomes["created"] == rows
        and (state["contacts"], state["companies"]) == (rows, companies)
        and result.proof == {"checked": rows + companies, "changed": 0, "missing": 0}
    )


# The daily limit


def test_a_day_that_is_used_up_half_way_pauses_the_run_and_says_until_when(imports: Imports) -> None:
    rows = 4 * ROWS  # whichever calls are left to go first
    preview = imports.preview(leads(imports, rows), "both")
    imports.twin.control("PUT", "limits", {"used_today": CALLS_A_DAY - 6})
    approve(imports.ctx, preview.run_id, shown=True)
    run = waiting(imports, preview.run_id)
    imports.twin.control("PUT", "limits", {"used_today": 0})
    assert run.state is RunState.PAUSED
    assert "used up" in run.message
    now = report(imports.ctx, run.id)
    assert now.outcomes["in_doubt"] == now.outcomes["failed"] == 0
    assert 0 < imports.twin.state()["contacts"] < rows
    assert sum(now.outcomes.values()) == rows
    assert all_landed(imports, imports.write(run.id), rows, FIRMS)


def test_a_run_that_waits_for_tomorrow_can_be_taken_up_today(imports: Imports, fail: Fail) -> None:
    preview = imports.preview(leads(imports), "both")
    fail("daily", path="companies/batch/create")
    approve(imports.ctx, preview.run_id, shown=True)
    assert waiting(imports, preview.run_id).wakes_at is not None
    assert all_landed(imports, imports.write(preview.run_id), ROWS, FIRMS)


def test_at_the_reset_it_goes_on_by_itself(
    imports: Imports, fail: Fail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_until_midnight", lambda now, zone: 1.0)
    preview = imports.preview(leads(imports), "both")
    fail("daily", path="companies/batch/create")
    assert all_landed(imports, imports.write(preview.run_id), ROWS, FIRMS)


# A key that expires


@pytest.mark.parametrize("path", ["companies/batch/create", "contacts/batch/create", "contacts/batch/read"])
def test_a_key_that_expires_half_way_pauses_the_run_and_the_next_key_takes_it_to_its_end(
    imports: Imports, fail: Fail, path: str
) -> None:
    old = f"pat-na1-{imports.connection.id}"
    connect(
        imports.ctx, crm_type="hubspot", name=imports.connection.name, token=old, base_url=imports.twin.url
    )
    preview = imports.preview(leads(imports), "both")
    fail(*["token_expiry"] * 9, path=path)
    paused = imports.write(preview.run_id)
    imports.twin.control("PUT", "faults", {"next": []})
    imports.twin.control("PUT", "tokens", {old: {"expires_in": -1}})
    assert paused.state is RunState.PAUSED
    assert "expired" in paused.message
    assert old not in paused.message
    assert sum(paused.outcomes.values()) == ROWS
    assert paused.outcomes["failed"] == paused.outcomes["in_doubt"] == 0
    still = imports.write(preview.run_id)
    assert (still.state, still.outcomes) == (RunState.PAUSED, paused.outcomes)
    token = imports.twin.token
    connect(
        imports.ctx, crm_type="hubspot", name=imports.connection.name, token=token, base_url=imports.twin.url
    )
    assert all_landed(imports, imports.write(preview.run_id), ROWS, FIRMS)


# Answers that do not come


@pytest.mark.parametrize(
    ("kind", "with_fields"),
    [("500", True), ("malformed_json", True), ("504", False), ("silent_omission", False)],
)
def test_contacts_whose_answer_is_lost_land_once(
    imports: Imports, fail: Fail, kind: str, with_fields: bool
) -> None:
    if not with_fields:
        imports.crm("DELETE", "/crm/v3/properties/contacts/smartsync_key")
    preview = imports.preview(leads(imports), "both")
    fail(kind, path="contacts/batch/create", after=1)
    assert all_landed(imports, imports.write(preview.run_id), ROWS, FIRMS)


@pytest.mark.parametrize("kind", ["reset_after_commit", "silent_omission"])
def test_companies_whose_answer_is_lost_land_once(imports: Imports, fail: Fail, kind: str) -> None:
    preview = imports.preview(leads(imports), "both")
    fail(kind, path="companies/batch/create")
    assert all_landed(imports, imports.write(preview.run_id), ROWS, FIRMS)


def test_without_our_field_lost_companies_stay_in_doubt_and_are_never_made_twice(
    imports: Imports, fail: Fail
) -> None:
    imports.crm("DELETE", "/crm/v3/properties/companies/smartsync_key")
    preview = imports.preview(leads(imports), "both")
    fail("reset_after_commit", path="companies/batch/create")
    result = imports.write(preview.run_id)
    assert result.state is RunState.DONE
    assert (result.outcomes["blocked"], result.partly_blocked) == (ROWS, ROWS)
    assert result.actions[ObjectName.COMPANIES]["in_doubt"] == FIRMS
    assert imports.twin.state()["contacts"] == ROWS
    assert imports.twin.state()["companies"] == FIRMS
    again = imports.run(leads(imports), "both")
    assert again.outcomes["unchanged"] == ROWS
    assert again.actions[ObjectName.CONTACTS]["link"] == ROWS
    assert imports.twin.state()["companies"] == FIRMS


def test_a_remote_that_takes_nothing_for_a_while_pauses_the_run_and_leaves_nothing_in_doubt(
    imports: Imports, fail: Fail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_PAUSE_S", 0.01)
    preview = imports.preview(leads(imports, rows=80, companies=10), "both")
    fail(*["500"] * 5, path="contacts/batch/create")
    stopped = imports.write(preview.run_id)
    assert stopped.state is RunState.PAUSED
    assert "Nothing is lost" in stopped.message
    assert imports.twin.state()["contacts"] == 0
    assert all_landed(imports, imports.write(preview.run_id), 80, 10)


@pytest.mark.parametrize("kind", ["reset_after_commit", "silent_omission"])
def test_associations_whose_answer_is_lost_are_all_made(imports: Imports, fail: Fail, kind: str) -> None:
    imports.run(leads(imports), "contacts")
    preview = imports.preview(leads(imports), "both")
    fail(kind, path="associations/contacts/companies/batch")
    result = imports.write(preview.run_id)
    assert result.outcomes["unchanged"] == ROWS
    assert result.actions[ObjectName.CONTACTS]["link"] == ROWS


@pytest.mark.parametrize("kind", ["504", "silent_omission"])
def test_an_own_update_without_an_answer_is_known_as_ours(imports: Imports, fail: Fail, kind: str) -> None:
    rows = [f"p{n}@firm.example" for n in range(120)]
    imports.run(imports.file("Email\n" + "\n".join(rows) + "\n"))
    file = imports.file("Email,Last name\n" + "".join(f"{row},Last\n" for row in rows))
    preview = imports.preview(file)
    fail(kind, path="contacts/batch/update")
    result = imports.write(preview.run_id)
    assert result.outcomes == preview.predicted
    assert result.outcomes["updated"] == 120
    assert result.proof["checked"] == 120


def test_a_read_back_that_fails_is_made_up_for_when_the_run_goes_on(
    imports: Imports, fail: Fail, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = imports.preview(leads(imports), "both")
    monkeypatch.setattr(HubSpotConnector, "read", _out_of_order)
    paused = imports.write(preview.run_id, shown=False)
    monkeypatch.undo()
    assert paused.state is RunState.PAUSED
    assert paused.outcomes["created"] == ROWS
    assert paused.proof["checked"] == 0
    assert all_landed(imports, imports.write(preview.run_id), ROWS, FIRMS)


def _out_of_order(*_: object, **__: object) -> None:
    raise RetryLater("HubSpot is in trouble at the moment.", after_s=1)


# Own writes and somebody else's


def test_companies_of_different_names_on_a_known_domain_are_made_as_the_preview_said(
    imports: Imports,
) -> None:
    imports.crm(
        "POST", "/crm/v3/objects/companies", {"properties": {"domain": "big.example", "name": "Big Group"}}
    )
    rows = "a@one.example,Big North,big.example\nb@two.example,Big South,big.example\n"
    result = imports.run(imports.file("Email,Company,Website\n" + rows), "both")
    assert result.outcomes == result.predicted
    assert imports.twin.state()["companies"] == 3


def test_a_company_that_the_run_made_itself_is_not_somebody_elses(imports: Imports) -> None:
    rows = "a@gmail.com,Acme,Germany\nb@gmail.com,Acme,France\n"
    preview = imports.preview(imports.file("Email,Company,Company country\n" + rows), "both", maps=MAPS)
    assert preview.actions[ObjectName.COMPANIES]["create"] == 2
    approve(imports.ctx, preview.run_id, shown=True, first=1)
    for workflow in imports.ctx.engine.open_ids(f"write-{preview.run_id}"):
        imports.ctx.engine.wait(workflow, AT_MOST_S)
    assert imports.twin.state()["companies"] == 1
    result = imports.write(preview.run_id)
    assert result.outcomes == result.predicted
    assert imports.twin.state()["companies"] == 2


def test_a_company_that_somebody_made_since_the_preview_is_not_made_again(imports: Imports) -> None:
    preview = imports.preview(imports.file("Email,Company\na@mill.example,Mill\n"), "both")
    imports.crm(
        "POST", "/crm/v3/objects/companies", {"properties": {"domain": "mill.example", "name": "Mill"}}
    )
    result = imports.write(preview.run_id)
    assert result.partly_blocked == 1
    assert imports.twin.state()["companies"] == 1


@pytest.mark.parametrize("fault", ["504", "no trace ids"])
def test_a_contact_that_somebody_made_first_is_told_as_theirs_though_the_answer_was_lost(
    imports: Imports, fail: Fail, fault: str
) -> None:
    preview = imports.preview(leads(imports, rows=20, companies=2), "both")
    for n in (3, 4):
        imports.crm(
            "POST", "/crm/v3/objects/contacts", {"properties": {"email": f"p{n}@firm{n % 2}.example"}}
        )
    if fault == "504":
        fail(fault, path="contacts/batch/create")
    imports.twin.control("PUT", "switches", {"trace_ids_in_errors": fault == "504"})
    try:
        result = imports.write(preview.run_id)
    finally:
        imports.twin.control("PUT", "switches", {"trace_ids_in_errors": True})
    assert (result.outcomes["created"], result.outcomes["blocked"]) == (18, 2)
    assert {(one.row, one.code) for one in result.reasons if one.code == "appeared_in_crm"} == {
        (5, "appeared_in_crm"),
        (6, "appeared_in_crm"),
    }
    assert imports.twin.state()["contacts"] == 20


def test_a_contact_of_ours_that_lands_while_it_is_looked_for_is_ours(
    imports: Imports, fail: Fail, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = imports.preview(leads(imports, rows=20, companies=2), "both")
    fail("504", path="contacts/batch/create")
    find, late = HubSpotConnector.find, list[bool]()

    def too_early(self: HubSpotConnector, name: ObjectName, field: str, *asked: Any) -> Any:
        if (name, field) == (ObjectName.CONTACTS, KEY_FIELD) and not late:
            late.append(True)
            return {}
        return find(self, name, field, *asked)

    monkeypatch.setattr(HubSpotConnector, "find", too_early)
    assert all_landed(imports, imports.write(preview.run_id), 20, 2)
    assert late


def test_what_the_read_back_does_not_find_is_told_by_row(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    preview = imports.preview(imports.file("Email,Company\na@mill.example,Mill\n"), "both")
    monkeypatch.setattr(check, "check_wave", _after_a_hand_has_deleted_all(imports))
    result = imports.write(preview.run_id)
    assert result.proof == {"checked": 0, "changed": 0, "missing": 2}
    assert {reason.code for reason in result.reasons if reason.row == 2} == {"missing", "link_missing"}


def _after_a_hand_has_deleted_all(imports: Imports) -> Callable[..., None]:
    def look(*arguments: Any) -> None:
        for name in ("contacts", "companies"):
            for one in imports.crm("GET", f"/crm/v3/objects/{name}").json()["results"]:
                imports.crm("DELETE", f"/crm/v3/objects/{name}/{one['id']}")
        check_wave(*arguments)

    return look


def test_rows_of_one_address_are_one_new_contact_whatever_their_own_numbers(imports: Imports) -> None:
    file = imports.file(
        "ID,Email,First name\n1,a@mill.example,Ann\n2,a@mill.example,Bob\n3,c@mill.example,Cy\n"
    )
    result = imports.run(file, keys=("contacts=ID",))
    assert result.outcomes == result.predicted
    assert (result.outcomes["created"], result.outcomes["skipped"]) == (2, 1)
    again = imports.run(file, keys=("contacts=ID",))
    assert (again.outcomes["unchanged"], again.outcomes["skipped"]) == (2, 1)


def test_what_an_earlier_import_made_is_found_though_no_search_shows_it(imports: Imports) -> None:
    imports.run(leads(imports, rows=20, companies=20), "both")
    imports.twin.control("PUT", "search", {"lag_s": 600, "flap": True})
    result = imports.run(leads(imports, rows=40, companies=20), "both")
    imports.twin.control("PUT", "search", {"lag_s": 0, "flap": False})
    assert result.outcomes == result.predicted
    assert imports.twin.state()["companies"] == 20


def test_an_error_beside_other_work_of_a_preview_ends_it_with_its_sentence(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    match = Matcher.match

    def fail_for_contacts(matcher: Matcher, keys: Sequence[KeyAsked]) -> Found:
        if any(key.email for key in keys):
            raise NeedsPerson("The key was withdrawn.")
        time.sleep(0.3)  # the other one has failed meanwhile
        return match(matcher, keys)

    monkeypatch.setattr(Matcher, "match", fail_for_contacts)
    preview = imports.preview(leads(imports), "both")
    assert preview.state is RunState.FAILED
    assert preview.message == "The key was withdrawn."
