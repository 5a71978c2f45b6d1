"""One contact or one company in one call: a run of one row through the same pipeline as a file."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.set_in_motion import CARD, FACTS, STRONG, know
from smartsync_core.connectors.hubspot import answers
from smartsync_core.errors import BadInput, NotFound, RetryLater
from smartsync_core.model.automation import DealPlace
from smartsync_core.model.mapping import Policy
from smartsync_core.model.plan import Outcome, Proof
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import preview, single
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.score_cards import use_card
from smartsync_core.orchestrator.single import SmartSyncOrchestrator
from smartsync_core.scoring.card import standard_text
from smartsync_core.wiring import Application, get_smartsync_orchestrator
from tests.orchestrator.conftest import Imports
from tests.running_app import PROJECT

JOHN = {
    "email": "john@acme-engines.example",
    "firstName": "John",
    "lastName": "Doe",
    "company": "Acme Engines",
    "companyId": "abc-123",
    "phone": "+44 20 7946 0001",
    "title": "CTO",
}


@pytest.fixture
def smartsync(imports: Imports, application: Application) -> SmartSyncOrchestrator:
    return application.orchestrator


@pytest.fixture
def slow_answers(imports: Imports, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Of the CRM, half a second each."""
    imports.twin.control("PUT", "latency", {"ms": 500})
    yield monkeypatch
    imports.twin.control("PUT", "latency", {"ms": 0})


def test_the_orchestrator_is_that_of_the_running_application(application: Application) -> None:
    assert get_smartsync_orchestrator() is application.orchestrator


def test_a_program_of_its_own_gets_one_that_ends_with_it(tmp_path: Path) -> None:
    code = """
        from smartsync_core.errors import NotFound
        from smartsync_core.wiring import get_smartsync_orchestrator
        try:
            get_smartsync_orchestrator().sync_contact("nobody", {"email": "ada@engines.example"})
        except NotFound as error:
            print(error.sentence())
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        check=False,
        env=os.environ | {"SMARTSYNC_DATA_DIR": str(tmp_path)},
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    assert "no such account" in ended.stdout


def test_a_contact_is_created_with_its_company_and_read_back(
    smartsync: SmartSyncOrchestrator, imports: Imports
) -> None:
    result = smartsync.sync_contact(imports.connection.id, JOHN)
    assert result.success
    assert (result.entity_type, result.outcome, result.operation) == ("contact", Outcome.CREATED, "create")
    assert result.proof is Proof.CHECKED
    john = imports.contact("john@acme-engines.example", "firstname", "lastname", "jobtitle", "phone")
    assert result.crm_contact_id == john["id"]
    assert (john["firstname"], john["lastname"], john["jobtitle"]) == ("John", "Doe", "CTO")
    linked = imports.crm("GET", f"/crm/v4/objects/contacts/{john['id']}/associations/companies").json()
    assert [str(one["toObjectId"]) for one in linked["results"]] == [result.crm_company_id]


def test_it_is_a_run_of_one_row_in_history(smartsync: SmartSyncOrchestrator, imports: Imports) -> None:
    result = smartsync.sync_contact(imports.connection.id, JOHN)
    run = report(imports.ctx, result.run_id)
    assert run.state is RunState.DONE
    assert run.rows == sum(run.outcomes.values()) == run.outcomes["created"] == run.predicted["created"] == 1


def test_both_spellings_name_the_same_values(smartsync: SmartSyncOrchestrator, imports: Imports) -> None:
    first = smartsync.sync_contact(imports.connection.id, JOHN)
    other = {
        "email": "john@acme-engines.example",
        "first_name": "John",
        "last_name": "Doe",
        "company": "Acme Engines",
        "company_id": "abc-123",
        "title": "CTO",
    }
    again = smartsync.sync_contact(imports.connection.id, other)
    assert again.outcome is Outcome.UNCHANGED
    assert again.success
    assert (again.crm_contact_id, again.crm_company_id) == (first.crm_contact_id, first.crm_company_id)
    assert not [reason for reason in again.reasons if reason.code == "column_left_out"]


def test_the_callers_own_company_id_comes_before_name_and_domain(
    smartsync: SmartSyncOrchestrator, imports: Imports
) -> None:
    first = smartsync.sync_company(
        imports.connection.id,
        {"companyId": "abc-123", "name": "Acme Engines", "domain": "acme-engines.example"},
    )
    renamed = smartsync.sync_company(
        imports.connection.id,
        {"company_id": "abc-123", "name": "Acme Motors", "domain": "acme-motors.example"},
        policy=Policy.OVERWRITE,
    )
    assert first.outcome is Outcome.CREATED
    assert renamed.outcome is Outcome.UPDATED
    assert renamed.crm_company_id == first.crm_company_id
    assert imports.twin.state()["companies"] == 1


def test_a_company_known_by_its_own_id_needs_no_name_beside_a_contact(
    smartsync: SmartSyncOrchestrator, imports: Imports
) -> None:
    company = smartsync.sync_company(imports.connection.id, {"companyId": "abc-123", "name": "Acme Engines"})
    contact = smartsync.sync_contact(
        imports.connection.id, {"email": "jane@elsewhere.example", "companyId": "abc-123"}
    )
    assert contact.outcome is Outcome.CREATED
    assert contact.crm_company_id == company.crm_company_id
    linked = imports.crm(
        "GET", f"/crm/v4/objects/contacts/{contact.crm_contact_id}/associations/companies"
    ).json()["results"]
    assert [str(one["toObjectId"]) for one in linked] == [company.crm_company_id]


def test_a_contact_of_a_company_that_nobody_knows_goes_and_says_so(
    smartsync: SmartSyncOrchestrator, imports: Imports
) -> None:
    result = smartsync.sync_contact(imports.connection.id, {"email": "jane@gmail.com", "companyId": "nobody"})
    assert result.success
    assert result.crm_contact_id
    assert result.outcome is Outcome.BLOCKED
    assert any("company" in reason.message for reason in result.reasons)


def test_a_value_that_cannot_be_read_is_said_and_nothing_is_sent(
    smartsync: SmartSyncOrchestrator, imports: Imports
) -> None:
    result = smartsync.sync_contact(imports.connection.id, JOHN | {"email": "john at acme"})
    assert not result.success
    assert result.outcome is Outcome.BLOCKED
    assert "john at acme" in result.message
    assert imports.twin.state()["contacts"] == 0


def test_what_goes_nowhere_is_named(smartsync: SmartSyncOrchestrator, imports: Imports) -> None:
    result = smartsync.sync_contact(imports.connection.id, JOHN | {"shoeSize": 44, "fax": None})
    assert [reason.field for reason in result.reasons if reason.code == "column_left_out"] == ["shoeSize"]


def test_two_calls_about_one_person_at_once_make_one_contact(
    smartsync: SmartSyncOrchestrator, imports: Imports
) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: smartsync.sync_contact(imports.connection.id, JOHN), range(4)))
    assert sorted(result.outcome for result in results) == [Outcome.CREATED] + [Outcome.UNCHANGED] * 3
    assert len({result.crm_contact_id for result in results}) == 1
    assert (imports.twin.state()["contacts"], imports.twin.state()["companies"]) == (1, 1)


def test_a_record_that_takes_too_long_to_be_waited_for_is_written_all_the_same(
    smartsync: SmartSyncOrchestrator, imports: Imports, slow_answers: pytest.MonkeyPatch
) -> None:
    slow_answers.setattr(single, "_PATIENCE_S", 0.3)
    late = smartsync.sync_contact(imports.connection.id, JOHN | {"email": "joan@acme-engines.example"})
    assert late.state is RunState.PREVIEWING
    until = time.monotonic() + 60
    while imports.ctx.runs.state(late.run_id) is not RunState.DONE:
        assert time.monotonic() < until, imports.ctx.runs.state(late.run_id)
        time.sleep(0.05)
    assert (imports.twin.state()["contacts"], imports.twin.state()["companies"]) == (1, 1)


def test_a_call_does_not_begin_beside_one_about_the_same_company_that_nobody_waits_for_any_more(
    smartsync: SmartSyncOrchestrator, imports: Imports, slow_answers: pytest.MonkeyPatch
) -> None:
    slow_answers.setattr(single, "_PATIENCE_S", 0.3)
    smartsync.sync_contact(imports.connection.id, JOHN | {"email": "june@acme-engines.example"})
    with pytest.raises(RetryLater, match="still being worked on") as refused:
        smartsync.sync_contact(imports.connection.id, JOHN | {"email": "jack@acme-engines.example"})
    assert refused.value.code == "in_progress"
    slow_answers.setattr(single, "_PATIENCE_S", 60.0)
    assert smartsync.sync_contact(
        imports.connection.id, JOHN | {"email": "jack@acme-engines.example"}
    ).success
    assert (imports.twin.state()["contacts"], imports.twin.state()["companies"]) == (2, 1)


def test_a_call_waits_for_what_goes_on_about_its_company_since_the_start(
    smartsync: SmartSyncOrchestrator, imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = smartsync.sync_contact(imports.connection.id, JOHN)
    imports.ctx.runs.update(before.run_id, state=RunState.RUNNING)
    smartsync.mind([imports.ctx.runs.get(before.run_id)])
    monkeypatch.setattr(single, "_PATIENCE_S", 0.3)
    colleague = JOHN | {"email": "jane@acme-engines.example"}
    with pytest.raises(RetryLater, match="still being worked on"):
        smartsync.sync_contact(imports.connection.id, colleague)
    monkeypatch.setattr(single, "_PATIENCE_S", 60.0)
    imports.ctx.runs.update(before.run_id, state=RunState.DONE)
    assert smartsync.sync_contact(imports.connection.id, colleague).success


def test_an_error_inside_ends_the_preview_and_says_so(
    smartsync: SmartSyncOrchestrator, imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("john@acme-engines.example")

    monkeypatch.setattr(preview, "_decide", broken)
    result = smartsync.sync_contact(imports.connection.id, JOHN)
    assert (result.success, result.state) == (False, RunState.FAILED)
    assert result.message.startswith("An error inside SmartSync stopped this preview.")
    assert not imports.ctx.runs.open_ones()


def test_the_accounts_fields_are_not_asked_for_each_time(
    smartsync: SmartSyncOrchestrator, imports: Imports
) -> None:
    smartsync.sync_contact(imports.connection.id, JOHN)
    before = sum(imports.twin.calls().values())
    smartsync.sync_contact(imports.connection.id, JOHN | {"email": "jill@acme-engines.example"})
    assert sum(imports.twin.calls().values()) - before <= 6  # look up two, create, associate, read both back


@pytest.mark.parametrize("given", [{}, {"email": "", "firstName": None}])
def test_an_empty_record_is_refused(
    smartsync: SmartSyncOrchestrator, imports: Imports, given: dict[str, object]
) -> None:
    with pytest.raises(BadInput, match="empty"):
        smartsync.sync_contact(imports.connection.id, given)


def test_a_value_of_several_parts_is_refused_by_name(
    smartsync: SmartSyncOrchestrator, imports: Imports
) -> None:
    with pytest.raises(BadInput, match="phone"):
        smartsync.sync_contact(imports.connection.id, JOHN | {"phone": ["1", "2"]})


def test_when_the_day_is_used_up_it_is_said_and_the_rest_is_done_after_the_reset(
    smartsync: SmartSyncOrchestrator, imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_until_midnight", lambda now, zone: 1.0)
    imports.twin.control("PUT", "faults", {"next": [{"kind": "daily", "path": "contacts/batch/create"}]})
    result = smartsync.sync_contact(imports.connection.id, JOHN | {"email": "jay@acme-engines.example"})
    assert (result.success, result.state, imports.twin.state()["contacts"]) == (False, RunState.PAUSED, 0)
    assert "used up" in result.message
    (waiting,) = imports.ctx.engine.open_ids(f"write-{result.run_id}")
    imports.ctx.engine.wait(waiting, 60)
    whole = report(imports.ctx, result.run_id)
    assert (whole.state, whole.outcomes["created"]) == (RunState.DONE, 1)
    assert (imports.twin.state()["contacts"], imports.twin.state()["companies"]) == (1, 1)


def test_an_unknown_account_is_said(smartsync: SmartSyncOrchestrator) -> None:
    with pytest.raises(NotFound):
        smartsync.sync_contact("nobody", JOHN)


SWITCHES = {"auto_enrich": False, "auto_score": True, "auto_assign": True, "auto_create_tasks": True}


@pytest.fixture
def by_itself(imports: Imports) -> Iterator[Imports]:
    """An account whose switches are on, a score card that knows its owner, and a company that is worth a deal."""
    owner = imports.crm("GET", "/crm/v3/owners").json()["results"][0]
    use_card(imports.ctx, f"{CARD}owners: {{territories: [{{owner: {owner['email']}, countries: [GB]}}]}}\n")
    know(imports.ctx, "unattended-strong.example", FACTS[STRONG])
    account = connect(
        imports.ctx,
        crm_type="hubspot",
        name=imports.connection.name,
        token=imports.twin.token,
        base_url=imports.twin.url,
        **SWITCHES,  # type: ignore[arg-type]
    )
    yield replace(imports, connection=account.connection)
    use_card(imports.ctx, standard_text())


def person(name: str) -> dict[str, str]:
    return {"email": f"{name}@unattended-strong.example", "firstName": name, "company": "Strong"}


def test_the_switches_of_the_account_set_in_motion_what_nobody_is_there_to_tick(
    smartsync: SmartSyncOrchestrator, by_itself: Imports
) -> None:
    result = smartsync.sync_contact(by_itself.connection.id, person("ann"))
    assert result.success, result.message
    assert result.lead_score is not None
    assert result.lead_score >= 85
    assert result.summary
    assert result.next_action
    state = by_itself.twin.state()
    assert (state["tasks"], state["deals"], state["notes"]) == (1, 1, 0)
    assert result.crm_task_id
    assert result.crm_deal_id
    company = by_itself.crm(
        "GET", f"/crm/v3/objects/companies/{result.crm_company_id}?properties=oppspot_score,hubspot_owner_id"
    ).json()["properties"]
    assert company["oppspot_score"] == str(result.lead_score)
    assert company["hubspot_owner_id"] == result.crm_owner_id != ""


def test_a_company_s_people_synced_at_the_same_time_make_one_task_and_one_deal(
    smartsync: SmartSyncOrchestrator, by_itself: Imports
) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(
            pool.map(
                lambda name: smartsync.sync_contact(by_itself.connection.id, person(name)),
                ["bea", "cid", "dot", "bea"],
            )
        )
    assert all(result.success for result in results)
    assert (by_itself.twin.state()["tasks"], by_itself.twin.state()["deals"]) == (1, 1)
    assert sum(bool(result.crm_task_id) for result in results) == 1


def test_with_the_switches_off_nothing_but_the_record_is_written(
    smartsync: SmartSyncOrchestrator, imports: Imports
) -> None:
    know(imports.ctx, "unattended-strong.example", FACTS[STRONG])
    result = smartsync.sync_contact(imports.connection.id, person("eve"))
    assert (result.lead_score, result.crm_task_id, result.enrichments) == (None, "", {})
    assert imports.twin.state()["tasks"] == 0


def test_where_nobody_chose_a_pipeline_the_rest_is_done_and_it_is_said(
    smartsync: SmartSyncOrchestrator, by_itself: Imports
) -> None:
    gone = DealPlace(pipeline="gone", stage="gone")
    by_itself.ctx.deal_places.choose(by_itself.connection.id, gone, by="somebody")
    result = smartsync.sync_contact(by_itself.connection.id, person("fay"))
    assert result.success
    assert (by_itself.twin.state()["tasks"], by_itself.twin.state()["deals"]) == (1, 0)
    assert "deal_place_open" in {reason.code for reason in result.reasons}
