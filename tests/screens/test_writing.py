"""While an import is written: the first rows alone, pause, stop, a limit that is waited out, and the way on."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from smartsync_core.http import Patience
from smartsync_core.model.crm import AccountKind
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import RunState, Wish
from smartsync_core.orchestrator import practice, write
from smartsync_core.orchestrator.history import report
from tests.screens.conftest import Open, Person, all_texts
from tests.screens.test_repair import numbers
from tests.twin_process import CLIENT

TWELVE = "Email\n" + "".join(f"p{number}@few.example\n" for number in range(12))


def previewed(person: Person) -> str:
    draft = person.chooses(person.hands_in(TWELVE), person.connects(), RecordType.CONTACTS)
    return person.previews(draft).run_id


def test_the_first_ten_go_alone_and_the_page_offers_to_go_on(person: Person, open_page: Open) -> None:
    run_id = previewed(person)
    open_page(run=run_id).button(key="write-first").click().run()
    person.waits(run_id)
    at = open_page(run=run_id)
    assert "The first rows are written; look at them, then go on" in all_texts(at)
    assert (numbers(at)["Created"], numbers(at)["Not sent"]) == ("10", "2")
    assert person.twin.state()["contacts"] == 10
    at.button(key="go-on").click().run()
    person.waits(run_id)
    assert numbers(open_page(run=run_id))["Created"] == "12"


def test_a_short_file_goes_at_once_or_not_at_all(person: Person, open_page: Open) -> None:
    run_id = person.previews(person.chooses(person.hands_in(), person.connects())).run_id
    assert not [one for one in open_page(run=run_id).button if one.key == "write-first"]


def test_while_it_is_written_it_shows_how_far_it_is_and_can_be_paused(
    person: Person, open_page: Open
) -> None:
    run_id = previewed(person)
    person.twin.control("PUT", "latency", {"ms": 1500})
    write.approve(person.ctx, run_id, shown=True)
    at = open_page(run=run_id)
    assert "You can close this tab" in all_texts(at)
    (bar,) = at.get("progress")
    assert "less than a second" not in bar.proto.text, "nobody knows while nothing was answered"
    at.button(key=f"{Wish.PAUSE}-{run_id}").click().run()
    person.twin.control("PUT", "latency", {"ms": 0})
    assert person.waits(run_id).state in (RunState.PAUSED, RunState.DONE)


def test_an_account_that_answers_nothing_for_a_while_is_said_to_be_asked_again(
    person: Person, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = previewed(person)
    person.twin.control("PUT", "latency", {"ms": 1500})
    write.approve(person.ctx, run_id, shown=True)
    assert "has answered nothing" not in all_texts(open_page(run=run_id))
    monkeypatch.setattr("pages.blocks.working._QUIET_S", 0)
    told = all_texts(open_page(run=run_id))
    person.twin.control("PUT", "latency", {"ms": 0})
    person.waits(run_id)
    assert "HubSpot has answered nothing for" in told
    assert "is asked again by itself" in told


def test_while_it_is_written_lists_say_what_the_preview_says_not_what_was_done(
    person: Person, open_page: Open
) -> None:
    run_id = previewed(person)
    person.twin.control("PUT", "latency", {"ms": 1500})
    write.approve(person.ctx, run_id, shown=True)
    while_written = {page: all_texts(open_page(page)) for page in ("history.py", "home.py")}
    person.twin.control("PUT", "latency", {"ms": 0})
    person.waits(run_id)
    for page, told in while_written.items():
        assert "· the preview says: Created" in told, page
        assert "· Created" in all_texts(open_page(page)), page


def test_a_preview_is_stopped_and_its_page_says_so_and_offers_another(
    person: Person, open_page: Open
) -> None:
    run_id = person.previews(person.chooses(person.hands_in(), person.connects())).run_id
    person.ctx.runs.update(run_id, state=RunState.PREVIEWING, planned_at=None)  # as while it is being made
    open_page(run=run_id).button(key=f"stop-{run_id}").click().run()
    assert person.ctx.wishes.get(run_id) is Wish.STOP
    at = open_page(run=run_id)
    assert at.button(key=f"stop-{run_id}").disabled
    assert "It stops in a moment." in all_texts(at)
    person.ctx.engine.start("preview", f"preview-{run_id}-again", run_id)
    person.ctx.engine.wait(f"preview-{run_id}-again", 60)
    at = open_page(run=run_id)
    assert "You stopped it before its preview was ready." in all_texts(at)
    assert "holds all of this already" not in all_texts(at)
    at.button(key="preview-again").click().run()
    newest = person.waits(person.ctx.runs.recent(1)[0].id)
    assert (newest.id != run_id, newest.state) == (True, RunState.PREVIEWED)


def test_a_paused_import_can_be_stopped_and_still_goes_on(person: Person, open_page: Open) -> None:
    run_id = previewed(person)
    write.approve(person.ctx, run_id, shown=True, first=10)
    person.waits(run_id)
    open_page(run=run_id).button(key="stop-waiting").click().run()
    at = open_page(run=run_id)
    assert "The import is stopped. What was written is on record." in all_texts(at)
    assert not at.button(key="undo").disabled, "what was written can be taken back"
    at.button(key="go-on").click().run()
    assert person.waits(run_id).state is RunState.DONE


def test_a_daily_limit_is_waited_out_and_the_page_says_until_when(person: Person, open_page: Open) -> None:
    run_id = previewed(person)
    write.approve(person.ctx, run_id, shown=True, first=10)
    person.waits(run_id)
    until = datetime.now(UTC) + timedelta(hours=3)
    person.ctx.runs.update(run_id, wakes_at=until, message="The daily limit of this account is used up.")
    at = open_page(run=run_id)
    assert "It goes on by itself" in all_texts(at)
    assert at.button(key="go-on").label == "Go on now"


def test_a_practice_account_that_stops_says_that_going_on_starts_it_again(
    person: Person, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smartsync_core.http.client.IN_BULK", Patience(tries=2, total_s=10))
    rows = "Email\n" + "".join(f"p{number}@many.example\n" for number in range(2_000))
    own = practice.practice_connection(person.ctx)
    run_id = person.previews(person.chooses(person.hands_in(rows), own, RecordType.CONTACTS)).run_id
    at = f"{person.ctx.practice.address()}/_twin/state"
    write.approve(person.ctx, run_id, shown=True)
    deadline = time.monotonic() + 30
    while not CLIENT.get(at).json()["contacts"] and time.monotonic() < deadline:
        time.sleep(0.02)
    person.ctx.practice._process.kill()  # type: ignore[attr-defined]  # noqa: SLF001 - nobody ends it in public
    assert person.waits(run_id).state is RunState.PAUSED
    told = "The practice account stopped. Press “Go on”, or try again: that starts it."
    page = open_page(run=run_id)
    assert told in all_texts(page).replace("\\", "")
    home = open_page("home.py")
    assert told in all_texts(home).replace("\\", "")
    assert "Works" not in all_texts(home)
    page.button(key="go-on").click().run()
    assert person.waits(run_id).state is RunState.DONE
    assert numbers(open_page(run=run_id))["Created"] == "2,000"
    assert "Works" in all_texts(open_page("home.py"))


def test_new_contacts_that_may_be_billed_are_announced_before_the_write(
    person: Person, open_page: Open
) -> None:
    known = person.chooses(person.hands_in(), person.connects(kind=AccountKind.PRODUCTION))
    run_id = person.previews(known).run_id
    assert "2 new contacts may count toward your HubSpot bill" in all_texts(open_page(run=run_id))
    person.writes(run_id)
    again = person.previews(person.chooses(person.hands_in(), person.ctx.connections.all()[0])).run_id
    assert "HubSpot bill" not in all_texts(open_page(run=again)), "nobody is new"


def test_what_is_written_and_not_yet_answered_has_taken_more_than_its_preview(person: Person) -> None:
    run_id = person.imports()
    person.ctx.runs.update(run_id, state=RunState.PAUSED, finished_at=None)
    run = person.ctx.runs.get(run_id)
    assert run.planned_at
    assert report(person.ctx, run_id).duration_s > (run.planned_at - run.created_at).total_seconds()
