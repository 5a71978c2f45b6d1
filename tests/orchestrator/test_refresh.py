"""A preview made again says which rows are no longer as they were when a person looked."""

from __future__ import annotations

from smartsync_core.model.run import RunReport
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.imports import again
from tests.orchestrator.conftest import Imports

LEADS = "Email,City,Company\n" + "".join(f"p{n}@firm{n}.example,York,Firm {n}\n" for n in range(5))


def refreshed(imports: Imports, run_id: str) -> RunReport:
    newer = again(imports.ctx, run_id)
    imports.ctx.engine.wait(f"preview-{newer}", 60)
    return report(imports.ctx, newer)


def told(result: RunReport) -> dict[int, list[tuple[str, str]]]:
    """{row: (column, sentence)} of what changed since somebody looked; 0 = the sentence on all of them."""
    found: dict[int, list[tuple[str, str]]] = {}
    for reason in result.reasons:
        if reason.code in ("refreshed", "changed_since_looked"):
            found.setdefault(reason.row, []).append((reason.field, reason.message))
    return found


def make(imports: Imports, email: str, city: str) -> None:
    imports.crm("POST", "/crm/v3/objects/contacts", {"properties": {"email": email, "city": city}})


def test_nothing_changed_is_said_too(imports: Imports) -> None:
    looked = imports.preview(imports.file(LEADS), "both")
    newer = refreshed(imports, looked.run_id)
    assert list(told(newer)) == [0]
    assert told(newer)[0][0][1].startswith("Nothing changed since you looked")
    assert newer.predicted == looked.predicted


def test_rows_whose_records_changed_are_named_with_what_the_crm_holds_now(imports: Imports) -> None:
    for n, city in ((0, "Hull"), (1, "Leeds"), (2, "York")):
        make(imports, f"p{n}@firm{n}.example", city)
    looked = imports.preview(imports.file(LEADS), policy="overwrite")
    imports.crm(
        "PATCH",
        "/crm/v3/objects/contacts/p0@firm0.example?idProperty=email",
        {"properties": {"city": "Bath"}},
    )
    make(imports, "p4@firm4.example", "Ely")
    newer = told(refreshed(imports, looked.run_id))
    assert sorted(newer) == [0, 2, 6]
    assert newer[0][0][1].startswith("2 rows changed since you looked")
    assert newer[0][0][1].endswith(": 2, 6.")
    assert newer[2] == [("City", "The CRM held “Hull” when you looked, and holds “Bath” now.")]
    assert newer[6] == [("", "When you looked, this contact was to be created.")]


def test_a_change_of_the_rows_company_counts_as_well(imports: Imports) -> None:
    text = "Email,Company,Website\nada@firm.example,Firm,firm.example\n"
    looked = imports.preview(imports.file(text), "both")
    imports.crm(
        "POST", "/crm/v3/objects/companies", {"properties": {"name": "Firm", "domain": "firm.example"}}
    )
    newer = told(refreshed(imports, looked.run_id))
    assert sorted(newer) == [0, 2]
    assert newer[2] == [("", "When you looked, this company was to be created.")]


def test_what_is_left_to_write_nowhere_is_said(imports: Imports) -> None:
    make(imports, "p0@firm0.example", "Hull")
    looked = imports.preview(imports.file("Email,City\np0@firm0.example,York\n"), policy="overwrite")
    imports.crm(
        "PATCH",
        "/crm/v3/objects/contacts/p0@firm0.example?idProperty=email",
        {"properties": {"city": "York"}},
    )
    assert told(refreshed(imports, looked.run_id))[2] == [
        ("", "When you looked, this contact was to be updated.")
    ]


def test_what_the_crm_held_and_holds_is_said_in_the_words_of_its_choices(imports: Imports) -> None:
    address = "/crm/v3/objects/contacts/p0@words-of-choices.example?idProperty=email"
    held = {"email": "p0@words-of-choices.example", "hs_lead_status": "OPEN_DEAL"}
    imports.crm("POST", "/crm/v3/objects/contacts", {"properties": held})
    text = "Email,Lead status\np0@words-of-choices.example,Connected\n"
    looked = imports.preview(imports.file(text), policy="overwrite")
    imports.crm("PATCH", address, {"properties": {"hs_lead_status": "IN_PROGRESS"}})
    assert told(refreshed(imports, looked.run_id))[2] == [
        ("Lead status", "The CRM held “Open Deal” when you looked, and holds “In Progress” now.")
    ]


def test_a_redo_is_compared_with_nothing(imports: Imports) -> None:
    done = imports.run(imports.file(LEADS), "both")
    assert told(refreshed(imports, done.run_id)) == {}
