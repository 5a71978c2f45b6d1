"""One record out of a form or a request: a table of one row, whose columns are the names it came with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from smartsync_core.errors import BadInput
from smartsync_core.model.table import RawRow, Table

__all__ = ["table_of"]


def table_of(fields: Mapping[str, object], name: str) -> Table:
    """`fields` as row 1; a None is a blank cell. Raises BadInput for a value that is neither text, number, date nor yes/no."""
    cells = tuple(_text(header, value) for header, value in fields.items())
    return Table(name=name, columns=tuple(fields), rows=iter((RawRow(1, cells),)))


def _text(header: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float | Decimal | date):
        text = str(value)
        return "" if text.isspace() else text
    raise BadInput(
        f"“{header}” holds a {type(value).__name__}, not one value.",
        hint="Give it as text, a number, a date or true/false.",
        code="not_one_value",
    )
