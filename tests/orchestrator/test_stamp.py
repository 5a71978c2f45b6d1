"""Records carry the name and day of the import that wrote them last, if a person wishes so."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smartsync_core.errors import BadInput
from smartsync_core.orchestrator.connect import connect
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.undo import start_undo
from tests.orchestrator.conftest import Imports

HEAD = "Email,First Name,Phone\n"
STAMP = ("smartsync_import", "smartsync_imported_on")


def stamp_of(imports: Imports, email: str) -> list[str | None]:
    told = imports.contact(email, *STAMP)
    return [told[name] for name in STAMP]


def test_created_and_changed_records_carry_it_and_untouched_ones_do_not(imports: Imports) -> None:
    imports.run(imports.file(HEAD + "ada@alder.example,Ada,\nben@alder.example,Ben,\n"))
    text = HEAD + "ada@alder.example,Ada,+44 20 7946 0001\nben@alder.example,Ben,\ncy@alder.example,Cy,\n"
    again = imports.run(imports.file(text, "again.csv"), stamp="Spring fair")
    assert again.outcomes == again.predicted
    assert (again.outcomes["created"], again.outcomes["updated"], again.outcomes["unchanged"]) == (1, 1, 1)
    today = datetime.now(UTC).date().isoformat()
    assert stamp_of(imports, "ada@alder.example") == ["Spring fair", today]
    assert stamp_of(imports, "cy@alder.example") == ["Spring fair", today]
    assert stamp_of(imports, "ben@alder.example") == [None, None]


def test_another_stamp_alone_is_no_reason_to_write(imports: Imports) -> None:
    file = imports.file(HEAD + "ada@alder.example,Ada,\n")
    imports.run(file, stamp="Spring fair")
    again = imports.preview(file, stamp="Autumn fair")
    assert again.predicted["unchanged"] == 1


def test_an_undo_gives_back_the_earlier_stamp(imports: Imports) -> None:
    imports.run(imports.file(HEAD + "ada@alder.example,Ada,\n"), stamp="Spring fair")
    before = stamp_of(imports, "ada@alder.example")
    later = imports.run(
        imports.file(HEAD + "ada@alder.example,Ada,+44 20 7946 0001\n", "later.csv"), stamp="Autumn fair"
    )
    assert stamp_of(imports, "ada@alder.example")[0] == "Autumn fair"
    undo = start_undo(imports.ctx, later.run_id)
    imports.ctx.engine.wait(f"undo-{undo}", 60)
    imports.write(undo)
    assert report(imports.ctx, undo).partly_failed == 0
    assert stamp_of(imports, "ada@alder.example") == before


def test_an_account_without_the_fields_says_what_to_do(imports: Imports) -> None:
    imports.twin.control("POST", "reset")
    bare = connect(
        imports.ctx, crm_type="hubspot", name="bare", token=imports.twin.token, base_url=imports.twin.url
    )
    without = Imports(ctx=imports.ctx, connection=bare.connection, twin=imports.twin, folder=imports.folder)
    with pytest.raises(BadInput, match="no fields for the name and day"):
        without.preview(without.file(HEAD + "ada@alder.example,Ada,\n"), stamp="Spring fair")
