"""Values of a plan, counted, filtered and cut into pages by the database itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import Action, ActionKind, ActionState, Change
from smartsync_core.store.cells import Cells
from smartsync_core.store.database import Database
from smartsync_core.store.orgs import DEFAULT_ORG_ID
from smartsync_core.store.plans import Plans

RUN = "run"


def action(
    number: int, kind: ActionKind, *changes: tuple[str, str | None, str | None], key: str = ""
) -> Action:
    return Action(
        id=number,
        object=ObjectName.CONTACTS,
        kind=kind,
        state=ActionState.PLANNED,
        rows=(number + 1,),
        key_field="email",
        key_value=key or f"p{number}@x.example",
        changes=tuple(Change(field=name, old=old, new=new) for name, old, new in changes),
    )


@pytest.fixture
def cells(database: Database) -> Cells:
    plans = Plans(database, DEFAULT_ORG_ID)
    plans.add_actions(
        RUN,
        [
            action(1, ActionKind.CREATE, ("email", None, "p1@x.example"), ("city", None, "Leeds")),
            action(
                2,
                ActionKind.UPDATE,
                ("city", "Bath", "York"),
                ("phone", None, "+44 1"),
                ("jobtitle", "CEO", None),
            ),
            action(3, ActionKind.UPDATE, ("city", "100%", "50_50"), key="odd'key@x.example"),
        ],
    )
    return Cells(database, DEFAULT_ORG_ID)


def test_totals_tell_what_happens_to_values(cells: Cells) -> None:
    assert cells.totals(RUN) == {"new": 2, "filled": 1, "replaced": 2, "emptied": 1}


def test_what_takes_something_away_comes_first(cells: Cells) -> None:
    page = cells.page(RUN)
    assert [cell.effect for cell in page.cells] == ["emptied", "replaced", "replaced", "filled", "new", "new"]
    assert page.cells[0].old == "CEO"
    assert page.cells[0].new is None


def test_a_page_knows_how_many_there_are_in_all(cells: Cells) -> None:
    page = cells.page(RUN, limit=2, offset=4)
    assert [cell.field for cell in page.cells] == ["email", "city"]
    assert page.total == 6


@pytest.mark.parametrize(
    ("search", "rows"),
    [("YORK", [3]), ("p1@", [2, 2]), ("0%", [4]), ("_50", [4]), ("odd'key", [4]), ("nothing", [])],
)
def test_search_takes_its_text_as_it_is_in_any_case(cells: Cells, search: str, rows: list[int]) -> None:
    assert [cell.row for cell in cells.page(RUN, search=search).cells] == rows


def test_a_search_finds_values_that_people_know_by_another_word(cells: Cells) -> None:
    found = cells.page(
        RUN, search="the capital", meant=[("city", "York"), ("city", "Bath"), ("jobtitle", "Leeds")]
    )
    assert [(cell.field, cell.old, cell.new) for cell in found.cells] == [("city", "Bath", "York")]


def test_the_fields_that_are_written_are_known(cells: Cells) -> None:
    assert cells.places(RUN) == {("contacts", name) for name in ("email", "city", "phone", "jobtitle")}


def test_filters_narrow_by_effect_and_record_type(cells: Cells) -> None:
    assert cells.page(RUN, effect="filled").total == 1
    assert cells.page(RUN, object_name="companies").total == 0


def test_a_company_without_a_key_of_its_own_is_known_by_its_name(cells: Cells, database: Database) -> None:
    def of_company(one: Action) -> Action:
        return replace(one, object=ObjectName.COMPANIES, key_field="name+country", key_value="fir tools|GB")

    made = action(4, ActionKind.CREATE, ("city", None, "Leeds"), ("name", None, "Fir Tools Ltd"))
    filled = action(5, ActionKind.UPDATE, ("city", None, "Hull"))
    Plans(database, DEFAULT_ORG_ID).add_actions(RUN, [of_company(made), of_company(filled)])
    page = cells.page(RUN, object_name="companies")
    assert {(cell.row, cell.record) for cell in page.cells} == {(5, "Fir Tools Ltd"), (6, "fir tools")}


def test_the_riskiest_are_emptied_ones_then_who_it_is_and_whose_then_the_rest(
    cells: Cells, database: Database
) -> None:
    owned = action(6, ActionKind.UPDATE, ("city", "Bonn", "Kiel"), ("hubspot_owner_id", "7", "8"))
    Plans(database, DEFAULT_ORG_ID).add_actions(RUN, [owned])
    told = [(cell.row, cell.field) for cell in cells.riskiest(RUN)]
    assert told == [(3, "jobtitle"), (7, "hubspot_owner_id"), (3, "city"), (4, "city"), (7, "city")]
    assert len(cells.riskiest(RUN, limit=2)) == 2


def test_another_organisation_sees_nothing(cells: Cells, database: Database) -> None:
    assert Cells(database, "other").page(RUN).total == 0
