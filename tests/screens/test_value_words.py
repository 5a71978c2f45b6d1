"""Values as people know them: an owner's name and a choice's label, where HubSpot keeps an id and an internal name."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from smartsync_core.model.mapping import RecordType
from tests.screens.conftest import ALL_SCOPES, Open, Person
from tests.twin_process import CLIENT

EMAIL, KEY = "ada@value-words.example", "pat-eu1-for-value-words"


def imported(person: Person) -> tuple[str, str]:
    """The run, and the name of an owner, of a contact whose stage and owner are set; the key is worth nothing from then on."""
    owners = CLIENT.get(f"{person.twin.url}/crm/v3/owners", headers=person.twin.headers).json()["results"]
    text = f"Email,Lifecycle Stage,Contact owner\n{EMAIL},marketingqualifiedlead,{owners[0]['email']}\n"
    person.twin.control("PUT", "tokens", {KEY: {"scopes": ALL_SCOPES}})
    person.connects(token=KEY)
    run_id = person.imports(text, record_type=RecordType.CONTACTS)
    person.loses(KEY)
    return run_id, f"{owners[0]['firstName']} {owners[0]['lastName']}"


def values(at: AppTest) -> dict[str, str]:
    """Column → new value, of the table of values."""
    table = next(one.value for one in at.dataframe if "New" in one.value)
    return dict(zip(table["Column"], table["New"], strict=True))


def test_the_table_of_values_asks_nobody_and_shows_names_and_labels(person: Person, open_page: Open) -> None:
    run_id, owner = imported(person)
    shown = values(open_page("history.py", run=run_id))
    assert shown["Lifecycle Stage"] == "Marketing Qualified Lead"
    assert shown["Contact owner"] == owner


def test_a_search_finds_what_is_shown(person: Person, open_page: Open) -> None:
    run_id, owner = imported(person)
    at = open_page("history.py", run=run_id)
    search = next(one for one in at.text_input if str(one.key).startswith("values-search"))
    assert values(search.set_value("qualified lead").run()) == {"Lifecycle Stage": "Marketing Qualified Lead"}
    assert values(search.set_value(owner).run()) == {"Contact owner": owner}


def test_the_change_history_shows_them_too(person: Person, open_page: Open) -> None:
    run_id, owner = imported(person)
    crm_id = person.ctx.results.rows(run_id)[0].crm_id
    at = open_page("history.py", run=run_id, record=f"contacts:{crm_id}")
    lines = next(one.value for one in at.dataframe if "After" in one.value)
    shown = dict(zip(lines["Field"], lines["After"], strict=True))
    assert (shown["Lifecycle Stage"], shown["Contact owner"]) == ("Marketing Qualified Lead", owner)
