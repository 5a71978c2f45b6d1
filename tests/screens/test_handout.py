"""The report for others: an import on one page, with what became of it and nothing else."""

from __future__ import annotations

from pages.blocks import handout, report
from smartsync_core.model.crm import AccountKind
from smartsync_core.model.mapping import RecordType
from smartsync_core.orchestrator import past, write
from tests.screens.conftest import Person

_PEOPLE = "Email,First name\n" + "".join(f"p{number}@handout.example,P\n" for number in range(12))


def made(person: Person, run_id: str) -> str:
    one = past.one_import(person.ctx, run_id)
    return handout.page(one, report.headline(one))


def test_of_an_import_that_was_paused_it_has_the_values_that_were_written_not_those_to_come(
    person: Person,
) -> None:
    account = person.connects(kind=AccountKind.PRODUCTION)
    begun = person.previews(person.chooses(person.hands_in(_PEOPLE), account, RecordType.CONTACTS))
    write.approve(person.ctx, begun.run_id, shown=True, first=10)
    person.waits(begun.run_id)
    told = made(person, begun.run_id)
    assert "10 of 20 values" in told
    assert "add up to all 12 rows of the file" in told


def test_of_one_row_it_says_the_one_row(person: Person) -> None:
    run_id = person.imports("Email\none@handout.example\n", record_type=RecordType.CONTACTS)
    assert "add up to the one row of the file" in made(person, run_id)


def test_of_an_import_of_which_a_part_was_undone_it_says_which(person: Person) -> None:
    run_id = person.imports("Email\none@handout.example\n", record_type=RecordType.CONTACTS)
    person.undoes(run_id, only_created=True)
    assert "<b>Partly undone: only the records that it created.</b>" in made(person, run_id)
