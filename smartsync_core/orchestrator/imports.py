"""An import on its way to a preview: file, account, columns, key, policy. Every choice is kept at once, as a draft."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from smartsync_core.errors import BadInput
from smartsync_core.intake import sheets
from smartsync_core.mapping.headers import Reading, field_of
from smartsync_core.mapping.standing import Standing
from smartsync_core.mapping.words import header_key
from smartsync_core.model.access import Role
from smartsync_core.model.automation import Extra
from smartsync_core.model.crm import Field, ObjectName
from smartsync_core.model.duplicates import CompanyDecision, Decision
from smartsync_core.model.mapping import (
    Certainty,
    ColumnMatch,
    Policy,
    RecordType,
    Step,
    Target,
    WritePolicies,
)
from smartsync_core.model.plan import Mode, Reason
from smartsync_core.model.run import ImportOptions, Run, RunState
from smartsync_core.model.table import Table, Upload
from smartsync_core.orchestrator.accounts import AccountFields
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.copying import COPIED, check_source
from smartsync_core.orchestrator.field_mappings import standing_of, with_standing
from smartsync_core.orchestrator.files import (
    FieldSource,
    about_file,
    already_imported,
    by_record_id,
    checked_stamp,
    choose_keys,
    earlier_imports,
    key_column,
    left_out,
    match_upload,
    recognises,
    take_table,
)
from smartsync_core.orchestrator.preview import start_preview
from smartsync_core.orchestrator.rights import takes
from smartsync_core.planning.decide import NEVER_CLEARED

__all__ = [
    "Destination",
    "ImportDraft",
    "KeyOption",
    "again",
    "begin",
    "choose_header",
    "choose_sheet",
    "columns",
    "destinations",
    "discard",
    "drop_files",
    "earlier",
    "key_options",
    "latest",
    "load",
    "may_empty",
    "missing",
    "options_of",
    "policies",
    "preview",
    "save",
    "settle",
    "standing",
]

_FOLDER = "incoming"  # files as they were handed in, until their draft is done: to read them in another way
_LOOK_BACK = 20  # drafts looked through for one that was not written
_SHOWN_COLUMNS = 60
_SHOWN_TEXT = 80


@dataclass(frozen=True, kw_only=True)
class ImportDraft:
    """What a person has chosen so far. `chosen` and `keys` hold only what they said themselves."""

    id: str
    upload_id: str
    file_name: str
    sheet: str = ""
    sheets: tuple[str, ...] = ()  # of a workbook with more than one
    header: str = "1"  # row of the column names: "3", "1-2" or "none"
    header_reason: str = ""  # why it was proposed; "" where the person chose
    lines: tuple[
        tuple[int, tuple[str, ...]], ...
    ] = ()  # the file's first ones as they stand, cut to be looked at
    record_type: RecordType | None = None
    connection_id: str = ""
    chosen: Mapping[str, str] = field(default_factory=dict)  # header -> "contacts.email"; "" = left out
    keys: Mapping[str, str] = field(default_factory=dict)  # object -> header of its key column
    copies: Mapping[str, str] = field(
        default_factory=dict
    )  # a further use's own name -> header of its column
    steps: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)  # header -> what is done to its cells
    policies: Mapping[str, Policy] = field(
        default_factory=dict
    )  # "contacts.phone" -> its own, where it has one
    clears: frozenset[str] = frozenset()  # "contacts.phone": a blank cell empties it
    policy: Policy = Policy.FILL
    mode: Mode = Mode.BOTH
    stamp: str = ""  # the name that written records carry; "" = none
    recipe: str = ""  # id of the one whose choices these are; "" = none
    recipe_name: str = ""  # as it was called then
    by_recipe: Mapping[str, str] = field(default_factory=dict)  # of `chosen`, what it said and not the person
    decisions: tuple[Decision, ...] = ()  # on rows that may be one record
    companies: tuple[CompanyDecision, ...] = ()  # on companies that the account has only by their names
    likely_of: str = ""  # the preview whose likely duplicates are being decided on
    extras: frozenset[Extra] = frozenset()  # ticked on a preview, for this import
    step: str = "file"  # the screen's own word
    run_id: str = ""  # the newest preview; "" before the first, and after a later change
    updated_at: datetime | None = None

    def of_rows(self, record_type: RecordType) -> ImportDraft:
        """With other rows in it, what was said about columns and keys no longer holds."""
        if record_type is self.record_type:
            return self
        return replace(self, record_type=record_type, run_id="", **_UNSAID)

    def into(self, connection_id: str) -> ImportDraft:
        """What was said about columns and keys goes along, as far as that account has the fields (see `missing`)."""
        if connection_id == self.connection_id:
            return self
        return replace(self, connection_id=connection_id, run_id="", companies=())


_DRAFT = TypeAdapter(ImportDraft)
_UNSAID: Mapping[str, Any] = {  # about columns and rows
    "chosen": {},
    "keys": {},
    "copies": {},
    "recipe": "",
    "recipe_name": "",
    "by_recipe": {},
    "steps": {},
    "policies": {},
    "clears": frozenset(),
    "decisions": (),
    "companies": (),
    "likely_of": "",
}


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A place a column can go to."""

    target: str  # "contacts.email"
    label: str  # "Contact · Email"


@dataclass(frozen=True, kw_only=True)
class KeyOption:
    """A column that can recognise records; `header` "" = what is done without a choice."""

    header: str
    label: str


# The draft itself


@takes(Role.OPERATOR)
def begin(ctx: Context, path: Path) -> ImportDraft:
    """Keep a file and begin an import with it. Raises BadInput with one sentence where it is no table."""
    names = tuple(sheets(path))
    upload, table = take_table(ctx, path)
    draft = ImportDraft(
        id=uuid4().hex[:12],
        upload_id=upload.id,
        file_name=upload.name,
        sheets=names if len(names) > 1 else (),
    )
    kept = _kept_file(ctx, draft)
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, kept)
    return save(ctx, _read_as(draft, upload, table))


@takes(Role.OPERATOR)
def choose_sheet(ctx: Context, draft: ImportDraft, sheet: str) -> ImportDraft:
    """Take another sheet of the same workbook; what was said about columns and keys is forgotten."""
    return _read_again(ctx, draft, sheet=sheet, header="")


@takes(Role.OPERATOR)
def choose_header(ctx: Context, draft: ImportDraft, header: str) -> ImportDraft:
    """Take the column names from another row; what was said about columns that are still there is kept."""
    again = _read_again(ctx, draft, sheet=draft.sheet, header=header)
    columns = set(ctx.uploads.get(again.upload_id).columns)
    copies = {name: column for name, column in draft.copies.items() if column in columns}
    columns |= copies.keys()
    said = {column: target for column, target in draft.chosen.items() if column in columns}
    keys = {name: column for name, column in draft.keys.items() if key_column(column) in columns}
    steps = {column: done for column, done in draft.steps.items() if column in columns}
    again = replace(again, policies=draft.policies, clears=draft.clears, by_recipe=draft.by_recipe)
    again = replace(again, recipe=draft.recipe, recipe_name=draft.recipe_name)
    return save(ctx, replace(again, chosen=said, keys=keys, copies=copies, steps=steps))


def _read_again(ctx: Context, draft: ImportDraft, *, sheet: str, header: str) -> ImportDraft:
    file = _kept_file(ctx, draft)
    if not file.exists():
        raise BadInput(f"The file {draft.file_name} itself is kept no longer.", hint="Hand it in again.")
    upload, table = take_table(ctx, file, name=draft.file_name, sheet=sheet or None, header=header)
    return save(ctx, _read_as(replace(draft, run_id="", **_UNSAID), upload, table))


def _read_as(draft: ImportDraft, upload: Upload, table: Table) -> ImportDraft:
    lines = tuple(
        (line.number, tuple(cell[:_SHOWN_TEXT] for cell in line.cells[:_SHOWN_COLUMNS]))
        for line in table.first_lines
    )
    return replace(
        draft,
        upload_id=upload.id,
        sheet=upload.sheet,
        header=str(table.header),
        header_reason=table.header.reason,
        lines=lines,
    )


@takes(Role.OPERATOR)
def save(ctx: Context, draft: ImportDraft) -> ImportDraft:
    kept = replace(draft, updated_at=datetime.now(UTC))
    ctx.import_drafts.save(_DRAFT.dump_python(kept, mode="json"), draft.id)
    return kept


def load(ctx: Context, draft_id: str) -> ImportDraft | None:
    """None when it was discarded. One that was written stays, so that its address leads to the import."""
    state = ctx.import_drafts.get(draft_id)
    return _DRAFT.validate_python(state) if state is not None else None


def latest(ctx: Context) -> ImportDraft | None:
    """The import that was touched last and not written yet."""
    drafts = map(_DRAFT.validate_python, ctx.import_drafts.recent(_LOOK_BACK))
    return next((draft for draft in drafts if not _written(ctx, draft)), None)


def _written(ctx: Context, draft: ImportDraft) -> bool:
    return bool(draft.run_id) and ctx.runs.get(draft.run_id).approved_at is not None


@takes(Role.OPERATOR)
def settle(ctx: Context, draft: ImportDraft) -> None:
    """Its import was approved: the file itself is needed no more."""
    _kept_file(ctx, draft).unlink(missing_ok=True)


@takes(Role.OPERATOR)
def discard(ctx: Context, draft: ImportDraft) -> None:
    """Forget the choices. Uploads and previews stay on record."""
    ctx.import_drafts.drop(draft.id)
    _kept_file(ctx, draft).unlink(missing_ok=True)


def drop_files(ctx: Context) -> int:
    """Files as they were handed in, of every import that was begun on screen; how many. What was read of them stays."""
    kept = (ctx.settings.data_dir / _FOLDER).glob("*")
    files = [file for file in kept if ctx.import_drafts.get(file.stem) is not None]  # of this organisation
    for file in files:
        file.unlink(missing_ok=True)
    return len(files)


# What can be chosen


def columns(ctx: Context, draft: ImportDraft, fields: FieldSource) -> list[ColumnMatch]:
    """Where each column of the file goes, with the person's own word where they said one."""
    assert draft.record_type is not None
    upload = ctx.uploads.get(draft.upload_id)
    says, known = standing(ctx, draft, fields), dict[str, Target | None]()
    for header, text in draft.chosen.items():
        target = _target(text)
        if target is not None and not _is_there(target, fields):
            if header in draft.copies:  # without a place of its own it would be looked for by its name
                known[header] = None
        elif header in upload.columns or header in draft.copies or header in says.copies:
            known[header] = target
    reading = Reading(
        steps=draft.steps, values=ctx.value_choices.of(draft.connection_id), copies=draft.copies
    )
    reading = with_standing(reading, says, known)
    matches = match_upload(ctx, fields, upload, draft.record_type, known, reading)
    return [_as_said_by_recipe(match, draft) if match.header in known else match for match in matches]


def _as_said_by_recipe(match: ColumnMatch, draft: ImportDraft) -> ColumnMatch:
    """Nobody is told that they chose what a recipe chose for them."""
    said = draft.by_recipe.get(match.header)
    if said is None or said != draft.chosen[match.header] or match.certainty is Certainty.CHECK:
        return match
    return replace(
        match, reason=f"The recipe “{draft.recipe_name}” {'has it so' if said else 'leaves it out'}."
    )


def standing(ctx: Context, draft: ImportDraft, fields: FieldSource) -> Standing:
    """What the account says about columns of these names, whatever the person says of this file."""
    assert draft.record_type is not None
    schemas = {name: fields.schema(name) for name in draft.record_type.objects}
    columns = ctx.uploads.get(draft.upload_id).columns
    return standing_of(ctx, draft.connection_id, columns, schemas, draft.record_type)


def missing(ctx: Context, draft: ImportDraft, fields: FieldSource) -> dict[str, str]:
    """Columns whose field this account does not have, or no longer: header → the field's name."""
    chosen = {header: _target(text) for header, text in draft.chosen.items()}
    gone = standing(ctx, draft, fields).gone
    return {header: name for header, name in gone.items() if header not in chosen} | {
        header: target.property
        for header, target in chosen.items()
        if target is not None and not _is_there(target, fields)
    }


def policies(ctx: Context, draft: ImportDraft, fields: FieldSource) -> dict[str, Policy]:
    """Per field that has a rule of its own: the person's word on this import, else the account's."""
    return standing(ctx, draft, fields).policies | dict(draft.policies)


def may_empty(match: ColumnMatch, keys: Mapping[str, str]) -> bool:
    """Whether blank cells of this column can be made to empty its field: not one that recognises a record, or owns it."""
    target = match.target
    if (
        target is None
        or match.certainty is not Certainty.SURE
        or match.header in map(key_column, keys.values())
    ):
        return False
    return target.property != Target.FULL_NAME and target.property not in NEVER_CLEARED


def destinations(fields: AccountFields, record_type: RecordType) -> list[Destination]:
    """Everywhere a column of such rows may go, by record type and label."""
    found = []
    for name in record_type.objects:
        known = sorted(fields.schema(name).fields.values(), key=lambda one: one.label.casefold())
        targets = [(Target(object=name, property=one.name), one) for one in known if one.writable]
        if name is ObjectName.CONTACTS:
            full_name = Target(object=name, property=Target.FULL_NAME)
            targets.insert(0, (full_name, field_of(full_name, {})))
        found += _labelled(targets)
    return found


def key_options(
    draft: ImportDraft, matches: Sequence[ColumnMatch], fields: AccountFields, name: ObjectName
) -> list[KeyOption]:
    """What can recognise a record of `name`: first what is done by itself, then every column that has values."""
    usual = {ObjectName.CONTACTS: "email", ObjectName.COMPANIES: "domain"}[name]
    words = {ObjectName.CONTACTS: "E-mail address", ObjectName.COMPANIES: "Domain, else name and country"}[
        name
    ]
    there = any(_goes_to(match, name, usual) or _goes_to(match, name, "website") for match in matches)
    first = (
        words if there or name is ObjectName.COMPANIES else "Nothing: these rows cannot be recognised again"
    )
    options = [KeyOption(header="", label=first)]
    for match in matches:
        if match.filled == 0 or _goes_to(match, name, usual):
            continue
        if match.copy_of:
            continue
        options.append(KeyOption(header=match.header, label=_key_label(match, name, fields)))
        if match.samples and all(map(str.isdigit, match.samples)):
            label = f"{match.header} (the CRM's own id of each one)"
            options.append(KeyOption(header=by_record_id(match.header), label=label))
    return options


def earlier(ctx: Context, draft: ImportDraft) -> list[Run]:
    """Imports of the same file into the chosen account that were written, newest first."""
    return (
        earlier_imports(ctx, draft.connection_id, ctx.uploads.get(draft.upload_id))
        if draft.connection_id
        else []
    )


# And on to the preview


@takes(Role.OPERATOR)
def preview(ctx: Context, draft: ImportDraft, fields: AccountFields) -> ImportDraft:
    """Begin the preview of what was chosen; the draft then names its run. Raises BadInput while the file is being written."""
    assert draft.record_type is not None
    before = earlier(ctx, draft)
    if any(run.state is RunState.RUNNING for run in before):
        raise BadInput(
            f"{draft.file_name} is being written to this account right now.",
            hint="Wait until it is done: History shows it.",
        )
    upload = ctx.uploads.get(draft.upload_id)
    options, notes = options_of(ctx, draft, fields)
    _remember(ctx, draft, upload.columns)
    run_id = start_preview(
        ctx,
        connection=ctx.connections.get(draft.connection_id),
        upload_id=draft.upload_id,
        options=options,
        notes=[*about_file(upload), *_earlier_notes(before), *notes],
    )
    return save(ctx, replace(draft, run_id=run_id))


def _remember(ctx: Context, draft: ImportDraft, columns: Sequence[str]) -> None:
    """Where the person sent columns themselves, for later files with such columns."""
    assert draft.record_type is not None
    own = {header: place for header, place in draft.chosen.items() if draft.by_recipe.get(header) != place}
    said = {header_key(header): own[header] for header in columns if header in own}
    said.pop("", None)
    going = {header: target for header, target in said.items() if target}
    if said:
        ctx.header_choices.remember(draft.record_type, going, forget=said.keys() - going.keys(), by=ctx.user)


def options_of(ctx: Context, draft: ImportDraft, fields: FieldSource) -> tuple[ImportOptions, list[Reason]]:
    """What was chosen as the options of an import, and a line per column that is left out. Raises BadInput where none goes."""
    assert draft.record_type is not None
    matches = columns(ctx, draft, fields)
    if not any(match.certainty is Certainty.SURE for match in matches):
        raise BadInput(
            "None of the columns goes anywhere yet.",
            hint="Choose where at least one goes, or check that this is the right file.",
        )
    schemas = {name: fields.schema(name) for name in draft.record_type.objects}
    words = [
        f"{name}={header}" for name, header in draft.keys.items() if header and ObjectName(name) in schemas
    ]
    chosen = choose_keys(words, matches, schemas, draft.record_type)
    emptied = {str(match.target) for match in matches if may_empty(match, draft.keys)}
    options = ImportOptions(
        record_type=draft.record_type,
        columns=tuple(matches),
        keys=tuple(chosen),
        policies=WritePolicies(
            default=draft.policy,
            per_field=policies(ctx, draft, fields),
            clear_blank=frozenset(draft.clears & emptied),
        ),
        mode=draft.mode,
        stamp=checked_stamp(draft.stamp, schemas),
        recipe=draft.recipe,
        recipe_name=draft.recipe_name,
        decisions=draft.decisions,
        companies=draft.companies,
        extras=draft.extras,
    )
    return options, left_out(matches, chosen)


@takes(Role.OPERATOR)
def again(
    ctx: Context,
    run_id: str,
    extras: frozenset[Extra] | None = None,
    *,
    same_choices: bool = True,
    copies_from: str = "",
) -> str:
    """Begin another preview of the same rows, as they stand now, and choices, for the CRM as it is now; the id of its run.

    With `extras`, these are ticked in the place of the ones before, by a person who is there to choose; else what came
    unattended stays so. `same_choices`: what differs is the CRM's doing, and told. With `copies_from`, the records of that
    account that match are first copied into the practice account.
    """
    run = ctx.runs.get(run_id)
    notes = [reason for reason in ctx.results.reasons(run_id, [0]) if reason.code in _CHOICES]
    if copies_from:
        source = check_source(ctx, run, copies_from)
        notes = [note for note in notes if note.code != COPIED]  # it is told anew
        ctx.audit.record(ctx.user, "practice.copied", run.integration_id, {"name": source.name})
    unasked = extras is None and same_choices and not copies_from
    return start_preview(
        ctx,
        connection=ctx.connections.get(run.integration_id),
        upload_id=run.upload_id,
        options=run.options if extras is None else replace(run.options, extras=extras, unattended=False),
        notes=notes,
        corrected_in=run_id,
        refreshes=run_id if unasked and run.state is RunState.PREVIEWED else "",
        copies_from=copies_from,
    )


_CHOICES = (
    "about_the_file",
    "already_imported",
    "column_left_out",
    "own_columns",
    COPIED,
)  # notes that come from the choices, not from the CRM


def _earlier_notes(before: Sequence[Run]) -> list[Reason]:
    if not before:
        return []
    return [already_imported(before[0])]


def _kept_file(ctx: Context, draft: ImportDraft) -> Path:
    return ctx.settings.data_dir / _FOLDER / f"{draft.id}{Path(draft.file_name).suffix.lower()}"


def _target(text: str) -> Target | None:
    return Target.parse(text) if text else None


def _is_there(target: Target, fields: FieldSource) -> bool:
    return target.property == Target.FULL_NAME or target.property in fields.schema(target.object)


def _labelled(targets: Sequence[tuple[Target, Field]]) -> list[Destination]:
    """Two fields of one label are told apart by their names."""
    labels = [field.label for _, field in targets]
    return [
        Destination(
            target=str(target),
            label=f"{_ONE[target.object]} · {field.label}"
            + (f" ({field.name})" if labels.count(field.label) > 1 else ""),
        )
        for target, field in targets
    ]


_ONE = {ObjectName.CONTACTS: "Contact", ObjectName.COMPANIES: "Company"}


def _goes_to(match: ColumnMatch, name: ObjectName, property_name: str) -> bool:
    target = match.target
    sure = match.certainty is Certainty.SURE
    return sure and target is not None and target.object is name and target.property == property_name


def _key_label(match: ColumnMatch, name: ObjectName, fields: AccountFields) -> str:
    target = match.target
    if (
        target is not None
        and target.object is name
        and recognises(target.property, name, fields.schema(name))
    ):
        return f"{match.header} (unique in the CRM)"
    return f"{match.header} (my own number of each one)"
