"""Ask: what the CRM holds for the keys of a run's drafts, chunk by chunk, and already while later rows are drafted."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import chain, islice
from types import TracebackType
from typing import Self

from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import Draft
from smartsync_core.model.run import Run
from smartsync_core.orchestrator.context import Context, Session
from smartsync_core.orchestrator.likely import fold_decided
from smartsync_core.orchestrator.matching import Found, Matcher
from smartsync_core.store.drafts import Drafts, KeyAsked
from smartsync_core.store.grouping import Grouping

__all__ = ["AskedAhead", "look_up", "open_keys"]

_CHUNK = 2_000  # keys at a time: whole batches of every CRM
_AHEAD = 2  # chunks asked for at once
_STANDS = {ObjectName.CONTACTS: "email", ObjectName.COMPANIES: "domain"}
"""The key of which nothing that a later row says can change what the CRM is asked."""


def look_up(ctx: Context, run: Run, session: Session, object_name: ObjectName, drafts: Drafts) -> None:
    """Ask for every key of these drafts that has no answer yet, and group the drafts by what the CRM answers.

    May be run again: what was answered is not asked again.
    """
    matcher = Matcher(ctx, run, session, object_name)
    answers = _ahead(matcher.match, open_keys(drafts, run, object_name, _CHUNK))
    first = list(islice(answers, 1))  # of a few rows it is all
    with ctx.few_together(run):
        for found in chain(first, answers):
            _keep(drafts, run, object_name, found)
        grouping = Grouping(ctx.database, ctx.org_id, awaiting=drafts.awaiting)
        grouping.group(run.id, object_name)
        fold_decided(run, object_name, grouping)


def _keep(drafts: Drafts, run: Run, object_name: ObjectName, found: Found) -> None:
    drafts.add_matches(run.id, object_name, found.matches, found.records, found.companies, datetime.now(UTC))


def open_keys(drafts: Drafts, run: Run, object_name: ObjectName, at_a_time: int) -> Iterator[list[KeyAsked]]:
    """Every key of these drafts that has no answer yet."""
    after = ("", "")
    more = True
    while more and (keys := drafts.keys(run.id, object_name, after, at_a_time)):
        after, more = (keys[-1].key_field, keys[-1].key_value), len(keys) == at_a_time
        yield keys


def _ahead(function: Callable[[list[KeyAsked]], Found], chunks: Iterator[list[KeyAsked]]) -> Iterator[Found]:
    """Results in order; the next chunk is asked for while the caller stores this one."""
    with ThreadPoolExecutor(_AHEAD, thread_name_prefix="match") as pool:
        waiting: deque[Future[Found]] = deque()
        for chunk in chunks:
            waiting.append(pool.submit(function, chunk))
            if len(waiting) == _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class AskedAhead:
    """Takes drafts as they are made; of their keys, whole chunks are asked for at once, and what is left over later.

    Leaving it waits for the answers under way and keeps them; the first error of a question is raised then, or sooner.
    """

    def __init__(self, ctx: Context, run: Run, session: Session) -> None:
        self._drafts, self._run = ctx.drafts, run
        self._matchers = {name: Matcher(ctx, run, session, name) for name in run.options.record_type.objects}
        self._seen: dict[ObjectName, set[str]] = {name: set() for name in self._matchers}
        self._next: dict[ObjectName, list[KeyAsked]] = {name: [] for name in self._matchers}
        self._asked: dict[ObjectName, deque[Future[Found]]] = {name: deque() for name in self._matchers}
        self._pool = ThreadPoolExecutor(_AHEAD * len(self._matchers), thread_name_prefix="match")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=kind is None, cancel_futures=kind is not None)
        if kind is None:
            self._store(at_most_open=0)

    def take(self, drafts: Sequence[Draft]) -> None:
        """These were stored a moment ago; a question of an earlier chunk that is answered is kept by the way."""
        for draft in drafts:
            seen = self._seen[draft.object]
            if _stands(draft) and draft.key_value not in seen:
                seen.add(draft.key_value)
                self._next[draft.object].append(_asked(draft))
        for name, keys in self._next.items():
            while len(keys) >= _CHUNK:
                self._asked[name].append(self._pool.submit(self._matchers[name].match, keys[:_CHUNK]))
                del keys[:_CHUNK]
        self._store(at_most_open=_AHEAD)

    def _store(self, *, at_most_open: int) -> None:
        """What was answered; waits where more questions than that are open."""
        for name, asked in self._asked.items():
            while asked and (asked[0].done() or len(asked) > at_most_open):
                _keep(self._drafts, self._run, name, asked.popleft().result())


def _stands(draft: Draft) -> bool:
    return draft.key_field == _STANDS[draft.object] and not draft.blocked and not draft.suppressed


def _asked(draft: Draft) -> KeyAsked:
    return KeyAsked(
        key_field=draft.key_field, key_value=draft.key_value, email=draft.email, domain=draft.domain, name=""
    )
