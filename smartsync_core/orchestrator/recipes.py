"""Recipes: an import's choices under a name, taken for the next file of its kind. What has drifted is said, never passed over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pydantic import TypeAdapter

from smartsync_core.errors import BadInput, NotFound
from smartsync_core.mapping.words import header_key
from smartsync_core.model.access import Role
from smartsync_core.model.mapping import Certainty, ColumnMatch, Policy, RecordType, Step
from smartsync_core.model.moments import written
from smartsync_core.model.plan import Mode, Reason
from smartsync_core.model.run import ImportOptions, Run
from smartsync_core.model.table import Upload
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.files import FieldSource, by_record_id, key_column
from smartsync_core.orchestrator.import_drafts import ImportDraft, save
from smartsync_core.orchestrator.imports import earlier, missing, options_of
from smartsync_core.orchestrator.rights import takes
from smartsync_core.orchestrator.spreadsheet import added
from smartsync_core.store.recipes import SavedRecipe

__all__ = [
    "Choices",
    "Fit",
    "drift",
    "fitting",
    "forget",
    "keep",
    "keep_choices",
    "measure_by",
    "of_options",
    "options_by",
    "take",
]

_ALIKE = 0.6  # of the columns that two files of one kind share; which are gone or new is said
_ROWS_MAY_DIFFER = 0.3  # as a share of the last file's rows


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a recipe holds. `chosen` names every column of the file, so that nothing is matched anew behind its back."""

    record_type: RecordType
    chosen: Mapping[str, str] = field(default_factory=dict)  # header -> "contacts.email"; "" = left out
    keys: Mapping[str, str] = field(default_factory=dict)
    copies: Mapping[str, str] = field(default_factory=dict)  # as of a draft
    steps: Mapping[str, tuple[Step, ...]] = field(default_factory=dict)
    policies: Mapping[str, Policy] = field(default_factory=dict)
    clears: frozenset[str] = frozenset()
    policy: Policy = Policy.FILL
    mode: Mode = Mode.BOTH


_CHOICES = TypeAdapter(Choices)


@dataclass(frozen=True, kw_only=True)
class Fit:
    """A recipe beside a file. `concerns` are sentences; with any of them a person looks first."""

    id: str
    name: str
    integration_id: str
    choices: Choices
    concerns: tuple[str, ...]


@takes(Role.OPERATOR)
def keep(ctx: Context, draft: ImportDraft, matches: Sequence[ColumnMatch], name: str) -> ImportDraft:
    """Save what was chosen for this file under `name`; a recipe of that name is replaced. Raises BadInput without a name."""
    assert draft.record_type is not None
    choices = Choices(
        record_type=draft.record_type,
        chosen=_everywhere(matches),
        keys=draft.keys,
        copies=_copies(matches),
        steps=_steps(matches),
        policies=draft.policies,
        clears=draft.clears,
        policy=draft.policy,
        mode=draft.mode,
    )
    recipe = keep_choices(ctx, draft.connection_id, ctx.uploads.get(draft.upload_id), choices, name)
    return save(ctx, replace(draft, recipe=recipe, recipe_name=name.strip()))


@takes(Role.OPERATOR)
def keep_choices(ctx: Context, connection_id: str, upload: Upload, choices: Choices, name: str) -> str:
    """The id of the recipe."""
    if not name.strip():
        raise BadInput("The recipe has no name.", hint="Name it after the file it is for.")
    saved = ctx.recipes.save(
        integration_id=connection_id,
        name=name.strip(),
        columns=upload.columns,
        row_count=upload.row_count,
        choices=_CHOICES.dump_python(choices, mode="json"),
    )
    ctx.audit.record(who=ctx.user, what="recipe.saved", subject_id=saved.id, details={"name": saved.name})
    return saved.id


def measure_by(ctx: Context, run: Run) -> None:
    """An import by a recipe is being written: the next file is measured against its columns and rows."""
    saved = next((one for one in ctx.recipes.of(run.integration_id) if one.id == run.options.recipe), None)
    if saved is None:
        return
    upload, choices = ctx.uploads.get(run.upload_id), _CHOICES.validate_python(saved.choices)
    known = {header_key(name) for name in choices.chosen}
    new = {
        header: place
        for header, place in _everywhere(run.options.columns).items()
        if header_key(header) not in known
    }
    ours = added(upload.columns)
    ctx.recipes.written(
        saved.id,
        columns=[name for name in upload.columns if name not in ours],
        row_count=upload.row_count,
        choices=_CHOICES.dump_python(replace(choices, chosen={**choices.chosen, **new}), mode="json"),
    )


def _named(ctx: Context, connection_id: str, name: str) -> SavedRecipe:
    """Raises NotFound naming those that there are."""
    known = ctx.recipes.of(connection_id)
    for one in known:
        if one.name == name:
            return one
    names = ", ".join(f"“{one.name}”" for one in known) or "none"
    raise NotFound(f"This account has no recipe “{name}”.", hint=f"There are: {names}.")


def of_options(options: ImportOptions) -> Choices:
    """An import's options as a recipe holds them."""
    return Choices(
        record_type=options.record_type,
        chosen=_everywhere(options.columns),
        keys={
            key.object.value: by_record_id(key.header) if key.field == "id" else key.header
            for key in options.keys
        },
        copies=_copies(options.columns),
        steps=_steps(options.columns),
        policies=options.policies.per_field,
        clears=options.policies.clear_blank,
        policy=options.policies.default,
        mode=options.mode,
    )


def options_by(
    ctx: Context, account: FieldSource, connection_id: str, upload: Upload, name: str
) -> tuple[ImportOptions, list[Reason]]:
    """The options that a recipe gives a file, asking nobody. Raises BadInput where columns or fields drifted."""
    saved = _named(ctx, connection_id, name)
    drifted = drift(saved.columns, upload.columns)
    if drifted:
        raise BadInput(
            f"{upload.name} is not as the recipe “{name}” knows it. {' '.join(drifted)}",
            hint="Correct the file, or import it without the recipe and save that one anew.",
            code="columns_drifted",
        )
    draft = ImportDraft(
        id="",
        upload_id=upload.id,
        file_name=upload.name,
        connection_id=connection_id,
        recipe=saved.id,
        recipe_name=saved.name,
    )
    draft = _with(draft, _CHOICES.validate_python(saved.choices), upload)
    gone = missing(ctx, draft, account)
    if gone:
        fields = ", ".join(f"“{field}”" for field in gone.values())
        raise BadInput(
            f"The account no longer has {fields}, to which the recipe “{name}” sends columns.",
            hint="Import the file without the recipe and save that one anew.",
            code="property_vanished",
        )
    options, notes = options_of(ctx, draft, account)
    for concern in _rows_differ(saved.row_count, upload.row_count):
        notes.append(Reason(row=0, field="", code="rows_differ", message=concern))
    return options, notes


def fitting(ctx: Context, draft: ImportDraft) -> list[Fit]:
    """Recipes for a file with such columns, the one that fits best first; accounts that were let go have none."""
    upload = ctx.uploads.get(draft.upload_id)
    found = []
    for connection in ctx.connections.all():
        for one in ctx.recipes.of(connection.id):
            alike = _alike(one.columns, upload.columns)
            if alike < _ALIKE:
                continue
            before = earlier(ctx, replace(draft, connection_id=connection.id))
            concerns = [*drift(one.columns, upload.columns), *_rows_differ(one.row_count, upload.row_count)]
            if before:
                concerns.append(f"This very file was imported before: {written(before[0].created_at)}.")
            choices = _CHOICES.validate_python(one.choices)
            fit = Fit(
                id=one.id,
                name=one.name,
                integration_id=connection.id,
                choices=choices,
                concerns=tuple(concerns),
            )
            found.append((alike, fit))
    return [fit for _, fit in sorted(found, key=lambda pair: -pair[0])]


@takes(Role.OPERATOR)
def take(ctx: Context, draft: ImportDraft, fit: Fit) -> ImportDraft:
    """The draft with everything that the recipe says; columns that the file has not are passed over."""
    upload = ctx.uploads.get(draft.upload_id)
    chosen = replace(draft, connection_id=fit.integration_id, recipe=fit.id, recipe_name=fit.name)
    return save(ctx, _with(chosen, fit.choices, upload))


def _with(draft: ImportDraft, choices: Choices, upload: Upload) -> ImportDraft:
    headers = _respelt(choices, upload.columns)
    chosen = {headers[name]: target for name, target in choices.chosen.items() if name in headers}
    return replace(
        draft,
        record_type=choices.record_type,
        chosen=chosen,
        by_recipe=chosen,
        keys={
            name: headers[key] if key == key_column(key) else by_record_id(headers[key_column(key)])
            for name, key in choices.keys.items()
            if key_column(key) in headers
        },
        copies={name: headers[of] for name, of in choices.copies.items() if of in headers},
        steps={headers[name]: steps for name, steps in choices.steps.items() if name in headers},
        policies=choices.policies,
        clears=choices.clears,
        policy=choices.policy,
        mode=choices.mode,
        run_id="",
    )


@takes(Role.OPERATOR)
def forget(ctx: Context, fit: Fit) -> None:
    ctx.recipes.drop(fit.id)
    ctx.audit.record(who=ctx.user, what="recipe.dropped", subject_id=fit.id, details={"name": fit.name})


def drift(known: Sequence[str], columns: Sequence[str]) -> list[str]:
    """Sentences on columns that a file has lost, or has more than the one that a recipe was made from."""
    before, now = set(map(header_key, known)), set(map(header_key, columns))
    gone = [name for name in known if header_key(name) not in now]
    ours = added(columns)
    new = [name for name in columns if header_key(name) not in before and name not in ours]
    said = []
    if gone:
        said.append(f"It has no column {_listed(gone)}, which the recipe knows.")
    if new:
        said.append(f"It has a column {_listed(new)} that the recipe does not know.")
    return said


def _everywhere(matches: Sequence[ColumnMatch]) -> dict[str, str]:
    return {match.header: str(match.target) if match.certainty is Certainty.SURE else "" for match in matches}


def _copies(matches: Sequence[ColumnMatch]) -> dict[str, str]:
    return {match.header: match.copy_of for match in matches if match.copy_of}


def _steps(matches: Sequence[ColumnMatch]) -> dict[str, tuple[Step, ...]]:
    return {match.header: match.steps for match in matches if match.steps}


def _alike(known: Sequence[str], columns: Sequence[str]) -> float:
    before, now = set(map(header_key, known)), set(map(header_key, columns))
    return len(before & now) / max(len(before), 1)


def _rows_differ(before: int, now: int) -> list[str]:
    if abs(now - before) <= _ROWS_MAY_DIFFER * before:
        return []
    return [f"It has {now:,} rows; the last one had {before:,}."]


def _respelt(choices: Choices, columns: Sequence[str]) -> dict[str, str]:
    """The recipe's headers as this file spells them."""
    here = {header_key(name): name for name in columns}
    own = [name for name in choices.chosen if name not in choices.copies]
    known = {name: here[header_key(name)] for name in own if header_key(name) in here}
    return known | {name: name for name, of in choices.copies.items() if of in known}


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(f"“{name}”" for name in names[:3]) + more
