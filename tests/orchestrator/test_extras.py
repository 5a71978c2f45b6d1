"""What an import does besides its rows: only what is ticked, seen before, once per company, and never over a person's word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from benchmarks.set_in_motion import know
from smartsync_core.errors import BadInput
from smartsync_core.model.automation import Extra
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.run import RunReport
from smartsync_core.orchestrator import extras
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.fields import RESEARCH
from smartsync_core.orchestrator.score_cards import use_card
from smartsync_core.orchestrator.undo import start_undo
from smartsync_core.scoring.card import standard_text
from tests.orchestrator.conftest import Imports

CARD = """
name: for extras
icp:
  industry: {primary: [Software]}
  employees: {core: [[50, 500]]}
  country: {covered: [GB]}
owners:
  territories: [{owner: dana@twin.example, countries: [GB]}]
"""
STRONG = {"industry": "Software", "employees": "120", "country": "GB"}
WEAK = {"industry": "Software", "employees": "9", "country": "US"}
STANDING = {"company_status": "active", "accounts_type": "full", "founded": "2009-01-01"}
ROWS = """Email,First name,Company,Website
ann@strong-extra.example,Ann,Strong,strong-extra.example
bob@strong-extra.example,Bob,Strong,strong-extra.example
cat@weak-extra.example,Cat,Weak,weak-extra.example
dan@dim-extra.example,Dan,Dim,dim-extra.example
"""
ALL = frozenset(Extra) - {Extra.ENRICH}


@pytest.fixture
def known(imports: Imports) -> Iterator[Imports]:
    """One company that is worth a deal, one that is not, and one of which nothing is known."""
    use_card(imports.ctx, CARD)
    know(imports.ctx, "strong-extra.example", STRONG | STANDING)
    know(imports.ctx, "weak-extra.example", WEAK | STANDING)
    yield imports
    use_card(imports.ctx, standard_text())


def made(imports: Imports) -> dict[str, int]:
    state = imports.twin.state()
    return {name: state[name] for name in ("deals", "tasks", "notes")}


def company(imports: Imports, domain: str) -> dict[str, Any]:
    asked = {"filterGroups": [{"filters": [{"propertyName": "domain", "operator": "EQ", "value": domain}]}]}
    properties = ["oppspot_score", "oppspot_score_fit", "oppspot_summary", "hubspot_owner_id"]
    found = imports.crm("POST", "/crm/v3/objects/companies/search", asked | {"properties": properties}).json()
    one = found["results"][0]
    return dict(one["properties"]) | {"id": one["id"]}


def codes(report: RunReport) -> dict[str, str]:
    return {reason.code: reason.message for reason in report.reasons if not reason.row}


def test_nothing_is_set_in_motion_unless_it_is_ticked(known: Imports) -> None:
    result = known.run(known.file(ROWS), "both")
    assert made(known) == {"deals": 0, "tasks": 0, "notes": 0}
    assert company(known, "strong-extra.example")["oppspot_score"] is None
    assert result.outcomes["created"] == 4


def test_the_preview_says_how_many_and_only_what_it_said_is_made(known: Imports) -> None:
    preview = known.preview(known.file(ROWS), "both", extras=ALL)
    assert preview.actions[ObjectName.DEALS]["create"] == 1
    assert preview.actions[ObjectName.TASKS]["create"] == 2
    assert preview.actions[ObjectName.NOTES]["create"] == 2
    assert codes(preview)["too_little_known"].startswith("1 company of which too little is known")
    assert made(known) == {"deals": 0, "tasks": 0, "notes": 0}
    assert "own fields of 3 companies" in codes(preview)["scores_filled"]
    result = known.write(preview.run_id)
    assert made(known) == {"deals": 1, "tasks": 2, "notes": 2}
    assert result.outcomes == result.predicted
    strong = company(known, "strong-extra.example")
    assert int(strong["oppspot_score"]) >= 85
    assert strong["oppspot_score_fit"] == "100"
    deal = known.crm("GET", f"/crm/v4/objects/companies/{strong['id']}/associations/deals").json()["results"]
    assert len(deal) == 1


def test_a_second_upload_makes_nothing_again_and_writes_nothing(known: Imports) -> None:
    known.run(known.file(ROWS), "both", extras=ALL)
    again = known.preview(
        known.file(ROWS + "eve@strong-extra.example,Eve,Strong,strong-extra.example\n"), "both", extras=ALL
    )
    assert again.actions[ObjectName.TASKS]["create"] == 0
    assert again.actions[ObjectName.COMPANIES]["update"] == 0
    assert codes(again)["deal_open"].startswith("1 company with an open deal")
    known.write(again.run_id)
    assert made(known) == {"deals": 1, "tasks": 2, "notes": 2}


def test_once_enough_time_has_gone_by_its_turn_comes_again(
    known: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    known.run(known.file(ROWS), "both", extras={Extra.TASKS})
    monkeypatch.setattr(extras, "AGAIN_AFTER", timedelta(0))
    known.run(known.file(ROWS), "both", extras={Extra.TASKS})
    assert made(known)["tasks"] == 4
    monkeypatch.undo()
    known.run(known.file(ROWS), "both", extras={Extra.TASKS})
    assert made(known)["tasks"] == 4


def test_only_what_is_ticked_is_done_a_task_fills_no_field(known: Imports) -> None:
    preview = known.preview(known.file(ROWS), "both", extras={Extra.TASKS})
    assert "scores_filled" not in codes(preview)
    known.write(preview.run_id)
    assert made(known)["tasks"] == 2
    assert company(known, "strong-extra.example")["oppspot_score"] is None


def test_without_our_fields_in_the_account_the_preview_says_how_to_add_them(known: Imports) -> None:
    bare = connect(
        known.ctx,
        crm_type="hubspot",
        name=f"{known.connection.name} bare",
        token=known.twin.token,
        base_url=known.twin.url,
    )
    account = replace(known, connection=bare.connection)
    for name in ("contacts", "companies"):
        known.crm(
            "POST", f"/crm/v3/properties/{name}/batch/archive", {"inputs": [{"name": n} for n in RESEARCH]}
        )
    preview = account.preview(account.file(ROWS), "both", extras={Extra.SCORES})
    assert "--add-fields" in codes(preview)["no_score_fields"]
    assert "scores_filled" not in codes(preview)


def test_after_an_undo_the_ninety_days_begin_with_the_new_one(
    known: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = known.run(known.file(ROWS), "both", extras={Extra.TASKS})
    made_first = known.ctx.runs.get(first.run_id)
    undo_id = start_undo(known.ctx, first.run_id)
    known.ctx.engine.wait(f"undo-{undo_id}", 60)
    known.write(undo_id)
    assert made(known)["tasks"] == 0
    anew = known.run(known.file(ROWS), "both", extras={Extra.TASKS})
    assert anew.actions[ObjectName.TASKS]["create"] == 2
    assert made_first.finished_at is not None
    since_first = datetime.now(UTC) - made_first.finished_at
    monkeypatch.setattr(extras, "AGAIN_AFTER", since_first)
    later = known.preview(known.file(ROWS), "both", extras={Extra.TASKS})
    assert later.actions[ObjectName.TASKS]["create"] == 0


def test_people_alone_have_one_task_per_company_and_it_is_the_company_s(known: Imports) -> None:
    known.run(known.file(ROWS), "both", extras={Extra.TASKS})
    known.run(known.file("Email\nnew@strong-extra.example\n", "people.csv"), extras={Extra.TASKS})
    assert made(known)["tasks"] == 2


def test_a_company_with_an_open_deal_gets_no_other_but_one_with_a_lost_deal_does(known: Imports) -> None:
    known.run(known.file(ROWS), "both")
    strong = company(known, "strong-extra.example")["id"]
    theirs = {
        "properties": {"dealname": "Theirs", "pipeline": "default", "dealstage": "contractsent"},
        "associations": [
            {
                "to": {"id": strong},
                "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 341}],
            }
        ],
    }
    deal = known.crm("POST", "/crm/v3/objects/deals", theirs).json()["id"]
    held = known.preview(known.file(ROWS), "both", extras={Extra.DEALS})
    assert codes(held)["deal_open"].startswith("1 company with an open deal")
    assert ObjectName.DEALS not in held.actions
    known.crm("PATCH", f"/crm/v3/objects/deals/{deal}", {"properties": {"dealstage": "closedlost"}})
    assert (
        known.preview(known.file(ROWS), "both", extras={Extra.DEALS}).actions[ObjectName.DEALS]["create"] == 1
    )


def test_values_that_a_person_set_stay_and_ours_follow_the_score(known: Imports) -> None:
    known.run(known.file(ROWS), "both", extras={Extra.SCORES})
    strong, weak = company(known, "strong-extra.example"), company(known, "weak-extra.example")
    typed = {"properties": {"oppspot_score": "12"}}
    known.crm("PATCH", f"/crm/v3/objects/companies/{strong['id']}", typed)
    for domain in ("strong-extra.example", "weak-extra.example"):
        know(known.ctx, domain, {"accounts_overdue": "yes"})
    known.run(known.file(ROWS), "both", extras={Extra.SCORES})
    assert company(known, "strong-extra.example")["oppspot_score"] == "12"
    assert company(known, "weak-extra.example")["oppspot_score"] < weak["oppspot_score"]


def test_owners_come_from_territories_and_nobody_is_moved(known: Imports) -> None:
    owners = known.crm("GET", "/crm/v3/owners").json()["results"]
    by_rule, other = owners[0], owners[1]
    use_card(
        known.ctx, CARD.replace("dana@twin.example", by_rule["email"]).replace("for extras", "for owners")
    )
    known.crm(
        "POST",
        "/crm/v3/objects/companies",
        {"properties": {"domain": "weak-extra.example", "name": "Weak", "hubspot_owner_id": other["id"]}},
    )
    known.run(known.file(ROWS), "both", extras={Extra.OWNERS, Extra.TASKS})
    assert company(known, "strong-extra.example")["hubspot_owner_id"] == by_rule["id"]
    assert known.contact("ann@strong-extra.example", "hubspot_owner_id")["hubspot_owner_id"] == by_rule["id"]
    assert company(known, "weak-extra.example")["hubspot_owner_id"] == other["id"]
    tasks = known.crm("GET", "/crm/v3/objects/tasks?properties=hubspot_owner_id").json()["results"]
    assert {task["properties"]["hubspot_owner_id"] for task in tasks} == {by_rule["id"], other["id"]}


def test_an_owner_s_cap_counts_every_import_that_stands(known: Imports) -> None:
    owner = known.crm("GET", "/crm/v3/owners").json()["results"][0]["email"]
    card = CARD.replace("dana@twin.example", owner).replace("for extras", "for a cap")
    use_card(known.ctx, f"{card}  capacity: 1\n")
    know(known.ctx, "other-extra.example", STRONG | STANDING)
    first, second = (
        known.file(
            f"Email,Company,Website\nann@{name}-extra.example,{name},{name}-extra.example\n", f"{name}.csv"
        )
        for name in ("strong", "other")
    )
    one = known.preview(first, "both", extras={Extra.OWNERS})
    two = known.preview(second, "both", extras={Extra.OWNERS})
    assert "owners_given" in codes(one)
    assert "owners_given" in codes(two)
    known.write(one.run_id)
    with pytest.raises(BadInput, match="the score card allows 1"):
        known.write(two.run_id)
    assert "owners_given" not in codes(known.preview(second, "both", extras={Extra.OWNERS}))
    undo_id = start_undo(known.ctx, one.run_id)
    known.ctx.engine.wait(f"undo-{undo_id}", 60)
    known.write(undo_id)
    assert "owners_given" in codes(known.preview(second, "both", extras={Extra.OWNERS}))
