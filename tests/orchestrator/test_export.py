"""Everything an import did can be taken along as a file; handed in again, it changes nothing that was not edited."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from smartsync_core.errors import BadInput
from smartsync_core.intake import read_table
from smartsync_core.orchestrator.export import write_result
from smartsync_core.orchestrator.spreadsheet import ERROR_COLUMNS, RESULT_COLUMNS, added, own_columns
from tests.orchestrator.conftest import Imports

TEXT = """Email,First Name,Phone,Company,Website,row
ada@alder.example,Ada,020 7946 0001,Alder Foods,alder.example,a
wrong,Ben,,Birch Works,birch.example,b
ada@alder.example,Ada,,Alder Foods,alder.example,c
cy@cedar.example,=cy,,,,d
"""

HARD = """Email,First Name,Job title,Phone,Fax,City
eli@roundtrip.example,=1+1,-5,020 7946 0001,1234567890123456789,2026-03-31
fay@roundtrip.example,+44,@home,+44 20 7946 0002,0012,31/03/2026
gus@roundtrip.example,'quoted',"=HYPERLINK(""x"")",020 7946 0003,1e5,TRUE
hal@roundtrip.example,007,"two
lines",020 7946 0004,1.50,March 2026
"""
"""Cells that a spreadsheet likes to take for something else."""


@pytest.fixture
def exported(imports: Imports, tmp_path: Path) -> Path:
    done = imports.run(imports.file(TEXT), "both")
    path = tmp_path / "result.csv"
    assert write_result(imports.ctx, done.run_id, path) == done.rows == 4
    return path


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_row_has_its_cells_its_outcome_and_its_record(imports: Imports, exported: Path) -> None:
    lines = lines_of(exported)
    assert [line["outcome"] for line in lines] == ["Created", "Needs you", "Left out", "Created"]
    assert [line["smartsync row"] for line in lines] == ["2", "3", "4", "5"], (
        "the file has a “row” of its own"
    )
    ada = imports.contact("ada@alder.example")["id"]
    assert [line["record id"] for line in lines] == [ada, "", ada, imports.contact("cy@cedar.example")["id"]]
    assert [line["checked"] for line in lines] == ["checked", "", "", "checked"], (
        "a row left out was not sent"
    )
    assert "“wrong” is not an e-mail address" in lines[1]["reason"]
    assert lines[3]["First Name"] == "'=cy", "no spreadsheet takes it for a formula"


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_handed_in_again_it_changes_nothing(imports: Imports, tmp_path: Path, ending: str) -> None:
    done = imports.run(imports.file(TEXT), "both")
    path = tmp_path / f"again{ending}"
    write_result(imports.ctx, done.run_id, path)
    again = imports.preview(path, "both", policy="overwrite")
    assert {outcome: number for outcome, number in again.predicted.items() if number} == {
        "unchanged": 2,
        "skipped": 1,
        "blocked": 1,
    }
    assert not any(kinds.get("create") or kinds.get("update") for kinds in again.actions.values())


@pytest.mark.parametrize("ending", [".csv", ".xlsx"])
def test_formulas_dates_phones_and_long_numbers_come_back_as_they_were(
    imports: Imports, tmp_path: Path, ending: str
) -> None:
    file = imports.file(HARD)
    done = imports.run(file, policy="overwrite")
    path = tmp_path / f"again{ending}"
    write_result(imports.ctx, done.run_id, path)
    cells = [[row.cells[:6] for row in read_table(one).rows] for one in (file, path)]
    assert cells[1] == cells[0]
    again = imports.preview(path, policy="overwrite")
    assert (done.outcomes["created"], again.predicted["unchanged"]) == (4, 4)
    held = imports.contact("eli@roundtrip.example", "firstname", "fax", "city")
    assert (held["firstname"], held["fax"], held["city"]) == ("=1+1", "1234567890123456789", "2026-03-31")


def test_only_what_was_edited_in_it_changes(imports: Imports, exported: Path) -> None:
    text = exported.read_text(encoding="utf-8-sig")
    edited = imports.file(text.replace("wrong", "ben@birch.example").replace("'=cy", "Cyril"), "edited.csv")
    result = imports.run(edited, "both", policy="overwrite")
    assert (result.outcomes["created"], result.outcomes["updated"], result.outcomes["unchanged"]) == (1, 1, 1)
    assert imports.contact("cy@cedar.example", "firstname")["firstname"] == "Cyril"


def test_a_file_of_another_kind_is_refused(imports: Imports) -> None:
    done = imports.preview(imports.file(TEXT), "both")
    with pytest.raises(BadInput, match="neither a CSV file nor an Excel file"):
        write_result(imports.ctx, done.run_id, imports.folder / "result.pdf")


def test_handed_in_again_its_own_columns_are_left_out_with_one_sentence(
    imports: Imports, exported: Path
) -> None:
    again = imports.preview(exported, "both")
    told = [reason.message for reason in again.reasons if reason.code == "own_columns"]
    assert [one.rpartition(": ")[2] for one in told] == [
        "smartsync row, outcome, record id, checked, reason."
    ]
    assert [one.field for one in again.reasons if one.code == "column_left_out"] == ["row"]


def test_columns_of_ours_are_recognised_only_as_we_write_them() -> None:
    once = ("Email", *own_columns(RESULT_COLUMNS, ["Email"]))
    twice = (*once, *own_columns(ERROR_COLUMNS, once))
    assert added(once) == once[1:]
    assert added(twice) == twice[1:]
    assert added(("Email", "reason", "field", "row")) == ()
    assert added(RESULT_COLUMNS) == (), "a file of nothing else has no rows of a person's own"
