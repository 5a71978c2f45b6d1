"""Tables as files: what a button hands over."""

from __future__ import annotations

import io
from functools import partial

from openpyxl import load_workbook

from pages.blocks.download import made
from smartsync_core.orchestrator.export import write_lines

LONG = "n" * 40_000
"""More characters than a cell of a workbook takes."""


def test_what_no_workbook_takes_says_so_in_the_workbook() -> None:
    content = made(partial(write_lines, "Rows", ["Email", "Notes"], [["ada@alder.example", LONG]]), ".xlsx")
    (line,) = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    assert line == ("A cell holds 40,000 characters; a workbook takes 32,767. Download it as CSV instead.",)


def test_the_same_table_is_whole_as_csv() -> None:
    content = made(partial(write_lines, "Rows", ["Email", "Notes"], [["ada@alder.example", LONG]]), ".csv")
    assert content.decode("utf-8-sig").splitlines() == ["Email,Notes", f"ada@alder.example,{LONG}"]
