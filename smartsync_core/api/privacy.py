"""What is kept of a person or company, shown and removed. Whom it is about stands in the body: addresses of calls are logged."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from smartsync_core.api.access import Admin
from smartsync_core.api.once import Once, answer
from smartsync_core.api.problems import answers
from smartsync_core.orchestrator.privacy import remove, show

__all__ = ["router"]

router = APIRouter(prefix="/privacy", tags=["privacy"])

_ANSWERS = answers(400, 401, 403, 413, 422, 429)


class Whom(BaseModel):
    """An e-mail address of a person, or the domain of a company, in full."""

    whom: Annotated[str, Field(min_length=3, max_length=320)]


class Held(BaseModel):
    """Rows by table, as they are stored."""

    held: dict[str, list[dict[str, object]]]


class Removed(BaseModel):
    """How many rows held something."""

    rows: int


@router.post("/held", response_model=Held, responses=_ANSWERS)
def show_held(caller: Admin, body: Whom) -> JSONResponse:
    """All that is kept of a person or company. That it was shown is on record."""
    return answer({"held": show(caller.ctx, body.whom)})


@router.post("/removals", response_model=Removed, responses=_ANSWERS | answers(409))
def remove_all(caller: Admin, once: Once, body: Whom) -> JSONResponse:
    """Remove a person, or a company and its people, from all that is kept here; counts stay. It cannot be taken back."""
    return once(caller, body, lambda: answer({"rows": remove(caller.ctx, body.whom)}))
