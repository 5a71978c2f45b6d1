"""All places that are asked about a company: which, how long an answer holds, and all of them at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from smartsync_core.enrichment.fetch import Fetcher
from smartsync_core.enrichment.identity import Identity
from smartsync_core.enrichment.results import SourceResult
from smartsync_core.enrichment.sources import boards, companies_house, website

__all__ = ["HOLDS", "SOURCES", "Places"]

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
    deadline_s: float = 8.0

    def ask(
        self, company: Identity, due: set[str], known_boards: Mapping[str, str], at: datetime
    ) -> Iterator[SourceResult]:
        """Each of `due` once, as its answer comes in. Boards wait for the website, which names them."""
        with ThreadPoolExecutor(max_workers=len(SOURCES), thread_name_prefix="research") as pool:
            first = {name: ask for name, ask in self._first(company, at).items() if name in due}
            linked = dict(known_boards)
            for done in as_completed([pool.submit(ask) for ask in first.values()]):
                result = done.result()
                linked.update(result.boards)
                yield result
            asked = [board for board in boards.BOARDS if board.name in due]
            fetcher = Fetcher.of_service(deadline_s=self.deadline_s)
            later = [pool.submit(boards.look, board, linked, fetcher, self.base_urls, at) for board in asked]
            for done in as_completed(later):
                yield done.result()

    def _first(self, company: Identity, at: datetime) -> dict[str, Callable[[], SourceResult]]:
        register = companies_house.service(self.register_key) if self.register_key else None
        base = self.base_urls.get(companies_house.SOURCE, companies_house.BASE_URL)
        return {
            website.SOURCE: lambda: website.look(
                company.domain, self.site, at, scheme=self.site_scheme, port=self.site_port
            ),
            companies_house.SOURCE: lambda: companies_house.look(company, register, at, base_url=base),
        }
