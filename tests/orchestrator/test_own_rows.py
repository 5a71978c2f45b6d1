"""Facts of companies out of the rows that were imported, and out of CRM records that were read for them."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Event, Timer

from smartsync_core.enrichment.identity import identify
from smartsync_core.enrichment.results import SourceResult, SourceState
from smartsync_core.model.crm import AccountKind
from smartsync_core.orchestrator.companies import companies
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.enrich import Enriched, enrich, known
from smartsync_core.orchestrator.look_ups import LookUp
from smartsync_core.orchestrator.own_rows import look_at_own_rows
from smartsync_core.orchestrator.undo import start_undo
from tests.orchestrator.conftest import Imports

# Our rows are the organisation's, not one account's: the domains here are in no other test of this package.
NOW = datetime.now(UTC)
HEADER = "First name,Last name,Email,Job title,Company,Website,Employees,Country\n"
MAPS = ("Country=companies.country",)


def look(imports: Imports, domain: str) -> dict[str, SourceResult]:
    _, results = look_at_own_rows(imports.ctx, identify(domain=domain), datetime.now(UTC))
    return {result.source: result for result in results}


def facts(result: SourceResult) -> dict[str, str]:
    return {one.field: one.value for one in result.evidence}


def write(imports: Imports, *rows: str) -> str:
    return imports.run(imports.file(HEADER + "\n".join(rows)), "both", maps=MAPS).run_id


def counts_as(imports: Imports, kind: AccountKind) -> None:
    """The stand-in is known as a practice account; a person may say that it is none."""
    name, twin = imports.connection.name, imports.twin
    connect(imports.ctx, crm_type="hubspot", name=name, token=twin.token, base_url=twin.url, kind=kind)


def test_rows_give_the_company_and_the_most_senior_of_its_people(imports: Imports) -> None:
    write(
        imports,
        "Tom,Ash,tom@birch-rows.example,Intern,Birch Ltd,birch-rows.example,1200,UK",
        "Ada,Elm,ada@birch-rows.example,Managing Director,Birch Limited,birch-rows.example,,",
        "Eve,Oak,eve@birch-rows.example,Sales Manager,,birch-rows.example,,",
    )
    found = look(imports, "birch-rows.example")["sheet"]
    assert facts(found) == {
        "employees": "1200",
        "country": "GB",
        "seniority": "executive",
        "email_kind": "company",
    }
    assert {one.as_of for one in found.evidence} == {NOW.date()}
    assert next(one.quote for one in found.evidence if one.field == "seniority") == "Managing Director"


def test_only_what_was_written_and_not_taken_back_counts_and_the_import_s_own_rows(imports: Imports) -> None:
    rows = HEADER + "Tom,Ash,tom@rowan-rows.example,Owner,Rowan Ltd,rowan-rows.example,30,UK"
    run_id = imports.preview(imports.file(rows), "both", maps=MAPS).run_id
    rowan, now = identify(domain="rowan-rows.example"), datetime.now(UTC)
    assert look(imports, "rowan-rows.example")["sheet"].evidence == ()
    _, own = look_at_own_rows(imports.ctx, rowan, now, run_id)
    assert facts(own[0])["employees"] == "30"
    assert enrich(imports.ctx, "rowan-rows.example", ask=False, run_id=run_id).evidence != ()
    assert known(imports.ctx, rowan.key).evidence == ()
    assert rowan.key not in {line.key for line in companies(imports.ctx)}

    imports.write(run_id)
    assert {one.field for one in known(imports.ctx, rowan.key).evidence} >= {"employees", "country"}
    assert rowan.key in {line.key for line in companies(imports.ctx)}

    undo_id = start_undo(imports.ctx, run_id)
    imports.ctx.engine.wait(f"undo-{undo_id}", 60)
    imports.write(undo_id)
    assert known(imports.ctx, rowan.key).evidence == ()


def test_an_import_s_own_rows_count_also_where_somebody_else_is_looking_the_company_up(
    imports: Imports,
) -> None:
    rows = HEADER + "Tom,Ash,tom@hazel-rows.example,Owner,Hazel Ltd,hazel-rows.example,30,UK"
    run_id = imports.preview(imports.file(rows), "both", maps=MAPS).run_id
    theirs, go_on = enrich(imports.ctx, "hazel-rows.example", ask=False), Event()
    assert theirs.evidence == ()

    def of_somebody_else(look_up: LookUp[Enriched]) -> Enriched:
        go_on.wait(30)
        return theirs

    imports.ctx.look_ups.start(theirs.company, of_somebody_else, behind=True, pending=["website"])
    Timer(0.2, go_on.set).start()
    found = enrich(imports.ctx, "hazel-rows.example", ask=False, run_id=run_id)
    assert {one.field: one.value for one in found.evidence}["employees"] == "30"


def test_the_newest_import_speaks_where_two_differ(imports: Imports) -> None:
    write(imports, "Tom,Ash,tom@larch-rows.example,Intern,Larch Ltd,larch-rows.example,30,UK")
    write(imports, "Tom,Ash,tom@larch-rows.example,Intern,Larch Ltd,larch-rows.example,45,")
    assert facts(look(imports, "larch-rows.example")["sheet"])["employees"] == "45"
    assert facts(look(imports, "larch-rows.example")["sheet"])["country"] == "GB"


def test_a_domain_of_differently_named_companies_says_nothing(imports: Imports) -> None:
    write(imports, "Tom,Ash,tom@pine-rows.example,Owner,Pine Ltd,pine-rows.example,30,UK")
    write(imports, "Eve,Oak,eve@pine-rows.example,Owner,Pine Hotels Ltd,pine-rows.example,30,UK")
    found = look(imports, "pine-rows.example")["sheet"]
    assert found.state is SourceState.NOT_CHECKED
    assert found.reason == "Companies of different names have this domain there: Pine Hotels Ltd, Pine Ltd."


def test_rows_on_a_do_not_touch_list_say_nothing(imports: Imports) -> None:
    imports.ctx.suppressions.add("domain", ["yew-rows.example"])
    write(imports, "Tom,Ash,tom@yew-rows.example,Owner,Yew Ltd,yew-rows.example,30,UK")
    assert look(imports, "yew-rows.example")["sheet"].evidence == ()


def test_records_that_an_import_read_are_evidence_of_their_own(imports: Imports) -> None:
    counts_as(imports, AccountKind.PRODUCTION)
    held = {"name": "Fir Ltd", "domain": "fir-rows.example", "numberofemployees": "80", "country": "Germany"}
    imports.crm("POST", "/crm/v3/objects/companies", {"properties": held})
    write(imports, "Tom,Ash,tom@fir-rows.example,Owner,Fir Ltd,fir-rows.example,95,UK")
    found = look(imports, "fir-rows.example")
    assert facts(found["crm"]) == {"employees": "80", "country": "DE"}
    assert facts(found["sheet"])["employees"] == "95"


def test_what_a_practice_account_holds_is_made_up_and_says_nothing(imports: Imports) -> None:
    counts_as(imports, AccountKind.PRODUCTION)
    held = {"name": "Oak Ltd", "domain": "oak-rows.example", "numberofemployees": "80"}
    imports.crm("POST", "/crm/v3/objects/companies", {"properties": held})
    write(imports, "Tom,Ash,tom@oak-rows.example,Owner,Oak Ltd,oak-rows.example,95,UK")
    assert look(imports, "oak-rows.example")["crm"].evidence != ()
    counts_as(imports, AccountKind.PRACTICE)
    assert look(imports, "oak-rows.example")["crm"].evidence == ()


def test_a_subdomain_is_not_the_company(imports: Imports) -> None:
    write(imports, "Tom,Ash,tom@notelm-rows.example,Owner,Not Elm,notelm-rows.example,30,UK")
    assert look(imports, "elm-rows.example")["sheet"].evidence == ()


def test_the_register_is_asked_by_the_name_and_postcode_of_our_rows(imports: Imports) -> None:
    rows = "Company,Website,Postcode\nMaple Ltd,maple-rows.example,n1 1aa\n"
    imports.run(imports.file(rows), "companies", maps=("Postcode=companies.zip",))
    company, _ = look_at_own_rows(imports.ctx, identify(domain="maple-rows.example"), datetime.now(UTC))
    assert (company.name, company.postcode, company.key) == (
        "Maple Ltd",
        "N11AA",
        "domain:maple-rows.example",
    )


def test_a_persons_country_and_postcode_stand_in_for_the_companys(imports: Imports) -> None:
    rows = "Email,Company,Website,Postcode,Country\nann@willow-rows.example,Willow Ltd,willow-rows.example,N1 1AA,UK\n"
    imports.run(imports.file(rows), "both", maps=("Postcode=contacts.zip", "Country=contacts.country"))
    company, results = look_at_own_rows(
        imports.ctx, identify(domain="willow-rows.example"), datetime.now(UTC)
    )
    assert company.postcode == "N11AA"
    assert facts(results[0])["country"] == "GB"


def test_without_a_domain_no_row_is_looked_for(imports: Imports) -> None:
    company, results = look_at_own_rows(imports.ctx, identify(name="Birch Ltd"), NOW)
    assert company == identify(name="Birch Ltd")
    assert {result.state for result in results} == {SourceState.NOT_CHECKED}
