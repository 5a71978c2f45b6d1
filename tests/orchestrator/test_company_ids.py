"""People are associated with companies that are there, by the companies' record ids, domains or names."""

from __future__ import annotations

from smartsync_core.model.crm import ObjectName
from tests.orchestrator.conftest import Imports

KEY = ("companies=id:Company ID",)


def company(imports: Imports, name: str, **more: str) -> str:
    made = imports.crm("POST", "/crm/v3/objects/companies", {"properties": {"name": name} | more}).json()
    return str(made["id"])


def companies_of(imports: Imports, email: str) -> dict[str, bool]:
    """Company → whether it is the first one."""
    contact = imports.contact(email)["id"]
    answer = imports.crm("GET", f"/crm/v4/objects/contacts/{contact}/associations/companies").json()
    return {
        str(one["toObjectId"]): any(kind["typeId"] == 1 for kind in one["associationTypes"])
        for one in answer["results"]
    }


def said(imports: Imports, run_id: str, row: int) -> dict[str, str]:
    return {one.code: one.message for one in imports.ctx.results.reasons(run_id, [row])}


def test_a_column_of_company_ids_associates_people_and_changes_nothing_of_the_company(
    imports: Imports,
) -> None:
    acme = company(imports, "Acme Ids")
    rows = f"ada@ids-one.example,{acme}\nben@ids-two.example,{acme}\n"
    result = imports.run(imports.file(f"Email,Company ID\n{rows}"), "both", keys=KEY)
    assert result.outcomes["created"] == 2
    assert result.actions[ObjectName.COMPANIES].get("create", 0) == 0
    assert companies_of(imports, "ada@ids-one.example") == {acme: True}
    assert companies_of(imports, "ben@ids-two.example") == {acme: True}
    held = imports.crm("GET", f"/crm/v3/objects/companies/{acme}?properties=domain").json()
    assert held["properties"]["domain"] is None, (
        "the e-mail's domain says nothing of a company named by its id"
    )


def test_an_id_that_names_nobody_needs_a_person_and_no_company_is_made_or_guessed(imports: Imports) -> None:
    company(imports, "Guess", domain="ids-guess.example")
    before = imports.twin.state()["companies"]
    rows = "ada@ids-guess.example,999999999\nben@ids-guess.example,abc\n"
    result = imports.run(imports.file(f"Email,Company ID\n{rows}"), "both", keys=KEY)
    assert (result.outcomes["blocked"], result.partly_blocked) == (2, 2)
    assert companies_of(imports, "ada@ids-guess.example") == {}
    assert imports.twin.state()["companies"] == before
    assert "no company with the record id 999999999" in said(imports, result.run_id, 2)["no_such_record"]
    assert "no company with the record id abc" in said(imports, result.run_id, 3)["no_such_record"]


def test_rows_without_an_id_go_by_domain_and_name_as_ever(imports: Imports) -> None:
    by_domain = company(imports, "Alder Ids", domain="alder-ids.example")
    company(imports, "Beech Ids")
    rows = (
        "ada@x-ids.example,,Alder Ids,alder-ids.example\n"
        "ben.ids@gmail.com,,Beech Ids,\n"
        "cy@y-ids.example,,Cedar Ids,cedar-ids.example\n"
    )
    file = imports.file(f"Email,Company ID,Company,Domain\n{rows}")
    result = imports.run(file, "both", keys=KEY)
    assert companies_of(imports, "ada@x-ids.example") == {by_domain: True}
    assert "possible_match" in said(imports, result.run_id, 3)
    assert companies_of(imports, "ben.ids@gmail.com") == {}
    assert result.actions[ObjectName.COMPANIES]["create"] == 1


def test_a_first_company_that_stands_is_never_replaced_and_the_preview_says_so(imports: Imports) -> None:
    first, other = company(imports, "First Ids"), company(imports, "Other Ids")
    imports.run(imports.file(f"Email,Company ID\nada@ids-first.example,{first}\n"), "both", keys=KEY)
    again = imports.file(f"Email,Company ID\nada@ids-first.example,{other}\n", "again.csv")
    run_id = imports.preview(again, "both", keys=KEY).run_id
    note = said(imports, run_id, 2)["beside_first_company"]
    assert note == f"The contact's first company (record {first}) stays; this one is associated beside it."
    imports.write(run_id)
    assert companies_of(imports, "ada@ids-first.example") == {first: True, other: False}


def test_the_field_of_the_first_company_is_never_written_as_a_value(imports: Imports) -> None:
    acme = company(imports, "Acme Primary Ids")
    rows = f"Email,Primary Associated Company ID\nada@ids-primary.example,{acme}\n"
    run_id = imports.preview(imports.file(rows)).run_id
    left_out = next(one for one in imports.ctx.results.reasons(run_id, [0]) if one.code == "column_left_out")
    assert "names a company by its record id" in left_out.message


def test_a_contact_whose_id_is_gone_is_not_made_anew(imports: Imports) -> None:
    person = {"properties": {"email": "a@ids-gone.example"}}
    gone = imports.crm("POST", "/crm/v3/objects/contacts", person).json()["id"]
    imports.crm("DELETE", f"/crm/v3/objects/contacts/{gone}")
    result = imports.run(imports.file(f"Record ID,First name\n{gone},Ada\n"), keys=("Record ID",))
    assert result.outcomes["blocked"] == 1
    assert "no_such_record" in said(imports, result.run_id, 2)
