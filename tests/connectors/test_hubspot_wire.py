"""HubSpot's JSON on the left, our nouns on the right. Bodies are those of the contract (CONTRACT §4 to §8)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from smartsync_core.connectors.hubspot import wire
from smartsync_core.connectors.hubspot.paths import DEFAULT_VERSION, VERSIONS, paths_of
from smartsync_core.errors import NeedsPerson
from smartsync_core.model.crm import CLEAR, Association, Field, FieldType, ObjectName, Option, Owner
from tests.connectors.contract import archive, create, to_company, update

CONTACTS, COMPANIES, DEALS, TASKS = (
    ObjectName.CONTACTS,
    ObjectName.COMPANIES,
    ObjectName.DEALS,
    ObjectName.TASKS,
)


# --- records ---


def test_a_record_keeps_what_was_asked_for_and_no_more() -> None:
    told = {
        "id": "123",
        "properties": {"email": "a@b.example", "lastname": None, "city": "", "hs_is_contact": "true"},
        "createdAt": "2026-11-23T10:00:00.000Z",
        "updatedAt": "2026-11-23T11:00:00Z",
        "archived": False,
        "url": "https://app.hubspot.com/contacts/1/record/0-1/123",
    }
    record = wire.record(CONTACTS, told, ["email", "lastname", "city", "not_there"])
    assert record.properties == {"email": "a@b.example", "lastname": None, "city": None}
    assert record.created_at == datetime(2026, 11, 23, 10, tzinfo=UTC)
    assert record.updated_at == datetime(2026, 11, 23, 11, tzinfo=UTC)
    assert (record.id, record.url) == ("123", told["url"])


def test_numbers_and_truth_values_become_text() -> None:
    record = wire.record(CONTACTS, {"id": 7, "properties": {"a": 12.5, "b": True}}, ["a", "b"])
    assert (record.id, record.properties) == ("7", {"a": "12.5", "b": "true"})


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-11-23T10:00:00.123Z", datetime(2026, 11, 23, 10, 0, 0, 123000, tzinfo=UTC)),
        ("2026-11-23T10:00:00Z", datetime(2026, 11, 23, 10, tzinfo=UTC)),
        ("1795428000000", datetime(2026, 11, 23, 10, 0, tzinfo=UTC)),
        (None, None),
        ("", None),
    ],
)
def test_instants_are_read_in_every_form_hubspot_uses(text: str | None, instant: datetime | None) -> None:
    assert wire.instant(text) == instant


def test_a_record_answers_to_its_further_emails_too() -> None:
    told = {"properties": {"email": "A@b.example", "hs_additional_emails": "c@d.example;E@f.example"}}
    keys = list(wire.keys_of(told, ["email", "hs_additional_emails"]))
    assert keys == ["a@b.example", "c@d.example", "e@f.example"]


# --- writes ---


def test_a_create_carries_a_trace_id_and_its_primary_company() -> None:
    write = create(CONTACTS, [to_company("9", primary=True)], email="a@b.example")
    types = [
        {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279},
        {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1},
    ]
    assert wire.write_input(write) == {
        "objectWriteTraceId": write.ref,
        "properties": {"email": "a@b.example"},
        "associations": [{"to": {"id": "9"}, "types": types}],
    }


def test_an_update_clears_with_an_empty_text() -> None:
    write = update(CONTACTS, "7", city="York", phone=CLEAR)
    told = {"objectWriteTraceId": write.ref, "id": "7", "properties": {"city": "York", "phone": ""}}
    assert wire.write_input(write) == told


def test_an_archive_names_the_record_alone() -> None:
    assert wire.write_input(archive(CONTACTS, "7")) == {"id": "7"}


@pytest.mark.parametrize(
    ("ends", "primary", "ids"),
    [
        ((CONTACTS, COMPANIES), False, [279]),
        ((CONTACTS, COMPANIES), True, [279, 1]),
        ((DEALS, COMPANIES), True, [341, 5]),
        ((DEALS, CONTACTS), True, [3]),
        ((TASKS, CONTACTS), False, [204]),
        ((ObjectName.NOTES, DEALS), False, [214]),
    ],
)
def test_association_types_depend_on_direction(
    ends: tuple[ObjectName, ObjectName], primary: bool, ids: list[int]
) -> None:
    assert [one["associationTypeId"] for one in wire.association_types(*ends, primary=primary)] == ids


@pytest.mark.parametrize("number", [2, "2"])
def test_associations_are_read_with_ids_as_numbers_or_texts(number: object) -> None:
    entry = {
        "from": {"id": "1"},
        "to": [
            {"toObjectId": number, "associationTypes": [{"typeId": 279}, {"typeId": 1, "label": "Primary"}]}
        ],
    }
    assert wire.linked(CONTACTS, COMPANIES, entry) == [
        Association(from_object=CONTACTS, from_id="1", to_object=COMPANIES, to_id="2", primary=True)
    ]


# --- fields ---

STOCK: dict[str, Any] = {
    "name": "x",
    "label": "X",
    "type": "string",
    "fieldType": "text",
    "hubspotDefined": True,
    "options": [],
    "modificationMetadata": {"readOnlyValue": False},
}
CHOICES = [{"value": "a", "label": "Alpha"}, {"value": "b", "label": "Beta", "hidden": True}]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, {"type": FieldType.STRING, "writable": True, "custom": False, "closed": False, "unique": False}),
        ({"hubspotDefined": False, "hasUniqueValue": True}, {"custom": True, "unique": True}),
        ({"modificationMetadata": {"readOnlyValue": True}}, {"writable": False}),
        ({"calculated": True}, {"writable": True}),
        (
            {"type": "number", "fieldType": "calculation_rollup"},
            {"type": FieldType.NUMBER, "writable": False},
        ),
        ({"name": "hs_object_id", "type": "number"}, {"writable": False}),
        ({"fieldType": "phonenumber"}, {"type": FieldType.PHONE}),
        ({"type": "object_coordinates"}, {"type": FieldType.STRING, "writable": False}),
        ({"type": "datetime", "fieldType": "date"}, {"type": FieldType.DATETIME}),
        (
            {"type": "enumeration", "fieldType": "select", "options": CHOICES},
            {"closed": True, "multi": False},
        ),
        (
            {"type": "enumeration", "fieldType": "checkbox", "options": CHOICES},
            {"closed": True, "multi": True},
        ),
        ({"type": "enumeration", "fieldType": "select"}, {"closed": False}),
        ({"type": "enumeration", "options": CHOICES, "externalOptions": True}, {"closed": False}),
        ({"type": "bool", "fieldType": "booleancheckbox", "options": CHOICES}, {"type": FieldType.BOOL}),
    ],
)
def test_a_property_becomes_a_field(told: dict[str, Any], expected: dict[str, Any]) -> None:
    field = wire.field(STOCK | told)
    assert {name: getattr(field, name) for name in expected} == expected


def test_options_keep_their_value_label_and_whether_they_are_hidden() -> None:
    field = wire.field(STOCK | {"type": "enumeration", "options": CHOICES})
    assert field.options == (Option(value="a", label="Alpha"), Option(value="b", label="Beta", hidden=True))


def test_a_schema_leaves_out_archived_fields_and_knows_what_a_create_needs() -> None:
    told = [STOCK | {"name": "hs_timestamp"}, STOCK | {"name": "old", "archived": True}]
    schema = wire.schema(TASKS, told, text_chars=65536)
    assert list(schema.fields) == ["hs_timestamp"]
    assert schema.fields["hs_timestamp"].required
    assert schema.fields["hs_timestamp"].max_length == 65536


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"type": FieldType.STRING, "unique": True}, ("string", "text", True)),
        ({"type": FieldType.STRING, "max_length": 2000}, ("string", "textarea", False)),
        ({"type": FieldType.NUMBER}, ("number", "number", False)),
        ({"type": FieldType.DATE}, ("date", "date", False)),
        ({"type": FieldType.DATETIME}, ("datetime", "date", False)),
        ({"type": FieldType.PHONE}, ("string", "phonenumber", False)),
        ({"type": FieldType.ENUMERATION, "multi": True}, ("enumeration", "checkbox", False)),
    ],
)
def test_our_fields_are_made_with_types_that_fit_together(
    wanted: dict[str, Any], expected: tuple[str, str, bool]
) -> None:
    told = wire.property_definition(Field(name="oppspot_x", label="X", **wanted))
    assert (told["type"], told["fieldType"], told["hasUniqueValue"]) == expected
    assert told["groupName"] == "smartsync"


def test_a_yes_no_field_is_made_with_exactly_the_two_options_hubspot_wants() -> None:
    told = wire.property_definition(Field(name="x", label="X", type=FieldType.BOOL))
    assert [one["value"] for one in told["options"]] == ["true", "false"]


@pytest.mark.parametrize(
    ("told", "owner"),
    [
        (
            {"id": 7, "email": "a@b.example", "firstName": "Ada", "lastName": "Lane", "archived": True},
            Owner(id="7", email="a@b.example", name="Ada Lane", active=False),
        ),
        ({"id": "8", "email": None, "type": "QUEUE"}, Owner(id="8", email="", name="")),
        ({"id": "9", "email": "c@d.example"}, Owner(id="9", email="c@d.example", name="c@d.example")),
    ],
)
def test_owners_may_lack_a_name_or_an_email(told: dict[str, Any], owner: Owner) -> None:
    assert wire.owner(told) == owner


# --- paths ---


def test_every_area_moves_with_the_version() -> None:
    dated, classic = paths_of(DEFAULT_VERSION), paths_of("classic")
    assert dated.batch(CONTACTS, "create") == "/crm/objects/2026-09/contacts/batch/create"
    assert classic.batch(CONTACTS, "create") == "/crm/v3/objects/contacts/batch/create"
    assert (
        dated.associations(CONTACTS, COMPANIES, "read")
        == "/crm/associations/2026-09/contacts/companies/batch/read"
    )
    assert (
        classic.associations(CONTACTS, COMPANIES, "read")
        == "/crm/v4/associations/contacts/companies/batch/read"
    )
    assert classic.account == "/account-info/v3/details"


def test_an_unknown_version_is_a_matter_for_a_person() -> None:
    with pytest.raises(NeedsPerson, match="1999-01"):
        paths_of("1999-01")
    assert set(VERSIONS) == {"2026-09", "classic"}
