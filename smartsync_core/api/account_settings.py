"""What an account does by itself: read, and changed as on its card under Setup → Accounts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from smartsync_core.api.access import Admin, Viewer
from smartsync_core.api.integrations import one_way, switches_of
from smartsync_core.api.once import Once, answer
from smartsync_core.api.problems import answers
from smartsync_core.model.connection import Connection, SyncDirection, SyncFrequency
from smartsync_core.orchestrator.account_settings import change_settings

__all__ = ["router"]

router = APIRouter(prefix="/integrations/crm/{integration_id}/settings", tags=["integrations"])

_IntegrationId = Annotated[str, InPath(pattern="^[0-9a-z]{1,32}$")]


class AccountSettings(BaseModel):
    """`auto_…`: what an import proposes besides its rows, and what is done at once for records that programs send."""

    model_config = ConfigDict(from_attributes=True)

    sync_direction: SyncDirection
    sync_frequency: SyncFrequency
    auto_enrich: bool
    auto_score: bool
    auto_assign: bool
    auto_create_tasks: bool


class KeptSettings(AccountSettings):
    """`notices`: what is kept as a wish, and not done yet."""

    notices: list[str] = []


@router.get("", responses=answers(401, 403, 404, 422, 429))
def read_settings(caller: Viewer, integration_id: _IntegrationId) -> KeptSettings:
    """What this account does by itself."""
    return _kept(caller.ctx.connections.get(integration_id))


@router.put("", response_model=KeptSettings, responses=answers(400, 401, 403, 404, 409, 413, 422, 429, 503))
def save_settings(
    caller: Admin, once: Once, integration_id: _IntegrationId, body: AccountSettings
) -> JSONResponse:
    """These instead of those that there were. What changed stands in the list of who changed what."""

    def work() -> JSONResponse:
        return answer(_kept(change_settings(caller.ctx, integration_id, **switches_of(body))))

    return once(caller, [integration_id, body], work)


def _kept(connection: Connection) -> KeptSettings:
    kept = KeptSettings.model_validate(connection)
    return kept.model_copy(update={"notices": one_way(connection.sync_direction)})
