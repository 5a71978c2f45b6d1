"""From a file to its result: upload, preview, write, look, repair, take back."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from fastapi import APIRouter, Query, UploadFile
from fastapi import Path as InPath
from fastapi.responses import JSONResponse
from httpx import codes
from pydantic import BaseModel, ConfigDict, Field

from smartsync_core.api.access import Caller, Operator, Viewer
from smartsync_core.api.once import Once, answer
from smartsync_core.api.problems import answers
from smartsync_core.model.mapping import Certainty, Policy, RecordType
from smartsync_core.model.plan import Mode, Outcome
from smartsync_core.model.run import RunReport, RunState
from smartsync_core.orchestrator import namesakes, past
from smartsync_core.orchestrator.files import import_options, take_file
from smartsync_core.orchestrator.history import report
from smartsync_core.orchestrator.preview import start_preview
from smartsync_core.orchestrator.repair import retry
from smartsync_core.orchestrator.unattended import approve_unattended
from smartsync_core.orchestrator.undo import start_undo

__all__ = ["Accepted", "RunId", "accepted", "router"]

router = APIRouter(tags=["imports"])

RunId = Annotated[str, InPath(pattern="^[0-9a-z]{1,32}$")]
_Id = Annotated[str, Field(pattern="^[0-9a-z]{1,32}$")]
_Word = Annotated[str, Field(max_length=500)]
_Cell = Annotated[str, Field(max_length=100_000)]
_Limit = Annotated[int, Query(ge=1, le=1000)]
_Offset = Annotated[int, Query(ge=0, le=10_000_000)]
_Number = Annotated[int, Field(ge=1, le=10_000_000)]
_READS, _WRITES = (401, 403, 404, 422, 429), (400, 401, 403, 404, 409, 413, 422, 429, 503)


class _Given(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class Upload(_Given):
    """A table that is kept. `notes` say what was passed over while it was read."""

    id: str
    name: str
    sheet: str
    columns: list[str]
    row_count: int
    notes: list[str]


class NewRun(BaseModel):
    """As the command `sync`: what is unsure is left out and named in the reasons."""

    upload_id: _Id
    integration_id: _Id
    record_type: RecordType
    keys: Annotated[list[_Word], Field(max_length=20)] = []
    maps: Annotated[list[_Word], Field(max_length=500, description="“Column=property” each")] = []
    policy: Literal["fill", "overwrite", "never"] = "fill"
    mode: Mode = Mode.BOTH


class Write(BaseModel):
    first: _Number | None = Field(default=None, description="write what the first rows need, then pause")
    max_calls: _Number | None = None


class Undo(BaseModel):
    only_created: bool = False
    rows: Annotated[list[_Number], Field(max_length=10_000)] = []


class Retry(BaseModel):
    """`edits`: row → column → cell; without any, all rows that need somebody or failed."""

    edits: Annotated[
        dict[Annotated[str, Field(pattern="^[0-9]{1,8}$")], dict[_Word, _Cell]], Field(max_length=10_000)
    ] = {}


class Words(BaseModel):
    """Company, as the file has its name → the record that it is; empty = a new company, null = ask again."""

    words: Annotated[
        dict[_Word, Annotated[str, Field(pattern="^[0-9]{0,32}$")] | None],
        Field(min_length=1, max_length=10_000),
    ]


class Accepted(BaseModel):
    """Being worked on; `look` says where to see how it stands."""

    run_id: str
    state: RunState
    look: str


class ReasonAnswer(_Given):
    row: int
    field: str
    code: str
    message: str


class RunAnswer(_Given):
    """The numbers of an import as they are now."""

    run_id: str
    kind: str
    undo_of: str
    state: RunState
    message: str
    rows: int
    outcomes: dict[str, int]
    partly_failed: int
    partly_blocked: int
    predicted: dict[str, int]
    actions: dict[str, dict[str, int]]
    proof: dict[str, int]
    calls: dict[str, int]
    budget: dict[str, float]
    duration_s: float
    reasons: list[ReasonAnswer]


class RunLine(BaseModel):
    """`outcomes` is empty until it is done. `undone`: "Undone", "Partly undone", "Being undone" or ""."""

    run_id: str
    kind: str
    undo_of: str
    integration_id: str
    account: str
    state: RunState
    file: str
    rows: int
    outcomes: dict[str, int]
    undone: str
    started_at: datetime


class Runs(BaseModel):
    runs: list[RunLine]


class RowAnswer(_Given):
    """`predicted` is what the preview said, `outcome` what it came to; "" while that is open."""

    row: int
    cells: list[str]
    predicted: str
    outcome: str
    partly: bool
    crm_id: str
    proof: str
    reasons: list[ReasonAnswer]


class Rows(BaseModel):
    rows: list[RowAnswer]


class CellAnswer(_Given):
    row: int
    object: str
    effect: str
    crm_id: str
    field: str
    old: str | None
    new: str | None


class Cells(BaseModel):
    cells: list[CellAnswer]
    total: int


class CompanyAnswer(_Given):
    """A company that the CRM has by its name alone. `candidates`: record → its name and domain there.

    `said`: the preview goes by `answer`, which can be taken back.
    """

    name: str
    rows: list[int]
    candidates: dict[str, str]
    answer: str | None
    said: bool


class Companies(BaseModel):
    companies: list[CompanyAnswer]


class FieldMapping(BaseModel):
    column: str
    goes_to: str | None
    certainty: Certainty
    reason: str


class FieldMappings(BaseModel):
    field_mappings: list[FieldMapping]


@router.post("/uploads", status_code=201, response_model=Upload, responses=answers(*_WRITES))
def upload_file(
    caller: Operator,
    once: Once,
    file: UploadFile,
    sheet: Annotated[str | None, Query(min_length=1, max_length=200)] = None,
) -> JSONResponse:
    """Read and keep a CSV or Excel file; nothing is sent anywhere. `sheet` of a workbook: the first with a table otherwise."""
    name = Path(file.filename or "file").name

    def work() -> JSONResponse:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"upload{Path(name).suffix[:10]}"
            with path.open("wb") as copy:
                shutil.copyfileobj(file.file, copy)
            kept = take_file(caller.ctx, path, name=name, sheet=sheet)
        return answer(Upload.model_validate(kept), codes.CREATED)

    said = hashlib.file_digest(file.file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.file.seek(0)
    return once(caller, [name, sheet, said], work)


@router.post("/runs", status_code=202, response_model=Accepted, responses=answers(*_WRITES))
def preview_upload(caller: Operator, once: Once, body: NewRun) -> JSONResponse:
    """Begin to preview an upload against an account, with what its switches want done. Nothing is written."""

    def work() -> JSONResponse:
        ctx = caller.ctx
        connection, upload = ctx.connected(body.integration_id), ctx.uploads.get(body.upload_id)
        with ctx.visit(connection, interactive=False) as session:
            options, left_out = import_options(
                ctx,
                session,
                upload,
                body.record_type,
                connection_id=connection.id,
                keys=body.keys,
                maps=body.maps,
                policy=Policy(body.policy),
                mode=body.mode,
            )
            run_id = start_preview(
                ctx,
                connection=connection,
                upload_id=upload.id,
                options=replace(options, extras=connection.extras, unattended=True),
                notes=left_out,
                session=session,
            )
        return accepted(caller, run_id)

    return once(caller, body, work)


@router.get("/runs", responses=answers(401, 403, 422, 429))
def list_runs(caller: Viewer, limit: _Limit = 50) -> Runs:
    """Imports and undos, newest first."""
    with caller.ctx.database.one_view():
        found = past.lines(caller.ctx, caller.ctx.runs.recent(limit))
    return Runs(runs=[_line(one) for one in found])


@router.get("/runs/{run_id}", responses=answers(*_READS))
def read_run(caller: Viewer, run_id: RunId) -> RunAnswer:
    """How an import stands: its preview, its progress, its result."""
    return _answer(report(caller.ctx, run_id))


@router.get("/runs/{run_id}/rows", responses=answers(*_READS))
def read_rows(
    caller: Viewer, run_id: RunId, outcome: Outcome | None = None, limit: _Limit = 100, offset: _Offset = 0
) -> Rows:
    """Rows in the order of the file, each with what became of it and why."""
    wanted = outcome.value if outcome else ""
    with caller.ctx.database.one_view():
        caller.ctx.runs.state(run_id)
        found = past.rows(caller.ctx, run_id, outcome=wanted, limit=limit, offset=offset)
    return Rows(rows=[RowAnswer.model_validate(row) for row in found])


@router.get("/runs/{run_id}/cells", responses=answers(*_READS))
def read_cells(caller: Viewer, run_id: RunId, limit: _Limit = 100, offset: _Offset = 0) -> Cells:
    """Values old → new, what takes something away first."""
    caller.ctx.runs.state(run_id)
    page = past.cells(caller.ctx, run_id, limit=limit, offset=offset)
    return Cells(cells=[CellAnswer.model_validate(cell) for cell in page.cells], total=page.total)


@router.get("/runs/{run_id}/field-mappings", responses=answers(*_READS))
def read_field_mappings(caller: Viewer, run_id: RunId) -> FieldMappings:
    """Where each column of the file goes."""
    columns = caller.ctx.runs.get(run_id).options.columns
    return FieldMappings(
        field_mappings=[
            FieldMapping(
                column=one.header,
                goes_to=str(one.target) if one.target else None,
                certainty=one.certainty,
                reason=one.reason,
            )
            for one in columns
        ]
    )


@router.get("/runs/{run_id}/companies", responses=answers(*_READS))
def read_companies(caller: Viewer, run_id: RunId) -> Companies:
    """Companies that wait for a word: the CRM has records of their names, and a name alone is no proof.

    Then those of a preview that go by one.
    """
    asked = [*namesakes.questions(caller.ctx, run_id), *namesakes.said(caller.ctx, run_id)]
    return Companies(companies=[CompanyAnswer.model_validate(one) for one in asked])


@router.post(
    "/runs/{run_id}/companies", status_code=202, response_model=Accepted, responses=answers(*_WRITES)
)
def say_companies(caller: Operator, once: Once, run_id: RunId, body: Words) -> JSONResponse:
    """Say which records they are, or take a word back.

    A preview is made again, as a run of its own; a written import sends their rows again.
    """

    def work() -> JSONResponse:
        return accepted(caller, namesakes.settle(caller.ctx, run_id, body.words))

    return once(caller, body, work)


@router.post("/runs/{run_id}/write", status_code=202, response_model=Accepted, responses=answers(*_WRITES))
def write_run(caller: Operator, once: Once, run_id: RunId, body: Write) -> JSONResponse:
    """Write a preview, within guard rails: many rows or tasks, deletions, emptied or ambiguous values wait for a person (409)."""

    def work() -> JSONResponse:
        approve_unattended(caller.ctx, run_id, first=body.first or 0, max_calls=body.max_calls)
        return accepted(caller, run_id)

    return once(caller, body, work)


@router.post("/runs/{run_id}/undo", status_code=202, response_model=Accepted, responses=answers(*_WRITES))
def undo_run(caller: Operator, once: Once, run_id: RunId, body: Undo) -> JSONResponse:
    """Begin to preview what taking the import back would do; that is a run of its own, to be written as one."""

    def work() -> JSONResponse:
        undo_id = start_undo(caller.ctx, run_id, only_created=body.only_created, rows=body.rows)
        return accepted(caller, undo_id)

    return once(caller, body, work)


@router.post("/runs/{run_id}/retry", status_code=202, response_model=Accepted, responses=answers(*_WRITES))
def retry_run(caller: Operator, once: Once, run_id: RunId, body: Retry) -> JSONResponse:
    """Send rows again that need somebody or failed, with cells corrected where `edits` says so."""

    def work() -> JSONResponse:
        edits = {int(row): cells for row, cells in body.edits.items()}
        retry(caller.ctx, run_id, edits or None)
        return accepted(caller, run_id)

    return once(caller, body, work)


def accepted(caller: Caller, run_id: str) -> JSONResponse:
    look = f"/api/runs/{run_id}"
    state = caller.ctx.runs.state(run_id)
    return answer(Accepted(run_id=run_id, state=state, look=look), codes.ACCEPTED, look)


def _answer(found: RunReport) -> RunAnswer:
    return RunAnswer.model_validate(found)


def _line(line: past.ImportLine) -> RunLine:
    run = line.run
    return RunLine(
        run_id=run.id,
        kind=run.kind,
        undo_of=run.undo_of,
        integration_id=run.integration_id,
        account=line.connection.name,
        state=run.state,
        file=run.file_name,
        rows=run.row_count,
        outcomes=line.outcomes,
        undone=line.undone,
        started_at=run.created_at,
    )
