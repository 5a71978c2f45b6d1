"""What is said of a record that waits holds for each of its rows, and is read for those that are shown; on both databases."""

from __future__ import annotations

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import Action, ActionKind, ActionState, Reason
from smartsync_core.store.database import Database
from smartsync_core.store.plans import Plans
from smartsync_core.store.results import Results

RUN, CODE = "run", "two_in_crm"


def action(number: int, rows: tuple[int, ...], state: ActionState = ActionState.BLOCKED) -> Action:
    code = CODE if state is ActionState.BLOCKED else ""
    kind = ActionKind.NONE if code else ActionKind.CREATE
    return Action(id=number, object=ObjectName.CONTACTS, kind=kind, state=state, rows=rows, code=code)


def reason(row: int, code: str = CODE) -> Reason:
    return Reason(row=row, field="Email", code=code, message=f"Two records, says row {min(row, 2)}.")


def test_the_other_rows_of_a_record_that_waits_say_what_its_first_row_says(database: Database) -> None:
    plans, results = Plans(database, "one"), Results(database, "one")
    plans.add_actions(RUN, [action(1, (2, 5, 9)), action(2, (3,)), action(3, (4, 6), ActionState.PLANNED)])
    plans.add_reasons(RUN, [reason(2), reason(2, "country_as_typed"), reason(3), reason(4)], "plan")
    assert results.untold(RUN) == [reason(5), reason(9)]
    assert results.untold(RUN, [2, 3, 6, 9]) == [reason(9)]
    assert results.untold(RUN, []) == []
    assert Results(database, "two").untold(RUN) == []
