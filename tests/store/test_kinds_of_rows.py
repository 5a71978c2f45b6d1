"""How an open import stands: counted by kinds of rows, it comes to the same as row by row; on both databases."""

from __future__ import annotations

from collections import Counter
from random import Random

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import Action, ActionKind, ActionState, Outcome, RowVerdict
from smartsync_core.planning.accounting import row_outcome, tally
from smartsync_core.store.database import Database
from smartsync_core.store.plans import Plans

RUN, ROWS = "run", 300
_STATES = [state for state in ActionState if state is not ActionState.SUPERSEDED]


def action(number: int, dice: Random) -> Action:
    kind = dice.choice([ActionKind.CREATE, ActionKind.UPDATE, ActionKind.LINK])
    return Action(
        id=number, object=ObjectName.CONTACTS, kind=kind, state=dice.choice(_STATES), rows=(abs(number),)
    )


def verdict(row: int, dice: Random) -> RowVerdict:
    if dice.random() < 0.1:
        return RowVerdict(row=row, own=dice.choice([Outcome.BLOCKED, Outcome.SKIPPED]))
    return RowVerdict(
        row=row,
        main_action=dice.randint(1, ROWS),
        duplicate_of=dice.choice([0, 0, 0, 1]),
        other_actions=tuple(dice.sample(range(-ROWS, 0), dice.randint(0, 3))),
    )


def test_kinds_of_rows_add_up_to_the_rows(database: Database) -> None:
    dice, plans = Random(7), Plans(database, "org")
    plans.add_actions(RUN, [action(number, dice) for number in [*range(1, ROWS + 1), *range(-ROWS, 0)]])
    verdicts = [verdict(row, dice) for row in range(2, ROWS + 2)]
    plans.add_rows(RUN, verdicts)
    counted: Counter[str] = Counter()
    kinds = plans.kinds_of_rows(RUN)
    for one, fates, rows in kinds:
        counted.update({key: n * rows for key, n in tally([row_outcome(one, fates)]).items()})
    fates = plans.fates(RUN)
    assert counted == tally(row_outcome(one, fates) for one in verdicts)
    assert sum(rows for *_, rows in kinds) == ROWS
    assert plans.kinds_of_rows("another") == []
