"""A call with an Idempotency-Key is done once: made again, it gets the answer that the first one got."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse

from smartsync_core.api.access import Caller

__all__ = ["Once", "answer"]

_Token = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Chosen by you for each request, and sent again when you repeat it.",
    ),
]


def answer(content: object, status: int = 200, look: str = "") -> JSONResponse:
    """`look`: where to find what becomes of it."""
    return JSONResponse(jsonable_encoder(content), status, {"Location": look} if look else None)


@dataclass(frozen=True, kw_only=True)
class _Once:
    place: str
    token: str | None

    def __call__(self, caller: Caller, said: object, work: Callable[[], JSONResponse]) -> JSONResponse:
        """What `work` answers, or answered when the same was `said` under the same token; a failure is not kept."""
        if self.token is None:
            return work()
        kept, key_id = caller.ctx.api_answers, caller.key.id
        request = f"{self.place} {json.dumps(jsonable_encoder(said), sort_keys=True)}"
        if (before := kept.claim(key_id, self.token, request)) is not None:
            return _again(*before)
        done = False
        try:
            answered = work()
            done = answered.status_code < 400
        finally:
            if not done:
                kept.release(key_id, self.token)
        content = {"body": json.loads(bytes(answered.body)), "look": answered.headers.get("location", "")}
        kept.keep(key_id, self.token, answered.status_code, content)
        return answered


def _again(status: int, content: object) -> JSONResponse:
    assert isinstance(content, dict)
    answered = answer(content["body"], status, content["look"])
    answered.headers["Idempotency-Replayed"] = "true"
    return answered


async def _once(request: Request, token: _Token = None) -> _Once:  # async: no thread is needed for it
    return _Once(place=f"{request.method} {request.url.path}", token=token)


Once = Annotated[_Once, Depends(_once)]
