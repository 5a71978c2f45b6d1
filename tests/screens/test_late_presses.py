"""A tab that shows what was: its press does nothing, and says so."""

from __future__ import annotations

from dataclasses import replace

from smartsync_core.model.mapping import RecordType
from smartsync_core.orchestrator import accounts, import_drafts, practice, write
from tests.screens.conftest import Open, Person

LEADS = "Email,First name\nada@late.example,Ada\n"
TOLD = "What you pressed is no longer offered."


def told(at: object) -> bool:
    return any(TOLD in (info.proto.title or "") for info in at.info)  # type: ignore[attr-defined]


def test_copies_from_an_account_that_was_disconnected_in_another_tab(person: Person, open_page: Open) -> None:
    europe = person.connects()
    own = practice.practice_connection(person.ctx)
    draft = person.previews(person.chooses(person.hands_in(LEADS), own, RecordType.CONTACTS))
    at = open_page(run=draft.run_id)
    accounts.disconnect(person.ctx, europe.id)
    at.button(key=f"copy-{europe.id}").click().run()
    assert told(at)
    assert [run.id for run in person.ctx.runs.recent(9)] == [draft.run_id]
    assert told(at.run()), "the page is drawn anew by itself, before it was read"
    assert not told(at.switch_page("history.py").run())


def test_a_preview_whose_import_was_approved_in_another_tab(person: Person, open_page: Open) -> None:
    draft = person.previews(person.chooses(person.hands_in(LEADS), person.connects(), RecordType.CONTACTS))
    at = open_page(run=draft.run_id)
    write.approve(person.ctx, draft.run_id, shown=True)
    at.button(key="write").click().run()
    assert told(at)
    person.waits(draft.run_id)


def test_a_preview_whose_columns_were_changed_in_another_tab(person: Person, open_page: Open) -> None:
    draft = person.previews(person.chooses(person.hands_in(LEADS), person.connects(), RecordType.CONTACTS))
    import_drafts.save(person.ctx, replace(draft, step="preview"))
    at = open_page(draft=draft.id)
    import_drafts.save(person.ctx, replace(draft, step="columns", run_id=""))
    at.button(key="write").click().run()
    assert told(at)
    assert person.ctx.runs.get(draft.run_id).approved_at is None


def test_a_press_that_is_heard_says_nothing_of_it(person: Person, open_page: Open) -> None:
    draft = person.previews(person.chooses(person.hands_in(LEADS), person.connects(), RecordType.CONTACTS))
    at = open_page(run=draft.run_id)
    at.button(key="write").click().run()
    assert not told(at)
    person.waits(draft.run_id)
