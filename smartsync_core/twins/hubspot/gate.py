"""What happens to a call, from its arrival to its answer.

    count → token → rate window → fault → half the latency → scopes → handler, commit → other half → answer

Handlers run on the event loop one after the other and never wait: each call sees a consistent account.
"""

from __future__ import annotations

import asyncio
from random import Random
from urllib.parse import parse_qs

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
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

LONGEST_QUERY = 16_384  # a guess: the contract gives the status (§3), not the length
Admitted = tuple[Route, dict[str, str], str, Grant, Fault | None]


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
        try:
            raw = await request.body()
        except ClientDisconnect:
            return  # the caller was killed half-way: nothing was asked
        found = routes.find(request.method, scope["path"])
        self.limits.count(found[0].window if found else APP)
        wait_s = self._latency_s()
        arrived = self._arrived(found, request)
        if isinstance(arrived, Answer):
            await asyncio.sleep(wait_s)
            await _response(arrived)(scope, receive, send)
            return
        route, params, version, grant, fault = arrived
        await asyncio.sleep(wait_s / 2)
        answer = self._worked(route, _call(request, raw, route, params, version), grant, fault)
        answer.headers = {**self._headers(route.window, grant), **answer.headers}
        await asyncio.sleep(wait_s / 2 + (self.faults.slow_s if _is(fault, "slow") else 0))
        if _is(fault, "reset_after_commit"):
            await _cut(scope)
        else:
            await _response(answer, cut_short=_is(fault, "malformed_json"))(scope, receive, send)

    # -- on arrival

    def _arrived(self, found: routes.Found | None, request: Request) -> Answer | Admitted:
        """Who asks and what is to happen to the call, or the answer that turns it away."""
        try:
            if len(request.scope["query_string"]) > LONGEST_QUERY:
                raise Refusal(414, "URI Too Long")
            if found is None:
                raise routes.unknown_path(request.url.path)
            route, params, version = found
            grant, token = self._grant(route, request)
            fault = self._fault(route, request.url.path, grant)
        except Refusal as refusal:
            return refused(refusal)
        if fault is not None and fault.kind in faults.REFUSED and not fault.committed:
            if fault.kind == "token_expiry" and grant.oauth:
                self.tokens.expire(token)
            failed = self._failed(fault, route.window)
            failed.headers = {**self._headers(route.window, grant), **failed.headers}
            return failed
        return route, params, version, grant, fault

    def _grant(self, route: Route, request: Request) -> tuple[Grant, str]:
        """What the caller may do, and the token that says so, with a place in the rate window taken."""
        if route.right == "open":
            token, grant = "", Grant(scopes=ALL_SCOPES, expires_ms=None, app="anonymous")
        else:
            token, grant = self.tokens.grant(request.headers.get("authorization", ""))
        try:
            self.limits.take(route.window, grant.app, oauth=grant.oauth, now_ms=self.clock.now_ms())
        except Refusal as refusal:
            refusal.headers |= self._headers(route.window, grant)
            raise
        return grant, token

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
        """The answer of the handler, after the commit, with what the fault makes of it."""
        omits = _is(fault, "silent_omission")
        call.flapping = self.always_flapping or _is(fault, "search_flap")
        try:
            self.tokens.require(grant, routes.scopes(route, call.params))
            call.read(form=route.is_form)
            if omits and fault is not None and fault.coin:
                self._leave_out(call)
            answer = self._handled(route, call)
        except Refusal as refusal:
            answer = refused(refusal)
        finally:
            self.portal.commit()
        if omits and fault is not None and not fault.coin:
            self._hide_one(answer)
        if _is(fault, "empty_207") and answer.status in (200, 201):
            answer.status = 207
            answer.body = {**answer.body, "numErrors": 0, "errors": []}
        if fault is not None and fault.kind in faults.REFUSED:
            return self._failed(fault, route.window)
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


def _is(fault: Fault | None, kind: str) -> bool:
    return fault is not None and fault.kind == kind


def _call(request: Request, raw: bytes, route: Route, params: dict[str, str], version: str) -> Call:
    host = request.headers.get("host", "127.0.0.1")
    return Call(
        method=route.method,
        path=request.url.path,
        params=params,
        version=version,
        host_url=f"{request.url.scheme}://{host}",
        raw=raw,
        query=parse_qs(request.scope["query_string"].decode("latin-1"), keep_blank_values=True),
    )


def _response(answer: Answer, *, cut_short: bool = False) -> Response:
    payload = answer.payload()
    shown = dict(answer.headers)
    if answer.body is not None:
        shown.setdefault("Content-Type", "application/json;charset=utf-8")
    if isinstance(answer.body, dict) and "correlationId" in answer.body:
        shown["X-HubSpot-Correlation-Id"] = answer.body["correlationId"]
    return Response(payload[: len(payload) // 2] if cut_short else payload, answer.status, shown)


async def _cut(scope: Scope) -> None:
    """Close the connection; the caller learns nothing of what was done."""
    scope["state"]["connection"].abort()
    for _ in range(3):  # until the server has noticed, so that it sends no 500 of its own
        await asyncio.sleep(0)
