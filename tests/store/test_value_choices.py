"""Remembered meanings of values: per organisation, account and field."""

from __future__ import annotations

from smartsync_core.store.database import Database
from smartsync_core.store.value_choices import ValueChoices

STATUS = "contacts.hs_lead_status"


def test_choices_are_remembered_per_account_and_the_last_word_holds(database: Database) -> None:
    choices = ValueChoices(database, "org-a")
    choices.remember("one", STATUS, {"hot": "OPEN", "cold": ""}, by="ada")
    choices.remember("one", STATUS, {"hot": "NEW"}, by="ben")
    assert choices.of("one") == {STATUS: {"hot": "NEW", "cold": ""}}
    assert choices.of("two") == {}


def test_choices_of_one_organisation_are_nobody_elses(database: Database) -> None:
    ValueChoices(database, "org-a").remember("one", STATUS, {"hot": "OPEN"}, by="ada")
    assert ValueChoices(database, "org-b").of("one") == {}
