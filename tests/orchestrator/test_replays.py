"""What begins again after a crash meets what was done already. The instants are too short to be met by a kill."""

from __future__ import annotations

import pytest

from smartsync_core.model.plan import Outcome
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import preview, settle
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.recover import recover
from smartsync_core.orchestrator.write import approve
from tests.orchestrator.conftest import Imports

LEADS = "Email,Company\na@mill.example,Mill\nb@mill.example,Mill\nc@wharf.example,Wharf\n"


def begin_preview_again(imports: Imports, run_id: str) -> None:
    imports.ctx.engine.start(preview.WORKFLOW, f"again-{run_id}", run_id)
    imports.ctx.engine.wait(f"again-{run_id}", 60)


def test_planning_that_begins_again_leaves_a_plan_that_stands_as_it_is(imports: Imports) -> None:
    shown = imports.preview(imports.file(LEADS), "both")
    plan = imports.ctx.plans.records(shown.run_id)
    begin_preview_again(imports, shown.run_id)
    assert imports.ctx.plans.records(shown.run_id) == plan
    assert report(imports.ctx, shown.run_id) == shown


def test_planning_that_begins_again_leaves_a_run_that_was_written_as_it_is(imports: Imports) -> None:
    done = imports.run(imports.file(LEADS), "both")
    begin_preview_again(imports, done.run_id)
    assert report(imports.ctx, done.run_id) == done


def test_an_older_pass_that_comes_to_its_end_does_not_end_a_run_that_was_taken_up(imports: Imports) -> None:
    run_id = imports.preview(imports.file(LEADS), "both").run_id
    imports.ctx.runs.claim(run_id, expected=RunState.PREVIEWED, new=RunState.RUNNING)
    settle.settle(imports.ctx, run_id)
    assert imports.ctx.runs.get(run_id).state is RunState.RUNNING
    recover(imports.ctx)
    for workflow in imports.ctx.engine.open_ids(f"write-{run_id}"):
        imports.ctx.engine.wait(workflow, 60)
    result = report(imports.ctx, run_id)
    assert result.state is RunState.DONE
    assert result.outcomes[Outcome.CREATED] == 3


def test_a_crash_before_the_first_rows_are_known_sends_none(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = imports.preview(imports.file(LEADS), "both").run_id
    monkeypatch.setattr(imports.ctx.plans, "assign_waves", _crash)
    with pytest.raises(KeyboardInterrupt):
        approve(imports.ctx, run_id, shown=True, first=1)
    monkeypatch.undo()
    recover(imports.ctx)
    for workflow in imports.ctx.engine.open_ids(f"write-{run_id}"):
        imports.ctx.engine.wait(workflow, 60)
    assert imports.ctx.runs.get(run_id).state is RunState.PAUSED
    assert imports.twin.state()["contacts"] == 0
    assert imports.write(run_id).outcomes[Outcome.CREATED] == 3


def _crash(*_: object, **__: object) -> int:
    raise KeyboardInterrupt
