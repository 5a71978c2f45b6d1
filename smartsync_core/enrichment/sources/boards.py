"""Job boards. A board is asked only when the company's own site links to it: a guessed name finds somebody else's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from smartsync_core.enrichment.fetch import Fetcher
from smartsync_core.enrichment.results import SourceResult, SourceState, failed, not_checked
from smartsync_core.enrichment.sources.reading import Noting, get_json
from smartsync_core.errors import SkipRecord
from smartsync_core.model.evidence import Tier

__all__ = ["BOARDS", "Board", "board_in", "look"]

_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,80}")


@dataclass(frozen=True, kw_only=True)
class Board:
    """`jobs` takes the answer apart; None where it has another shape. One call reads the whole board; no limits documented."""

    name: str
    base_url: str
    path: str
    hosts: tuple[str, ...]  # where its public pages are
    jobs: Callable[[Any], list[Any] | None]


def _listed(said: Any) -> list[Any] | None:
    jobs = said.get("jobs") if isinstance(said, dict) else None
    return jobs if isinstance(jobs, list) else None


def _shown(said: Any) -> list[Any] | None:
    jobs = _listed(said)
    return jobs and [job for job in jobs if isinstance(job, dict) and job.get("isListed", True)]


BOARDS = (
    Board(
        name="greenhouse",
        base_url="https://boards-api.greenhouse.io",
        path="/v1/boards/{token}/jobs",
        hosts=("boards.greenhouse.io", "job-boards.greenhouse.io"),
        jobs=_listed,
    ),
    Board(
        name="lever",
        base_url="https://api.lever.co",
        path="/v0/postings/{token}?mode=json",
        hosts=("jobs.lever.co",),
        jobs=lambda said: said if isinstance(said, list) else None,
    ),
    Board(
        name="ashby",
        base_url="https://api.ashbyhq.com",
        path="/posting-api/job-board/{token}",
        hosts=("jobs.ashbyhq.com",),
        jobs=_shown,
    ),
    Board(
        name="workable",
        base_url="https://apply.workable.com",
        path="/api/v1/widget/accounts/{token}?details=true",
        hosts=("apply.workable.com",),
        jobs=_listed,
    ),
)


def board_in(link: str) -> tuple[str, str] | None:
    """(board, token) that a link of the company's site leads to."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    token = unquote(parts.path).strip("/").partition("/")
    if not _TOKEN.fullmatch(token[0]) or ".." in token[2]:
        return None
    return next(((board.name, token[0]) for board in BOARDS if parts.hostname in board.hosts), None)


def look(
    board: Board, boards: Mapping[str, str], fetcher: Fetcher, base_urls: Mapping[str, str], at: datetime
) -> SourceResult:
    """How many jobs are open. No board, no openings and no answer are three results."""
    token = boards.get(board.name)
    if token is None:
        return not_checked(board.name, "The company's site links to no such board.")
    base = base_urls.get(board.name, board.base_url)
    try:
        page, said = get_json(
            fetcher, base + board.path.format(token=token), lambda said: board.jobs(said) is not None
        )
    except SkipRecord as error:
        return failed(board.name, error.message)
    if said is None:
        return SourceResult(
            source=board.name, state=SourceState.NONE, reason="The board it links to is not there."
        )
    count = len(board.jobs(said) or [])
    fact = Noting(board.name, Tier.FIRST_PARTY, at, page).fact(
        "openings", str(count), f"{count} jobs on the board “{token}”"
    )
    return SourceResult(source=board.name, state=SourceState.FOUND, evidence=(fact,))
