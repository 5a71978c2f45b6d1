"""Small files of every format, written by hand where no library here writes them."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl

from smartsync_core.intake import read_table
from smartsync_core.model.table import Table


def csv_file(folder: Path, content: str | bytes, name: str = "leads.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def xlsx_file(folder: Path, rows: Sequence[Sequence[object]], name: str = "leads.xlsx") -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    workbook.save(folder / name)
    return folder / name


def ods_file(folder: Path, table_xml: str, name: str = "leads.ods") -> Path:
    """An OpenDocument spreadsheet around the given <table:table> content."""
    names = 'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    names += 'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    names += 'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    body = f"<office:body><office:spreadsheet>{table_xml}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(folder / name, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content {names}>{body}</office:document-content>',
        )
    return folder / name


def ods_table(rows: Sequence[Sequence[str]]) -> str:
    def cell(text: str) -> str:
        return (
            f'<table:table-cell office:value-type="string"><text:p>{escape(text)}</text:p></table:table-cell>'
        )

    lines = ("<table:table-row>" + "".join(map(cell, row)) + "</table:table-row>" for row in rows)
    return f'<table:table table:name="Leads">{"".join(lines)}</table:table>'


def with_member(path: Path, name: str, content: bytes) -> Path:
    """A copy of an archive in which one member is another."""
    changed = path.with_name(f"changed{path.suffix}")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.namelist():
            new.writestr(member, content if member == name else old.read(member))
    return changed


def xls_file(
    folder: Path, rows: Sequence[Sequence[str | float]], *, password: bool = False, name: str = "leads.xls"
) -> Path:
    """A BIFF8 workbook of one sheet, as Excel 97 to 2003 wrote it."""
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0, 0, 0))
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            place = struct.pack("<HHH", row, column, 0)
            if isinstance(value, str):
                encoded = struct.pack("<HB", len(value), 1) + value.encode("utf-16-le")
                sheet += _record(0x0204, place + encoded)
            else:
                sheet += _record(0x0203, place + struct.pack("<d", value))
    sheet += _record(0x000A, b"")
    start = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0))
    start += _record(0x002F, b"\x01\x00" + bytes(50)) if password else b""
    title = b"Leads"
    sheet_entry_size = 4 + 8 + len(title)
    offset = len(start) + sheet_entry_size + 4
    start += _record(0x0085, struct.pack("<IBBBB", offset, 0, 0, len(title), 0) + title) + _record(
        0x000A, b""
    )
    (folder / name).write_bytes(ole_container("Workbook", start + sheet))
    return folder / name


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def ole_container(stream: str, content: bytes) -> bytes:
    """A compound file with one stream: header, allocation table, directory, then the stream (512-byte sectors)."""
    content = content.ljust(max(4096, -(-len(content) // 512) * 512), b"\x00")
    sectors = len(content) // 512
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    header += struct.pack(
        "<HHHHH6xIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0
    )
    header += struct.pack("<I", 0) + struct.pack("<I", 0xFFFFFFFF) * 108
    chain = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + sectors), 0xFFFFFFFE]
    table = b"".join(struct.pack("<I", entry) for entry in chain).ljust(512, b"\xff")
    root = _directory_entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1)
    directory = (root + _directory_entry(stream, 2, 2, len(content))).ljust(512, b"\x00")
    return header + table + directory + content


def _directory_entry(name: str, kind: int, start: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    encoded = name.encode("utf-16-le") + b"\x00\x00"
    entry = encoded.ljust(64, b"\x00") + struct.pack(
        "<HBBIII", len(encoded), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child
    )
    return entry + bytes(36) + struct.pack("<IQ", start, size)


def cells_of(table: Table) -> list[tuple[str, ...]]:
    return [row.cells for row in table.rows]


def read_cells(path: Path) -> list[tuple[str, ...]]:
    return cells_of(read_table(path))
