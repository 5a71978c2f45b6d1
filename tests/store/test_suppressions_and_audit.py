"""Do-not-touch lists, and who did what."""

from __future__ import annotations

import pytest

from smartsync_core.store.audit import Audit
from smartsync_core.store.database import Database
from smartsync_core.store.suppressions import Suppressions


def test_only_what_is_on_the_list_matches_in_any_case(database: Database) -> None:
    listed = Suppressions(database, "org")
    assert listed.add("email", ["Ann@Sample.example ", "bo@sample.example"], note="asked us") == 2
    assert listed.add("domain", ["rival.example"]) == 1
    emails, domains = listed.matching(
        ["ANN@sample.example", "cy@sample.example"], ["rival.example", "sample.example"]
    )
    assert (set(emails), set(domains)) == ({"ann@sample.example"}, {"rival.example"})


def test_adding_twice_adds_once_and_removing_takes_it_off(database: Database) -> None:
    listed = Suppressions(database, "org")
    listed.add("email", ["ann@sample.example"], note="asked us")
    assert listed.add("email", ["ann@sample.example", "", "bo@sample.example"]) == 1
    listed.remove("email", ["BO@sample.example"])
    assert listed.all("email") == [("ann@sample.example", "asked us")]


def test_long_lists_are_matched_in_portions(database: Database) -> None:
    listed = Suppressions(database, "org")
    many = [f"p{number}@sample.example" for number in range(4_500)]
    listed.add("email", many)
    assert listed.matching([*many, "other@sample.example"], [])[0] == set(many)


def test_a_list_is_that_of_one_org(database: Database) -> None:
    Suppressions(database, "org").add("email", ["ann@sample.example"])
    other = Suppressions(database, "other")
    assert other.matching(["ann@sample.example"], []) == (frozenset(), frozenset())
    assert other.add("email", ["ann@sample.example"]) == 1


def test_an_entry_says_who_did_what_to_which(database: Database) -> None:
    audit = Audit(database, "org")
    audit.record("local", "connection.saved", "c1", {"name": "Sales"})
    audit.record("local", "run.approved")
    newest, oldest = audit.recent()
    assert (oldest["who"], oldest["what"], oldest["subject_id"], oldest["details"]) == (
        "local", "connection.saved", "c1", {"name": "Sales"},
    )  # fmt: skip
    assert (newest["subject_id"], newest["details"]) == (None, None)
    assert Audit(database, "other").recent() == []


def test_an_entry_falls_with_the_change_it_tells_of(database: Database) -> None:
    audit = Audit(database, "org")
    with pytest.raises(RuntimeError), database.write() as conn:
        audit.record("local", "connection.saved", conn=conn)
        raise RuntimeError
    assert audit.recent() == []
