"""The Accounts page: connecting, testing, adding fields, disconnecting, and the practice account."""

from __future__ import annotations

import re
from dataclasses import replace

import httpx
import pytest
from sqlalchemy.exc import IntegrityError
from streamlit.testing.v1 import AppTest

from pages.blocks import services
from smartsync_core.connectors.hubspot import scopes
from smartsync_core.connectors.memory import MemoryConnector
from smartsync_core.connectors.registry import CRMConnectorFactory
from smartsync_core.model.connection import SyncDirection, SyncFrequency
from smartsync_core.orchestrator import accounts, deal_place, do_not_touch, imports, practice
from smartsync_core.orchestrator.account_settings import change_settings
from smartsync_core.orchestrator.changes import changes
from smartsync_core.orchestrator.connect import add_fields
from smartsync_core.orchestrator.connect import connect as connect_again
from smartsync_core.orchestrator.fields import our_fields
from tests.screens.conftest import ALL_SCOPES, Open, Person, all_texts
from tests.twin_process import CLIENT


def connect(at: AppTest, name: str, token: str) -> AppTest:
    at.text_input[0].set_value(name)
    at.text_input[1].set_value(token)
    return at.button(key="FormSubmitter:connect-hubspot-Connect").click().run()


def test_the_key_does_not_stay_in_the_form(person: Person, open_page: Open) -> None:
    at = connect(open_page("accounts.py"), "HubSpot Europe", person.twin.token)
    assert [one.value for one in at.text_input[:2]] == ["", ""]


def test_without_accounts_it_says_how_to_begin(person: Person, open_page: Open) -> None:
    at = open_page("accounts.py")
    assert "No account is connected yet. Connect one below" in all_texts(at)
    assert at.button(key="practice-start").label == "Start the practice account"


def test_a_service_key_connects_an_account_and_is_never_shown(person: Person, open_page: Open) -> None:
    at = connect(open_page("accounts.py"), "HubSpot Europe", person.twin.token)
    told = all_texts(at)
    assert "Connected HubSpot Europe, account" in told
    assert "The key has every permission that is needed" in told
    assert person.twin.token not in told
    assert at.text_input[1].proto.type == at.text_input[1].proto.PASSWORD
    assert [one.name for one in person.ctx.connections.all()] == ["HubSpot Europe"]


@pytest.mark.parametrize(("name", "token"), [("", "pat-na1-x"), ("HubSpot", ""), ("HubSpot", "wrong")])
def test_what_cannot_be_connected_is_one_sentence_and_nothing_is_saved(
    person: Person, open_page: Open, name: str, token: str
) -> None:
    at = connect(open_page("accounts.py"), name, token)
    assert len(at.error) == 1
    assert not at.exception
    assert person.ctx.connections.all() == []


def test_where_there_are_several_crms_the_form_asks_which(
    person: Person, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Notes(MemoryConnector):
        manifest = replace(MemoryConnector.manifest, title="Notes", for_tests=False)

    monkeypatch.setitem(CRMConnectorFactory._known, "notes", Notes)  # noqa: SLF001 - gone again afterwards
    at = open_page("accounts.py").selectbox(key="crm").select("notes").run()
    told = all_texts(connect(at, "Mine", "any"))
    assert "Connect Notes" in told
    assert "Connected Mine, account memory" in told
    kept = person.ctx.connections.by_name("Mine")
    assert (kept.crm_type, kept.base_url) == ("notes", "memory://default")


def test_the_practice_accounts_name_cannot_be_taken(person: Person, open_page: Open) -> None:
    at = connect(open_page("accounts.py"), "practice account", person.twin.token)
    assert "belongs to the practice account" in all_texts(at)


def test_testing_a_connection_names_missing_permissions_in_plain_words(
    person: Person, open_page: Open
) -> None:
    fewer = [scope for scope in ALL_SCOPES if scope != "crm.objects.companies.write"]
    person.twin.control("PUT", "tokens", {"pat-na1-fewer": {"scopes": fewer}})
    connection = person.connects(token="pat-na1-fewer")
    at = open_page("accounts.py").button(key=f"test-{connection.id}").click().run()
    told = all_texts(at)
    assert told.count("create and change companies") == 1, "on the card, and nowhere again"
    assert "The key can read but not write; what it lacks stands above." in told


def test_testing_a_dead_connection_is_one_sentence(person: Person, open_page: Open) -> None:
    connection = person.connects(token="pat-na1-fifth-gone")
    person.loses("pat-na1-fifth-gone")
    at = open_page("accounts.py").button(key=f"test-{connection.id}").click().run()
    assert len(at.error) == 1
    assert not at.exception


def test_that_an_account_did_not_answer_its_test_is_told_on_home_until_it_answers(
    person: Person, open_page: Open
) -> None:
    connection = person.connects()
    person.twin.control("PUT", "faults", {"next": [{"kind": "daily"}]})
    at = open_page("accounts.py").button(key=f"test-{connection.id}").click().run()
    told = all_texts(at)
    assert "Key: the last call failed" in told
    assert told.count("calls for today are used up") == 1, "where it was asked, and nowhere again"
    assert "calls for today are used up" in all_texts(open_page("home.py"))
    at.button(key=f"test-{connection.id}").click().run()
    assert "calls for today are used up" not in all_texts(open_page("home.py"))


def test_a_key_that_may_no_longer_see_some_fields_is_tested_all_the_same(
    person: Person, open_page: Open
) -> None:
    connection = person.connects(token="pat-na1-narrowed")
    add_fields(person.ctx, connection)
    seen = [scope for scope in ALL_SCOPES if ".contacts." in scope]
    person.twin.control("PUT", "tokens", {"pat-na1-narrowed": {"scopes": seen}})
    at = open_page("accounts.py").button(key=f"test-{connection.id}").click().run()
    assert not at.error
    assert "This key may not see companies" in all_texts(at)
    assert "what it lacks stands above" in all_texts(at)
    assert person.ctx.connections.get(connection.id).fields_added, "what it cannot see is as it was"


def test_a_question_is_closed_without_asking_the_account_again(person: Person, open_page: Open) -> None:
    connection = person.connects()
    for question in ("fields", "settings"):
        at = open_page("accounts.py").button(key=f"{question}-{connection.id}").click().run()
        asked = person.twin.calls()
        next(one for one in at.button if one.label == "Cancel").click().run()
        assert person.twin.calls() == asked
        assert not [one for one in at.button if one.label == "Cancel"]


def test_a_connection_that_answers_again_says_nothing_else_on_the_same_card(
    person: Person, open_page: Open
) -> None:
    connection = person.connects()
    person.ctx.connections.record_sync(connection.id, error="The key has expired.")
    at = open_page("accounts.py")
    assert "The key has expired." in all_texts(at)
    told = all_texts(at.button(key=f"test-{connection.id}").click().run())
    assert "HubSpot Europe answers" in told
    assert "The key has expired." not in told
    assert "the last call failed" not in told


def test_fields_are_named_before_they_are_added(person: Person, open_page: Open) -> None:
    connection = person.connects()
    at = open_page("accounts.py").button(key=f"fields-{connection.id}").click().run()
    assert "Lead score" in all_texts(at)
    assert "smartsync_key" not in _properties(person)
    at.button(key=f"add-{connection.id}").click().run()
    total = sum(map(len, our_fields().values()))
    assert f"{total} fields added to HubSpot Europe" in all_texts(at)
    assert "smartsync_key" in _properties(person)
    at = open_page("accounts.py").button(key=f"fields-{connection.id}").click().run()
    assert "All fields of SmartSync are there already" in all_texts(at)
    at.button(key=f"cancel-{connection.id}").click().run()
    assert "All fields of SmartSync are there already" not in all_texts(at)


def test_a_field_that_is_there_with_another_type_is_named_and_none_is_added(
    person: Person, open_page: Open
) -> None:
    connection = person.connects()
    _makes(person, "oppspot_score", "date")
    at = open_page("accounts.py").button(key=f"fields-{connection.id}").click().run()
    told = all_texts(at)
    assert "it holds dates, where ours holds numbers" in told
    assert "delete it in HubSpot" in told
    assert "smartsync_key" not in _properties(person)
    at.button(key=f"cancel-{connection.id}").click().run()
    assert not at.error, "a question that cannot be answered can be closed"


def test_text_holds_whatever_a_field_of_ours_does(person: Person, open_page: Open) -> None:
    connection = person.connects()
    _makes(person, "oppspot_score", "string")
    at = open_page("accounts.py").button(key=f"fields-{connection.id}").click().run()
    at.button(key=f"add-{connection.id}").click().run()
    assert f"{sum(map(len, our_fields().values())) - 1} fields added" in all_texts(at)


def test_fields_whose_adding_breaks_off_can_be_added_again_or_left(person: Person, open_page: Open) -> None:
    connection = person.connects()
    at = open_page("accounts.py").button(key=f"fields-{connection.id}").click().run()
    broken = [{"kind": "daily", "path": "companies/batch/create"}]
    person.twin.control("PUT", "faults", {"next": broken})
    at.button(key=f"add-{connection.id}").click().run()
    told = all_texts(at)
    assert "calls for today are used up" in told
    assert "the next try adds the rest" in told
    assert at.button(key=f"cancel-{connection.id}").label == "Cancel"
    at.button(key=f"add-{connection.id}").click().run()
    assert "15 fields added to HubSpot Europe" in all_texts(at), "those of contacts were there by then"


def test_disconnecting_asks_first_and_then_forgets_the_account(person: Person, open_page: Open) -> None:
    connection = person.connects()
    at = open_page("accounts.py").button(key=f"leave-{connection.id}").click().run()
    assert [one.name for one in person.ctx.connections.all()] == ["HubSpot Europe"]
    at.button(key=f"do-leave-{connection.id}").click().run()
    assert "HubSpot Europe is disconnected" in all_texts(at)
    assert person.ctx.connections.all() == []


def test_while_an_import_works_on_it_disconnecting_is_refused_and_can_be_left(
    person: Person, open_page: Open
) -> None:
    connection = person.connects()
    draft = person.chooses(person.hands_in(), connection)
    at = open_page("accounts.py").button(key=f"leave-{connection.id}").click().run()
    person.twin.control("PUT", "latency", {"ms": 300})
    try:
        fields = accounts.fields_of(person.ctx, connection)
        run_id = imports.preview(person.ctx, draft, fields).run_id
        at.button(key=f"do-leave-{connection.id}").click().run()
    finally:
        person.twin.control("PUT", "latency", {"ms": 0})
    assert "An import is working on “HubSpot Europe” right now." in all_texts(at)
    at.button(key=f"cancel-{connection.id}").click().run()
    person.waits(run_id)
    assert [one.name for one in person.ctx.connections.all()] == ["HubSpot Europe"]


def test_a_cancelled_question_changes_nothing(person: Person, open_page: Open) -> None:
    connection = person.connects()
    at = open_page("accounts.py").button(key=f"leave-{connection.id}").click().run()
    at.button(key=f"cancel-{connection.id}").click().run()
    assert not [button for button in at.button if button.key == f"do-leave-{connection.id}"]
    assert person.ctx.connections.all()


def test_the_practice_account_starts_and_starts_over(person: Person, open_page: Open) -> None:
    at = open_page("accounts.py").button(key="practice-start").click().run()
    assert "The practice account is ready" in all_texts(at)
    own = practice.practice_connection(person.ctx)
    run_id = person.previews(person.chooses(person.hands_in(), own)).run_id
    person.writes(run_id)
    address = services.context().practice.address()
    assert httpx.get(f"{address}/_twin/state", timeout=10).json()["contacts"] == 2
    at = open_page("accounts.py").button(key="practice-over").click().run()
    at.button(key="do-over").click().run()
    assert "The practice account is empty" in all_texts(at)
    assert httpx.get(f"{address}/_twin/state", timeout=10).json()["contacts"] == 0
    again = person.previews(person.chooses(person.hands_in(), own)).run_id
    assert person.ctx.runs.get(again).predicted["created"] == 2, "its links were forgotten too"


def test_what_must_not_be_touched_is_left_out_of_the_next_import(person: Person, open_page: Open) -> None:
    at = open_page("accounts.py")
    at.text_area[0].set_value("@Birchworks.example\ntom@okoro.example")
    at.button(key="FormSubmitter:do-not-touch-Add to the list").click().run()
    assert "2 new entries on the list" in all_texts(at)
    run_id = person.previews(person.chooses(person.hands_in(), person.connects())).run_id
    assert person.ctx.runs.get(run_id).predicted["skipped"] == 3
    at.multiselect(key="do-not-touch-chosen").set_value(["birchworks.example"]).run()
    at.button(key="do-not-touch-remove").click().run()
    assert [one.value for one in do_not_touch.listed(person.ctx)] == ["tom@okoro.example"]


def test_what_is_neither_address_nor_domain_is_not_put_on_the_list(person: Person, open_page: Open) -> None:
    at = open_page("accounts.py")
    at.text_area[0].set_value("firm.example\nnobody")
    at.button(key="FormSubmitter:do-not-touch-Add to the list").click().run()
    assert "“nobody” is neither an e-mail address nor a domain" in all_texts(at)
    assert do_not_touch.listed(person.ctx) == []


def _makes(person: Person, name: str, kind: str) -> None:
    """Somebody made a field of companies in HubSpot."""
    held = {"name": name, "label": name, "type": kind, "fieldType": {"string": "text"}.get(kind, kind)}
    address = f"{person.twin.url}/crm/v3/properties/companies"
    body = held | {"groupName": "companyinformation"}
    CLIENT.post(address, json=body, headers=person.twin.headers).raise_for_status()


def _properties(person: Person) -> set[str]:
    answer = httpx.get(
        f"{person.twin.url}/crm/v3/properties/contacts", headers=person.twin.headers, timeout=10
    )
    return {one["name"] for one in answer.json()["results"]}


def test_a_card_says_what_the_key_may_do_when_it_last_worked_and_what_happens_by_itself(
    person: Person, open_page: Open
) -> None:
    connection = person.connects()
    told = all_texts(open_page("accounts.py"))
    assert "Nothing was written yet" in told
    assert "Key: ok, nothing is missing · asked today" in told
    assert "Nothing goes out before somebody, or a program, hands it in." in told
    person.imports()
    assert "Last success today" in all_texts(open_page("accounts.py"))
    only_reads = [scope for scope in ALL_SCOPES if not scope.endswith(".write")]
    person.twin.control("PUT", "tokens", {"pat-na1-reads": {"scopes": only_reads}})
    connect_again(
        person.ctx,
        crm_type="hubspot",
        name=connection.name,
        token="pat-na1-reads",
        auto_enrich=True,
        sync_direction=SyncDirection.BIDIRECTIONAL,
        sync_frequency=SyncFrequency.HOURLY,
    )
    told = all_texts(open_page("accounts.py"))
    assert "Key: can only read, 6 missing" in told
    assert "there are no schedules yet" in told
    assert "it runs to HubSpot only" in told
    assert "Proposed with each preview: looking companies up." in told


def test_settings_are_changed_in_a_form_and_stand_in_the_list_of_who_changed_what(
    person: Person, open_page: Open
) -> None:
    connection = person.connects()
    at = open_page("accounts.py").button(key=f"settings-{connection.id}").click().run()
    choose = {one.label: one for one in at.selectbox}
    assert choose["Direction"].options[0] == "To HubSpot"
    choose["Direction"].select(SyncDirection.BIDIRECTIONAL)
    choose["When"].select(SyncFrequency.REALTIME)
    choose["New deals begin in"].select_index(1)
    next(one for one in at.checkbox if one.label.startswith("Tasks")).check()
    at.button(key=f"save-{connection.id}").click().run()
    told = all_texts(at)
    assert "The settings of HubSpot Europe are saved." in told
    assert "What is handed in goes out at once." in told
    assert "that does not exist yet, so it runs to HubSpot only" in told
    assert "Proposed with each preview: tasks and deals." in told
    kept = person.ctx.connections.get(connection.id)
    assert (kept.sync_direction, kept.sync_frequency) == (SyncDirection.BIDIRECTIONAL, SyncFrequency.REALTIME)
    assert person.ctx.deal_places.of(connection.id) is not None
    made = {one.what: one for one in changes(person.ctx, limit=10)}
    assert made["connection.changed"].details["sync_frequency"] == ["manual", "realtime"]
    assert "deal_place.chosen" in made


def test_settings_saved_in_two_tabs_are_those_that_each_person_changed(
    person: Person, open_page: Open
) -> None:
    connection = person.connects()
    at = open_page("accounts.py").button(key=f"settings-{connection.id}").click().run()
    change_settings(
        person.ctx, connection.id, sync_frequency=SyncFrequency.REALTIME, auto_assign=True
    )  # meanwhile
    option = deal_place.places_of(person.ctx, connection)[1]
    deal_place.remember_place(person.ctx, connection.id, option)
    next(one for one in at.selectbox if one.label == "When").select(SyncFrequency.DAILY)
    at.button(key=f"save-{connection.id}").click().run()
    assert "The settings of HubSpot Europe are saved." in all_texts(at)
    kept = person.ctx.connections.get(connection.id)
    assert (kept.sync_frequency, kept.auto_assign) == (SyncFrequency.DAILY, True)
    assert person.ctx.deal_places.of(connection.id) == option.place


def test_settings_that_stay_as_they_are_change_nothing(person: Person, open_page: Open) -> None:
    connection = person.connects()
    at = open_page("accounts.py").button(key=f"settings-{connection.id}").click().run()
    at.button(key=f"save-{connection.id}").click().run()
    assert person.ctx.connections.get(connection.id) == connection
    assert "connection.changed" not in {one.what for one in changes(person.ctx, limit=10)}


def test_settings_of_which_no_line_can_be_kept_are_not_changed(person: Person) -> None:
    connection = person.connects()
    by_nobody = replace(person.ctx, user=None)  # type: ignore[arg-type]
    with pytest.raises(IntegrityError):
        change_settings(by_nobody, connection.id, auto_assign=True)
    assert person.ctx.connections.get(connection.id) == connection


def test_settings_can_be_changed_while_the_account_cannot_be_asked(person: Person, open_page: Open) -> None:
    connection = person.connects(token="pat-na1-settings-gone")
    person.loses("pat-na1-settings-gone")
    at = open_page("accounts.py").button(key=f"settings-{connection.id}").click().run()
    assert len(at.error) == 1
    next(one for one in at.checkbox if one.label.startswith("An owner")).check()
    at.button(key=f"save-{connection.id}").click().run()
    assert person.ctx.connections.get(connection.id).auto_assign


def test_calls_stand_beside_what_the_accounts_day_allows(person: Person, open_page: Open) -> None:
    person.connects()
    told = all_texts(open_page("accounts.py"))
    assert re.search(
        r"0 calls today by SmartSync's imports · [\d,]+ of the account's [\d,]+ calls a day used by all its apps",
        told,
    )


def test_what_a_key_needs_is_ready_to_be_sent_to_an_admin(person: Person, open_page: Open) -> None:
    (request,) = open_page("accounts.py").code
    for words in ("Settings → Integrations → Service keys", *scopes.NEEDED):
        assert words in request.value
