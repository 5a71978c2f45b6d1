"""Standing mappings of an account and their versions; where columns were sent before."""

from __future__ import annotations

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.mapping import FieldMapping, Policy, RecordType, Step, Target
from smartsync_core.store.database import Database
from smartsync_core.store.field_mappings import FieldMappings
from smartsync_core.store.header_choices import HeaderChoices

CONTACTS = ObjectName.CONTACTS
TITLE = FieldMapping(
    source="Funktion",
    target=Target(object=CONTACTS, property="jobtitle"),
    steps=(Step(name="case", options={"to": "upper"}),),
    policy=Policy.NEVER,
    default="CTO",
)
CITY = FieldMapping(source="Ort", target=Target(object=CONTACTS, property="city"))


def test_what_is_saved_holds_instead_of_what_there_was_and_both_stay_on_record(database: Database) -> None:
    mappings = FieldMappings(database, "org-a")
    assert mappings.save("one", CONTACTS, [CITY], by="ada") == 1
    assert mappings.save("one", CONTACTS, [TITLE], by="ben") == 2
    assert mappings.of("one", CONTACTS) == [TITLE]
    versions = mappings.versions("one", CONTACTS)
    assert [(one.version, one.saved_by, one.mappings) for one in versions] == [
        (2, "ben", (TITLE,)),
        (1, "ada", (CITY,)),
    ]


def test_mappings_are_of_one_organisation_one_account_and_one_object(database: Database) -> None:
    FieldMappings(database, "org-a").save("one", CONTACTS, [CITY], by="ada")
    assert FieldMappings(database, "org-b").of("one", CONTACTS) == []
    assert FieldMappings(database, "org-a").of("two", CONTACTS) == []
    assert FieldMappings(database, "org-a").versions("one", ObjectName.COMPANIES) == []


def test_a_header_is_remembered_per_kind_of_rows_and_forgotten_when_it_goes_nowhere(
    database: Database,
) -> None:
    headers = HeaderChoices(database, "org-a")
    headers.remember(RecordType.BOTH, {"funktion": "contacts.jobtitle", "ort": "contacts.city"}, by="ada")
    headers.remember(RecordType.BOTH, {"ort": "companies.city"}, forget=["funktion"], by="ben")
    assert headers.of(RecordType.BOTH) == {"ort": "companies.city"}
    assert headers.of(RecordType.CONTACTS) == {}
    assert HeaderChoices(database, "org-b").of(RecordType.BOTH) == {}
