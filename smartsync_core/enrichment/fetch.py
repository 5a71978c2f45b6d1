"""The guard before every web address that somebody typed: one look-up, public addresses only, own redirects, raw bytes counted,
one deadline for all of it. Whatever stands against it raises SkipRecord, code "url_refused" or "fetch_failed".
"""

from __future__ import annotations

import re
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

import httpcore

from smartsync_core.enrichment.addresses import Resolve, is_public, resolve
from smartsync_core.errors import SkipRecord

__all__ = ["USER_AGENT", "Fetched", "Fetcher"]

USER_AGENT = "SmartSync/1.0 (company research)"
_READABLE = frozenset(
    {"text/html", "application/xhtml+xml", "application/json", "application/ld+json", "text/plain"}
)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ODD = re.compile(r"[\x00-\x20\x7f\\]")


@dataclass(frozen=True)
class Fetched:
    url: str  # after redirects
    status: int
    body: bytes

    def text(self) -> str:
        return self.body.decode("utf-8", errors="replace")


@dataclass(frozen=True, kw_only=True)
class Fetcher:
    """`allowed`, `resolve` and `ports` are changed by tests only. Holds no state; may be shared by threads."""

    deadline_s: float = 8.0
    cap_bytes: int = 1_000_000
    hops: int = 3
    ports: frozenset[int] | None = frozenset({80, 443})  # None = any
    allowed: Callable[[str], bool] = is_public
    resolve: Resolve = resolve
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # sent to every hop
    ends_at: float | None = None  # on the monotonic clock: no page of this look is waited for beyond it

    @classmethod
    def of_service(cls, *, deadline_s: float = 8.0, headers: Mapping[str, str] | None = None) -> Fetcher:
        """For an address that the operator set: it may be anywhere, but its answers are as little trusted, and it may not
        redirect, as the headers may hold a key."""
        return cls(
            deadline_s=deadline_s, hops=0, ports=None, allowed=lambda _: True, headers=dict(headers or {})
        )

    def until(self, ends_at: float) -> Fetcher:
        """The same for one look that takes several pages and has one deadline."""
        return replace(self, ends_at=ends_at)

    def get(self, url: str) -> Fetched:
        """GET a page. Any status is an answer; a redirect is followed, each hop looked at like the first."""
        ends_at = min(time.monotonic() + self.deadline_s, self.ends_at or float("inf"))
        for _ in range(self.hops + 1):
            parts = self._checked(url)
            answer, onward = self._once(url, parts, ends_at)
            if answer is not None:
                return answer
            url = urljoin(url, onward)
        raise _refused(f"{_host(url)} redirects more than {self.hops} times.")

    def _checked(self, url: str) -> SplitResult:
        try:
            parts = urlsplit(url)
            port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
        except ValueError:
            raise _refused("This is not a web address.") from None
        if _ODD.search(url) or parts.scheme not in ("http", "https") or not parts.hostname:
            raise _refused("Only plain http and https addresses are fetched.")
        if parts.username is not None or parts.password is not None:
            raise _refused("Addresses that carry a user name are not fetched.")
        if self.ports is not None and port not in self.ports:
            raise _refused(f"Port {port} is not one of a website.")
        return parts

    def _once(self, url: str, parts: SplitResult, ends_at: float) -> tuple[Fetched | None, str]:
        """An answer, or where it redirects to."""
        backend = _Guarded(self, ends_at)
        try:
            pool = httpcore.ConnectionPool(network_backend=backend, ssl_context=_tls(), max_connections=1)
            headers = [*_headers(parts), *self.headers.items()]
            with pool, pool.stream("GET", _ascii(url, parts), headers=headers) as answer:
                onward = _header(answer.headers, b"location")
                if answer.status in _REDIRECTS and onward:
                    return None, onward
                _must_be_readable(parts, answer.headers)
                return Fetched(url, answer.status, self._body(parts, answer.iter_stream())), ""
        except (httpcore.TimeoutException, TimeoutError):
            raise _failed(f"{parts.hostname} did not answer within its time.") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, ssl.SSLError, OSError, UnicodeError):
            raise _failed(f"{parts.hostname} could not be read.") from None

    def _body(self, parts: SplitResult, chunks: Iterable[bytes]) -> bytes:
        body = bytearray()
        for chunk in chunks:
            body += chunk
            if len(body) > self.cap_bytes:
                raise _refused(f"{parts.hostname} sends more than {self.cap_bytes:,} bytes.")
        return bytes(body)


class _Guarded(httpcore.NetworkBackend):
    """Connects to the very address that was judged, and lets nothing outlast the deadline."""

    def __init__(self, fetcher: Fetcher, ends_at: float) -> None:
        self._fetcher = fetcher
        self._ends_at = ends_at
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        found = self._fetcher.resolve(host, port, _left(self._ends_at))
        if not found or not all(self._fetcher.allowed(address) for address in found):
            raise _refused(f"{host} leads to an address that is not public.")
        left = _left(self._ends_at)
        return _Timed(self._backend.connect_tcp(found[0], port, timeout=left), self._ends_at)

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise _refused("Only web addresses are fetched.")


class _Timed(httpcore.NetworkStream):
    """A stream whose every wait ends with the deadline: a server that drips is cut like one that is silent."""

    def __init__(self, stream: httpcore.NetworkStream, ends_at: float) -> None:
        self._stream = stream
        self._ends_at = ends_at

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, timeout=_left(self._ends_at))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout=_left(self._ends_at))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._ends_at)
        return _Timed(self._stream.start_tls(ssl_context, server_hostname, timeout=left), self._ends_at)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@cache
def _tls() -> ssl.SSLContext:
    return httpcore.default_ssl_context()


def _left(ends_at: float) -> float:
    left = ends_at - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left


def _headers(parts: SplitResult) -> list[tuple[str, str]]:
    host = _host_ascii(parts) + (f":{parts.port}" if parts.port else "")
    return [("Host", host), ("User-Agent", USER_AGENT), ("Accept-Encoding", "identity"), ("Accept", "*/*")]


def _ascii(url: str, parts: SplitResult) -> httpcore.URL:
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return httpcore.URL(
        scheme=parts.scheme.encode(),
        host=_host_ascii(parts).strip("[]").encode(),
        port=parts.port,
        target=target.encode("ascii", errors="ignore"),
    )


def _host_ascii(parts: SplitResult) -> str:
    host = parts.hostname or ""
    return f"[{host}]" if ":" in host else host.encode("idna").decode()


def _must_be_readable(parts: SplitResult, headers: list[tuple[bytes, bytes]]) -> None:
    if _header(headers, b"content-encoding") not in ("", "identity"):
        raise _refused(f"{parts.hostname} sends a compressed answer that nobody asked for.")
    kind = _header(headers, b"content-type").partition(";")[0].strip().lower()
    if kind and kind not in _READABLE:
        raise _refused(f"{parts.hostname} sends {kind}, not a page.")


def _header(headers: list[tuple[bytes, bytes]], name: bytes) -> str:
    return next((value.decode("latin-1").strip() for key, value in headers if key.lower() == name), "")


def _host(url: str) -> str:
    return urlsplit(url).hostname or "The page"


def _refused(message: str) -> SkipRecord:
    return SkipRecord(message, code="url_refused")


def _failed(message: str) -> SkipRecord:
    return SkipRecord(message, code="fetch_failed")
