"""Needs you: one list over all imports, accounts and recipes; decided one by one or many at once."""

from __future__ import annotations

from smartsync_core.model.mapping import RecordType
from smartsync_core.orchestrator import recipes
from smartsync_core.orchestrator.needs_you import NeedKind, assign, needs
from tests.screens.conftest import Open, Person, all_texts

PEOPLE = "Email,First name\nada@needs.example,Ada\nnobody,Ben\n"


def test_an_empty_list_says_that_nothing_waits(person: Person, open_page: Open) -> None:
    assert "Nothing waits for you" in all_texts(open_page("needs_you.py"))


def test_rows_wait_with_their_count_reason_and_age(person: Person, open_page: Open) -> None:
    person.imports(PEOPLE)
    told = all_texts(open_page("needs_you.py"))
    assert "**leads.csv** · 1 row · Cell to correct · column Email" in told
    assert "is not an e-mail address" in told
    assert "HubSpot Europe · waits " in told


def test_the_address_narrows_it_to_one_kind(person: Person, open_page: Open) -> None:
    connection = person.connects()
    person.imports(PEOPLE)
    person.ctx.connections.record_sync(connection.id, error="The key has expired.")
    assert len(open_page("needs_you.py").main.get("page_link")) == 2
    told = all_texts(open_page("needs_you.py", kind="account"))
    assert "The key has expired" in told
    assert "Cell to correct · column" not in told


def test_rows_that_changed_in_hubspot_are_sent_again_at_once(person: Person, open_page: Open) -> None:
    person.imports("Email,First name\nold@needs.example,Old\n", "first.csv")
    draft = person.chooses(
        person.hands_in("Email,Job Title\nold@needs.example,Buyer\n", "second.csv"),
        person.ctx.connections.all()[0],
    )
    run_id = person.previews(draft).run_id
    person.edits("old@needs.example", jobtitle="Seller")
    person.writes(run_id)
    (waits,) = needs(person.ctx)
    assert (waits.kind, waits.rows) == (NeedKind.STALE, 1)
    at = open_page("needs_you.py", kind="stale")
    at.button(key="needs-send-all").click().run()
    person.waits(run_id)
    assert needs(person.ctx) == []
    assert person.holds("old@needs.example", "jobtitle") == "Seller", "only empty fields are filled"


def test_somebody_takes_what_waits_and_the_list_is_narrowed_to_theirs(
    person: Person, open_page: Open
) -> None:
    person.imports(PEOPLE)
    (waits,) = needs(person.ctx)
    at = open_page("needs_you.py")
    at.text_input(key=f"needs-who-{waits.key}").set_value(" Ada ")
    at.button(key=f"needs-take-{waits.key}").click().run()
    assert needs(person.ctx)[0].assignee == "Ada"
    assert "taken by Ada" in all_texts(open_page("needs_you.py", taken="Ada"))
    assert "leads.csv" not in all_texts(open_page("needs_you.py", taken="-"))
    assign(person.ctx, needs(person.ctx), "")
    assert "taken by" not in all_texts(open_page("needs_you.py"))


def test_a_file_that_no_recipe_fits_as_it_is_waits_once(person: Person, open_page: Open) -> None:
    account = person.connects()
    known = person.ctx.uploads.get(person.hands_in("Email,First name,May\na@needs.example,A,1\n").upload_id)
    for name in ("Fair", "Vendor"):
        choices = recipes.Choices(record_type=RecordType.CONTACTS)
        recipes.keep_choices(person.ctx, account.id, known, choices, name)
    person.hands_in("Email,First name,June\nb@needs.example,B,1\n", "june.csv")
    at = open_page("needs_you.py")
    assert not at.error
    assert all_texts(at).count("**june.csv** · File differs from its recipe") == 1
    person.hands_in("Email,First name,May\nc@needs.example,C,1\n", "fits.csv")
    assert needs(person.ctx) == []
