"""What can be chosen for an import that is being set up, and on to its preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from smartsync_core.errors import BadInput
from smartsync_core.mapping.headers import Reading, field_of
from smartsync_core.mapping.standing import Standing
from smartsync_core.mapping.words import header_key
from smartsync_core.model.access import Role
from smartsync_core.model.automation import Extra
from smartsync_core.model.crm import Field, ObjectName
from smartsync_core.model.mapping import (
    Certainty,
    ColumnMatch,
    Policy,
    RecordType,
    Target,
    WritePolicies,
)
from smartsync_core.model.plan import Reason
from smartsync_core.model.run import ImportOptions, Run, RunState
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
)
from smartsync_core.orchestrator.import_drafts import ImportDraft, save
from smartsync_core.orchestrator.preview import start_preview
from smartsync_core.orchestrator.rights import takes
from smartsync_core.planning.decide import NEVER_CLEARED

__all__ = [
    "Destination",
    "KeyOption",
    "again",
    "columns",
    "destinations",
    "earlier",
    "key_options",
    "may_empty",
    "missing",
    "options_of",
    "policies",
    "preview",
    "standing",
]


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
        connection=ctx.connected(draft.connection_id),
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
        connection=ctx.connected(run.integration_id),
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
