"""What went wrong, in one shape: code, message, hint, and an id under which the log knows more."""

from __future__ import annotations

import logging
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from httpx import codes
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from smartsync_core.errors import BadInput, NeedsPerson, NotAllowed, NotFound, RetryLater, SmartSyncError

__all__ = ["Problem", "Refused", "answers", "handle", "problem", "refusal"]

_log = logging.getLogger(__name__)

_CONFLICTS = frozenset(
    {
        "not_waiting",
        "not_running",
        "not_done",
        "taken_back",
        "not_an_import",
        "in_progress",
        "waits_for_person",
        "replayed",
    }
)
_CLOSING = "closing"
_LONGEST_NAME = 60  # of a key that is told back
_PLAIN = {
    codes.NOT_FOUND: (
        "not_found",
        "There is nothing under this address.",
        "GET /api/docs lists the calls.",
    ),
    codes.METHOD_NOT_ALLOWED: (
        "method_not_allowed",
        "This address does not answer that method.",
        "GET /api/docs lists the calls.",
    ),
}


class Problem(BaseModel):
    """The body of every answer that is not what was asked for."""

    code: str
    message: str
    hint: str
    id: str


class Refused(HTTPException):
    """A call that is turned away before it begins."""

    def __init__(
        self, status: int, code: str, message: str, hint: str = "", headers: dict[str, str] | None = None
    ) -> None:
        super().__init__(status, message, headers)
        self.code = code
        self.hint = hint


def answers(*statuses: int) -> dict[int | str, dict[str, object]]:
    """What a route says in the OpenAPI document about its errors."""
    return {status: {"model": Problem, "description": codes.get_reason_phrase(status)} for status in statuses}


def problem(
    status: int, code: str, message: str, hint: str = "", headers: dict[str, str] | None = None
) -> JSONResponse:
    body = Problem(code=code, message=message, hint=hint, id=uuid4().hex[:12])
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)


def refusal(error: HTTPException) -> JSONResponse:
    if isinstance(error, Refused):
        code, message, hint = error.code, error.detail, error.hint
    else:
        code, message, hint = _PLAIN.get(codes(error.status_code), ("bad_input", error.detail, ""))
    return problem(error.status_code, code, message, hint, dict(error.headers) if error.headers else None)


def handle(api: FastAPI) -> None:
    """Every way out of a route that is not an answer goes through here."""
    api.add_exception_handler(SmartSyncError, _ours)
    api.add_exception_handler(RequestValidationError, _not_understood)
    api.add_exception_handler(HTTPException, _refused)
    api.add_exception_handler(ClientDisconnect, _gone)
    api.add_exception_handler(Exception, _broken)


def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, SmartSyncError)
    headers = {"Retry-After": str(round(error.after_s) or 1)} if isinstance(error, RetryLater) else None
    return problem(_status(error), error.code or _code(error), error.message, error.hint, headers)


def _status(error: SmartSyncError) -> int:
    if isinstance(error, NotFound):
        return codes.NOT_FOUND
    if isinstance(error, NotAllowed):
        return codes.FORBIDDEN
    if error.code in _CONFLICTS:
        return codes.CONFLICT
    if isinstance(error, RetryLater) or error.code == _CLOSING:
        return codes.SERVICE_UNAVAILABLE
    return codes.BAD_REQUEST


def _code(error: SmartSyncError) -> str:
    known = {
        NotFound: "not_found",
        BadInput: "bad_input",
        RetryLater: "retry_later",
        NeedsPerson: "needs_person",
    }
    return next((code for kind, code in known.items() if isinstance(error, kind)), "refused")


def _not_understood(_request: Request, error: Exception) -> JSONResponse:
    """Names the first place; never repeats what was sent there, which may be a secret."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part)[:_LONGEST_NAME] for part in first["loc"] if part != "body") or "the body"
    message = f"The request cannot be used: {place}: {first['msg']}."
    return problem(
        codes.UNPROCESSABLE_ENTITY, "invalid_request", message, "GET /api/docs says what is expected."
    )


def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    return refusal(error)


def _gone(_request: Request, _error: Exception) -> JSONResponse:
    """Nobody reads it. It is no error of ours: the log would be anybody's to fill."""
    return problem(codes.BAD_REQUEST, "bad_input", "The call ended before all of it had come.")


def _broken(request: Request, error: Exception) -> JSONResponse:
    answer = problem(
        codes.INTERNAL_SERVER_ERROR,
        "internal",
        "An error inside SmartSync stopped this call.",
        "What was saved before is still there. Tell your admin the id.",
    )
    _log.error("%s on %s %s", bytes(answer.body).decode(), request.method, request.url.path, exc_info=error)
    return answer
