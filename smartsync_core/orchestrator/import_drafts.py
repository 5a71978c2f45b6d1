"""A file and what a person has said about it so far: every choice is kept at once, until the import is written."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from pydantic import TypeAdapter

from smartsync_core.errors import BadInput
from smartsync_core.intake import sheets
from smartsync_core.model.access import Role
from smartsync_core.model.automation import Extra
from smartsync_core.model.duplicates import CompanyDecision, Decision
from smartsync_core.model.mapping import (
    Policy,
    RecordType,
    Step,
)
from smartsync_core.model.plan import Mode
from smartsync_core.model.table import Table, Upload
from smartsync_core.orchestrator.context import Context
from smartsync_core.orchestrator.files import (
    key_column,
    take_table,
)
from smartsync_core.orchestrator.rights import takes

__all__ = [
    "ImportDraft",
    "begin",
    "choose_header",
    "choose_sheet",
    "discard",
    "drop_files",
    "latest",
    "load",
    "save",
    "settle",
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


def _kept_file(ctx: Context, draft: ImportDraft) -> Path:
    return ctx.settings.data_dir / _FOLDER / f"{draft.id}{Path(draft.file_name).suffix.lower()}"
