"""Everything a run wrote is looked at once more: at any time by a person, and by itself a minute later for rival companies."""

from __future__ import annotations

from datetime import timedelta

import pytest

from smartsync_core.errors import BadInput
from smartsync_core.orchestrator import late_check
from smartsync_core.orchestrator.check_again import check_again
from smartsync_core.orchestrator.history import report
from tests.orchestrator.conftest import Imports
from tests.orchestrator.test_import import LEADS
from tests.orchestrator.test_undo import Portal, codes, portal, undo

__all__ = ["portal"]


def test_what_nobody_touched_still_holds(imports: Imports) -> None:
    done = imports.run(imports.file(LEADS), "both")
    checked = check_again(imports.ctx, done.run_id)
    assert (checked.holds, checked.changed, checked.gone) == (5 + 3, 0, 0)
    assert checked.findings == []


def test_what_people_changed_since_is_named(imports: Imports, portal: Portal) -> None:
    done = imports.run(imports.file(LEADS), "both")
    ids = portal.ids()
    portal.edit(ids["ada@engines.example"], firstname="Augusta")
    portal.delete(ids["ben@engines.example"])
    company = portal.links()[ids["cleo@stars.example"]][0][0]
    portal.client.crm.associations.v4.basic_api.archive(
        "contacts", ids["cleo@stars.example"], "companies", company
    )
    checked = check_again(imports.ctx, done.run_id)
    assert (checked.holds, checked.changed, checked.gone) == (3 + 1, 1, 2)
    assert [(one.row, one.field, one.code, one.ours, one.now) for one in checked.findings] == [
        (2, "firstname", "changed_since", "Ada", "Augusta"),
        (3, "", "gone_since", "", ""),
        (4, "company", "gone_since", company, ""),
    ]


def test_the_result_stands_among_the_reasons_and_the_numbers_of_the_run_stay(
    imports: Imports, portal: Portal
) -> None:
    done = imports.run(imports.file(LEADS))
    portal.edit(portal.ids()["ada@engines.example"], firstname="Augusta")
    for _ in range(2):
        check_again(imports.ctx, done.run_id)
    now = report(imports.ctx, done.run_id)
    assert (now.outcomes, now.proof, now.calls) == (done.outcomes, done.proof, done.calls)
    assert [(one.row, one.field, one.code) for one in now.reasons] == [
        (0, "", "checked_again"),
        (2, "First name", "changed_since"),
    ]


def test_what_an_undo_took_back_is_counted_apart(imports: Imports, portal: Portal) -> None:
    portal.create("contacts", email="ada@engines.example")
    done = imports.run(imports.file(LEADS), "both")
    undone = undo(imports, done.run_id)
    checked = check_again(imports.ctx, done.run_id)
    assert (checked.changed, checked.gone, checked.findings) == (0, 0, [])
    assert checked.taken_back == 2 + 2
    of_undo = check_again(imports.ctx, undone.run_id)
    assert (of_undo.holds, of_undo.changed, of_undo.gone) == (2 + 2 + 1, 0, 0)


def test_a_preview_has_nothing_to_look_at(imports: Imports) -> None:
    with pytest.raises(BadInput, match="nothing to check"):
        check_again(imports.ctx, imports.preview(imports.file(LEADS)).run_id)


# The late check


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late_check, "_WAIT", timedelta(seconds=1))


def wait(imports: Imports, run_id: str) -> None:
    for workflow in imports.ctx.engine.open_ids(f"late-check-{run_id}"):
        imports.ctx.engine.wait(workflow, 30)


def test_a_late_check_is_pending_and_then_finds_no_rival(imports: Imports, soon: None) -> None:
    done = imports.run(imports.file(LEADS), "both")
    assert [one.code for one in done.reasons if one.code.startswith("late")] == ["late_check_pending"]
    wait(imports, done.run_id)
    now = report(imports.ctx, done.run_id)
    assert [one.code for one in now.reasons if one.code.startswith("late")] == ["late_check"]
    assert (now.calls, now.duration_s) == (done.calls, done.duration_s)


def test_a_rival_company_is_found_late(imports: Imports, portal: Portal, soon: None) -> None:
    done = imports.run(imports.file(LEADS), "both")
    rival = portal.create("companies", domain="stars.example", name="stars.example")
    wait(imports, done.run_id)
    assert [(one.row, one.code) for one in report(imports.ctx, done.run_id).reasons if one.row] == [
        (4, "rival_company")
    ]
    assert any(rival in one.message for one in report(imports.ctx, done.run_id).reasons)


def test_a_run_without_new_companies_needs_no_late_check(imports: Imports) -> None:
    done = imports.run(imports.file(LEADS))
    assert codes(done) == []
    assert imports.ctx.engine.open_ids(f"late-check-{done.run_id}") == []
