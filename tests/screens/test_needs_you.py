"""Needs you: one list over all imports, accounts and recipes; decided one by one or many at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from smartsync_core.errors import NeedsPerson
from smartsync_core.model.access import Identity, Role
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import recipes
from smartsync_core.orchestrator.accounts import accounts, fields_of
from smartsync_core.orchestrator.connect import test_connection as asks_again
from smartsync_core.orchestrator.needs_you import NeedKind, assign, needs, send_again
from tests.screens.conftest import ALL_SCOPES, Open, Person, all_texts
from tests.twin_process import CLIENT

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


def creates(person: Person, path: str, body: Mapping[str, object]) -> None:
    """In HubSpot itself."""
    CLIENT.post(f"{person.twin.url}/crm/v3/{path}", json=body, headers=person.twin.headers).raise_for_status()


def pressed(at: AppTest, label: str) -> Button:
    return next(one for one in at.button if one.label.startswith(label))


def changes_in_hubspot(person: Person, name: str = "second.csv", more: str = "") -> str:
    """Its first row waits, because HubSpot changed after the preview; the import's id."""
    person.imports("Email,First name\nold@needs.example,Old\n", "first.csv")
    draft = person.chooses(
        person.hands_in(f"Email,Job Title\nold@needs.example,Buyer\n{more}", name),
        person.ctx.connections.all()[0],
    )
    run_id = person.previews(draft).run_id
    person.edits("old@needs.example", jobtitle="Seller")
    person.writes(run_id)
    return run_id


def test_rows_that_changed_in_hubspot_are_sent_again_at_once(person: Person, open_page: Open) -> None:
    run_id = changes_in_hubspot(person)
    (waits,) = needs(person.ctx)
    assert (waits.kind, waits.rows) == (NeedKind.STALE, 1)
    at = open_page("needs_you.py", kind="stale")
    pressed(at, "Send 1 row again").click().run()
    person.waits(run_id)
    assert needs(person.ctx) == []
    assert person.holds("old@needs.example", "jobtitle") == "Seller", "only empty fields are filled"
    assert "1 row of 1 import is being sent again" in all_texts(at.run()), "also once the page was drawn anew"


def test_a_press_is_about_what_was_seen_and_nothing_else(person: Person, open_page: Open) -> None:
    run_id = changes_in_hubspot(person)
    creates(person, "objects/companies", {"properties": {"name": "Okoro Logistics"}})
    other = person.imports("Email,Company\na@gmail.com,Okoro Logistics\n", "companies.csv")
    assert [one.kind for one in needs(person.ctx)] == [NeedKind.STALE, NeedKind.POSSIBLE]
    assert "rows of one kind can be sent again together" in all_texts(open_page("needs_you.py"))
    before = person.ctx.runs.get(other)
    at, taking = open_page("needs_you.py", kind="stale"), open_page("needs_you.py")
    send_again(person.ctx, needs(person.ctx)[:1])
    person.waits(run_id)
    told = pressed(at, "Send 1 row again").click().run()
    assert "What you pressed is no longer offered." in all_texts(told)
    assert person.waits(other) == before, "what the list shows now was not chosen"
    both = next(one for one in taking.text_input if one.label == "Who takes it")
    both.set_value("Ada")
    pressed(taking, "Save").click().run()
    assert [one.assignee for one in needs(person.ctx)] == [""]


def test_what_was_decided_meanwhile_sends_no_other_row_of_its_import(person: Person) -> None:
    run_id = changes_in_hubspot(person, more="nobody,Buyer\n")
    seen = [one for one in needs(person.ctx) if one.kind is NeedKind.STALE]
    send_again(person.ctx, seen)
    decided = person.waits(run_id)
    sent = send_again(person.ctx, seen)
    assert (sent.rows, sent.imports) == (0, 0)
    assert sent.sentences == ("These rows of second.csv were decided meanwhile.",)
    assert person.waits(run_id) == decided


def test_an_import_that_cannot_be_sent_from_is_told_by_its_file(person: Person) -> None:
    run_id = changes_in_hubspot(person)
    seen = needs(person.ctx)
    person.ctx.runs.update(run_id, state=RunState.PAUSED)
    (told,) = send_again(person.ctx, seen).sentences
    assert told.startswith("The import of second.csv is paused: its rows can be sent again once it is done.")


def test_a_row_that_is_refused_twice_is_counted_once(person: Person, open_page: Open) -> None:
    account = person.connects()
    fields = ("shoe", "hat")
    for name in fields:
        options = [{"value": one, "label": one, "displayOrder": 0} for one in ("Old", "New")]
        definition = {"name": name, "label": name.title(), "type": "enumeration", "fieldType": "select"}
        creates(
            person,
            "properties/contacts",
            {**definition, "groupName": "contactinformation", "options": options},
        )
    draft = person.hands_in("Email,Shoe,Hat\na@needs.example,Old,Old\n")
    run_id = person.previews(person.chooses(draft, account)).run_id
    for name in fields:
        address = f"{person.twin.url}/crm/v3/properties/contacts/{name}"
        fewer = {"options": [{"value": "New", "label": "New", "displayOrder": 0}]}
        CLIENT.patch(address, json=fewer, headers=person.twin.headers).raise_for_status()
    person.writes(run_id)
    assert len(needs(person.ctx)) == 2, "one line for each of the two cells"
    assert pressed(open_page("needs_you.py"), "Send").label == "Send 1 row again as they stand"


def taken_as(at: AppTest, name: str) -> AppTest:
    (who,) = (one for one in at.text_input if one.label == "Who takes it")
    who.set_value(name)
    return pressed(at, "Save").click().run()


def test_of_two_who_take_the_same_the_first_keeps_it_and_the_second_is_told(
    person: Person, open_page: Open
) -> None:
    person.imports(PEOPLE)
    first, second = open_page("needs_you.py"), open_page("needs_you.py")
    taken_as(first, "Ada")
    told = all_texts(taken_as(second, "Ben"))
    assert "What you pressed is no longer offered." in told
    assert "taken by Ada" in told
    assert [one.assignee for one in needs(person.ctx)] == ["Ada"]


def test_somebody_takes_what_waits_and_the_list_is_narrowed_to_theirs(
    person: Person, open_page: Open
) -> None:
    person.imports(PEOPLE)
    at = open_page("needs_you.py")
    taken_as(at, " Ada ")
    assert needs(person.ctx)[0].assignee == "Ada"
    assert "taken by Ada" in all_texts(open_page("needs_you.py", taken="Ada"))
    assert "leads.csv" not in all_texts(open_page("needs_you.py", taken="-"))
    assign(person.ctx, needs(person.ctx), "")
    assert "taken by" not in all_texts(open_page("needs_you.py"))


def test_where_colleagues_log_in_they_are_offered_and_any_other_name_may_be_typed(
    person: Person, open_page: Open
) -> None:
    person.imports(PEOPLE)
    for number, role in enumerate((Role.OPERATOR, None)):  # the second waits for a role
        identity = Identity(issuer="https://login.example", subject=str(number), name=f"Colleague {number}")
        person.ctx.people.set_role(person.ctx.people.meet(identity)[0].id, role)
    at = open_page("needs_you.py")
    (who,) = (one for one in at.selectbox if one.label == "Who takes it")
    assert who.options == ["Colleague 0"]
    who.set_value("Colleague 0")
    at = pressed(at, "Save").click().run()
    assert needs(person.ctx)[0].assignee == "Colleague 0"
    (who,) = (one for one in at.selectbox if one.label == "Who takes it")
    assert (who.value, who.proto.HasField("default")) == ("Colleague 0", False), "so that it can be emptied"
    who.set_value(None)
    pressed(at, "Save").click().run()
    assert needs(person.ctx)[0].assignee == ""


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


def test_a_key_that_is_refused_wherever_it_was_noticed_waits_until_it_opens_again(
    person: Person, open_page: Open
) -> None:
    key = "pat-na1-needs-gone"
    account = person.connects(token=key)
    person.loses(key)
    for _ in range(2):
        with pytest.raises(NeedsPerson):
            fields_of(person.ctx, person.ctx.connections.get(account.id))
    (waits,) = needs(person.ctx)
    assert (waits.kind, waits.since) == (
        NeedKind.ACCOUNT,
        person.ctx.connections.get(account.id).last_sync_at,
    )
    told = all_texts(open_page("home.py"))
    assert "HubSpot says this key has expired." in told
    assert "Account does not work" in told, "also before anything was imported"
    person.twin.control("PUT", "tokens", {key: {"scopes": ALL_SCOPES, "expires_in": None}})
    asks_again(person.ctx, person.ctx.connections.get(account.id))
    assert needs(person.ctx) == []


def test_a_long_list_is_cut_into_pages_and_given_to_somebody_as_a_whole(
    person: Person, open_page: Open
) -> None:
    columns = [f"Born {number}" for number in range(60)]
    for number in range(60):
        name = {"name": f"born_{number}", "label": f"Born {number}", "type": "date", "fieldType": "date"}
        creates(person, "properties/contacts", name | {"groupName": "contactinformation"})
    lines = [f"p{number}@needs.example{',2001-02-03' * 60}" for number in range(9)]
    person.imports(
        "\n".join((f"Email,{','.join(columns)}", *lines, f"z@needs.example{',no day' * 60}")), "born.csv"
    )
    at = open_page("needs_you.py")
    assert all_texts(at).count("**born.csv**") == 50
    at.session_state["needs-page-[]"] = 2
    assert all_texts(at.run()).count("**born.csv**") == 10
    both = next(one for one in at.text_input if one.label == "Who takes it")
    both.set_value("Ada")
    pressed(at, "Save").click().run()
    assert [one.assignee for one in needs(person.ctx)] == ["Ada"] * 60


def test_names_in_the_filters_are_no_markdown(person: Person, open_page: Open) -> None:
    person.imports(PEOPLE)
    second = person.connects("*Second* [one](http://a.example)", token="pat-na1-needs-second")
    person.ctx.connections.record_sync(second.id, error="The key has expired.")
    assign(person.ctx, needs(person.ctx), ":red[Ada]")
    at = open_page("needs_you.py")
    shown = [option.content for one in at.main.get("button_group") for option in one.proto.options]
    assert r"\*Second\* \[one\](http\://a.example)" in shown
    assert r"\:red\[Ada\]" in shown


def test_the_preview_of_a_colleague_waits_for_nobody_else_and_that_of_a_program_does(person: Person) -> None:
    account = person.connects()
    ann, _ = person.ctx.people.meet(Identity(issuer="i", subject="ann", name="Ann"))
    for who, waiting in ((ann.called, []), ("Nightly load", [NeedKind.RUN])):
        theirs = replace(person, ctx=person.ctx.acting_as(who))
        theirs.previews(theirs.chooses(theirs.hands_in(PEOPLE, f"{who}.csv"), account))
        assert [one.kind for one in needs(person.ctx)] == waiting


def test_marks_that_turn_a_line_around_leave_our_words_as_they_are(person: Person, open_page: Open) -> None:
    person.imports(PEOPLE, "\u202egnp.leads.csv")
    assert "**gnp.leads.csv** · 1 row · Cell to correct" in all_texts(open_page("needs_you.py"))


def test_a_viewer_sees_what_waits_and_reads_why_it_is_not_theirs_to_decide(
    person: Person, open_page: Open
) -> None:
    changes_in_hubspot(person)
    person.ctx.role = Role.VIEWER
    at = open_page("needs_you.py", kind="stale")
    told = all_texts(at)
    assert "**second.csv** · 1 row · Changed in HubSpot since preview" in told
    assert told.count("This takes the role operator; yours is viewer.") == 2, "sending, and who takes it"
    assert not at.text_input
    assert not at.button
    assert "This takes the role operator; yours is viewer." in all_texts(open_page("home.py"))


def test_rows_sent_again_in_vain_are_no_success_of_the_account_and_no_check_of_the_import(
    person: Person, open_page: Open
) -> None:
    key = "pat-na1-needs-in-vain"
    person.connects(token=key)
    run_id = changes_in_hubspot(person, more="new@needs.example,Buyer\n")
    done = person.ctx.runs.get(run_id)
    person.loses(key)
    send_again(person.ctx, needs(person.ctx))
    tried = person.waits(run_id)
    assert tried.message.startswith("HubSpot says this key has expired.")
    (line,) = accounts(person.ctx)
    assert line.last_success is not None
    assert done.finished_at is not None
    assert line.last_success <= done.finished_at
    at = open_page("history.py", run=run_id)
    assert [one.proto.title for one in at.success if one.proto.title.startswith("Checked")] == [
        "Checked in HubSpot"
    ]
