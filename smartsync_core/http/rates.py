"""Rate windows: how many calls of one account may leave, and who is next.

Each window is a log of send times, not a token bucket: a bucket lets almost twice the limit into a rolling window.
"""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from typing import Final, Protocol

from smartsync_core.errors import RetryLater
from smartsync_core.model.crm import Window

__all__ = ["Limiters", "Rate", "RateLimiter", "SendTimes", "SendTimesKeeper", "limiters"]

SHARE: Final = (
    0.9  # of a remote's limit that we use; the rest is for calls that arrive later than they were sent
)
STRETCH: Final = 1.02  # our window is this much longer than the remote's, for the same reason
KEPT: Final = 0.2  # of our share, for calls a person waits for
LENT_AFTER_S: Final = 60.0  # bulk calls may use the kept part when no person waited for this long

SendTimes = dict[str, list[tuple[float, bool]]]
"""{window: [(seconds since the epoch, was interactive)]}, oldest first: what a restart must remember. Plain JSON."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What a remote allows: `calls` in any `seconds`."""

    calls: int
    seconds: float = 10.0


class RateLimiter:
    """Lets calls leave at a pace that every rate window of one account allows.

    First come, first served; but while waiting people have had less than the kept share of a window, they go first.
    """

    def __init__(
        self,
        rates: Mapping[Window, Rate],
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[threading.Condition, float], object] = threading.Condition.wait,
    ) -> None:
        self.on_change: Callable[[], None] | None = None  # told after every send, outside the lock
        self._logs = {window: _SendLog(rate) for window, rate in rates.items()}
        self._waiting: dict[Window, list[tuple[int, bool]]] = {window: [] for window in rates}
        self._numbers = itertools.count()
        self._turn = threading.Condition()
        self._clock = clock
        self._pause = pause

    def acquire(self, window: Window, *, interactive: bool, within_s: float) -> None:
        """Return when one call may leave; RetryLater when that would take longer than `within_s`."""
        deadline = self._clock() + within_s
        with self._turn:
            ticket = (next(self._numbers), interactive)
            self._waiting[window].append(ticket)
            try:
                while (wait := self._wait_s(window, ticket)) > 0:
                    if self._clock() + wait > deadline:
                        raise RetryLater("The CRM's limit of calls is used up for the moment.", after_s=wait)
                    self._pause(self._turn, wait)
                self._logs[window].add(self._clock(), interactive)
            finally:
                self._waiting[window].remove(ticket)
                self._turn.notify_all()
        if self.on_change:
            self.on_change()

    def set_limit(self, window: Window, calls: int) -> None:
        """Take over what the remote itself says about its limit."""
        with self._turn:
            log = self._logs[window]
            if log.rate.calls != calls:
                log.rate = Rate(calls=calls, seconds=log.rate.seconds)
                self._turn.notify_all()

    def hold(self, window: Window, seconds: float) -> None:
        """Nobody sends in this window for a while: the remote said it is full, whatever our log says."""
        with self._turn:
            log = self._logs[window]
            log.held_until = max(log.held_until, self._clock() + seconds)

    def per_second(self, window: Window) -> float:
        """Calls that may leave in the long run."""
        log = self._logs[window]
        return log.room / log.span_s

    def due_s(self, calls: Mapping[Window, int]) -> float:
        """Seconds until so many more calls that nobody waits for can have left, by what was sent until now."""
        with self._turn:
            now = self._clock()
            return max((self._logs[window].due_s(now, count) for window, count in calls.items()), default=0.0)

    def snapshot(self) -> SendTimes:
        """The sends that still count, in wall-clock time."""
        with self._turn:
            offset = time.time() - self._clock()
            return {
                window.value: [(at + offset, lane) for at, lane in log.sent]
                for window, log in self._logs.items()
            }

    def restore(self, times: SendTimes) -> None:
        """Remember the sends of a process that ended; those older than their window no longer matter."""
        with self._turn:
            offset = time.time() - self._clock()
            for window, log in self._logs.items():
                earlier = [
                    (min(at - offset, self._clock()), lane) for at, lane in times.get(window.value, [])
                ]
                log.sent = deque(sorted([*earlier, *log.sent]))

    def assume_full(self) -> None:
        """Where the earlier sends cannot be read, take every window for used up."""
        with self._turn:
            for log in self._logs.values():
                log.sent = deque([(self._clock(), False)] * log.room)

    def _wait_s(self, window: Window, ticket: tuple[int, bool]) -> float:
        log, now = self._logs[window], self._clock()
        wait = log.wait_s(now, ticket[1])
        if wait > 0 or self._first(window, now) == ticket:
            return wait
        return 0.1  # somebody else's turn; the condition is notified when it is taken

    def _first(self, window: Window, now: float) -> tuple[int, bool]:
        log, waiting = self._logs[window], self._waiting[window]
        free = {lane: log.wait_s(now, lane) <= 0 for lane in (True, False)}
        able = [ticket for ticket in waiting if free[ticket[1]]]
        people = [ticket for ticket in able if ticket[1]] if log.owes_people(now) else []
        return min(people or able)


class _SendLog:
    """The sends of one window. Its owner holds the lock."""

    def __init__(self, rate: Rate) -> None:
        self.rate = rate
        self.sent: deque[tuple[float, bool]] = deque()  # (when, interactive), oldest first
        self.held_until = -math.inf
        self._person_waited_at = -math.inf

    @property
    def room(self) -> int:
        return max(1, math.floor(self.rate.calls * SHARE))

    @property
    def span_s(self) -> float:
        return self.rate.seconds * STRETCH

    def add(self, now: float, interactive: bool) -> None:
        self.sent.append((now, interactive))
        if interactive:
            self._person_waited_at = now

    def wait_s(self, now: float, interactive: bool) -> float:
        """Seconds until one more call of this lane may leave; 0 = now."""
        self._forget(now)
        wait = max(self.held_until - now, self._until_free([at for at, _ in self.sent], self.room, now))
        if not interactive and now - self._person_waited_at < LENT_AFTER_S:
            bulk = [at for at, was_interactive in self.sent if not was_interactive]
            wait = max(wait, self._until_free(bulk, self.room - self._kept, now))
        return max(wait, 0.0)

    def due_s(self, now: float, calls: int) -> float:
        """Seconds until so many calls of the bulk lane can have left. Beyond two windows they go at the long run's pace."""
        ahead, at = copy(self), now
        ahead.sent = self.sent.copy()
        near = min(calls, 2 * self.room)
        for _ in range(near):
            at += ahead.wait_s(at, interactive=False)
            ahead.add(at, interactive=False)
        return at - now + (calls - near) * self.span_s / self.room

    def owes_people(self, now: float) -> bool:
        """Whether people have not yet had the share of this window that is kept for them."""
        self._forget(now)
        return sum(interactive for _, interactive in self.sent) < self._kept

    @property
    def _kept(self) -> int:
        return math.floor(self.room * KEPT)

    def _until_free(self, times: list[float], room: int, now: float) -> float:
        return times[-room] + self.span_s - now if len(times) >= room else 0.0

    def _forget(self, now: float) -> None:
        while self.sent and self.sent[0][0] + self.span_s <= now:
            self.sent.popleft()


class SendTimesKeeper(Protocol):
    """Keeps send times over a restart."""

    def load(self, account_key: str) -> SendTimes | None:
        """What was saved last, {} when nothing ever was, None when it cannot be read."""
        ...

    def save(self, account_key: str, limiter: RateLimiter) -> None:
        """Called after every send, in the sending thread: take `limiter.snapshot()` as often as seems right."""
        ...


class Limiters:
    """One limiter per account in this process. `keeper`, once named, serves the limiters made from then on."""

    def __init__(self) -> None:
        self.keeper: SendTimesKeeper | None = None
        self._made: dict[str, RateLimiter] = {}
        self._lock = threading.Lock()

    def of(self, account_key: str, rates: Mapping[Window, Rate]) -> RateLimiter:
        """This account's limiter; an empty key shares with nobody."""
        if not account_key:
            return RateLimiter(rates)
        with self._lock:
            if account_key not in self._made:
                self._made[account_key] = self._remembering(account_key, RateLimiter(rates))
            return self._made[account_key]

    def _remembering(self, account_key: str, limiter: RateLimiter) -> RateLimiter:
        keeper = self.keeper
        if keeper is None:
            return limiter
        times = keeper.load(account_key)
        if times is None:
            limiter.assume_full()
        else:
            limiter.restore(times)
        limiter.on_change = lambda: self._save(account_key, limiter)
        return limiter

    def _save(self, account_key: str, limiter: RateLimiter) -> None:
        """With the keeper of this moment: the one it was made with may be closed by now."""
        if self.keeper is not None:
            self.keeper.save(account_key, limiter)


limiters: Final = Limiters()
