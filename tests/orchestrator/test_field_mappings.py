"""Standing mappings of an account: in its imports, and in what programs send one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from smartsync_core.errors import BadInput
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.mapping import Certainty, ColumnMatch, FieldMapping, Policy, Step, Target
from smartsync_core.orchestrator import field_mapping_rows, field_mapping_words, field_mappings, past
from smartsync_core.orchestrator.accounts import AccountFields, fields_of
from smartsync_core.wiring import Application
from tests.orchestrator.conftest import Imports

CONTACTS = ObjectName.CONTACTS


def to(source: str, name: str, **more: object) -> FieldMapping:
    return FieldMapping(source=source, target=Target(object=CONTACTS, property=name), **more)  # type: ignore[arg-type]


def keeps(imports: Imports, mappings: Sequence[FieldMapping]) -> AccountFields:
    fields = fields_of(imports.ctx, imports.connection)
    field_mappings.save(imports.ctx, imports.connection.id, CONTACTS, mappings, fields)
    return fields


def prop(imports: Imports, name: str, **more: object) -> None:
    body = {"name": name, "label": name.title(), "type": "string", "fieldType": "text"}
    imports.crm("POST", "/crm/v3/properties/contacts", body | {"groupName": "contactinformation"} | more)


def test_columns_go_where_the_account_sends_them_with_its_steps_default_and_rule(imports: Imports) -> None:
    keeps(
        imports,
        [
            to("Rolle", "jobtitle", steps=(Step(name="case", options={"to": "upper"}),), default="N/N"),
            to("Heimat", "city", policy=Policy.NEVER),
        ],
    )
    imports.crm("POST", "/crm/v3/objects/contacts", {"properties": {"email": "ada@standing.example"}})
    rows = "ada@standing.example,cto,Bonn\nben@standing.example,,Bonn\n"
    imports.run(imports.file(f"Email,Rolle,Heimat\n{rows}"))
    ada = imports.contact("ada@standing.example", "jobtitle", "city")
    ben = imports.contact("ben@standing.example", "jobtitle", "city")
    assert (ada["jobtitle"], ada["city"]) == ("CTO", None)
    assert (ben["jobtitle"], ben["city"]) == ("N/N", "Bonn")


def test_a_column_of_the_account_feeds_two_fields_and_the_command_line_may_say_so_too(
    imports: Imports,
) -> None:
    keeps(imports, [to("Ort", "city"), to("Ort", "state")])
    file = imports.file("Email,Ort,Rolle\nada@twofields.example,Bonn,CTO\n")
    imports.run(file, maps=("Rolle=jobtitle", "Rolle=company"))
    ada = imports.contact("ada@twofields.example", "city", "state", "jobtitle", "company")
    assert (ada["city"], ada["state"], ada["jobtitle"], ada["company"]) == ("Bonn", "Bonn", "CTO", "CTO")


def test_what_is_said_of_one_import_goes_before_what_the_account_says(imports: Imports) -> None:
    keeps(imports, [to("Ort", "city", steps=(Step(name="case", options={"to": "upper"}),))])
    imports.run(imports.file("Email,Ort\nada@ownword.example,Bonn\n"), maps=("Ort=state",))
    ada = imports.contact("ada@ownword.example", "city", "state")
    assert (ada["city"], ada["state"]) == (None, "Bonn")


def test_a_field_that_vanished_is_said_before_anything_is_read_or_written(
    imports: Imports, application: Application
) -> None:
    prop(imports, "shoe_size")
    keeps(imports, [to("Shoe", "shoe_size")])
    imports.crm("DELETE", "/crm/v3/properties/contacts/shoe_size")
    file = imports.file("Email,Shoe\nada@vanished.example,7\n")
    with pytest.raises(BadInput, match="“shoe_size”, a field that it no longer has"):
        imports.preview(file)
    with pytest.raises(BadInput, match="shoe_size"):
        application.orchestrator.sync_contact(
            imports.connection.id, {"email": "ada@vanished.example", "shoe": "7"}
        )
    assert imports.preview(file, maps=("Shoe=",)).predicted["created"] == 1


def test_a_program_s_keys_go_where_the_account_sends_them(imports: Imports, application: Application) -> None:
    prop(imports, "favourite_colour")
    keeps(imports, [to("colour", "favourite_colour"), to("title", "salutation")])
    contact = {"email": "ada@keys.example", "colour": "green", "title": "Dr"}
    result = application.orchestrator.sync_contact(imports.connection.id, contact)
    assert result.success, result.message
    ada = imports.contact("ada@keys.example", "favourite_colour", "salutation", "jobtitle")
    assert (ada["favourite_colour"], ada["salutation"], ada["jobtitle"]) == ("green", "Dr", None)


def test_where_a_program_s_company_id_goes_besides_it_still_names_the_company(
    imports: Imports, application: Application
) -> None:
    keeps(imports, [to("Company ID", "company")])
    contact = {"email": "ada@ids.example", "companyId": "abc-9"}
    assert application.orchestrator.sync_contact(imports.connection.id, contact).success


def test_columns_that_are_kept_go_where_they_went_before_no_more(imports: Imports) -> None:
    ctx, account = imports.ctx, imports.connection.id
    fields = keeps(imports, [to("Phone no", "phone"), to("Town", "city")])
    moved = ColumnMatch(
        header="Phone no",
        index=0,
        target=Target(object=ObjectName.COMPANIES, property="phone"),
        certainty=Certainty.SURE,
        reason="",
    )
    field_mappings.keep_columns(ctx, account, [moved], {}, fields)
    assert [one.source for one in ctx.field_mappings.of(account, CONTACTS)] == ["Town"]
    assert [one.source for one in ctx.field_mappings.of(account, ObjectName.COMPANIES)] == ["Phone no"]


def test_what_cannot_be_kept_is_refused_with_its_column_and_nothing_changes(imports: Imports) -> None:
    fields = keeps(imports, [to("Ort", "city")])
    for wrong, said in (
        (to("Score", "no_such_field"), "“Score”: The account no longer has a field"),
        (to("Seen", "lastmodifieddate"), "is filled by the CRM itself"),
        (to("ort ", "city"), "goes to “city” twice"),
    ):
        with pytest.raises(BadInput, match=said):
            field_mappings.save(
                imports.ctx, imports.connection.id, CONTACTS, [to("Ort", "city"), wrong], fields
            )
    assert imports.ctx.field_mappings.of(imports.connection.id, CONTACTS) == [to("Ort", "city")]


def test_versions_say_in_what_they_differ(imports: Imports) -> None:
    schemas = fields_of(imports.ctx, imports.connection).schemas
    before = [to("Ort", "city"), to("Alt", "old_field")]
    after = [to("Ort", "city", default="Bonn", policy=Policy.OVERWRITE), to("Rolle", "jobtitle")]
    assert field_mapping_words.differences(before, after, schemas) == [
        "Changed: “Ort” → City (replaces what is there; blank cells become “Bonn”; before: as it stands)",
        "Added: “Rolle” → Job Title (as it stands)",
        "Taken out: “Alt” → old_field",
    ]
    assert field_mapping_words.differences(before, before, schemas) == []


def test_versions_that_differ_in_what_a_step_goes_by_say_so(imports: Imports) -> None:
    schemas = fields_of(imports.ctx, imports.connection).schemas
    upper = replace(to("Ort", "city"), steps=(Step(name="case", options={}),))
    lower = replace(upper, steps=(Step(name="case", options={"to": "lower"}),))
    assert field_mapping_words.differences([upper], [lower], schemas) == [
        "Changed: “Ort” → City (Upper and lower case: to “lower”; before: Upper and lower case: to “upper”)"
    ]


def test_a_mapping_is_looked_at_on_the_rows_of_the_last_file_that_has_such_a_column(imports: Imports) -> None:
    fields = fields_of(imports.ctx, imports.connection)
    status = to("Stage", "hs_lead_status")
    assert field_mapping_rows.look(imports.ctx, imports.connection.id, status, fields) == ("", [])
    rows = "ada@looked.example,New\nben@looked.example,Ice cubed\ncy@looked.example,New\n"
    imports.preview(imports.file(f"Email,Stage\n{rows}", "stages.csv"))
    name, seen = field_mapping_rows.look(imports.ctx, imports.connection.id, status, fields)
    assert (name, [(one.row, one.before, one.sent) for one in seen]) == (
        "stages.csv",
        [(2, "New", "NEW"), (3, "Ice cubed", "")],
    )
    assert "is not a choice of" in seen[1].note


def test_choices_are_added_to_those_in_the_crm_and_previewed_in_full(imports: Imports) -> None:
    keeps(imports, [to("Rolle", "hs_buying_role", policy=Policy.ADD)])
    held = {"email": "ada@several.example", "hs_buying_role": "CHAMPION;BLOCKER"}
    imports.crm("POST", "/crm/v3/objects/contacts", {"properties": held})
    file = imports.file("Email,Rolle\nada@several.example,Champion;Influencer\n")
    run_id = imports.preview(file).run_id
    cells = past.cells(imports.ctx, run_id).cells
    assert [(cell.old, cell.new) for cell in cells] == [("CHAMPION;BLOCKER", "CHAMPION;BLOCKER;INFLUENCER")]
    imports.write(run_id)
    ada = imports.contact("ada@several.example", "hs_buying_role")
    assert set((ada["hs_buying_role"] or "").split(";")) == {"CHAMPION", "BLOCKER", "INFLUENCER"}
    assert imports.run(file).outcomes["unchanged"] == 1
