"""The button that makes a preview into the practice account true."""

from __future__ import annotations

from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import practice
from tests.screens.conftest import Open, Person, all_texts

LEADS = "Email,First name\nada@copies.example,Ada\nnew@copies.example,Nora\n"
BUTTON = "Copy the matching records from HubSpot Europe"


def previewed(person: Person) -> str:
    """Into the practice account; the id of its run."""
    own = practice.practice_connection(person.ctx)
    return person.previews(person.chooses(person.hands_in(LEADS), own, RecordType.CONTACTS)).run_id


def test_without_a_real_account_there_is_nothing_to_copy_from(person: Person, open_page: Open) -> None:
    at = open_page(run=previewed(person))
    assert not [button for button in at.button if button.label.startswith("Copy the matching")]


def test_the_copies_are_previewed_and_the_banner_says_whose_they_are(person: Person, open_page: Open) -> None:
    europe = person.connects()
    person.imports("Email,First name\nada@copies.example,Adeline\n", record_type=RecordType.CONTACTS)
    person.twin.control("PUT", "search", {"lag_s": 0})
    before = person.twin.control("GET", "revision")
    at = open_page(run=previewed(person))
    assert at.button(key=f"copy-{europe.id}").label == BUTTON
    assert "Made-up data. Nothing here leaves this computer." in all_texts(at)
    at.button(key=f"copy-{europe.id}").click().run()
    run = person.waits(person.ctx.runs.recent(1)[0].id)
    shown = open_page(run=run.id)
    assert "1 new, 1 already up to date" in all_texts(shown)
    assert "Copied from HubSpot Europe, as of today" in all_texts(shown)
    assert ": 1 contact. Nothing was changed there." in all_texts(shown).replace("\\", "")
    assert "Made-up data, and copies from **HubSpot Europe**." in all_texts(shown)
    assert shown.button(key=f"copy-{europe.id}").label == f"{BUTTON} again"
    assert person.twin.control("GET", "revision") == before


def test_copying_that_was_stopped_or_failed_is_tried_again_as_copying(
    person: Person, open_page: Open
) -> None:
    europe = person.connects()
    at = open_page(run=previewed(person))
    at.button(key=f"copy-{europe.id}").click().run()
    run = person.waits(person.ctx.runs.recent(1)[0].id)
    person.ctx.runs.update(run.id, state=RunState.FAILED, message="The practice account stopped.")
    open_page(run=run.id).button(key="preview-again").click().run()
    again = person.waits(person.ctx.runs.recent(1)[0].id)
    assert (again.id != run.id, again.copies_from) == (True, europe.id)


def test_into_a_real_account_nothing_is_copied(person: Person, open_page: Open) -> None:
    practice.practice_connection(person.ctx)
    draft = person.chooses(person.hands_in(LEADS), person.connects(), RecordType.CONTACTS)
    at = open_page(run=person.previews(draft).run_id)
    assert not [button for button in at.button if button.label.startswith("Copy the matching")]
