"""The template's columns are those that lead back to their field for sure."""

from __future__ import annotations

import pytest

from smartsync_core.mapping.template import template_columns
from smartsync_core.model.crm import Field, FieldType, ObjectName
from smartsync_core.model.mapping import RecordType
from tests.mapping.crm import COMPANIES, CONTACTS, OWNERS, SCHEMAS


def headers(record_type: RecordType) -> dict[str, tuple[ObjectName, str]]:
    return {
        one.header: (one.object, one.field.name) for one in template_columns(SCHEMAS, record_type, OWNERS)
    }


@pytest.mark.parametrize("record_type", RecordType)
def test_everyday_fields_are_there_once_each(record_type: RecordType) -> None:
    told = headers(record_type)
    assert len(set(told.values())) == len(told) > 10
    if CONTACTS in record_type.objects:
        assert told["Email"] == (CONTACTS, "email")
    if COMPANIES in record_type.objects:
        assert told["Company name"] == (COMPANIES, "name")


def test_a_label_that_both_have_names_the_company_in_the_second_place() -> None:
    told = headers(RecordType.BOTH)
    assert told["City"] == (CONTACTS, "city")
    assert told["Company city"] == (COMPANIES, "city")


def test_fields_that_the_crm_fills_itself_and_those_of_ours_are_not_asked_for() -> None:
    contacts = SCHEMAS[CONTACTS]
    ours = Field(
        name="smartsync_key", label="SmartSync key", type=FieldType.STRING, custom=True, group="smartsync"
    )
    fixed = Field(name="seen", label="Seen", type=FieldType.STRING, custom=True, writable=False)
    own = Field(name="shoe_size", label="Shoe size", type=FieldType.NUMBER, custom=True)
    more = {one.name: one for one in (ours, fixed, own)}
    schemas = {CONTACTS: type(contacts)(object=CONTACTS, fields={**contacts.fields, **more})}
    told = [one.header for one in template_columns(schemas, RecordType.CONTACTS, OWNERS)]
    assert "Shoe size" in told
    assert not {"SmartSync key", "Seen"} & set(told)
