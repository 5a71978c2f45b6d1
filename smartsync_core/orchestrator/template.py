"""An empty workbook for people to fill: the account's own fields as headers, and a sheet that says what is expected."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from smartsync_core.mapping.template import TemplateColumn, template_columns
from smartsync_core.model.mapping import RecordType
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.field_words import takes
from smartsync_core.orchestrator.spreadsheet import Line, write_xlsx

__all__ = ["expected", "write_template"]

_CHOICES_SHOWN = 50
_HEAD = ("Column", "Record type", "What goes in", "Example", "Choices", "Must be there")


def expected(fields: AccountFields, record_type: RecordType) -> list[Line]:
    """What each column of the template takes, a header line first."""
    return [_HEAD, *_told(template_columns(fields.schemas, record_type, fields.owners()))]


def write_template(fields: AccountFields, record_type: RecordType, path: Path) -> None:
    """An XLSX file: the headers alone on the first sheet, so that it can be imported as it is once it is filled."""
    told = expected(fields, record_type)
    headers = [line[0] for line in told[1:]]
    write_xlsx(path, {"Rows": [headers], "Data that we expect": told})


def _told(columns: list[TemplateColumn]) -> Iterator[Line]:
    for column in columns:
        field = column.field
        choices = [option.label for option in field.options if not option.hidden]
        more = f" and {len(choices) - _CHOICES_SHOWN} more" if len(choices) > _CHOICES_SHOWN else ""
        yield (
            column.header,
            column.object.value.capitalize(),
            takes(field),
            column.example,
            "; ".join(choices[:_CHOICES_SHOWN]) + more,
            "yes" if field.required else "",
        )
