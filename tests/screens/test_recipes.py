"""Recipes: the next file of a kind is recognised; what has drifted stops and asks."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from smartsync_core.model.mapping import RecordType, Step
from smartsync_core.orchestrator import import_drafts
from smartsync_core.orchestrator.import_drafts import ImportDraft
from tests.screens.conftest import Open, Person, all_texts

MAY = "Email,Who,Mood\nada@x.example,ADA,fine\nben@x.example,BEN,fine\n"
JUNE = "Email,Who,Mood\neva@x.example,EVA,fine\ntom@x.example,TOM,fine\n"


def saves(person: Person, open_page: Open) -> None:
    """The choices for the first file, under a name."""
    draft = person.chooses(person.hands_in(MAY, "may.csv"), person.connects(), RecordType.CONTACTS)
    said = {"chosen": {"Who": "contacts.firstname"}, "steps": {"Who": (Step(name="proper_name"),)}}
    draft = import_drafts.save(person.ctx, ImportDraft(**(vars(draft) | said)))
    at = open_page(draft=draft.id)
    at.text_input(key=f"recipe-name-{draft.id}").set_value("Fair")
    at.button(key="recipe-save").click().run()
    assert "Saved as “Fair”." in all_texts(at)


def uses(at: AppTest) -> AppTest:
    return next(one for one in at.button if str(one.key).startswith("recipe-use-")).click().run()


def test_the_next_file_is_in_the_crm_after_two_clicks(person: Person, open_page: Open) -> None:
    saves(person, open_page)
    draft = person.hands_in(JUNE, "june.csv")
    at = open_page(draft=draft.id)
    assert "This file looks like **Fair**" in all_texts(at)
    uses(at)
    begun = import_drafts.load(person.ctx, draft.id)
    assert begun is not None
    person.waits(begun.run_id)
    open_page(draft=draft.id).button(key="write").click().run()
    person.waits(begun.run_id)
    assert person.holds("eva@x.example", "firstname") == "Eva"


def test_a_file_whose_columns_or_rows_drifted_is_looked_at_first(person: Person, open_page: Open) -> None:
    saves(person, open_page)
    more = "".join(f"p{number}@x.example,P,fine,x\n" for number in range(7))
    draft = person.hands_in(f"Email,Who,Mood,Extra\n{more}", "june.csv")
    at = open_page(draft=draft.id)
    assert "It has a column “Extra” that the recipe does not know." in all_texts(at)
    assert "It has 7 rows; the last one had 2." in all_texts(at)
    uses(at)
    now = import_drafts.load(person.ctx, draft.id)
    assert now is not None
    assert (now.step, now.run_id) == ("columns", "")
    assert now.chosen["Who"] == "contacts.firstname"


def test_the_next_file_is_measured_against_the_last_one_that_was_written(
    person: Person, open_page: Open
) -> None:
    saves(person, open_page)
    more = "".join(f"q{number}@x.example,Q,fine,x\n" for number in range(7))
    grown = f"Email,Who,Mood,Extra\n{more}"
    july = person.hands_in(grown, "july.csv")
    uses(open_page(draft=july.id))
    concern = "It has 7 rows; the last one had 2."
    assert concern in all_texts(open_page(draft=person.hands_in(grown + "\n", "july again.csv").id))
    taken = import_drafts.load(person.ctx, july.id)
    assert taken is not None
    person.writes(person.previews(taken).run_id)
    august = person.hands_in(grown.replace("@x", "@y"), "august.csv")
    at = open_page(draft=august.id)
    assert "Use it and preview" in [button.label for button in at.button]


def test_what_a_recipe_leaves_out_is_said_when_it_is_saved_and_by_the_next_file(
    person: Person, open_page: Open
) -> None:
    saves(person, open_page)
    draft = person.hands_in(JUNE, "june.csv")
    uses(open_page(draft=draft.id))
    begun = import_drafts.load(person.ctx, draft.id)
    assert begun is not None
    person.waits(begun.run_id)
    at = open_page(draft=draft.id)
    assert "The recipe “Fair” leaves it out." in all_texts(at)
    assert "You left it out" not in all_texts(at)


def test_a_column_still_to_check_is_named_when_its_recipe_is_saved(person: Person, open_page: Open) -> None:
    file = "Email,Adress\nada@x.example,1 High Street\n"
    draft = person.chooses(person.hands_in(file), person.connects(), RecordType.CONTACTS)
    at = open_page(draft=draft.id)
    at.text_input(key=f"recipe-name-{draft.id}").set_value("Streets")
    at.button(key="recipe-save").click().run()
    assert "It leaves out “Adress”, which is still to check." in all_texts(at)


def test_a_file_of_which_a_third_of_the_columns_has_other_names_is_offered_its_recipe(
    person: Person, open_page: Open
) -> None:
    saves(person, open_page)
    at = open_page(draft=person.hands_in("Email,Person,Mood\neva@x.example,EVA,fine\n", "june.csv").id)
    assert "It has no column “Who”, which the recipe knows." in all_texts(at)
    assert "Use it and look at the columns" in [button.label for button in at.button]


def test_a_file_that_was_imported_already_is_said_before_its_recipe_is_used(
    person: Person, open_page: Open
) -> None:
    saves(person, open_page)
    person.imports(MAY, "may.csv", RecordType.CONTACTS)
    at = open_page(draft=person.hands_in(MAY, "may again.csv").id)
    assert "This very file was imported before" in all_texts(at)


def test_a_file_of_another_kind_is_offered_no_recipe(person: Person, open_page: Open) -> None:
    saves(person, open_page)
    at = open_page(draft=person.hands_in("Company,Domain\nAlder,alder.example\n").id)
    assert "looks like" not in all_texts(at)


def test_a_recipe_can_be_forgotten(person: Person, open_page: Open) -> None:
    saves(person, open_page)
    at = open_page(draft=person.hands_in(JUNE, "june.csv").id)
    next(one for one in at.button if str(one.key).startswith("recipe-forget-")).click().run()
    assert "looks like" not in all_texts(at)
