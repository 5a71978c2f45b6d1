"""One opened account: its HTTP client and paths, and the threads that keep several calls in flight."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from smartsync_core.connectors.base import Manifest, Settings
from smartsync_core.connectors.hubspot.answers import classify, limits_told
from smartsync_core.connectors.hubspot.paths import DEFAULT_VERSION, paths_of
from smartsync_core.errors import SmartSyncError
from smartsync_core.http import Answer, HttpClient, Rate, limiters
from smartsync_core.model.crm import Window

__all__ = ["Session", "chunks"]

Item = TypeVar("Item")
Made = TypeVar("Made")


class Session:
    """Calls to one HubSpot account; safe to use from many threads."""

    def __init__(self, settings: Settings, manifest: Manifest) -> None:
        self.settings = settings
        self.paths = paths_of(settings.options.get("version", DEFAULT_VERSION))
        self.time_zone = "UTC"  # the account's, once it is known: the daily limit starts anew at its midnight
        self.limits = {name: limit.value for name, limit in manifest.limits.items()}
        rates = {
            Window.APP: Rate(calls=self.limits["app_calls"]),
            Window.ASSOCIATION: Rate(calls=self.limits["association_calls"]),
            Window.SEARCH: Rate(calls=self.limits["search_calls"], seconds=1.0),
        }
        self.limiter = limiters.of(settings.account_key, rates)
        self._http = HttpClient(
            title=manifest.title,
            base_url=settings.base_url or manifest.default_base_url,
            tokens=settings.tokens,
            limiter=self.limiter,
            classify=self._classify,
            limits_told=limits_told,
            on_call=settings.on_call,
            before_call=settings.before_call,
            interactive=settings.interactive,
            prompt=settings.prompt,
            unreachable=settings.unreachable,
        )
        self._threads = ThreadPoolExecutor(manifest.in_flight, thread_name_prefix="hubspot")
        self._searching = ThreadPoolExecutor(  # of their own: they wait longest, and would hold up all others
            self.limits["search_calls"], thread_name_prefix="hubspot-search"
        )

    def get(
        self, path: str, params: Mapping[str, str] | None = None, *, expect: Collection[int] = ()
    ) -> Answer:
        return self._http.send("GET", path, window=Window.APP, repeatable=True, params=params, expect=expect)

    def post(
        self,
        path: str,
        body: object,
        *,
        window: Window = Window.APP,
        repeatable: bool = True,
        writes: bool = False,
        params: Mapping[str, str] | None = None,
        expect: Collection[int] = (),
    ) -> Answer:
        return self._http.send(
            "POST",
            path,
            window=window,
            repeatable=repeatable,
            writes=writes,
            body=body,
            params=params,
            expect=expect,
        )

    def patch(self, path: str, body: object) -> Answer:
        """Of what is the same however often it is said."""
        return self._http.send("PATCH", path, window=Window.APP, repeatable=True, body=body)

    def each(
        self, work: Callable[[Item], Made], items: Sequence[Item], *, window: Window = Window.APP
    ) -> list[Made]:
        """`work` on every item, several at once, results in order. Never called from within `work` itself."""
        if len(items) < 2:
            return [work(item) for item in items]
        threads = self._searching if window is Window.SEARCH else self._threads
        return list(threads.map(work, items))

    def remember_zone(self, name: str) -> str:
        """Take over the account's time zone where we know it too; the one in use."""
        try:
            self.time_zone = ZoneInfo(name).key
        except (KeyError, ValueError):
            self.time_zone = "UTC"
        return self.time_zone

    def close(self) -> None:
        for threads in (self._threads, self._searching):
            threads.shutdown(wait=True, cancel_futures=True)
        self._http.close()

    def _classify(self, answer: Answer) -> SmartSyncError:
        return classify(answer, now=datetime.now(UTC), zone=self.time_zone)


def chunks(items: Iterable[Item], size: int) -> list[list[Item]]:
    """`items` in order, cut into lists of at most `size`."""
    return list(_cut(iter(items), size))


def _cut(rest: Iterator[Item], size: int) -> Iterator[list[Item]]:
    while chunk := list(islice(rest, size)):
        yield chunk
