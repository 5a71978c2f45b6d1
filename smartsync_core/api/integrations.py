"""The calls that programs of the first SmartSync make: connect, list, sync one record, read the log."""

from __future__ import annotations

from asyncio import get_running_loop
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, cast

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from httpx import codes
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from smartsync_core.api.access import Admin, Caller, Operator, Viewer
from smartsync_core.api.once import Once, answer
from smartsync_core.api.problems import Refused, answers
from smartsync_core.errors import BadInput
from smartsync_core.model.connection import Connection, Switches, SyncDirection, SyncFrequency
from smartsync_core.model.plan import Outcome
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator.connect import connect, offered
from smartsync_core.orchestrator.single import SyncResult

__all__ = ["one_way", "router", "switches_of"]

router = APIRouter(prefix="/integrations/crm", tags=["integrations"])

_AT_ONCE = 200
_threads = ThreadPoolExecutor(
    _AT_ONCE, "record"
)  # of its own: while a CRM is slow, all other calls are answered

_Text = Annotated[str, Field(max_length=10_000)]
_Name = Annotated[
    str, Field(max_length=200)
]  # any bound has it read as text; unread, it may hold half a character
_Value = _Text | int | float | bool | None


def _of_those_offered(crm_type: str) -> str:
    if crm_type not in offered():
        known = " or ".join(f"'{one}'" for one in offered())
        raise PydanticCustomError("crm_type", "Input should be {known}", {"known": known})
    return crm_type


_CrmType = Annotated[
    str,
    AfterValidator(_of_those_offered),
    Field(json_schema_extra=lambda schema: schema.update(enum=list(offered()))),
]


class NewIntegration(BaseModel):
    """An account to connect. Where it is reached is a setting of the server."""

    crm_type: _CrmType
    access_token: Annotated[str, Field(min_length=1, max_length=2_000)]
    refresh_token: Annotated[str, Field(max_length=2_000)] = ""
    name: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    sync_direction: SyncDirection = SyncDirection.TO_CRM
    sync_frequency: SyncFrequency = SyncFrequency.MANUAL
    auto_enrich: bool = False
    auto_score: bool = False
    auto_assign: bool = False
    auto_create_tasks: bool = False


class Integration(BaseModel):
    """A connected account; its tokens never leave the server."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    crm_type: str
    name: str
    portal_id: str
    kind: str
    is_active: bool
    sync_direction: SyncDirection
    sync_frequency: SyncFrequency
    auto_enrich: bool
    auto_score: bool
    auto_assign: bool
    auto_create_tasks: bool
    last_sync_at: datetime | None
    sync_count: int
    last_error: str
    created_at: datetime | None


class Connected(BaseModel):
    success: Literal[True] = True
    integration: Integration
    notices: list[str]


class Integrations(BaseModel):
    integrations: list[Integration]


class SyncOptions(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    skip_enrichment: bool = Field(default=False, alias="skipEnrichment")
    priority: int = Field(default=5, ge=1, le=10)


class SyncRequest(BaseModel):
    """One contact or one company; keys in either spelling, `firstName` or `first_name`."""

    entity_type: Literal["contact", "company"]
    contact: dict[_Name, _Value] | None = None
    company: dict[_Name, _Value] | None = None
    integration_id: _Name | None = None
    options: SyncOptions = SyncOptions()


class Synced(BaseModel):
    """`crmContactId` of a contact, `crmCompanyId` of a company. The rest only where the account's switches ask for it."""

    success: Literal[True] = True
    crmContactId: str | None = None  # noqa: N815 - the name that callers know
    crmCompanyId: str | None = None  # noqa: N815
    entityType: Literal["contact", "company"]  # noqa: N815
    enrichments: dict[str, object] | None = None
    crmTaskId: str | None = None  # noqa: N815
    crmDealId: str | None = None  # noqa: N815
    crmOwnerId: str | None = None  # noqa: N815


class LogStatus(StrEnum):
    SUCCESS = "success"
    FAILED = "failed"
    PARTIAL = "partial"
    PENDING = "pending"


class LogLine(BaseModel):
    id: str
    integration_id: str
    run_id: str | None
    sync_type: str
    operation: str
    status: LogStatus
    crm_record_id: str | None
    enrichments: dict[str, object]
    duration_ms: int | None
    enrichment_time_ms: int | None
    error_message: str | None
    created_at: datetime


class Logs(BaseModel):
    logs: list[LogLine]


@router.post("/connect", response_model=Connected, responses=answers(400, 401, 403, 409, 413, 422, 429, 503))
def connect_account(caller: Admin, once: Once, body: NewIntegration) -> JSONResponse:
    """Test the token and save the account; an account that is known gets the new token."""

    def work() -> JSONResponse:
        found = connect(
            caller.ctx,
            crm_type=body.crm_type,
            name=body.name,
            token=body.access_token,
            refresh_token=body.refresh_token,
            **switches_of(body),
        )
        notices = [*one_way(body.sync_direction), *found.account.notices, *filter(None, [found.twice])]
        return answer(Connected(integration=_integration(found.connection), notices=notices))

    return once(caller, body, work)


@router.get("/connect", responses=answers(401, 403, 429))
def list_accounts(caller: Viewer) -> Integrations:
    """The connected accounts, by name."""
    return Integrations(integrations=[_integration(one) for one in caller.ctx.connections.all()])


@router.post(
    "/sync",
    response_model=Synced,
    response_model_exclude_none=True,
    responses=answers(400, 401, 403, 404, 409, 413, 422, 429, 503)
    | {202: {"description": "Still being worked on; Location says where to look."}},
)
async def sync_record(caller: Operator, once: Once, body: SyncRequest) -> JSONResponse:
    """Create or update one contact or company: previewed, written, read back. Nobody is asked, so nothing doubtful is sent."""
    given = body.contact if body.entity_type == "contact" else body.company
    if given is None:
        raise BadInput(
            f"There is no “{body.entity_type}” in the request.",
            hint=f"An entity_type of {body.entity_type} comes with an object under that name.",
        )

    def work() -> JSONResponse:
        integration_id = body.integration_id or _only_active(caller)
        smartsync, skip = caller.smartsync, body.options.skip_enrichment
        sync = smartsync.sync_contact if body.entity_type == "contact" else smartsync.sync_company
        return _synced(sync(integration_id, given, skip_enrichment=skip))

    return await get_running_loop().run_in_executor(_threads, copy_context().run, once, caller, body, work)


@router.get("/sync", responses=answers(401, 403, 422, 429))
def read_log(
    caller: Viewer,
    integration_id: str = "",
    status: LogStatus | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
) -> Logs:
    """What was done to records of the CRM, newest first."""
    lines = caller.ctx.sync_logs.recent(
        integration_id=integration_id, status=status.value if status else "", limit=limit
    )
    return Logs(
        logs=[LogLine.model_validate({**line, "enrichments": line["enrichments"] or {}}) for line in lines]
    )


def _integration(connection: Connection) -> Integration:
    return Integration.model_validate(connection)


def switches_of(body: BaseModel) -> Switches:
    """The six settings that stand in it."""
    return cast(Switches, body.model_dump(include=set(Switches.__annotations__)))


def one_way(direction: SyncDirection) -> list[str]:
    """Two-way values are kept, and told of."""
    if direction is SyncDirection.TO_CRM:
        return []
    return [f"“{direction}” is kept as a wish: for now this account is only written to."]


def _only_active(caller: Caller) -> str:
    active = caller.ctx.connections.all()
    if len(active) == 1:
        return active[0].id
    if not active:
        raise BadInput("No account is connected.", hint="Connect one first.")
    names = ", ".join(f"{one.name} = {one.id}" for one in active)
    raise BadInput(
        f"{len(active)} accounts are connected, and the request names none.",
        hint=f"Say which as integration_id: {names}.",
    )


def _status(result: SyncResult) -> int:
    """Of a record that was not written."""
    if result.state is RunState.FAILED:  # by an error inside: every other one was raised
        return codes.INTERNAL_SERVER_ERROR
    if result.state is RunState.PAUSED and result.outcome is Outcome.NOT_SENT:
        return codes.SERVICE_UNAVAILABLE
    return codes.UNPROCESSABLE_ENTITY


def _synced(result: SyncResult) -> JSONResponse:
    look = f"/api/runs/{result.run_id}"
    if result.goes_on:
        return answer({"run_id": result.run_id, "state": result.state, "look": look}, codes.ACCEPTED, look)
    if not result.success:
        message = result.message or f"The {result.entity_type} was not written."
        raise Refused(
            _status(result),
            result.outcome.value,
            message,
            f"GET {look} says more.",
            {"Location": look},
        )
    beside = {
        "enrichments": dict(result.enrichments),
        "crmTaskId": result.crm_task_id,
        "crmDealId": result.crm_deal_id,
        "crmOwnerId": result.crm_owner_id,
    }
    body = {"success": True, "entityType": result.entity_type, **{k: one for k, one in beside.items() if one}}
    if result.entity_type == "contact":
        return answer(body | {"crmContactId": result.crm_contact_id}, look=look)
    return answer(body | {"crmCompanyId": result.crm_company_id}, look=look)
