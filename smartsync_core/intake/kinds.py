"""What a file is, told from its content. Its name's ending is not believed: exports are often named .csv or .xls."""

from __future__ import annotations

import re
import zipfile
import zlib
from enum import StrEnum
from pathlib import Path

from smartsync_core.errors import BadInput

__all__ = ["MAX_FILE_BYTES", "FileKind", "kind_of", "not_a_table"]

MAX_FILE_BYTES = 1_000_000_000
_HEAD_BYTES = 64 * 1024
_STRAY_CONTROLS = 8  # so many control characters are a slip in a text, more make it binary
_EXPORT = "Export the table as CSV or XLSX and choose that file."


class FileKind(StrEnum):
    TEXT = "text"
    XLSX = "xlsx"  # also .xlsm: macros are never run
    XLS = "xls"
    ODS = "ods"


_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"%!PS", "a PostScript document"),
    (b"{\\rtf", "a rich-text document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"II*\x00", "a picture"),
    (b"MM\x00*", "a picture"),
    (b"\x1f\x8b", "a compressed archive"),
    (b"7z\xbc\xaf", "a compressed archive"),
    (b"Rar!", "a compressed archive"),
    (b"BZh", "a compressed archive"),
    (b"\xfd7zXZ", "a compressed archive"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database file"),
    (b"BEGIN:VCARD", "a set of address cards"),
)
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of XLS, of old Office files and of encrypted workbooks
_MARKUP = re.compile(r"\s*<[!?a-z]", re.IGNORECASE)
_JSON = re.compile(r'\s*(\{\s*["}]|\[\s*[\[\]{"\d-])')
_TEXT_CONTROLS = frozenset(b"\t\n\x0b\x0c\r\x1a\x1b")
_CONTROLS = bytes(code for code in range(32) if code not in _TEXT_CONTROLS) + b"\x7f"


def kind_of(path: Path, name: str) -> FileKind:
    """Tell what `path` holds. Raises BadInput for whatever is no table; `name` is what the person calls the file."""
    head = _head(path, name)
    if head.startswith(_ZIP):
        return _archive_kind(path, name)
    if head.startswith(_OLE):
        return _ole_kind(path, name)
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            raise not_a_table(name, what)
    _refuse_other_text(head, name)
    return FileKind.TEXT


def not_a_table(name: str, what: str, hint: str = _EXPORT) -> BadInput:
    return BadInput(f"“{name}” is {what}, not a table.", hint=hint, code="not_a_table")


def _head(path: Path, name: str) -> bytes:
    """The first bytes; refuses what is missing, no file, empty, too large or not ours to read."""
    try:
        if path.is_dir():
            raise BadInput(
                f"“{name}” is a folder, not a file.", hint="Choose the file in it.", code="missing_file"
            )
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except FileNotFoundError:
        raise BadInput(
            f"There is no file “{name}”.", hint="Check its name and folder.", code="missing_file"
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = getattr(error, "strerror", None) or "not a usable path"
        raise BadInput(
            f"“{name}” cannot be read: {why}.",
            hint="Close it in other programs, or check its permissions.",
            code="unreadable_file",
        ) from None
    if size > MAX_FILE_BYTES:
        raise BadInput(
            f"“{name}” has {size / 1e6:,.0f} MB; up to {MAX_FILE_BYTES / 1e6:,.0f} MB can be read.",
            hint="Split it into smaller files.",
            code="too_large",
        )
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise BadInput(f"“{name}” is empty.", hint="Choose a file with a table in it.", code="empty_file")
    return head


def _archive_kind(path: Path, name: str) -> FileKind:
    try:
        with zipfile.ZipFile(path) as archive:
            members = set(archive.namelist())
            if "mimetype" in members and b"opendocument.spreadsheet" in archive.read("mimetype"):
                return FileKind.ODS
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError, ValueError, EOFError):
        raise BadInput(
            f"“{name}” is damaged: it begins like a workbook but cannot be opened.",
            hint="Save it again in the program it comes from.",
            code="unreadable_file",
        ) from None
    if "xl/workbook.xml" in members:
        return FileKind.XLSX
    if "xl/workbook.bin" in members:
        raise not_a_table(name, "a binary workbook (.xlsb)", "Save it as .xlsx and choose that file.")
    if any(member.startswith("word/") for member in members):
        raise not_a_table(name, "a text document")
    if any(member.startswith("ppt/") for member in members):
        raise not_a_table(name, "a presentation")
    if any(member.startswith("xl/") for member in members):
        return FileKind.XLSX
    raise not_a_table(name, "a compressed archive", "Unpack it first and choose the table in it.")


def _ole_kind(path: Path, name: str) -> FileKind:
    content = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise BadInput(
            f"“{name}” is protected by a password.",
            hint="Remove the password in Excel (File, Info, Protect Workbook) and choose it again.",
            code="password",
        )
    if any(stream.encode("utf-16-le") in content for stream in ("Workbook", "Book", "WORKBOOK", "BOOK")):
        return FileKind.XLS
    raise not_a_table(name, "an old Office document without a sheet")


def _refuse_other_text(head: bytes, name: str) -> None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.count(b"\x00") > len(head) // 4:
        return  # UTF-16, with or without a mark; `text` decides
    if len(head) - len(head.translate(None, _CONTROLS)) > max(_STRAY_CONTROLS, len(head) // 50):
        raise not_a_table(name, "a binary file")
    text = head.decode("utf-8-sig", errors="replace")
    if _MARKUP.match(text):
        raise not_a_table(
            name, "a web page" if "<html" in text.lower() or "<!doctype html" in text.lower() else "markup"
        )
    if _JSON.match(text):
        raise not_a_table(name, "a JSON document")
