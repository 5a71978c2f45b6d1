"""Sends one request until it is answered for good. A connector brings `classify`, which turns a refusal into our errors."""

from __future__ import annotations

import json
import logging
import random
import ssl
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, stop_before_delay

from smartsync_core.errors import NeedsPerson, RetryLater, SmartSyncError, StopRun
from smartsync_core.http.rates import RateLimiter
from smartsync_core.model.crm import TokenSource, Window
from smartsync_core.redaction import redact

__all__ = [
    "LOOPBACK",
    "Answer",
    "HttpClient",
    "Patience",
    "TokenExpired",
    "Unanswered",
    "certificates",
    "read_answer",
]

_log = logging.getLogger(__name__)


class Unanswered(StopRun):
    """Sent, and nothing says what became of it. A connector turns this into results; it never reaches a caller."""


class TokenExpired(NeedsPerson):
    """The token is too old. The client asks its TokenSource for a newer one before it raises this."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back. `body` is the parsed JSON, {} where there was none that could be read."""

    status: int
    body: Any
    headers: Mapping[str, str]  # names in lower case

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long one call is tried: sends at most, and seconds in all (waits included)."""

    tries: int
    total_s: float


WAITED_FOR = Patience(tries=4, total_s=30)
IN_BULK = Patience(tries=7, total_s=180)
UNHEARD = Patience(
    tries=4, total_s=8
)  # of a remote that has not answered yet, where a person waits to hear from it

_RENEWALS = 6  # of the token for one call: while it waits, others may wear out the new one too
_NOTHING_DONE = frozenset({401, 423, 429, 477})  # turned away at the door: a create may be sent again
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)
_TIMEOUT = httpx.Timeout(connect=10, read=40, write=40, pool=60)
_UNHEARD_TIMEOUT = httpx.Timeout(connect=4, read=8, write=8, pool=60)
_POOL = httpx.Limits(max_connections=32, max_keepalive_connections=32, keepalive_expiry=20)
LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, kw_only=True)
class _Call:
    method: str
    path: str
    window: Window
    repeatable: bool
    writes: bool
    content: bytes | None
    params: Mapping[str, str] | None
    expect: Collection[int]


class _TryAgain(Exception):
    def __init__(self, error: RetryLater) -> None:
        super().__init__(error.message)
        self.error = error


class HttpClient:
    """Requests to one account of one remote. Safe to use from many threads."""

    def __init__(
        self,
        *,
        title: str,
        base_url: str,
        tokens: TokenSource,
        limiter: RateLimiter,
        classify: Callable[[Answer], SmartSyncError | None],
        limits_told: Callable[[Answer], Mapping[Window, int]] = lambda answer: {},
        on_call: Callable[[Window], None] = lambda window: None,
        before_call: Callable[[bool], None] = lambda writes: None,
        interactive: bool = True,
        prompt: bool = False,
        unreachable: str = "",
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """`title` names the remote in messages. `limits_told` reads what an answer says about the remote's limits.

        `before_call` is asked before each request, repeated ones too, whether one that writes (or not) may leave: it raises
        what stops it. `on_call` is told of each that left. `interactive` is the lane; with `prompt`, a remote that does not
        answer at all is given up within some ten seconds; once it has answered, it is waited for as ever. `unreachable` is
        told in the place of the address where nothing listens.
        """
        self.limiter = limiter
        self._title = title
        self._base_url = base_url.rstrip("/")
        self._tokens = tokens
        self._classify = classify
        self._limits_told = limits_told
        self._on_call = on_call
        self._before_call = before_call
        self._interactive = interactive
        self._patience = patience or (WAITED_FOR if interactive else IN_BULK)
        self._unheard = prompt
        self._told_unreachable = unreachable
        self._sleep = sleep
        self._client = httpx.Client(
            limits=_POOL,
            transport=transport,
            headers={"User-Agent": "SmartSync", "Accept": "application/json"},
            trust_env=urlsplit(self._base_url).hostname not in LOOPBACK,
            verify=certificates(),
        )

    def send(
        self,
        method: str,
        path: str,
        *,
        window: Window,
        repeatable: bool,
        writes: bool = False,
        body: object = None,
        params: Mapping[str, str] | None = None,
        expect: Collection[int] = (),
    ) -> Answer:
        """The final answer: a 2xx, or one of the `expect`ed statuses, which the caller deals with itself.

        A request that is not `repeatable` is sent again only where the remote surely did nothing (no connection, 401,
        423, 429, 477); a lost or unreadable answer to it raises Unanswered. Everything else that may pass is tried
        again within the client's patience, then raised as RetryLater; a used-up daily limit at once.
        """
        content = (
            None if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        )
        call = _Call(
            method=method,
            path=path,
            window=window,
            repeatable=repeatable,
            writes=writes,
            content=content,
            params=params,
            expect=expect,
        )
        patience = UNHEARD if self._unheard else self._patience
        tries = Retrying(
            retry=retry_if_exception_type(_TryAgain),
            stop=stop_after_attempt(patience.tries) | stop_before_delay(patience.total_s),
            wait=_wait_s,
            sleep=self._sleep,
            before_sleep=_log_retry,
            retry_error_callback=_give_up,
        )
        return tries(self._send_renewing_token, call)

    def close(self) -> None:
        self._client.close()

    def _send_renewing_token(self, call: _Call) -> Answer:
        token = self._tokens.token()
        for _ in range(_RENEWALS):
            try:
                return self._send_once(token, call)
            except TokenExpired:
                newer = self._tokens.refreshed(token)
                if newer is None:
                    raise
                token = newer
        return self._send_once(token, call)

    def _send_once(self, token: str, call: _Call) -> Answer:
        self.limiter.acquire(call.window, interactive=self._interactive, within_s=self._patience.total_s)
        self._before_call(call.writes)
        answer = self._exchange(token, call)
        for window, calls in self._limits_told(answer).items():
            self.limiter.set_limit(window, calls)
        if answer.ok or answer.status in call.expect:
            return answer
        error = self._classify(answer)
        if error is None:
            return answer
        if not isinstance(error, RetryLater) or error.daily:
            raise error
        if not call.repeatable and answer.status not in _NOTHING_DONE:
            raise Unanswered(error.message, hint=error.hint) from error
        if answer.status == 429:
            self.limiter.hold(call.window, error.after_s)
        raise _TryAgain(error)

    def _exchange(self, token: str, call: _Call) -> Answer:
        begun = time.monotonic()
        try:
            response = self._client.request(
                call.method,
                self._base_url + call.path,
                content=call.content,
                params=call.params,
                headers=self._headers(token, call),
                timeout=_UNHEARD_TIMEOUT if self._unheard else _TIMEOUT,
            )
        except _NEVER_LEFT as error:
            raise _TryAgain(self._unreachable()) from error
        except (httpx.UnsupportedProtocol, httpx.InvalidURL) as error:
            raise NeedsPerson(
                f"“{self._base_url}” is not an address where {self._title} can be reached.",
                hint="It should look like https://api.example.com.",
            ) from error
        except httpx.RequestError as error:
            self._on_call(call.window)
            raise self._lost(call, "did not finish its answer") from error
        self._on_call(call.window)
        self._unheard = False
        spent_ms = (time.monotonic() - begun) * 1000
        _log.debug("%s %s: %d in %.0f ms", call.method, call.path, response.status_code, spent_ms)
        answer = read_answer(response)
        if answer is None:
            raise self._unreadable(call, response)
        return answer

    def _headers(self, token: str, call: _Call) -> dict[str, str]:
        if not token.isascii() or not token.isprintable() or " " in token:
            raise NeedsPerson(
                f"This cannot be a key for {self._title}: it holds characters that no key has.",
                hint="Copy the whole key again, without spaces around it.",
            )
        headers = {"Authorization": f"Bearer {token}"}
        return headers | {"Content-Type": "application/json"} if call.content is not None else headers

    def _unreadable(self, call: _Call, response: httpx.Response) -> Exception:
        if not response.headers.get("content-type", "").startswith("text/html"):
            return self._lost(call, "sent an answer that cannot be read")
        hint = "A network's login page answers like that, a proxy, or a wrong address. Try again when you are through."
        return self._lost(
            call, f"did not answer: a web page came from {urlsplit(self._base_url).netloc}", hint
        )

    def _lost(self, call: _Call, what: str, hint: str = "Try again in a minute.") -> Exception:
        message = f"{self._title} {what}."
        if not call.repeatable:
            return Unanswered(message)
        return _TryAgain(RetryLater(message, after_s=0.5, hint=hint))

    def _unreachable(self) -> RetryLater:
        if self._told_unreachable:
            return RetryLater(self._told_unreachable, after_s=0.5, code="unreachable")
        return RetryLater(
            f"{self._title} cannot be reached at {urlsplit(self._base_url).netloc}.",
            after_s=0.5,
            hint=_THERE if _is_here(self._base_url) else _FAR_AWAY,
            code="unreachable",
        )


_FAR_AWAY = "Check the internet connection and the address, then try again."
_THERE = "That is an address of this computer, and nothing answers there: start it, or correct the address."


def _is_here(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@cache
def certificates() -> ssl.SSLContext:
    """The authorities that are trusted; reading them takes a while, and a client is made for every piece of work."""
    return httpx.create_ssl_context()


def read_answer(response: httpx.Response) -> Answer | None:
    """None for a 2xx whose body is not what it should be; the body of a refusal may be anything."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    try:
        text = response.text if response.is_success else redact(response.text)
        body = json.loads(text) if text.strip() else {}
    except ValueError:
        if response.is_success:
            return None
        body = {}
    return Answer(status=response.status_code, body=body, headers=headers)


def _wait_s(state: RetryCallState) -> float:
    """Twice as long each time, from what the error asks for, plus up to a quarter so that callers do not march in step."""
    jitter: float = random.uniform(1.0, 1.25)
    return _reason(state).after_s * jitter * 2.0 ** (state.attempt_number - 1)


def _log_retry(state: RetryCallState) -> None:
    _log.info("%s Trying again in %.1f s.", _reason(state).message, state.upcoming_sleep)


def _give_up(state: RetryCallState) -> Any:
    error = _reason(state)
    error.after_s = max(error.after_s, state.upcoming_sleep)
    raise error


def _reason(state: RetryCallState) -> RetryLater:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, _TryAgain)
    return failure.error
