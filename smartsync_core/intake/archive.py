"""A workbook's true size, measured before it is opened.

A reader lays a sheet out as a full rectangle, so a workbook of a few kilobytes can ask for hundreds of gigabytes in three
ways: by what it unpacks to, by one cell far away from the others, and (ODS) by "repeat this row a million times".
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from smartsync_core.errors import BadInput

__all__ = ["MAX_CELLS", "MAX_UNPACKED_BYTES", "check_archive"]

MAX_UNPACKED_BYTES = 4_000_000_000
MAX_CELLS = 60_000_000
_CHUNK = 4 * 1024 * 1024
_HEAD_BYTES = 4096
_OVERLAP = 64  # a cell address cut by a chunk's end is seen whole in the next
_COLUMN = re.compile(rb"\br=[\"']([A-Za-z]{1,4})\d")
_ROW = re.compile(rb"\br=[\"'][A-Za-z]{0,4}(\d{1,8})")
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"


def check_archive(path: Path, name: str) -> None:
    """Raises BadInput where unpacking or laying out a sheet would take more than this machine should give."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAX_UNPACKED_BYTES:
                raise _too_large(name)
            for member in archive.namelist():
                if member.endswith(".xml"):
                    _check_entities(archive, member, name)
                if member.startswith("xl/worksheets/") and member.endswith(".xml"):
                    _check_sheet(archive, member, name)
                elif member == "content.xml":
                    _check_content(archive, member, name)
                elif member == "xl/sharedStrings.xml":
                    for _ in _chunks(archive, member):
                        pass  # reading it to its end proves that its declared size is true
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        encrypted = isinstance(error, RuntimeError) and "password" in str(error)
        raise BadInput(
            f"“{name}” is {'protected by a password' if encrypted else 'damaged: parts of it cannot be unpacked'}.",
            hint="Save it again without a password."
            if encrypted
            else "Save it again in the program it comes from.",
            code="password" if encrypted else "unreadable_file",
        ) from None
    except ElementTree.ParseError:
        return  # not readable as XML: the reader will say so


def _check_entities(archive: zipfile.ZipFile, member: str, name: str) -> None:
    """No program that makes workbooks declares a document type; what does may define text that grows without end."""
    with archive.open(member) as part:
        if b"<!DOCTYPE" not in part.read(_HEAD_BYTES):
            return
    raise BadInput(
        f"“{name}” has definitions in it that no spreadsheet program writes, so it is not opened.",
        hint="Open it in Excel or LibreOffice, save it as .xlsx and choose that file.",
        code="unreadable_file",
    )


def _too_large(name: str) -> BadInput:
    return BadInput(
        f"“{name}” unpacks to more than can be read ({MAX_UNPACKED_BYTES // 10**9} GB or {MAX_CELLS // 10**6} million cells).",
        hint="Copy the table alone into a new workbook, or export it as CSV.",
        code="too_large",
    )


def _chunks(archive: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    with archive.open(member) as part:
        tail = b""
        while chunk := part.read(_CHUNK):
            yield tail + chunk
            tail = chunk[-_OVERLAP:]


def _check_sheet(archive: zipfile.ZipFile, member: str, name: str) -> None:
    columns: set[bytes] = set()
    rows: set[bytes] = set()
    for chunk in _chunks(archive, member):
        columns.update(_COLUMN.findall(chunk))
        rows.update(_ROW.findall(chunk))
    width = max(map(_column_number, columns), default=1)
    height = max(map(int, rows), default=1)
    if width * height > MAX_CELLS:
        raise _too_large(name)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _check_content(archive: zipfile.ZipFile, member: str, name: str) -> None:
    """ODS: rows and cells carry repeat counts; only those up to the last cell with a content are laid out."""
    with archive.open(member) as part:
        height = width = pending = row_width = filled_width = 0
        for _, element in ElementTree.iterparse(part):
            if element.tag in (_TABLE + "table-cell", _TABLE + "covered-table-cell"):
                row_width += _repeat(element, "number-columns-repeated")
                if len(element) or element.text:
                    filled_width = row_width
            elif element.tag == _TABLE + "table-row":
                pending += _repeat(element, "number-rows-repeated")
                if filled_width:
                    height, width = height + pending, max(width, filled_width)
                    pending = 0
                row_width = filled_width = 0
                element.clear()
            elif element.tag == _TABLE + "table":
                height = width = pending = 0
            if height * width > MAX_CELLS:
                raise _too_large(name)


def _repeat(element: ElementTree.Element, attribute: str) -> int:
    return int(element.get(_TABLE + attribute, "1"))
