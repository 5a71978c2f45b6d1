"""CSV and its relatives: encoding, delimiter and rows, streamed in one pass over the decoded text."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from smartsync_core.errors import BadInput
from smartsync_core.intake.kinds import not_a_table

__all__ = ["TextFile", "open_text"]

_CHUNK = 16 * 1024 * 1024
_DELIMITERS = (",", ";", "\t", "|")
_SEP_LINE = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE | re.DOTALL)
_SAMPLE_LINES = 200
_END = "\x00end of file"  # a NUL never reaches a cell, so no file can hold this line


@dataclass(frozen=True, kw_only=True)
class TextFile:
    """`records` are (row number, cells); numbers are those a spreadsheet shows: a quoted newline does not count."""

    records: Iterator[tuple[int, list[str]]]
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Encoding:
    name: str
    errors: str = "strict"
    note: str = ""


def open_text(path: Path, name: str) -> TextFile:
    """Raises BadInput for text that is no table; reading `records` may raise it too (a quote that never closes)."""
    encoding = _encoding(path, name)
    sample = list(islice(_lines(path, encoding), _SAMPLE_LINES))
    declared = _SEP_LINE.fullmatch(sample[0]) if sample else None
    delimiter = declared.group(1) if declared else _sniffed(sample)
    lines = islice(_lines(path, encoding), 1 if declared else 0, None)
    return TextFile(
        records=_records(lines, delimiter, name),
        notes=(encoding.note,) if encoding.note else (),
    )


def _lines(path: Path, encoding: _Encoding) -> Iterator[str]:
    """Lines with their ends, whichever of LF, CRLF or CR they are; NULs are left out."""
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding.name, encoding.errors, newline="") as text:
        for line in text:
            yield line.replace("\x00", "") if "\x00" in line else line


def _records(lines: Iterator[str], delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """An extra last line tells whether a quote was still open at the end: then it has become part of a cell."""
    reader = csv.reader(chain(lines, (_END,)), delimiter=delimiter)
    number = 0
    try:
        for number, record in enumerate(reader, start=1):
            if record and record[-1].endswith(_END):
                if record != [_END]:
                    raise _open_quote(name, number)
                return
            yield number, record
    except csv.Error:
        raise _open_quote(name, number + 1) from None


def _open_quote(name: str, number: int) -> BadInput:
    return BadInput(
        f"In row {number} of “{name}” a quotation mark opens a cell and none closes it,"
        " so the rows after it cannot be told apart.",
        hint='Add the missing " or take the first one away.',
        code="unreadable_file",
    )


def _encoding(path: Path, name: str) -> _Encoding:
    """Byte-order mark → strict UTF-8 → Windows-1252. Reads the whole file once, in chunks."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _Encoding(name="utf-16", errors="replace")
    if head.count(b"\x00") > len(head) // 4:
        if not any(head[1::2]) or head[1::2].count(0) > head[0::2].count(0):
            return _Encoding(name="utf-16-le", errors="replace")
        return _Encoding(name="utf-16-be", errors="replace")
    if _is_utf8(path, name):
        return _Encoding(name="utf-8-sig")
    return _Encoding(
        name="cp1252",
        errors="replace",
        note="The file is not UTF-8; it was read as Windows-1252. Look at accented letters before you write.",
    )


def _is_utf8(path: Path, name: str) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    valid = True
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if len(chunk) == _CHUNK and b"\n" not in chunk and b"\r" not in chunk:
                raise not_a_table(name, "one endless line")
            if valid:
                try:
                    decoder.decode(chunk, final=len(chunk) < _CHUNK)
                except UnicodeDecodeError:
                    valid = False
    return valid


def _sniffed(sample: list[str]) -> str:
    """The delimiter that cuts most of the sample into as many cells as its first row; a comma when none cuts at all."""
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        score = _score(sample, delimiter)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _score(sample: list[str], delimiter: str) -> float:
    try:
        widths = [len(record) for record in csv.reader(sample, delimiter=delimiter) if any(record)]
    except csv.Error:
        return 0.0
    if not widths:
        return 0.0
    alike = sum(width == widths[0] for width in widths) / len(widths)
    return alike * (widths[0] - 1)
