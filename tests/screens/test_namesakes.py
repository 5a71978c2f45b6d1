"""Possibly the same company: answered with one click, on the result and on the preview."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from smartsync_core.model.mapping import RecordType
from smartsync_core.orchestrator import import_drafts
from smartsync_core.orchestrator.import_drafts import ImportDraft
from tests.screens.conftest import Open, Person, all_texts
from tests.twin_process import CLIENT

PEOPLE = """Email,Company
ada.alder@gmail.com,Alder Works
ben.alder@gmail.com,Alder Works
cy.beech@gmail.com,Beech Works
"""
ALDER = "".join(PEOPLE.splitlines(keepends=True)[:3])


def stands_in_hubspot(person: Person, name: str) -> str:
    body = {"properties": {"name": name, "domain": f"{name.split(maxsplit=1)[0].lower()}.example"}}
    address = f"{person.twin.url}/crm/v3/objects/companies"
    return str(CLIENT.post(address, json=body, headers=person.twin.headers).raise_for_status().json()["id"])


def companies_of(person: Person, email: str) -> list[str]:
    contact = f"{person.twin.url}/crm/v3/objects/contacts/{email}?idProperty=email&associations=companies"
    held = CLIENT.get(contact, headers=person.twin.headers).raise_for_status().json()
    found = held.get("associations", {}).get("companies", {}).get("results", [])
    return sorted({str(one["id"]) for one in found})


def says(at: AppTest, company: str, answer: str) -> AppTest:
    """One click."""
    asked = next(one for one in at.button_group if one.label == f"Which company is {company}?")
    return asked.set_value(answer).run()


def goes_by(person: Person, open_page: Open, draft: ImportDraft, alder: str) -> ImportDraft:
    """The draft once its preview was made again after the word that this company is that record."""
    says(open_page(draft=draft.id), "Alder Works", alder)
    kept = import_drafts.load(person.ctx, draft.id)
    assert kept is not None
    assert kept.run_id != draft.run_id
    person.waits(kept.run_id)
    return kept


def test_one_click_on_the_result_settles_a_company_for_all_its_rows(person: Person, open_page: Open) -> None:
    alder = stands_in_hubspot(person, "Alder Works")
    run_id = person.imports(ALDER)
    at = open_page("history.py", run=run_id)
    assert "Possibly the same company" in all_texts(at)
    assert "**Alder Works** · 2 rows" in all_texts(at)
    assert "Alder Works · alder.example" in all_texts(at)
    says(at, "Alder Works", alder)
    person.waits(run_id)
    assert companies_of(person, "ada.alder@gmail.com") == [alder]
    assert companies_of(person, "ben.alder@gmail.com") == [alder]
    assert "Possibly the same company" not in all_texts(open_page("history.py", run=run_id))


def test_of_several_companies_each_is_answered_and_the_last_answer_sends_them(
    person: Person, open_page: Open
) -> None:
    alder, beech = (stands_in_hubspot(person, name) for name in ("Alder Works", "Beech Works"))
    run_id = person.imports(PEOPLE)
    at = says(open_page("history.py", run=run_id), "Alder Works", "")
    assert at.button(key="namesakes-go").label == "Send their rows again (1 of 2 companies still open)"
    assert companies_of(person, "ada.alder@gmail.com") == []
    says(open_page("history.py", run=run_id), "Beech Works", beech)
    person.waits(run_id)
    assert companies_of(person, "cy.beech@gmail.com") == [beech]
    (made,) = companies_of(person, "ada.alder@gmail.com")
    assert made != alder


def test_one_click_on_the_preview_makes_it_again_and_a_later_one_goes_by_it_too(
    person: Person, open_page: Open
) -> None:
    alder = stands_in_hubspot(person, "Alder Works")
    draft = person.previews(person.chooses(person.hands_in(ALDER), person.connects()))
    kept = goes_by(person, open_page, draft, alder)
    at = open_page(draft=draft.id)
    assert "you said" in all_texts(at)
    assert "changed since you looked" not in all_texts(at), "the person's word changed them"
    later = person.previews(kept)
    person.writes(later.run_id)
    assert companies_of(person, "ada.alder@gmail.com") == [alder]


def test_an_answer_in_a_tab_that_shows_an_older_preview_is_not_kept_and_says_so(
    person: Person, open_page: Open
) -> None:
    alder = stands_in_hubspot(person, "Alder Works")
    draft = person.previews(person.chooses(person.hands_in(ALDER), person.connects()))
    older = open_page(draft=draft.id)
    kept = goes_by(person, open_page, draft, alder)
    at = says(older, "Alder Works", "")
    assert "The preview was made again meanwhile, so your answer was not kept." in all_texts(at)
    assert import_drafts.load(person.ctx, draft.id) == kept


def test_a_word_that_was_a_slip_is_taken_back_on_the_preview_with_one_click(
    person: Person, open_page: Open
) -> None:
    alder = stands_in_hubspot(person, "Alder Works")
    draft = person.previews(person.chooses(person.hands_in(ALDER), person.connects()))
    kept = goes_by(person, open_page, draft, alder)
    at = open_page(draft=draft.id)
    assert f"**Alder Works** · 2 rows · you said: record {alder} in HubSpot" in all_texts(at)
    next(one for one in at.button if one.label == "Ask me again").click().run()
    open_again = import_drafts.load(person.ctx, draft.id)
    assert open_again is not None
    assert open_again.companies == ()
    assert open_again.run_id != kept.run_id
    person.waits(open_again.run_id)
    at = says(open_page(draft=draft.id), "Alder Works", "")
    last = import_drafts.load(person.ctx, draft.id)
    assert last is not None
    person.writes(person.waits(last.run_id).id)
    assert alder not in companies_of(person, "ada.alder@gmail.com")


def test_the_preview_says_that_the_company_waits_and_not_that_its_contacts_do(
    person: Person, open_page: Open
) -> None:
    stands_in_hubspot(person, "Alder Works")
    draft = person.chooses(person.hands_in(ALDER), person.connects())
    said = all_texts(open_page(draft=person.previews(draft).id))
    assert "Contacts: 2 new · Companies: 1 needs you" in said
    assert "**2 rows would need you**: only their companies wait, their contacts do not." in said
    assert "would not be written" not in said


def test_rows_that_wait_whole_and_rows_whose_company_alone_waits_are_told_apart(
    person: Person, open_page: Open
) -> None:
    stands_in_hubspot(person, "Alder Works")
    draft = person.chooses(person.hands_in(ALDER + "broken,Elm Works\n"), person.connects())
    said = all_texts(open_page(draft=person.previews(draft).id))
    assert (
        "**3 rows would need you**. In 2 of them only the company waits; 1 would not be written at all."
        in said
    )


def test_a_row_without_a_record_leads_to_no_change_history(person: Person, open_page: Open) -> None:
    stands_in_hubspot(person, "Alder Works")
    run_id = person.imports(ALDER + "broken,Elm Works\n")
    at = open_page("history.py", run=run_id)
    rows = next(one.value for one in at.dataframe if "Change history" in one.value)
    assert [bool(address) for address in rows["Change history"]] == [True, True, False]
    assert list(rows["Change history"])[2] == "", "None would be read as a word"


def test_a_preview_whose_rows_all_wait_does_not_say_that_hubspot_holds_them(
    person: Person, open_page: Open
) -> None:
    stands_in_hubspot(person, "Alder Works")
    draft = person.chooses(
        person.hands_in("Name,City\nAlder Works,Leeds\n"), person.connects(), RecordType.COMPANIES
    )
    said = all_texts(open_page(draft=person.previews(draft).id))
    assert "There is nothing to write yet: 1 row would need you." in said
    assert "HubSpot holds all of this already" not in said
