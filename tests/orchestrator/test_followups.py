"""Deals, tasks and notes: made once per occasion, whatever is uploaded again and whatever answer is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import FollowUp
from smartsync_core.model.run import RunReport
from smartsync_core.orchestrator import lost
from smartsync_core.orchestrator.followups import add_follow_ups
from tests.orchestrator.conftest import Imports
from tests.orchestrator.test_import import LEADS

DUE = "2026-12-01T09:00:00Z"


def plan(imports: Imports, run_id: str, occasion: str = "2026-Q4") -> int:
    """One task per contact, one deal and one note per company."""
    records = imports.ctx.plans.records(run_id).values()
    wanted = []
    for action in records:
        if action.object is ObjectName.CONTACTS:
            task = {"hs_timestamp": DUE, "hs_task_subject": "Call", "hs_task_status": "NOT_STARTED"}
            wanted.append(
                FollowUp(
                    rule="call", object=ObjectName.TASKS, subject=action.id, occasion=occasion, values=task
                )
            )
        else:
            deal = {
                "dealname": f"Deal of {action.key_value}",
                "dealstage": "appointmentscheduled",
                "pipeline": "default",
            }
            note = {"hs_timestamp": DUE, "hs_note_body": "Researched"}
            wanted += [
                FollowUp(
                    rule="deal", object=ObjectName.DEALS, subject=action.id, occasion=occasion, values=deal
                ),
                FollowUp(
                    rule="note", object=ObjectName.NOTES, subject=action.id, occasion=occasion, values=note
                ),
            ]
    return add_follow_ups(imports.ctx, run_id, wanted)


def run(imports: Imports, occasion: str = "2026-Q4") -> RunReport:
    preview = imports.preview(imports.file(LEADS), "both")
    plan(imports, preview.run_id, occasion)
    return imports.write(preview.run_id)


def made(imports: Imports) -> dict[str, int]:
    state = imports.twin.state()
    return {name: state[name] for name in ("deals", "tasks", "notes")}


def test_they_are_made_beside_their_records_and_checked(imports: Imports) -> None:
    result = run(imports)
    assert made(imports) == {"deals": 2, "tasks": 3, "notes": 2}
    assert result.outcomes["created"] == 3
    assert result.actions[ObjectName.TASKS]["create"] == 3
    assert result.proof == {"checked": 12, "changed": 0, "missing": 0}
    ada = imports.contact("ada@engines.example")["id"]
    linked = imports.crm("GET", f"/crm/v4/objects/contacts/{ada}/associations/tasks").json()["results"]
    assert len(linked) == 1


def test_a_second_upload_makes_none_and_a_new_occasion_makes_them_once_more(imports: Imports) -> None:
    run(imports)
    again = run(imports)
    assert made(imports) == {"deals": 2, "tasks": 3, "notes": 2}
    assert again.outcomes["unchanged"] == 3
    run(imports, "2027-Q1")
    assert made(imports)["tasks"] == 6


def test_one_that_a_person_removed_is_not_made_again(imports: Imports) -> None:
    run(imports)
    tasks = imports.crm("GET", "/crm/v3/objects/tasks").json()["results"]
    imports.crm("DELETE", f"/crm/v3/objects/tasks/{tasks[0]['id']}")
    run(imports)
    assert made(imports)["tasks"] == 2


@pytest.mark.parametrize("with_key", [True, False])
def test_a_lost_answer_makes_no_second_one(
    imports: Imports, monkeypatch: pytest.MonkeyPatch, with_key: bool
) -> None:
    monkeypatch.setattr(lost, "_CALL_TIMEOUT", timedelta(seconds=1))
    if not with_key:
        imports.crm("DELETE", "/crm/v3/properties/tasks/smartsync_key")
    fault = {"kind": "reset_after_commit", "path": "tasks/batch/create", "after": 0}
    imports.twin.control("PUT", "faults", {"next": [fault]})
    result = run(imports)
    assert result.outcomes["created"] == 3
    assert made(imports)["tasks"] == 3


def test_a_follow_up_of_a_refused_record_waits_and_its_row_needs_you(imports: Imports) -> None:
    preview = imports.preview(imports.file(LEADS), "both")
    plan(imports, preview.run_id)
    imports.crm(
        "POST", "/crm/v3/objects/companies", {"properties": {"domain": "stars.example", "name": "Stars"}}
    )
    result = imports.write(preview.run_id)
    assert (result.outcomes["created"], result.partly_blocked) == (2, 1)
    assert made(imports) == {"deals": 1, "tasks": 3, "notes": 1}
