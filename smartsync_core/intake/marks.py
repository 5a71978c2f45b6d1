"""What a workbook says about a sheet beside its values: rows and columns hidden in it, formulas never computed.

The reader of values passes over both, so they are looked up in the sheet's own markup, in portions.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from smartsync_core.intake.kinds import FileKind

__all__ = ["Marks", "marks_of"]

_CHUNK = 4 * 1024 * 1024
_LONGEST_ROW = 16 * 1024 * 1024
_HIDDEN_ROW = re.compile(rb"<(?:\w+:)?row\b(?=[^>]*\shidden=[\"'](?:1|true))[^>]*\sr=[\"'](\d+)")
_COLUMN = re.compile(rb"<(?:\w+:)?col\b[^>]*>")
_BOUND = re.compile(rb"\s(min|max|hidden)=[\"'](\w+)")
_NOT_COMPUTED = re.compile(
    rb"<(?:\w+:)?c\s(?=[^>]*\br=[\"']([A-Z]+\d+))[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_ODS_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


@dataclass(kw_only=True)
class Marks:
    hidden_rows: list[int] = field(default_factory=list)
    hidden_columns: list[int] = field(default_factory=list)  # the first is 1
    not_computed: list[str] = field(default_factory=list)  # "B2"

    def sentences(self) -> tuple[str, ...]:
        told = []
        if self.hidden_rows:
            told.append(_hidden("row", self.hidden_rows, str(self.hidden_rows[0])))
        if self.hidden_columns:
            told.append(_hidden("column", self.hidden_columns, _letters(self.hidden_columns[0])))
        if self.not_computed:
            one = len(self.not_computed) == 1
            told.append(
                f"{len(self.not_computed):,} {'cell holds a formula' if one else 'cells hold formulas'} that no program"
                f" has computed yet ({'' if one else 'the first is '}{self.not_computed[0]});"
                f" {'it is' if one else 'they are'} read as blank."
                " Open the workbook in Excel, save it and choose it again."
            )
        return tuple(told)


def marks_of(path: Path, kind: FileKind, sheet: str) -> Marks:
    """Empty where the format has none that can be looked up (XLS), or where the markup is not as expected."""
    try:
        if kind is FileKind.XLSX:
            with zipfile.ZipFile(path) as archive:
                return _of_sheet(archive, _member(archive, sheet))
        if kind is FileKind.ODS:
            with zipfile.ZipFile(path) as archive:
                return _of_table(archive, sheet)
    except (KeyError, zipfile.BadZipFile, ElementTree.ParseError, ValueError, OSError):
        pass  # a workbook that is read nevertheless; there is only nothing to say about it
    return Marks()


def _hidden(what: str, places: list[int], first: str) -> str:
    one = len(places) == 1
    counted = f"{what.capitalize()} {first} is hidden" if one else f"{len(places):,} {what}s are hidden"
    return (
        f"{counted} in the workbook{'' if one else f', the first is {what} {first}'}."
        f" {'It is' if one else 'They are'} read like the others; delete {'it' if one else 'them'} there to leave"
        f" {'it' if one else 'them'} out."
    )


def _letters(column: int) -> str:
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _member(archive: zipfile.ZipFile, sheet: str) -> str:
    """The part of the archive that holds a sheet: found by name in the workbook, by id in its relations."""
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    wanted = next(
        one.get(_RELATION)
        for one in workbook.iter()
        if one.tag.endswith("}sheet") and one.get("name") == sheet
    )
    relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    target = next(one.get("Target", "") for one in relations if one.get("Id") == wanted)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _of_sheet(archive: zipfile.ZipFile, member: str) -> Marks:
    marks = Marks()
    for portion in _whole_rows(archive, member):
        if b"hidden" in portion:
            marks.hidden_rows += map(int, _HIDDEN_ROW.findall(portion))
            for column in _COLUMN.findall(portion):
                bounds = dict(_BOUND.findall(column))
                if bounds.get(b"hidden") in (b"1", b"true"):
                    marks.hidden_columns += range(int(bounds[b"min"]), int(bounds[b"max"]) + 1)
        if b"<f" in portion or b":f" in portion:
            marks.not_computed += (cell.decode() for cell in _NOT_COMPUTED.findall(portion))
    return marks


def _whole_rows(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """The markup in portions that end with a row's end, so that no cell is cut."""
    with archive.open(member) as part:
        rest = b""
        while chunk := part.read(_CHUNK):
            rest += chunk
            end = rest.rfind(b"row>")
            if end < 0 and len(rest) < _LONGEST_ROW:
                continue
            cut = end + len(b"row>") if end >= 0 else len(rest)
            yield rest[:cut]
            rest = rest[cut:]
        yield rest


def _of_table(archive: zipfile.ZipFile, sheet: str) -> Marks:
    marks = Marks()
    row = column = 0
    inside = False
    with archive.open("content.xml") as part:
        for event, element in ElementTree.iterparse(part, events=("start", "end")):
            name = element.tag.removeprefix(_ODS_TABLE)
            if event == "start" and name == "table":
                inside, row, column = element.get(_ODS_TABLE + "name") == sheet, 0, 0
            elif event == "start" and inside and name == "table-column":
                times = int(element.get(_ODS_TABLE + "number-columns-repeated", "1"))
                if element.get(_ODS_TABLE + "visibility") in ("collapse", "filter"):
                    marks.hidden_columns += range(column + 1, column + 1 + min(times, 16_384))
                column += times
            elif event == "end" and inside and name == "table-row":
                times = int(element.get(_ODS_TABLE + "number-rows-repeated", "1"))
                filled = any(len(cell) or cell.text for cell in element)
                if filled and element.get(_ODS_TABLE + "visibility") in ("collapse", "filter"):
                    marks.hidden_rows += range(row + 1, row + 1 + min(times, 1_048_576))
                row += times
                element.clear()
    return marks
