"""A file becomes an upload; its columns are matched; keys and policies become the options of an import."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from smartsync_core.errors import BadInput
from smartsync_core.intake import read_table
from smartsync_core.mapping.headers import Reading, match_columns
from smartsync_core.mapping.overrides import parse_override
from smartsync_core.mapping.standing import copy_name
from smartsync_core.mapping.transforms import parse_steps
from smartsync_core.mapping.words import header_key
from smartsync_core.model.access import Role
from smartsync_core.model.crm import ObjectName, Owner, Schema
from smartsync_core.model.mapping import (
    Certainty,
    ColumnMatch,
    KeyChoice,
    Policy,
    RecordType,
    Target,
    WritePolicies,
)
from smartsync_core.model.moments import written
from smartsync_core.model.plan import Mode, Reason
from smartsync_core.model.run import ImportOptions, Run
from smartsync_core.model.table import Header, Table, Upload
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.field_mappings import refuse_gone, standing_of, with_standing
from smartsync_core.orchestrator.rights import takes
from smartsync_core.orchestrator.spreadsheet import added
from smartsync_core.planning.stamp import carries_stamp

__all__ = [
    "FieldSource",
    "about_file",
    "already_imported",
    "by_record_id",
    "can_stamp",
    "checked_stamp",
    "choose_keys",
    "earlier_imports",
    "import_options",
    "key_column",
    "left_out",
    "match_upload",
    "parse_header",
    "recognises",
    "take_file",
    "take_table",
]

_BLOCK = 1 << 20
_HEADER = re.compile(r"(\d{1,7})(?:\s*[-–]\s*(\d{1,7}))?")
_HEADER_LINES = 3
_RECORD_ID = frozenset({"hs_object_id", "record id"})  # a column of a mere "ID" is the file's own
_BY_ID = "id:"
_ALSO_KEYS = {ObjectName.CONTACTS: ("email",), ObjectName.COMPANIES: ("domain",)}


@takes(Role.OPERATOR)
def take_file(
    ctx: Context, path: Path, *, name: str = "", sheet: str | None = None, header: str = ""
) -> Upload:
    """Read and keep a file. Raises BadInput with one sentence where it is not a table."""
    return take_table(ctx, path, name=name, sheet=sheet, header=header)[0]


@takes(Role.OPERATOR)
def take_table(
    ctx: Context, path: Path, *, name: str = "", sheet: str | None = None, header: str = ""
) -> tuple[Upload, Table]:
    """The same, with what is known about where the table begins; its rows are read already."""
    table = read_table(
        path, name=name or path.name, sheet=sheet, header=parse_header(header) if header else None
    )
    return ctx.uploads.store(table, _digest(path)), table


def parse_header(text: str) -> Header:
    """ "3", "1-2" or "none". Raises BadInput."""
    if text.strip().casefold() == "none":
        return Header(first=0, last=0)
    found = _HEADER.fullmatch(text.strip())
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 0 < first <= last <= first + _HEADER_LINES - 1:
        raise BadInput(
            f"“{text}” is no row of column names.",
            hint="Give its number in the file (3), two or three rows together (1-2), or none.",
            code="no_header",
        )
    return Header(first=first, last=last)


def about_file(upload: Upload) -> list[Reason]:
    """What a person must know about how the file was read."""
    return [Reason(row=0, field="", code="about_the_file", message=note) for note in upload.notes]


def earlier_imports(ctx: Context, connection_id: str, upload: Upload) -> list[Run]:
    """Imports of the same file into the same account that wrote or are writing, newest first."""
    return [run for run in ctx.runs.of_upload(connection_id, upload.sha256) if run.approved_at is not None]


def already_imported(before: Run) -> Reason:
    """What to know of a file that was written to the same account before."""
    message = f"This file was imported before: {written(before.created_at)}, import {before.id}."
    return Reason(row=0, field="", code="already_imported", message=message)


class FieldSource(Protocol):
    """Who knows an account's fields and owners: a session that asks for them, or what was asked before."""

    def schema(self, object_name: ObjectName) -> Schema: ...

    def owners(self) -> list[Owner]: ...


def match_upload(
    ctx: Context,
    account: FieldSource,
    upload: Upload,
    record_type: RecordType,
    overrides: Mapping[str, Target | None] | None = None,
    reading: Reading | None = None,
) -> list[ColumnMatch]:
    """Where each column of the upload would go, by the account's own fields. Raises BadInput where a step does not stand."""
    schemas = {name: account.schema(name) for name in record_type.objects}
    said, reading = overrides or {}, reading or Reading()
    ours = dict.fromkeys(set(added(upload.columns)) - said.keys() - reading.standing.keys())
    matches = match_columns(
        ctx.uploads.profile(upload.id),
        schemas,
        record_type,
        account.owners(),
        {**ours, **said},
        replace(reading, before=_chosen_before(ctx, upload, record_type)),
    )
    return [replace(match, reason=_OURS) if match.header in ours else match for match in matches]


def _chosen_before(ctx: Context, upload: Upload, record_type: RecordType) -> dict[str, Target]:
    known = ctx.header_choices.of(record_type)
    return {
        header: Target.parse(known[header_key(header)])
        for header in upload.columns
        if header_key(header) in known
    }


def import_options(
    ctx: Context,
    session: Session,
    upload: Upload,
    record_type: RecordType,
    *,
    connection_id: str = "",
    keys: Sequence[str] = (),
    maps: Sequence[str] = (),
    steps: Sequence[str] = (),
    policy: Policy = Policy.FILL,
    mode: Mode = Mode.BOTH,
    stamp: str = "",
) -> tuple[ImportOptions, list[Reason]]:
    """Options from words of the command line, asking nobody: what is unsure is left out and named in the reasons."""
    schemas = {name: session.schema(name) for name in record_type.objects}
    overrides, copies = _mapped(maps, upload.columns, schemas, record_type)
    standing = standing_of(ctx, connection_id, upload.columns, schemas, record_type)
    refuse_gone(standing, overrides)
    reading = Reading(
        steps=parse_steps(steps, [*upload.columns, *copies]),
        values=ctx.value_choices.of(connection_id),
        copies=copies,
    )
    reading = with_standing(reading, standing, overrides)
    columns = match_upload(ctx, session, upload, record_type, overrides, reading)
    chosen = choose_keys(keys, columns, schemas, record_type)
    options = ImportOptions(
        record_type=record_type,
        columns=tuple(columns),
        keys=tuple(chosen),
        policies=WritePolicies(default=policy, per_field=standing.policies),
        mode=mode,
        stamp=checked_stamp(stamp, schemas),
    )
    return options, left_out(columns, chosen)


def _mapped(
    maps: Sequence[str],
    columns: Sequence[str],
    schemas: Mapping[ObjectName, Schema],
    record_type: RecordType,
) -> tuple[dict[str, Target | None], dict[str, str]]:
    """Where columns go by words of the command line; one that is named for two fields is used once more, by a second name."""
    overrides: dict[str, Target | None] = {}
    copies: dict[str, str] = {}
    for text in maps:
        header, target = parse_override(text, columns, schemas, record_type)
        if target is not None and overrides.get(header) not in (None, target):
            name = copy_name(header, {*columns, *copies})
            copies[name], overrides[name] = header, target
        else:
            overrides[header] = target
    return overrides, copies


def can_stamp(schemas: Mapping[ObjectName, Schema]) -> bool:
    """Whether every object of an import has our fields for its name and day."""
    return all(carries_stamp(schema) for schema in schemas.values())


def checked_stamp(name: str, schemas: Mapping[ObjectName, Schema]) -> str:
    """The stamp as it will be written. Raises BadInput where the account has no fields for it."""
    name = name.strip()
    if name and not can_stamp(schemas):
        raise BadInput(
            "This account has no fields for the name and day of an import.",
            hint="Add SmartSync's fields to it first: on the screen Accounts, or with connect --add-fields.",
            code="no_stamp_fields",
        )
    return name


def left_out(columns: Sequence[ColumnMatch], keys: Sequence[KeyChoice] = ()) -> list[Reason]:
    """One line per column that is not imported and is no key, one for all of ours. Raises BadInput where none goes."""
    own = {key.column for key in keys}
    ours = [column.header for column in columns if column.reason == _OURS and column.index not in own]
    if not any(column.certainty is Certainty.SURE for column in columns):
        raise BadInput(
            "None of the columns is one that the CRM knows for sure.",
            hint='Say where they go, e.g. --map "Column=email", or check that this is the right file.',
            code="nothing_maps",
        )
    told = [
        Reason(row=0, field=column.header, code="column_left_out", message=_why_left_out(column))
        for column in columns
        if column.certainty is not Certainty.SURE and column.index not in own and column.header not in ours
    ]
    if ours:
        words = f"The file comes from SmartSync; what was added to it then is left out: {', '.join(ours)}."
        told.append(Reason(row=0, field="", code="own_columns", message=words))
    return told


_OURS = "SmartSync added this column to a file that you downloaded."


def _why_left_out(column: ColumnMatch) -> str:
    """One that would have gone somewhere says so: a few values are to blame, and none of it is imported."""
    return (
        f"{column.reason} The whole column is left out."
        if column.certainty is Certainty.CHECK
        else column.reason
    )


def choose_keys(
    words: Sequence[str],
    columns: Sequence[ColumnMatch],
    schemas: Mapping[ObjectName, Schema],
    record_type: RecordType,
) -> list[KeyChoice]:
    """What recognises a record: "FIELD" for the main record's object, or "contacts=FIELD".

    FIELD = a header, else a property; "id:HEADER" = a column that holds the CRM's record ids, whatever it is called.
    """
    chosen = []
    for word in words:
        prefix, found, rest = word.partition("=")
        if found and prefix in (name.value for name in schemas):
            chosen.append(_key(rest.strip(), ObjectName(prefix), columns, schemas))
        else:
            chosen.append(_key(word.strip(), record_type.objects[0], columns, schemas))
    return chosen


def by_record_id(header: str) -> str:
    """How a column of the CRM's record ids is named as a key."""
    return f"{_BY_ID}{header}"


def key_column(field: str) -> str:
    """The header in what names a key."""
    return field.removeprefix(_BY_ID)


def _key(
    field: str, name: ObjectName, columns: Sequence[ColumnMatch], schemas: Mapping[ObjectName, Schema]
) -> KeyChoice:
    column_name = key_column(field)
    named = [one for one in columns if one.header.casefold() == column_name.casefold() and not one.copy_of]
    if len(named) > 1:
        raise BadInput(
            f"The file has {len(named)} columns called “{field}”.",
            hint="Rename one of them.",
            code="unsure_key",
        )
    if named and column_name != field:
        return KeyChoice(object=name, field="id", column=named[0].index, header=named[0].header)
    if named:
        return _column_key(named[0], name, schemas[name])
    return _property_key(field, name, columns, schemas[name])


def _column_key(column: ColumnMatch, name: ObjectName, schema: Schema) -> KeyChoice:
    target = column.target
    if column.header.casefold() in _RECORD_ID:
        return KeyChoice(object=name, field="id", column=column.index, header=column.header)
    if target is not None and target.object is name and recognises(target.property, name, schema):
        if column.certainty is not Certainty.SURE:
            raise BadInput(
                f"The key column “{column.header}” is not sure: {column.reason}",
                hint=f'Say where it goes: --map "{column.header}={target.property}".',
                code="unsure_key",
            )
        return KeyChoice(object=name, field=target.property, header=column.header)
    return KeyChoice(object=name, column=column.index, header=column.header)


def _property_key(field: str, name: ObjectName, columns: Sequence[ColumnMatch], schema: Schema) -> KeyChoice:
    if not recognises(field, name, schema):
        headers = ", ".join(column.header for column in columns[:12])
        raise BadInput(
            f"“{field}” is neither a column of the file nor a unique field of the CRM's {name.value}.",
            hint=f"Columns are: {headers}.",
            code="unsure_key",
        )
    source = next(
        (c for c in columns if c.target and c.target.object is name and c.target.property == field), None
    )
    if source is None or source.certainty is not Certainty.SURE:
        raise BadInput(
            f"No column goes to “{field}” for sure.", hint=f'Add --map "Column={field}".', code="unsure_key"
        )
    return KeyChoice(object=name, field=field, header=source.header)


def recognises(property_name: str, name: ObjectName, schema: Schema) -> bool:
    """Whether no two records of `name` share a value of that property."""
    if property_name in _ALSO_KEYS.get(name, ()) or property_name in schema.identity_fields:
        return True
    definition = schema.fields.get(property_name)
    return definition is not None and definition.unique


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
