"""What is being worked on, and asking it to halt or to go on; and the fields of an account."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from smartsync_core.api.access import Caller, Operator, Viewer
from smartsync_core.api.once import Once
from smartsync_core.api.problems import answers
from smartsync_core.api.runs import Accepted, RunId, accepted
from smartsync_core.errors import BadInput
from smartsync_core.model.crm import FieldType, ObjectName
from smartsync_core.model.mapping import RecordType
from smartsync_core.model.run import Run, RunState, Wish
from smartsync_core.orchestrator.accounts import fields_of
from smartsync_core.orchestrator.history import progress
from smartsync_core.orchestrator.unattended import approve_unattended
from smartsync_core.orchestrator.write import ask

__all__ = ["router"]

router = APIRouter()

_HALTS = (400, 401, 403, 404, 409, 413, 422, 429)


class Job(BaseModel):
    """`done` of `total` calls; `eta_s` null while it cannot be told."""

    run_id: str
    state: RunState
    phase: str
    done: int
    total: int
    eta_s: float | None


class Jobs(BaseModel):
    jobs: list[Job]


class Property(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    name: str
    label: str
    type: FieldType
    writable: bool
    unique: bool
    required: bool
    custom: bool


class Properties(BaseModel):
    properties: list[Property]


@router.get("/jobs", tags=["jobs"], responses=answers(401, 403, 429))
def list_jobs(caller: Viewer) -> Jobs:
    """Imports that are being previewed or written, oldest first."""
    with caller.ctx.database.one_view():
        return Jobs(jobs=[_job(caller, run) for run in caller.ctx.runs.open_ones()])


@router.get("/jobs/{run_id}", tags=["jobs"], responses=answers(401, 403, 404, 422, 429))
def read_job(caller: Viewer, run_id: RunId) -> Job:
    """How far one import is, whether it is being worked on or not."""
    with caller.ctx.database.one_view():
        return _job(caller, caller.ctx.runs.get(run_id))


@router.post(
    "/jobs/{run_id}/pause",
    tags=["jobs"],
    status_code=202,
    response_model=Accepted,
    responses=answers(*_HALTS),
)
def pause_job(caller: Operator, once: Once, run_id: RunId) -> JSONResponse:
    """Let it pause before anything more is sent."""
    return once(caller, None, lambda: _asked(caller, run_id, Wish.PAUSE))


@router.post(
    "/jobs/{run_id}/stop", tags=["jobs"], status_code=202, response_model=Accepted, responses=answers(*_HALTS)
)
def stop_job(caller: Operator, once: Once, run_id: RunId) -> JSONResponse:
    """Let it stop before anything more is sent; what was written stays, and it can go on later."""
    return once(caller, None, lambda: _asked(caller, run_id, Wish.STOP))


@router.post(
    "/jobs/{run_id}/resume",
    tags=["jobs"],
    status_code=202,
    response_model=Accepted,
    responses=answers(*_HALTS),
)
def resume_job(caller: Operator, once: Once, run_id: RunId) -> JSONResponse:
    """Go on with an import that was paused or stopped."""

    def work() -> JSONResponse:
        run = caller.ctx.runs.get(run_id)
        if run.state not in (RunState.PAUSED, RunState.STOPPED) or run.approved_at is None:
            raise BadInput(
                f"Import {run_id} is {run.state.value}: there is nothing to go on with.", code="not_waiting"
            )
        approve_unattended(caller.ctx, run_id)
        return accepted(caller, run_id)

    return once(caller, None, work)


@router.get(
    "/integrations/crm/{integration_id}/properties/{object_name}",
    tags=["integrations"],
    responses=answers(400, 401, 403, 404, 422, 429, 503),
)
def read_properties(
    caller: Viewer,
    integration_id: Annotated[str, InPath(pattern="^[0-9a-z]{1,32}$")],
    object_name: Annotated[RecordType, InPath()],
) -> Properties:
    """The fields that the account's contacts or companies have now; asks the CRM."""
    connection = caller.ctx.connections.get(integration_id)
    found = fields_of(caller.ctx, connection)
    known = [
        field for name in object_name.objects for field in found.schema(ObjectName(name)).fields.values()
    ]
    return Properties(properties=[Property.model_validate(field) for field in known])


def _asked(caller: Caller, run_id: str, wish: Wish) -> JSONResponse:
    ask(caller.ctx, run_id, wish)
    return accepted(caller, run_id)


def _job(caller: Caller, run: Run) -> Job:
    now = progress(caller.ctx, run)
    return Job(
        run_id=run.id, state=run.state, phase=now.phase, done=now.done, total=now.total, eta_s=now.eta_s
    )
