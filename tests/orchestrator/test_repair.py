"""Rows that need a person or failed are corrected and sent again in the same run, until none is left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from smartsync_core.errors import NeedsPerson
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import FollowUp
from smartsync_core.model.run import RunReport, RunState
from smartsync_core.orchestrator import repair, replan
from smartsync_core.orchestrator.followups import add_follow_ups
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.recover import recover
from smartsync_core.orchestrator.repair import retry
from smartsync_core.orchestrator.undo import start_undo
from smartsync_core.store.repairs import Repairs
from tests.orchestrator.conftest import Imports

Edits = Mapping[int, Mapping[str, str]]

LEADS = """Email,First name,Company,Phone,Country
ada@engines.example,Ada,Engines Ltd,+44 20 7946 0001,United Kingdom
not an e-mail,Ben,Engines Ltd,020 7946 0002,United Kingdom
cleo@stars.example,Cleo,Stars GmbH,+49 30 901820,Germany
nobody,Dan,Alone Ltd,,
"""


def finish(imports: Imports, run_id: str) -> None:
    for workflow in imports.ctx.engine.open_ids(f"repair-{run_id}"):
        imports.ctx.engine.wait(workflow, 60)


def send_again(imports: Imports, run_id: str, edits: Edits | None = None) -> RunReport:
    retry(imports.ctx, run_id, edits)
    finish(imports, run_id)
    result = report(imports.ctx, run_id)
    assert result.state is RunState.DONE
    assert result.rows == sum(result.outcomes.values())
    return result


def outcomes(result: RunReport) -> dict[str, int]:
    return {name: count for name, count in result.outcomes.items() if count}


def codes(result: RunReport, row: int) -> set[str]:
    return {reason.code for reason in result.reasons if reason.row == row}


def holds_what_was_done(imports: Imports, result: RunReport) -> bool:
    """The CRM holds what it held (nothing) and what the run says that it created."""
    held = imports.twin.state()
    return all(held[name.value] == kinds["create"] for name, kinds in result.actions.items())


# The main path


def test_corrected_rows_are_sent_in_the_same_run_until_none_is_left(imports: Imports) -> None:
    first = imports.run(imports.file(LEADS), "both")
    assert outcomes(first) == {"created": 2, "blocked": 2}
    half = send_again(imports, first.run_id, {3: {"Email": "ben@engines.example"}})
    assert outcomes(half) == {"created": 3, "blocked": 1}
    assert codes(half, 3) == set()
    assert codes(half, 5) == {"invalid_email"}
    whole = send_again(imports, first.run_id, {5: {"Email": "dan@alone.example"}})
    assert outcomes(whole) == {"created": 4}
    assert whole.predicted == first.predicted
    assert (first.repair_calls, whole.written_calls) == (0, first.written_calls)
    assert whole.repair_calls > half.repair_calls > 0
    assert holds_what_was_done(imports, whole)
    assert whole.actions["contacts"] == {"create": 4, "update": 0, "link": 4}  # type: ignore[index]
    assert whole.proof == {"checked": 7, "changed": 0, "missing": 0}
    assert imports.contact("ben@engines.example", "firstname", "company")["firstname"] == "Ben"
    kept = imports.ctx.runs.get(first.run_id).result["first_pass"]
    assert {name: kept[name] for name in first.outcomes} == first.outcomes  # type: ignore[index]


def test_nothing_but_the_corrected_rows_is_sent(imports: Imports) -> None:
    first = imports.run(imports.file(LEADS))
    imports.crm(
        "PATCH",
        "/crm/v3/objects/contacts/ada@engines.example?idProperty=email",
        {"properties": {"firstname": "Theirs"}},
    )
    before = imports.twin.control("GET", "revision")["revision"]
    send_again(imports, first.run_id, {3: {"Email": "ben@engines.example"}})
    assert imports.twin.control("GET", "revision")["revision"] == before + 1
    assert imports.contact("ada@engines.example", "firstname")["firstname"] == "Theirs"


def test_without_corrections_every_open_row_is_tried_as_it_stands(imports: Imports) -> None:
    first = imports.run(imports.file(LEADS))
    again = send_again(imports, first.run_id)
    assert outcomes(again) == outcomes(first)
    assert codes(again, 3) == codes(again, 5) == {"invalid_email"}
    assert len([reason for reason in again.reasons if reason.row == 3]) == 1
    assert again.actions == first.actions


def test_the_calls_of_a_repair_count_for_its_run(imports: Imports) -> None:
    before = imports.twin.calls()
    first = imports.run(imports.file(LEADS), "both")
    whole = send_again(imports, first.run_id, {3: {"Email": "ben@engines.example"}})
    received = {window: count - before[window] for window, count in imports.twin.calls().items()}
    assert whole.calls == received


# What the CRM refused


def shoe(imports: Imports, *options: str) -> None:
    """A field of contacts that takes only these."""
    definition = {"name": "shoe", "label": "Shoe", "type": "enumeration", "fieldType": "select"}
    choices = [{"value": one, "label": one, "displayOrder": place} for place, one in enumerate(options)]
    where = "/crm/v3/properties/contacts"
    known = imports.crm("GET", where).json()["results"]
    if any(one["name"] == "shoe" for one in known):
        imports.crm("PATCH", f"{where}/shoe", {"options": choices})
    else:
        imports.crm("POST", where, definition | {"groupName": "contactinformation", "options": choices})


@pytest.fixture
def refused(imports: Imports) -> RunReport:
    """Rows 2 to 4, of which the CRM refused row 3: a choice that was taken off its list after the preview."""
    shoe(imports, "Boot", "Clog", "Sandal")
    file = imports.file("Email,Shoe\na@x.example,Boot\nb@x.example,Clog\nc@x.example,Sandal\n")
    preview = imports.preview(file)
    shoe(imports, "Boot", "Sandal")
    result = imports.write(preview.run_id)
    assert outcomes(result) == {"created": 2, "failed": 1}
    return result


def test_a_refused_cell_is_corrected_and_its_row_created(imports: Imports, refused: RunReport) -> None:
    whole = send_again(imports, refused.run_id, {3: {"Shoe": "Boot"}})
    assert outcomes(whole) == {"created": 3}
    assert whole.predicted["created"] == 3
    assert "failed" not in whole.actions["contacts"]  # type: ignore[index]
    assert codes(whole, 3) == set()
    assert imports.contact("b@x.example", "shoe")["shoe"] == "Boot"


def test_a_choice_that_the_crm_no_longer_has_needs_a_person_before_anything_is_sent(
    imports: Imports, refused: RunReport
) -> None:
    before = imports.twin.control("GET", "revision")
    again = send_again(imports, refused.run_id)
    assert outcomes(again) == {"created": 2, "blocked": 1}
    assert codes(again, 3) == {"not_an_option"}
    assert imports.twin.control("GET", "revision") == before


def test_the_ledger_keeps_the_refusal_and_the_landing(imports: Imports, refused: RunReport) -> None:
    send_again(imports, refused.run_id, {3: {"Shoe": "Boot"}})
    with imports.ctx.database.read() as conn:
        lines = conn.exec_driver_sql(
            "SELECT status FROM crm_sync_logs WHERE run_id = ? AND row_no = 3 ORDER BY created_at",
            (refused.run_id,),
        ).all()
    assert [status for (status,) in lines] == ["failed", "success"]


def test_who_corrected_what_is_on_record(imports: Imports, refused: RunReport) -> None:
    send_again(imports, refused.run_id, {3: {"Shoe": "Boot"}})
    told = {line["what"]: line for line in imports.ctx.audit.recent(5)}
    assert told["run.edited"]["details"] == {"columns": {"3": ["Shoe"]}}
    assert told["run.edited"]["who"] == imports.ctx.user


def add_call_tasks(imports: Imports, run_id: str) -> None:
    task = {
        "hs_timestamp": "2026-12-01T09:00:00Z",
        "hs_task_subject": "Call",
        "hs_task_status": "NOT_STARTED",
    }
    wanted = [
        FollowUp(rule="call", object=ObjectName.TASKS, subject=id_, occasion="2026-Q4", values=task)
        for id_ in imports.ctx.plans.records(run_id)
    ]
    add_follow_ups(imports.ctx, run_id, wanted)


# What landed is never made a second time


def test_a_corrected_e_mail_that_another_row_has_makes_it_a_duplicate(imports: Imports) -> None:
    first = imports.run(imports.file("Email,First name\na@x.example,Ada\nbad,Ada\n"))
    whole = send_again(imports, first.run_id, {3: {"Email": "a@x.example"}})
    assert outcomes(whole) == {"created": 1, "skipped": 1}
    assert holds_what_was_done(imports, whole)
    assert codes(whole, 3) == {"same_record"}


def test_a_duplicate_fills_what_its_record_lacks_and_replaces_nothing(imports: Imports) -> None:
    first = imports.run(
        imports.file("Email,First name,City\na@x.example,Ada,\nbad,Augusta,London\n"), policy="overwrite"
    )
    whole = send_again(imports, first.run_id, {3: {"Email": "a@x.example"}})
    assert outcomes(whole) == {"created": 1, "updated": 1}
    ada = imports.contact("a@x.example", "firstname", "city")
    assert (ada["firstname"], ada["city"]) == ("Ada", "London")
    assert holds_what_was_done(imports, whole)


def test_two_corrected_rows_of_one_person_are_one_record(imports: Imports) -> None:
    first = imports.run(imports.file("Email,First name\na@x.example,Ada\nbad,Ben\nworse,Ben\n"))
    whole = send_again(imports, first.run_id, {3: {"Email": "b@x.example"}, 4: {"Email": "b@x.example"}})
    assert outcomes(whole) == {"created": 2, "skipped": 1}
    assert holds_what_was_done(imports, whole)


def test_a_row_of_a_refused_record_goes_along_with_the_corrected_one(imports: Imports) -> None:
    shoe(imports, "Boot", "Clog")
    preview = imports.preview(imports.file("Email,Shoe\nb@x.example,Clog\nb@x.example,\n"))
    shoe(imports, "Boot")
    first = imports.write(preview.run_id)
    assert outcomes(first) == {"failed": 2}
    whole = send_again(imports, first.run_id, {2: {"Shoe": "Boot"}})
    assert outcomes(whole) == {"created": 1, "skipped": 1}


@pytest.fixture
def waiting_company(imports: Imports) -> RunReport:
    """Three people without e-mail; the company of rows 2 and 3 has a namesake in the CRM, so they are there and it is not."""
    imports.crm("POST", "/crm/v3/objects/companies", {"properties": {"name": "First Ltd"}})
    rows = "Ada,A,First Ltd,\nBen,B,First Ltd,\nCleo,C,Stars,stars.example\n"
    result = imports.run(imports.file(f"First name,Last name,Company,Domain\n{rows}"), "both")
    assert (outcomes(result), result.partly_blocked) == ({"created": 1, "blocked": 2}, 2)
    assert (imports.twin.state()["contacts"], imports.twin.state()["companies"]) == (3, 2)
    return result


def first_names(imports: Imports) -> list[str]:
    found = imports.crm("GET", "/crm/v3/objects/contacts?properties=firstname").json()["results"]
    return sorted(one["properties"]["firstname"] for one in found)


def test_people_that_landed_are_not_made_again_with_their_company(
    imports: Imports, waiting_company: RunReport
) -> None:
    corrected = {row: {"Domain": "first.example"} for row in (2, 3)}
    whole = send_again(imports, waiting_company.run_id, corrected)
    assert outcomes(whole) == {"created": 3}
    assert whole.actions["contacts"] == {"create": 3, "update": 0, "link": 3}  # type: ignore[index]
    assert whole.actions["companies"] == {"create": 2, "update": 0, "link": 0}  # type: ignore[index]
    assert (imports.twin.state()["contacts"], imports.twin.state()["companies"]) == (3, 3)


def test_rows_that_wait_for_the_same_company_go_along(imports: Imports, waiting_company: RunReport) -> None:
    imports.crm(  # the namesake turns out to be another company
        "PATCH",
        f"/crm/v3/objects/companies/{only_company(imports, 'First Ltd')}",
        {"properties": {"name": "First Inc"}},
    )
    whole = send_again(imports, waiting_company.run_id, {2: {"Last name": "Adams"}})
    assert outcomes(whole) == {"created": 3}
    assert imports.twin.state()["companies"] == 3


def only_company(imports: Imports, name: str) -> str:
    found = imports.crm("GET", "/crm/v3/objects/companies?properties=name").json()["results"]
    (id_,) = [one["id"] for one in found if one["properties"]["name"] == name]
    return str(id_)


def test_a_cell_of_a_person_that_landed_can_be_corrected_on_the_way(
    imports: Imports, waiting_company: RunReport
) -> None:
    corrected = {"Domain": "first.example", "First name": "Augusta"}
    half = send_again(imports, waiting_company.run_id, {2: corrected})
    assert outcomes(half) == {"created": 2, "blocked": 1}
    assert half.actions["contacts"] == {"create": 3, "update": 1, "link": 2, "waiting": 1}  # type: ignore[index]
    assert first_names(imports) == ["Augusta", "Ben", "Cleo"]


def test_what_people_changed_of_a_record_that_landed_stays(
    imports: Imports, waiting_company: RunReport
) -> None:
    ada = next(
        one["id"]
        for one in imports.crm("GET", "/crm/v3/objects/contacts?properties=firstname").json()["results"]
        if one["properties"]["firstname"] == "Ada"
    )
    imports.crm("PATCH", f"/crm/v3/objects/contacts/{ada}", {"properties": {"firstname": "Theirs"}})
    send_again(imports, waiting_company.run_id, {2: {"Domain": "first.example"}})
    assert first_names(imports) == ["Ben", "Cleo", "Theirs"]


def test_a_record_that_landed_and_was_deleted_since_is_not_made_again(
    imports: Imports, waiting_company: RunReport
) -> None:
    for one in imports.crm("GET", "/crm/v3/objects/contacts").json()["results"]:
        imports.crm("DELETE", f"/crm/v3/objects/contacts/{one['id']}")
    again = send_again(imports, waiting_company.run_id, {2: {"Domain": "first.example"}})
    assert imports.twin.state()["contacts"] == 0
    assert "deleted_in_crm" in codes(again, 2)
    assert again.partly_blocked == 2


# Wrong companies


def test_one_wrong_company_match_is_not_made_by_a_correction(imports: Imports) -> None:
    """The domain belongs to rows of two company names; a third one that is corrected joins neither."""
    people = "a@shared.example,First Ltd\nb@shared.example,Second Ltd\nbad,Third Ltd\n"
    first = imports.run(imports.file(f"Email,Company\n{people}"), "both")
    assert imports.twin.state()["companies"] == 2
    whole = send_again(imports, first.run_id, {4: {"Email": "c@shared.example"}})
    assert outcomes(whole) == {"created": 3}
    assert imports.twin.state()["companies"] == 3


def test_a_correction_that_makes_a_domain_shared_joins_nobody(imports: Imports) -> None:
    first = imports.run(imports.file("Email,Company\na@shared.example,First Ltd\nbad,Second Ltd\n"), "both")
    whole = send_again(imports, first.run_id, {3: {"Email": "b@shared.example"}})
    assert outcomes(whole) == {"created": 2}
    assert imports.twin.state()["companies"] == 2


# Changed in the CRM since the preview


@pytest.fixture
def stale(imports: Imports) -> RunReport:
    """Row 2 was changed by somebody between preview and write."""
    imports.run(imports.file("Email,First name\na@x.example,Old\nb@x.example,Old\n"))
    preview = imports.preview(
        imports.file("Email,First name\na@x.example,New\nb@x.example,New\n", "new.csv"), policy="overwrite"
    )
    rename(imports, "a@x.example", "Theirs")
    result = imports.write(preview.run_id)
    assert outcomes(result) == {"updated": 1, "blocked": 1}
    return result


def rename(imports: Imports, email: str, name: str) -> None:
    where = f"/crm/v3/objects/contacts/{email}?idProperty=email"
    imports.crm("PATCH", where, {"properties": {"firstname": name}})


def test_a_row_that_changed_in_the_crm_is_compared_anew_and_sent_when_a_person_says_so(
    imports: Imports, stale: RunReport
) -> None:
    rename(imports, "a@x.example", "Theirs again")
    whole = send_again(imports, stale.run_id)
    assert outcomes(whole) == {"updated": 2}
    assert imports.contact("a@x.example", "firstname")["firstname"] == "New"


def test_taking_over_what_they_wrote_leaves_the_record_alone(imports: Imports, stale: RunReport) -> None:
    whole = send_again(imports, stale.run_id, {2: {"First name": "Theirs"}})
    assert outcomes(whole) == {"updated": 1, "unchanged": 1}
    assert imports.contact("a@x.example", "firstname")["firstname"] == "Theirs"


def test_a_record_that_somebody_else_created_meanwhile_is_filled(imports: Imports) -> None:
    preview = imports.preview(imports.file("Email,First name,City\na@x.example,Ada,London\n"))
    imports.crm(
        "POST", "/crm/v3/objects/contacts", {"properties": {"email": "a@x.example", "firstname": "Theirs"}}
    )
    first = imports.write(preview.run_id)
    assert outcomes(first) == {"blocked": 1}
    whole = send_again(imports, first.run_id)
    assert outcomes(whole) == {"updated": 1}
    ada = imports.contact("a@x.example", "firstname", "city")
    assert (ada["firstname"], ada["city"]) == ("Theirs", "London")


def test_a_blank_cell_never_wipes_a_phone(imports: Imports) -> None:
    imports.run(imports.file("Email,Phone\na@x.example,+44 20 7946 0001\n"))
    bad = imports.run(
        imports.file("Email,Phone,City\nbad,,London\nb@x.example,+44 20 7946 0002,\n", "b.csv"),
        policy="overwrite",
    )
    whole = send_again(imports, bad.run_id, {2: {"Email": "a@x.example"}})
    assert outcomes(whole) == {"created": 1, "updated": 1}
    assert imports.contact("a@x.example", "phone")["phone"] == "+442079460001"


# In doubt


@pytest.fixture
def without_fields(imports: Imports) -> Imports:
    """An account without our key field: a create whose answer is lost cannot be proved by it."""
    for name in ("contacts", "companies"):
        imports.crm("DELETE", f"/crm/v3/properties/{name}/smartsync_key")
    return imports


@pytest.fixture
def in_doubt(without_fields: Imports) -> RunReport:
    """Row 2 was made, but the CRM never said so, and it has nothing that proves it."""
    imports = without_fields
    preview = imports.preview(imports.file("First name,Last name,Email\nAda,A,\n"))
    imports.twin.control("PUT", "faults", {"next": [{"kind": "reset_after_commit", "path": "batch/create"}]})
    result = imports.write(preview.run_id)
    assert outcomes(result) == {"in_doubt": 1}
    return result


def test_a_create_in_doubt_that_nothing_proves_is_not_sent_again(
    imports: Imports, in_doubt: RunReport
) -> None:
    attempts: tuple[Edits | None, ...] = (None, {2: {}})
    for edits in attempts:
        again = send_again(imports, in_doubt.run_id, edits)
        assert outcomes(again) == {"in_doubt": 1}
        assert imports.twin.state()["contacts"] == 1
        assert codes(again, 2) == {"in_doubt"}


def test_a_create_in_doubt_is_sent_again_once_a_person_corrected_its_row(
    imports: Imports, in_doubt: RunReport
) -> None:
    (lost,) = imports.crm("GET", "/crm/v3/objects/contacts").json()["results"]
    imports.crm("DELETE", f"/crm/v3/objects/contacts/{lost['id']}")
    whole = send_again(imports, in_doubt.run_id, {2: {"Last name": "Adams"}})
    assert outcomes(whole) == {"created": 1}
    assert imports.twin.state()["contacts"] == 1


# At every moment


def test_no_result_is_green_with_a_row_missing(imports: Imports) -> None:
    """Whenever one looks, all rows are accounted for; and what is called created is in the CRM at the end."""
    good = "".join(f"p{n}@firm.example,Name{n},Firm\n" for n in range(20))
    bad = "".join(f"bad {n},Bad{n},Firm\n" for n in range(20))
    first = imports.run(imports.file(f"Email,First name,Company\n{good}{bad}"), "both")
    assert outcomes(first) == {"created": 20, "blocked": 20}
    imports.twin.control("PUT", "latency", {"ms": 60})
    try:
        retry(imports.ctx, first.run_id, {n + 22: {"Email": f"b{n}@firm.example"} for n in range(18)})
        seen = [report(imports.ctx, first.run_id)]
        while seen[-1].state is RunState.RUNNING:
            seen.append(report(imports.ctx, first.run_id))
    finally:
        imports.twin.control("PUT", "latency", {"ms": 0})
    finish(imports, first.run_id)
    assert {sum(one.outcomes.values()) for one in seen} == {40}
    assert {tuple(one.predicted.items()) for one in seen} == {tuple(first.predicted.items())}
    assert [one.outcomes["created"] for one in seen] == sorted(one.outcomes["created"] for one in seen)
    last = report(imports.ctx, first.run_id)
    assert outcomes(last) == {"created": 38, "blocked": 2}
    assert imports.twin.state()["contacts"] == 38


# After a crash


def test_rows_that_were_taken_up_right_before_a_crash_are_sent_at_the_next_start(imports: Imports) -> None:
    first = imports.run(imports.file("Email,First name\na@x.example,Ada\nbad,Ben\n"))
    repairs = Repairs(imports.ctx.database, imports.ctx.org_id)
    cells = {3: ("b@x.example", "Ben")}
    assert repairs.begin(first.run_id, [3], cells, who="somebody", at=datetime.now(UTC))
    recover(imports.ctx)
    finish(imports, first.run_id)
    assert outcomes(report(imports.ctx, first.run_id)) == {"created": 2}


def test_a_plan_that_was_interrupted_half_way_is_made_to_its_end(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Companies are planned, their people are not yet: the second time makes no company twice."""
    people = "bad,First Ltd\nworse,Second Ltd\nc@third.example,Third Ltd\n"
    first = imports.run(imports.file(f"Email,Company\n{people}"), "both")
    keep, decide = Repairs.plan, replan.decide_again
    kept: list[str] = []

    def keep_only_the_first(self: Repairs, *parts: Any) -> None:
        if len(kept) == 1:
            kept.append("interrupted")
            raise SystemError("the power went out")
        kept.append("kept")
        keep(self, *parts)

    def twice(*given: Any) -> None:
        with pytest.raises(SystemError):
            decide(*given)
        decide(*given)

    monkeypatch.setattr(Repairs, "plan", keep_only_the_first)
    monkeypatch.setattr(repair, "decide_again", twice)
    whole = send_again(
        imports, first.run_id, {2: {"Email": "a@first.example"}, 3: {"Email": "b@second.example"}}
    )
    assert kept == ["kept", "interrupted", "kept", "kept"]
    assert outcomes(whole) == {"created": 3}
    assert whole.actions["companies"] == {"create": 3, "update": 0, "link": 0}  # type: ignore[index]
    assert holds_what_was_done(imports, whole)


# With what hangs on it


def test_tasks_of_a_refused_person_are_made_once_it_lands(imports: Imports) -> None:
    shoe(imports, "Boot", "Clog")
    preview = imports.preview(imports.file("Email,Shoe\na@x.example,Boot\nb@x.example,Clog\n"))
    add_call_tasks(imports, preview.run_id)
    shoe(imports, "Boot")
    first = imports.write(preview.run_id)
    assert (outcomes(first), imports.twin.state()["tasks"]) == ({"created": 1, "failed": 1}, 1)
    whole = send_again(imports, first.run_id, {3: {"Shoe": "Boot"}})
    assert (outcomes(whole), imports.twin.state()["tasks"]) == ({"created": 2}, 2)
    assert whole.actions["tasks"]["create"] == 2  # type: ignore[index]


def test_a_repaired_import_is_taken_back_whole(imports: Imports, waiting_company: RunReport) -> None:
    corrected = {"Domain": "first.example", "First name": "Augusta"}
    send_again(imports, waiting_company.run_id, {2: corrected})
    send_again(imports, waiting_company.run_id, {3: {"Domain": "first.example"}})
    undo_id = start_undo(imports.ctx, waiting_company.run_id)
    imports.ctx.engine.wait(f"undo-{undo_id}", 60)
    undone = imports.write(undo_id)
    assert outcomes(undone) == {"updated": 3}
    assert (imports.twin.state()["contacts"], imports.twin.state()["companies"]) == (0, 1)
    with pytest.raises(NeedsPerson, match="taken back"):
        retry(imports.ctx, waiting_company.run_id)


# What cannot be done


def test_rows_stay_as_they_were_where_the_crm_cannot_be_asked(imports: Imports) -> None:
    first = imports.run(imports.file(LEADS))
    imports.ctx.connections.save(
        name=imports.connection.name, crm_type="hubspot", base_url=imports.twin.url, token="pat-na1-nothing"
    )
    imports.twin.control("PUT", "tokens", {"pat-na1-nothing": {"scopes": []}})
    again = send_again(imports, first.run_id, {3: {"Email": "ben@engines.example"}})
    assert outcomes(again) == outcomes(first)
    assert codes(again, 3) == {"invalid_email"}
    assert "permission" in again.message or "may not" in again.message


def test_a_correction_is_kept_where_the_repair_could_not_be_planned(imports: Imports) -> None:
    first = imports.run(imports.file(LEADS))
    imports.twin.control("PUT", "tokens", {"pat-na1-nothing": {"scopes": []}})
    save = imports.ctx.connections.save
    save(name=imports.connection.name, crm_type="hubspot", base_url=imports.twin.url, token="pat-na1-nothing")
    send_again(imports, first.run_id, {3: {"Email": "ben@engines.example"}})
    save(
        name=imports.connection.name, crm_type="hubspot", base_url=imports.twin.url, token=imports.twin.token
    )
    assert outcomes(send_again(imports, first.run_id)) == {"created": 3, "blocked": 1}


@pytest.mark.parametrize(
    ("edits", "sentence"),
    [({3: {"Shoe": "42"}}, "no column “Shoe”"), ({77: {"Email": "a@x.example"}}, "no row 77")],
)
def test_what_the_file_does_not_have_is_said(imports: Imports, edits: Edits, sentence: str) -> None:
    first = imports.run(imports.file(LEADS))
    with pytest.raises(NeedsPerson, match=sentence):
        retry(imports.ctx, first.run_id, edits)
    assert report(imports.ctx, first.run_id) == first


def test_a_preview_has_nothing_to_repair_yet(imports: Imports) -> None:
    preview = imports.preview(imports.file(LEADS))
    with pytest.raises(NeedsPerson, match="once it is done"):
        retry(imports.ctx, preview.run_id)


def test_rows_that_need_nobody_are_passed_over(imports: Imports) -> None:
    first = imports.run(imports.file(LEADS))
    retried = retry(imports.ctx, first.run_id, {2: {"First name": "Augusta"}})
    assert (retried.rows, retried.passed_over) == ((), (2,))
    assert report(imports.ctx, first.run_id) == first


def test_a_correction_in_a_column_that_is_not_imported_is_said(imports: Imports) -> None:
    first = imports.run(imports.file("Email,Mood\nbad,fine\na@x.example,fine\n"))
    assert retry(imports.ctx, first.run_id, {2: {"Mood": "better"}}).without_effect == ("Mood",)
    finish(imports, first.run_id)
