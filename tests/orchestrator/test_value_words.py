"""What is told of values in sentences: the label of a choice, an owner's name and a date, never what the CRM keeps inside."""

from __future__ import annotations

import sqlalchemy as sa

from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.settle import settle
from smartsync_core.orchestrator.undo import start_undo
from smartsync_core.store.tables import plan_actions
from tests.orchestrator.conftest import Imports

EMAIL = "ada@told-in-words.example"


def owner(imports: Imports, place: int) -> dict[str, str]:
    found: dict[str, str] = imports.crm("GET", "/crm/v3/owners").json()["results"][place]
    return found | {"name": f"{found['firstName']} {found['lastName']}"}


def imported(imports: Imports) -> str:
    """A contact with a choice, an owner and a day."""
    file = imports.file(
        f"Email,Lead status,Contact owner,Went live\n{EMAIL},Connected,{owner(imports, 0)['email']},2026-03-01\n"
    )
    return imports.run(file, maps=("Went live=closedate",)).run_id


def told(imports: Imports, run_id: str, code: str) -> dict[str, str]:
    return {one.field: one.message for one in report(imports.ctx, run_id).reasons if one.code == code}


def test_what_the_crm_made_of_a_value_is_told_in_words(imports: Imports) -> None:
    run_id, one, other = imported(imports), owner(imports, 0), owner(imports, 1)
    changed = {
        "hs_lead_status": ["CONNECTED", "OPEN_DEAL"],
        "hubspot_owner_id": [one["id"], other["id"]],
        "closedate": ["2026-03-01T00:00:00Z", "1772496000000"],
    }
    with imports.ctx.database.write() as conn:
        where = plan_actions.c.run_id == run_id
        conn.execute(sa.update(plan_actions).where(where).values(proof="changed", proof_details=changed))
    settle(imports.ctx, run_id)
    assert told(imports, run_id, "crm_changed_it") == {
        "Lead status": "We sent “Connected”, the CRM holds “Open Deal”.",
        "Contact owner": f"We sent “{one['name']}”, the CRM holds “{other['name']}”.",
        "Went live": "We sent “2026-03-01T00:00:00Z”, the CRM holds “2026-03-03 00:00 UTC”.",
    }


def test_what_people_did_since_is_told_in_words_when_an_import_is_taken_back(imports: Imports) -> None:
    run_id, one, other = imported(imports), owner(imports, 0), owner(imports, 1)
    theirs = {"hs_lead_status": "OPEN_DEAL", "hubspot_owner_id": other["id"], "lifecyclestage": "customer"}
    imports.crm("PATCH", f"/crm/v3/objects/contacts/{EMAIL}?idProperty=email", {"properties": theirs})
    undo_id = start_undo(imports.ctx, run_id)
    imports.ctx.engine.wait(f"undo-{undo_id}", 60)
    assert told(imports, undo_id, "edited_since") == {
        "Lead status": "Kept: We wrote “Connected”, it holds “Open Deal” now.",
        "Contact owner": f"Kept: We wrote “{one['name']}”, it holds “{other['name']}” now.",
    }
    assert [*told(imports, undo_id, "filled_since").values()] == [
        "Kept: somebody filled in “Lifecycle Stage”: “Customer”."
    ]
