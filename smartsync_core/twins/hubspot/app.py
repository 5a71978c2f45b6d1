"""The twin as an ASGI app: what happens to a call, from its arrival to its answer.

    count → token → rate window → fault → half the latency → scopes → handler and commit → the other half → answer

Handlers run on the event loop one after the other and never wait, so each call sees and leaves a consistent account.
"""

from __future__ import annotations

import asyncio
from random import Random
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from smartsync_core.twins.clock import Clock
from smartsync_core.twins.hubspot import account, faults, routes
from smartsync_core.twins.hubspot.auth import ALL_SCOPES, Grant, Tokens
from smartsync_core.twins.hubspot.call import Answer, Call, refused
from smartsync_core.twins.hubspot.errors import Refusal
from smartsync_core.twins.hubspot.faults import Fault, Faults
from smartsync_core.twins.hubspot.limits import APP, SEARCH, Limits
from smartsync_core.twins.hubspot.options import Options
from smartsync_core.twins.hubspot.portal import Portal
from smartsync_core.twins.hubspot.routes import Route

LEAST_WITH_ERRORS = 400


class HubSpotTwin:
    """One account with its tokens, limits and faults; an ASGI app."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.clock = Clock()
        self.portal = Portal(options, self.clock)
        self.tokens = Tokens(self.clock, options.switches)
        self.limits = Limits(options.tier, options.switches)
        self.faults = Faults(options.fault_rate, options.seed)
        self.latency_ms = options.latency_ms
        self.always_flapping = False
        self._rng = Random(options.seed)

    def close(self) -> None:
        self.portal.journal.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        raw = await request.body()
        found = routes.find(request.method, scope["path"])
        window = found[0].window if found else APP
        self.limits.count(window)
        wait_s = self._latency_s()
        fault: Fault | None = None
        headers: dict[str, str] = {}
        try:
            if found is None:
                raise routes.unknown_path(scope["path"])
            route, params, version = found
            token, grant = self._admitted(route, request)
            headers = self._headers(window, grant)
            fault = self._fault(route, request.url.path, grant)
            if fault is not None and fault.kind in faults.REFUSED and not fault.committed:
                answer = self._failed(fault, window)
                if fault.kind == "token_expiry" and grant.oauth:
                    self.tokens.expire(token)
            else:
                call = _call(request, raw, route, params, version, token)
                await asyncio.sleep(wait_s / 2)
                answer = self._worked(route, call, grant, fault)
                wait_s /= 2
        except Refusal as refusal:
            answer = refused(refusal)
        if fault is not None and answer.status < LEAST_WITH_ERRORS:
            if fault.kind == "reset_after_commit":
                return await _cut(scope)
            wait_s += self.faults.slow_s if fault.kind == "slow" else 0
            answer = self._failed(fault, window) if fault.kind in faults.REFUSED else answer
        await asyncio.sleep(wait_s)
        await _response(answer, headers, fault)(scope, receive, send)

    # -- before the handler

    def _admitted(self, route: Route, request: Request) -> tuple[str, Grant]:
        """The caller's token, with a place in its rate window taken; raises 401 or 429."""
        if route.right == "open":
            token, grant = "", Grant(scopes=ALL_SCOPES, expires_ms=None, app="anonymous")
        else:
            token, grant = self.tokens.grant(request.headers.get("authorization", ""))
        try:
            self.limits.take(route.window, grant.app, oauth=grant.oauth, now_ms=self.clock.now_ms())
        except Refusal as refusal:
            refusal.headers |= self._headers(route.window, grant)
            raise
        return token, grant

    def _headers(self, window: str, grant: Grant) -> dict[str, str]:
        return self.limits.headers(window, grant.app, oauth=grant.oauth, now_ms=self.clock.now_ms())

    def _fault(self, route: Route, path: str, grant: Grant) -> Fault | None:
        return self.faults.for_call(
            faults.Target(
                path=path,
                window=route.window,
                method=route.method,
                is_batch_write=route.is_batch_write,
                oauth=grant.oauth,
            )
        )

    def _failed(self, fault: Fault, window: str) -> Answer:
        policy = "SECONDLY" if window == SEARCH else "TEN_SECONDLY_ROLLING"
        limit = self.limits.refusal("DAILY" if fault.kind == "daily" else policy)
        failed = faults.refusal(fault.kind, limit, self.tokens.expired_now())
        return failed if isinstance(failed, Answer) else refused(failed)

    def _latency_s(self) -> float:
        if not self.latency_ms:
            return 0
        jitter = min(self.options.jitter_ms, self.latency_ms)
        return self._rng.uniform(self.latency_ms - jitter, self.latency_ms + jitter) / 1000

    # -- the work itself

    def _worked(self, route: Route, call: Call, grant: Grant, fault: Fault | None) -> Answer:
        """Ask for the scopes, run the handler and commit; a refusal changes nothing."""
        self.tokens.require(grant, routes.scopes(route, call.params))
        if route.is_form:
            call.read_form()
        else:
            call.read_body()
        call.flapping = self.always_flapping or (fault is not None and fault.kind == "search_flap")
        left_out = fault is not None and fault.kind == "silent_omission" and fault.coin
        if left_out:
            self._leave_out(call)
        try:
            answer = self._handled(route, call)
        finally:
            self.portal.commit()
        if fault is not None and fault.kind == "silent_omission" and not left_out:
            self._hide_one(answer)
        if fault is not None and fault.kind == "empty_207" and answer.status in (200, 201):
            answer.status = 207
            answer.body = {**answer.body, "numErrors": 0, "errors": []}
        return answer

    def _handled(self, route: Route, call: Call) -> Answer:
        if not isinstance(route.handler, str):
            return route.handler(self.portal, call)
        if route.handler == "usage":
            return account.usage(self.portal, self.limits)
        answer: Answer = getattr(self.tokens, route.handler)(call)
        return answer

    def _leave_out(self, call: Call) -> None:
        """One input is neither worked on nor mentioned."""
        if isinstance(call.body, dict) and isinstance(call.body.get("inputs"), list) and call.body["inputs"]:
            call.body["inputs"].pop(self._rng.randrange(len(call.body["inputs"])))

    def _hide_one(self, answer: Answer) -> None:
        """One input was worked on, but the answer does not mention it."""
        if isinstance(answer.body, dict) and answer.body.get("results"):
            answer.body["results"].pop(self._rng.randrange(len(answer.body["results"])))


def application(twin: HubSpotTwin) -> Starlette:
    """The CRM at the root and its control plane under `/_twin`."""
    from smartsync_core.twins.hubspot.control import control_routes

    return Starlette(routes=[Mount("/_twin", routes=control_routes(twin)), Mount("/", app=twin)])


def _call(
    request: Request, raw: bytes, route: Route, params: dict[str, str], version: str, token: str
) -> Call:
    host = request.headers.get("host", "127.0.0.1")
    return Call(
        method=route.method,
        path=request.url.path,
        params=params,
        version=version,
        host_url=f"{request.url.scheme}://{host}",
        token=token,
        raw=raw,
        query=parse_qs(request.scope["query_string"].decode("latin-1"), keep_blank_values=True),
    )


def _response(answer: Answer, headers: dict[str, str], fault: Fault | None) -> Response:
    payload = answer.body.encode() if isinstance(answer.body, str) else answer.payload()
    if fault is not None and fault.kind == "malformed_json" and answer.status < LEAST_WITH_ERRORS:
        payload = payload[: len(payload) // 2]
    shown = {**headers, **answer.headers}
    if answer.body is not None:
        shown.setdefault("Content-Type", "application/json;charset=utf-8")
    if isinstance(answer.body, dict) and "correlationId" in answer.body:
        shown["X-HubSpot-Correlation-Id"] = answer.body["correlationId"]
    return Response(payload, answer.status, shown)


async def _cut(scope: Scope) -> None:
    """Close the connection; the caller learns nothing of what was done."""
    scope["state"]["connection"].abort()
    for _ in range(3):  # until the server has noticed, so that it sends no 500 of its own
        await asyncio.sleep(0)
