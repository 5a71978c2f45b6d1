"""Stop, pause, go on, the first rows, a cap on calls: at any moment, and the numbers add up."""

from __future__ import annotations

import time
from dataclasses import replace
from threading import Event

import pytest

from smartsync_core.connectors.hubspot import answers
from smartsync_core.errors import BadInput, RetryLater
from smartsync_core.model.run import Run, RunReport, RunState, Wish
from smartsync_core.orchestrator import write
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.gate import Gate, Halted
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.repair import retry
from smartsync_core.orchestrator.sending import send_wave
from smartsync_core.orchestrator.undo import start_undo
from smartsync_core.orchestrator.write import approve, ask, leave_wish
from tests.orchestrator.conftest import Imports

ROWS = 24


@pytest.fixture
def preview(imports: Imports) -> RunReport:
    rows = "".join(f"p{n}@firm{n % 4}.example,Name{n},Firm {n % 4}\n" for n in range(ROWS))
    return imports.preview(imports.file("Email,First name,Company\n" + rows), "both")


def wait(imports: Imports, run_id: str) -> RunReport:
    """Until nothing works on the run."""
    for name in ("write", "repair"):
        for workflow in imports.ctx.engine.open_ids(f"{name}-{run_id}"):
            imports.ctx.engine.wait(workflow, 60)
    result = report(imports.ctx, run_id)
    assert result.rows == sum(result.outcomes.values())
    return result


def halted(imports: Imports, preview: RunReport, wish: Wish) -> RunReport:
    approve(imports.ctx, preview.run_id, shown=True)
    ask(imports.ctx, preview.run_id, wish)
    return wait(imports, preview.run_id)


def landed(imports: Imports, result: RunReport) -> bool:
    return (
        (result.state, result.outcomes["created"]) == (RunState.DONE, ROWS)
        and result.predicted["created"] == ROWS
        and imports.twin.state()["contacts"] == ROWS
        and imports.twin.state()["companies"] == 4
        and result.proof == {"checked": ROWS + 4, "changed": 0, "missing": 0}
    )


@pytest.mark.parametrize(("wish", "state"), [(Wish.PAUSE, RunState.PAUSED), (Wish.STOP, RunState.STOPPED)])
def test_a_run_halts_where_a_person_says_so_and_goes_on_where_it_was(
    imports: Imports, preview: RunReport, wish: Wish, state: RunState
) -> None:
    part = halted(imports, preview, wish)
    assert part.state is state
    assert part.outcomes["created"] + part.outcomes["not_sent"] == ROWS
    assert part.predicted == preview.predicted
    assert landed(imports, imports.write(preview.run_id))


def test_a_paused_run_can_be_stopped(imports: Imports, preview: RunReport) -> None:
    halted(imports, preview, Wish.PAUSE)
    ask(imports.ctx, preview.run_id, Wish.STOP)
    assert report(imports.ctx, preview.run_id).state is RunState.STOPPED
    assert landed(imports, imports.write(preview.run_id))


def test_going_on_at_once_loses_nothing(imports: Imports, preview: RunReport) -> None:
    """The work of the first approval may still be ending when the second one comes."""
    approve(imports.ctx, preview.run_id, shown=True)
    ask(imports.ctx, preview.run_id, Wish.PAUSE)
    deadline = time.monotonic() + 30
    while imports.ctx.runs.state(preview.run_id) is RunState.RUNNING and time.monotonic() < deadline:
        time.sleep(0.005)
    approve(imports.ctx, preview.run_id, shown=True)
    assert landed(imports, wait(imports, preview.run_id))


def test_going_on_holds_although_what_was_under_way_gives_up_later(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of waves sent beside each other the first one pauses the run; a person goes on before the second one gives up."""
    monkeypatch.setattr("smartsync_core.store.plans.RECORDS_PER_WAVE", 8)
    rows = "".join(f"q{n}@single.example\n" for n in range(ROWS))
    preview = imports.preview(imports.file("Email\n" + rows), "contacts")
    went_on, second_began = Event(), Event()
    failing = iter((second_began, went_on))  # what each of them waits for

    def sent_or_not(ctx: Context, run: Run, session: Session, wave: int) -> None:
        awaited = next(failing, None)
        if awaited is None:
            send_wave(ctx, run, session, wave)
            return
        if awaited is went_on:
            second_began.set()
        awaited.wait(30)
        raise RetryLater("HubSpot cannot be reached.", after_s=1)

    monkeypatch.setattr(write, "send_wave", sent_or_not)
    approve(imports.ctx, preview.run_id, shown=True)
    deadline = time.monotonic() + 30
    while imports.ctx.runs.state(preview.run_id) is RunState.RUNNING and time.monotonic() < deadline:
        time.sleep(0.005)
    account = imports.ctx.runs.get(preview.run_id).integration_id
    assert imports.ctx.connections.get(account).last_error == "HubSpot cannot be reached."
    approve(imports.ctx, preview.run_id, shown=True)
    went_on.set()
    done = wait(imports, preview.run_id)
    assert (done.state, done.outcomes["created"]) == (RunState.DONE, ROWS)
    assert imports.ctx.connections.get(account).last_error == ""


def test_a_pause_that_somebody_wished_is_no_error_of_the_account(
    imports: Imports, preview: RunReport
) -> None:
    assert halted(imports, preview, Wish.PAUSE).state is RunState.PAUSED
    account = imports.ctx.runs.get(preview.run_id).integration_id
    assert imports.ctx.connections.get(account).last_error == ""


def test_the_first_rows_are_written_and_checked_then_it_pauses(imports: Imports, preview: RunReport) -> None:
    for first, companies in ((3, 3), (7, 4)):
        approve(imports.ctx, preview.run_id, shown=True, first=first)
        part = wait(imports, preview.run_id)
        assert part.state is RunState.PAUSED
        assert "first rows" in part.message
        assert part.outcomes["created"] == imports.twin.state()["contacts"]
        assert part.proof == {"checked": part.outcomes["created"] + companies, "changed": 0, "missing": 0}
    assert part.outcomes["created"] == 10
    rows = imports.ctx.results.rows(preview.run_id, outcome="created")
    assert [row.row for row in rows] == list(range(2, 12))
    assert landed(imports, imports.write(preview.run_id))


def test_more_first_rows_than_there_are_write_all(imports: Imports, preview: RunReport) -> None:
    approve(imports.ctx, preview.run_id, shown=True, first=1_000)
    assert landed(imports, wait(imports, preview.run_id))


@pytest.mark.parametrize("allowed", [1, 6])
def test_a_cap_on_calls_is_never_passed(imports: Imports, preview: RunReport, allowed: int) -> None:
    cap = sum(preview.calls.values()) + allowed
    approve(imports.ctx, preview.run_id, shown=True, max_calls=cap)
    part = wait(imports, preview.run_id)
    assert part.state is RunState.PAUSED
    assert f"cap of {cap} calls" in part.message
    assert sum(part.calls.values()) <= cap
    assert part.proof["checked"] == part.outcomes["created"] + imports.twin.state()["companies"]
    assert landed(imports, imports.write(preview.run_id))


def test_a_cap_holds_also_where_calls_have_to_be_repeated(imports: Imports, preview: RunReport) -> None:
    cap = sum(preview.calls.values()) + 6
    busy = [{"kind": "429", "path": "companies/batch/create"}] * 4
    imports.twin.control("PUT", "faults", {"next": busy})
    before = imports.twin.calls()
    approve(imports.ctx, preview.run_id, shown=True, max_calls=cap)
    part = wait(imports, preview.run_id)
    assert (part.state, part.message) == (RunState.PAUSED, f"The cap of {cap} calls is reached.")
    made = sum(imports.twin.calls().values()) - sum(before.values())
    assert made == sum(part.calls.values()) - sum(preview.calls.values()) <= 6
    assert landed(imports, imports.write(preview.run_id))


def test_a_cap_holds_for_the_whole_run_however_often_it_is_taken_up(
    imports: Imports, preview: RunReport
) -> None:
    cap = sum(preview.calls.values()) + 6
    for _ in range(4):
        approve(imports.ctx, preview.run_id, shown=True, max_calls=cap)
        part = wait(imports, preview.run_id)
        assert part.state is RunState.PAUSED
        assert sum(part.calls.values()) <= cap
    assert landed(imports, imports.write(preview.run_id))


def test_calls_of_a_killed_process_count_against_the_cap(imports: Imports, preview: RunReport) -> None:
    """What it had made was not in the store yet when it was killed."""
    run = replace(imports.ctx.runs.get(preview.run_id), max_calls=sum(preview.calls.values()) + 3)
    killed, next_one = (Gate(imports.ctx.wishes, imports.ctx.engine) for _ in range(2))
    killed.watch(run)
    for _ in range(2):
        killed.ask(writes=True)
    next_one.watch(run)
    next_one.ask(writes=False)
    with pytest.raises(Halted, match="cap"):
        next_one.ask(writes=False)


def test_a_wish_is_felt_before_each_batch_of_a_wave(imports: Imports) -> None:
    rows = "".join(f"p{n}@firm.example\n" for n in range(1_600))
    many = imports.preview(imports.file("Email\n" + rows))
    imports.twin.control("PUT", "latency", {"ms": 400})
    try:
        before = imports.twin.calls()["app"]
        approve(imports.ctx, many.run_id, shown=True)
        deadline = time.monotonic() + 30
        while imports.twin.calls()["app"] == before and time.monotonic() < deadline:
            time.sleep(0.01)
        ask(imports.ctx, many.run_id, Wish.STOP)
        part = wait(imports, many.run_id)
    finally:
        imports.twin.control("PUT", "latency", {"ms": 0})
    assert (part.state, part.message) == (RunState.STOPPED, "You stopped it.")
    assert (
        0 < part.outcomes["created"] == imports.twin.state()["contacts"] <= 1_000
    )  # of two waves of 800 under way
    assert part.proof["checked"] == part.outcomes["created"]
    assert imports.write(many.run_id).outcomes["created"] == 1_600


def test_a_wish_left_by_another_process_is_found(imports: Imports, preview: RunReport) -> None:
    approve(imports.ctx, preview.run_id, shown=True)
    leave_wish(imports.ctx.settings, preview.run_id, Wish.STOP)
    assert wait(imports, preview.run_id).state is RunState.STOPPED


def test_who_stops_a_run_that_nobody_is_asked_about_stops_it_before_anything_is_sent(
    imports: Imports, preview: RunReport
) -> None:
    """Preview and write in one go: the wish may come before the write begins."""
    leave_wish(imports.ctx.settings, preview.run_id, Wish.STOP)
    approve(imports.ctx, preview.run_id, shown=False)
    assert wait(imports, preview.run_id).state is RunState.STOPPED
    assert imports.twin.state()["contacts"] == 0
    assert landed(imports, imports.write(preview.run_id))


def test_who_stops_a_preview_ends_it(imports: Imports) -> None:
    preview = imports.preview(imports.file("Email\na@x.example\n"))
    leave_wish(imports.ctx.settings, preview.run_id, Wish.STOP)
    imports.ctx.runs.update(preview.run_id, state=RunState.PREVIEWING)  # as another process would find it
    imports.ctx.engine.start("preview", f"preview-{preview.run_id}-again", preview.run_id)
    imports.ctx.engine.wait(f"preview-{preview.run_id}-again", 60)
    assert report(imports.ctx, preview.run_id).state is RunState.STOPPED


def test_what_is_done_cannot_be_halted(imports: Imports, preview: RunReport) -> None:
    imports.write(preview.run_id)
    with pytest.raises(BadInput, match="nothing to stop"):
        ask(imports.ctx, preview.run_id, Wish.STOP)


def test_the_time_a_run_waits_for_a_person_is_no_part_of_its_duration(
    imports: Imports, preview: RunReport
) -> None:
    part = halted(imports, preview, Wish.PAUSE)
    run = imports.ctx.runs.get(preview.run_id)
    assert run.finished_at is not None
    waited_s = 3_600.0
    imports.ctx.runs.update(run.id, waited_s=waited_s)  # as if it had stood still for an hour before
    assert report(imports.ctx, run.id).duration_s == pytest.approx(part.duration_s - waited_s)
    imports.write(run.id)
    assert imports.ctx.runs.get(run.id).waited_s > waited_s


# What it costs


def test_the_calls_of_an_import_and_of_its_undo_are_those_that_their_previews_foresaw(
    imports: Imports, preview: RunReport
) -> None:
    done = imports.write(preview.run_id)
    assert done.written_calls == preview.foreseen_calls == done.foreseen_calls
    undo_id = start_undo(imports.ctx, preview.run_id)
    imports.ctx.engine.wait(f"undo-{undo_id}", 60)
    planned = report(imports.ctx, undo_id)
    undone = imports.write(undo_id)
    assert undone.state is RunState.DONE
    assert undone.written_calls == planned.foreseen_calls


def test_the_calls_of_an_undo_of_updates_and_associations_are_those_foreseen(imports: Imports) -> None:
    people = "".join(f"p{n}@firm.example,Old\n" for n in range(5))
    imports.run(imports.file("Email,First name\n" + people))
    lines = "".join(f"p{n}@firm.example,New,Firm\n" for n in range(5))
    file = imports.file("Email,First name,Company\n" + lines, "new.csv")
    changed = imports.preview(file, "both", policy="overwrite")
    done = imports.write(changed.run_id)
    assert (done.actions["contacts"]["update"], done.actions["contacts"]["link"]) == (5, 5)  # type: ignore[index]
    assert done.written_calls == changed.foreseen_calls
    undo_id = start_undo(imports.ctx, changed.run_id)
    imports.ctx.engine.wait(f"undo-{undo_id}", 60)
    assert imports.write(undo_id).written_calls == report(imports.ctx, undo_id).foreseen_calls


# In a repair


def test_a_repair_waits_for_a_used_up_day_too_and_goes_on_by_itself(
    imports: Imports, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "_until_midnight", lambda now, zone: 1.0)
    first = imports.run(imports.file("Email\na@x.example\nbad\n"))
    imports.twin.control("PUT", "faults", {"next": [{"kind": "daily", "path": "contacts/batch/read"}]})
    retry(imports.ctx, first.run_id, {3: {"Email": "b@x.example"}})
    whole = wait(imports, first.run_id)
    assert (whole.state, whole.outcomes["created"]) == (RunState.DONE, 2)


def test_a_repair_that_waits_for_tomorrow_can_be_taken_up_today(imports: Imports) -> None:
    first = imports.run(imports.file("Email\na@x.example\nbad\n"))
    imports.twin.control("PUT", "faults", {"next": [{"kind": "daily", "path": "contacts/batch/read"}]})
    retry(imports.ctx, first.run_id, {3: {"Email": "b@x.example"}})
    deadline = time.monotonic() + 30
    while imports.ctx.runs.get(first.run_id).wakes_at is None and time.monotonic() < deadline:
        time.sleep(0.02)
    paused = report(imports.ctx, first.run_id)
    assert (paused.state, paused.outcomes["blocked"]) == (RunState.PAUSED, 1)
    approve(imports.ctx, first.run_id, shown=True)
    whole = wait(imports, first.run_id)
    assert (whole.state, whole.outcomes["created"]) == (RunState.DONE, 2)
