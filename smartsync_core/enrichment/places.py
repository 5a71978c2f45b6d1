"""All places that are asked about a company: which, how long an answer holds, and all of them at the same time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Thread

from smartsync_core.enrichment.fetch import Fetcher
from smartsync_core.enrichment.identity import Identity
from smartsync_core.enrichment.results import SourceResult, SourceState, failed, not_checked
from smartsync_core.enrichment.sources import boards, companies_house, website

__all__ = ["BOARDS", "HOLDS", "SOURCES", "Places"]

Ask = Callable[[], SourceResult]
_SITE_UNREAD = "The company's site, which would name one, could not be read."
_LOOK_S = 0.1  # how often it is looked whether the work shall stop
BOARDS = frozenset(board.name for board in boards.BOARDS)
SOURCES = (website.SOURCE, companies_house.SOURCE, *(board.name for board in boards.BOARDS))
HOLDS: Mapping[str, timedelta] = {
    website.SOURCE: timedelta(days=14),
    companies_house.SOURCE: timedelta(days=7),
    **{board.name: timedelta(days=1) for board in boards.BOARDS},
}
"""How long an answer that found something is used again."""


@dataclass(frozen=True, kw_only=True)
class Places:
    """`register_key` "" = Companies House is not asked; `base_urls` by source where one is elsewhere than its real host."""

    register_key: str = field(default="", repr=False)
    base_urls: Mapping[str, str] = field(default_factory=dict)
    site: Fetcher = field(default_factory=Fetcher)
    site_scheme: str = "https"
    site_port: str = ""
    deadline_s: float = 8.0  # of all sources together

    def ask(
        self, company: Identity, due: set[str], known_boards: Mapping[str, str], at: datetime, stop: Event
    ) -> Iterator[SourceResult]:
        """Each of `due` once, as its answer comes in; what did not come by the deadline failed. Ends early once `stop` is set.

        A board that is not known yet waits for the website, which names it.
        """
        round_ = _Round(time.monotonic() + self.deadline_s, stop)
        asks = self._asks(company, known_boards, at, round_.ends_at)
        later = due & BOARDS - known_boards.keys() if website.SOURCE in due else set()
        round_.start({name: asks[name] for name in due - later})
        while (result := round_.next()) is not None:
            yield result
            if result.source == website.SOURCE and result.state is SourceState.FAILED:
                yield from (not_checked(name, _SITE_UNREAD) for name in sorted(later))
                later = set()
            elif result.source == website.SOURCE and later:
                linked = self._asks(company, {**known_boards, **result.boards}, at, round_.ends_at)
                round_.start({name: linked[name] for name in later})
                later = set()
        if not stop.is_set():
            for name in sorted(round_.waiting | later):
                yield failed(name, f"It did not answer within {self.deadline_s:g} seconds.")

    def _asks(
        self, company: Identity, linked: Mapping[str, str], at: datetime, ends_at: float
    ) -> dict[str, Ask]:
        key = self.register_key
        register = companies_house.service(key, deadline_s=self.deadline_s).until(ends_at) if key else None
        base = self.base_urls.get(companies_house.SOURCE, companies_house.BASE_URL)
        boarding = Fetcher.of_service(deadline_s=self.deadline_s).until(ends_at)
        return {
            website.SOURCE: lambda: website.look(
                company.domain, self.site.until(ends_at), at, scheme=self.site_scheme, port=self.site_port
            ),
            companies_house.SOURCE: lambda: companies_house.look(company, register, at, base_url=base),
            **{
                board.name: partial(boards.look, board, linked, boarding, self.base_urls, at)
                for board in boards.BOARDS
            },
        }


class _Round:
    """Asks that are under way. A thread whose source never answers is left behind: it ends with its own deadline."""

    def __init__(self, ends_at: float, stop: Event) -> None:
        self.ends_at = ends_at
        self.waiting: set[str] = set()
        self._stop = stop
        self._inbox: SimpleQueue[tuple[str, SourceResult | Exception]] = SimpleQueue()

    def start(self, asks: Mapping[str, Ask]) -> None:
        self.waiting |= asks.keys()
        for name, ask in asks.items():
            Thread(target=self._answer, args=(name, ask), name=f"research-{name}", daemon=True).start()

    def next(self) -> SourceResult | None:
        """The next answer; None when there is none left to wait for, or no time."""
        while self.waiting and not self._stop.is_set():
            left = self.ends_at - time.monotonic()
            if left <= 0:
                return None
            try:
                name, answer = self._inbox.get(timeout=min(left, _LOOK_S))
            except Empty:
                continue
            self.waiting.discard(name)
            if isinstance(answer, Exception):
                raise answer
            return answer
        return None

    def _answer(self, name: str, ask: Ask) -> None:
        try:
            self._inbox.put((name, ask()))
        except Exception as error:  # noqa: BLE001 - it is raised where the answers are read
            self._inbox.put((name, error))
