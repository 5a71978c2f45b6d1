"""Drafts that share a mark, by record; on both databases."""

from __future__ import annotations

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.duplicates import LikelyPair
from smartsync_core.model.plan import Draft
from smartsync_core.store.database import Database
from smartsync_core.store.drafts import Drafts
from smartsync_core.store.grouping import Grouping
from smartsync_core.store.likely import Likely

RUN, CONTACTS = "run", ObjectName.CONTACTS


def stored(database: Database, *drafts: Draft) -> Likely:
    Drafts(database, "org").add(RUN, drafts)
    Grouping(database, "org").group(RUN, CONTACTS)
    return Likely(database, "org")


def draft(row: int, *marks: str, email: str = "", blocked: bool = False) -> Draft:
    return Draft(
        row=row,
        object=CONTACTS,
        values={"firstname": f"P{row}"},
        key_field="email" if email else "",
        key_value=email,
        email=email,
        marks=marks,
        blocked=blocked,
    )


def met(likely: Likely) -> dict[str, list[int]]:
    return {mark: [one.row for one, _ in records] for mark, records in likely.met(RUN, CONTACTS)}


def test_records_meet_under_a_mark_that_a_few_share_each_by_its_first_row(database: Database) -> None:
    switchboard = [draft(row, "phone:1") for row in range(20, 31)]
    likely = stored(
        database,
        draft(2, "a", "b", email="x@likely.example"),
        draft(3, "c", email="x@likely.example"),
        draft(4, "c", "b", "alone"),
        draft(5, "b", blocked=True),
        *switchboard,
    )
    assert met(likely) == {"b": [2, 4], "c": [2, 4]}
    values = [dict(one.values) for _, records in likely.met(RUN, CONTACTS) for one, _ in records]
    assert values[:2] == [{"firstname": "P2"}, {"firstname": "P4"}]


def test_records_that_were_made_one_meet_no_more(database: Database) -> None:
    likely, grouping = stored(database, draft(2, "a"), draft(7, "a")), Grouping(database, "org")
    grouping.fold(RUN, CONTACTS, {7: 2})
    assert grouping.groups(RUN, CONTACTS, [2, 7]) == {2: 2, 7: 2}
    assert met(likely) == {}


def test_what_was_found_replaces_what_was_found_before(database: Database) -> None:
    likely = Likely(database, "org")
    pair = LikelyPair(object=CONTACTS, row=2, later=4, why="the same company")
    likely.keep(RUN, [pair, LikelyPair(object=CONTACTS, row=2, later=9, why="the same company")])
    likely.keep(RUN, [pair])
    assert likely.pairs(RUN) == [pair]
