"""Where HubSpot sends people back to. It has no key: a state of ours, good once, lets it in."""

from __future__ import annotations

import logging
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from httpx import codes

from smartsync_core.errors import SmartSyncError
from smartsync_core.orchestrator.oauth import finish

__all__ = ["router"]

router = APIRouter(prefix="/auth", tags=["integrations"])

_log = logging.getLogger(__name__)
_Told = Annotated[str, Query(max_length=2_000)]
_TOLD = {"expired", "other_account"}  # what the screen has words of its own for


@router.get(
    "/hubspot/callback",
    status_code=codes.SEE_OTHER,
    response_class=RedirectResponse,
    responses={303: {"description": "To the Accounts screen, which says what became of it."}},
)
def hubspot_callback(
    request: Request, state: _Told = "", code: _Told = "", error: _Told = ""
) -> RedirectResponse:
    """Saves the account that a person let SmartSync into, and goes on to the screen."""
    if error or not code:
        return _to_screen("refused")
    try:
        found = finish(request.app.state.application().context, state=state, code=code)
    except SmartSyncError as failed:
        _log.warning("No account was connected: %s", failed.sentence())
        return _to_screen(failed.code if failed.code in _TOLD else "failed")
    return _to_screen("connected", f"&account={found.connection.id}")


def _to_screen(what: str, more: str = "") -> RedirectResponse:
    return RedirectResponse(f"/accounts?hubspot={what}{more}", status_code=codes.SEE_OTHER)
