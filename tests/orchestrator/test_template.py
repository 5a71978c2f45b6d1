"""A template of the account's own fields comes back filled, and every column is sure."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from smartsync_core.model.mapping import Certainty, RecordType
from smartsync_core.orchestrator import accounts, import_drafts, imports, template
from tests.orchestrator.conftest import Imports


@pytest.mark.parametrize("record_type", RecordType)
def test_a_filled_template_is_matched_for_sure(
    imports_: Imports, tmp_path: Path, record_type: RecordType
) -> None:
    fields = accounts.fields_of(imports_.ctx, imports_.connection)
    path = tmp_path / "template.xlsx"
    template.write_template(fields, record_type, path)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Rows", "Data that we expect"]
    told = template.expected(fields, record_type)
    examples = [str(line[3] or "any text") for line in told[1:]]
    book["Rows"].append(examples)
    book.save(path)

    draft = import_drafts.begin(imports_.ctx, path)
    draft = import_drafts.save(imports_.ctx, draft.of_rows(record_type).into(imports_.connection.id))
    matches = imports.columns(imports_.ctx, draft, fields)
    assert [one.header for one in matches] == [line[0] for line in told[1:]]
    assert {one.certainty for one in matches} == {Certainty.SURE}
    import_drafts.discard(imports_.ctx, draft)


def test_it_says_what_goes_into_a_column(imports_: Imports) -> None:
    fields = accounts.fields_of(imports_.ctx, imports_.connection)
    told = {line[0]: line for line in template.expected(fields, RecordType.COMPANIES)}
    assert told["Company name"][1:3] == ("Companies", "text")
    what, choices = told["Industry"][2], told["Industry"][4]
    assert what == "one of its choices"
    assert "Computer Software" in str(choices)


@pytest.fixture
def imports_(request: pytest.FixtureRequest) -> Imports:
    """The account; its usual name is the module's here."""
    found: Imports = request.getfixturevalue("imports")
    return found
