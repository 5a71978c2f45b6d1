"""Rate windows (contract §3): rolling ones per app, search and associations, and the account's day.

Every call belongs to one window, or to none (OAuth). A refused call takes no place in its window.
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from smartsync_core.twins.hubspot.errors import Refusal
from smartsync_core.twins.hubspot.options import Switches

APP, SEARCH, ASSOCIATION, FREE = "app", "search", "association", ""
SECOND_MS, TEN_SECONDS_MS = 1000, 10_000
SEARCHES_PER_SECOND, OAUTH_PER_TEN_SECONDS = 5, 110
ZONE = ZoneInfo("US/Eastern")


@dataclass(frozen=True, kw_only=True)
class Tier:
    app: int  # calls per rolling 10 s and app
    association: int  # calls per rolling 10 s
    daily: int  # calls per day and account
    association_daily: int


TIERS = {
    "starter": Tier(app=100, association=100, daily=250_000, association_daily=500_000),
    "professional": Tier(app=190, association=150, daily=625_000, association_daily=500_000),
    "enterprise": Tier(app=190, association=150, daily=1_000_000, association_daily=500_000),
    "addon": Tier(app=250, association=200, daily=2_000_000, association_daily=1_000_000),
}


class Rolling:
    """At most `most` calls within any `span_ms`."""

    def __init__(self, most: int, span_ms: int) -> None:
        self.most = most
        self.span_ms = span_ms
        self._taken: deque[int] = deque()

    def take(self, now_ms: int) -> bool:
        while self._taken and self._taken[0] <= now_ms - self.span_ms:
            self._taken.popleft()
        if len(self._taken) >= self.most:
            return False
        self._taken.append(now_ms)
        return True

    @property
    def left(self) -> int:
        return self.most - len(self._taken)


class Limits:
    def __init__(self, tier: str, switches: Switches) -> None:
        self.tier = TIERS[tier]
        self.received = {APP: 0, SEARCH: 0, ASSOCIATION: 0}
        self.switches = switches
        self._apps: dict[str, Rolling] = {}
        self._search = Rolling(SEARCHES_PER_SECOND, SECOND_MS)
        self._association = Rolling(self.tier.association, TEN_SECONDS_MS)
        self._days: defaultdict[str, int] = defaultdict(int)  # "2026-11-23 app" → calls

    def count(self, window: str) -> None:
        """Every request received, whatever becomes of it."""
        if window in self.received:
            self.received[window] += 1

    def take(self, window: str, app: str, *, oauth: bool, now_ms: int) -> None:
        """Take a place in the window of this call; raises the 429 of the limit that is reached."""
        if window == FREE:
            return
        day = self._day(now_ms)
        used, most = self._daily_use(window, day)
        if used >= most and not oauth:
            raise self.refusal("DAILY")
        if not self._window(window, app, oauth).take(now_ms):
            raise self.refusal("SECONDLY" if window == SEARCH else "TEN_SECONDLY_ROLLING")
        self._days[f"{day} {window}"] += 1

    def headers(self, window: str, app: str, *, oauth: bool, now_ms: int) -> dict[str, str]:
        """None for search, no daily ones for an OAuth app."""
        if window in (FREE, SEARCH):
            return {}
        rolling = self._window(window, app, oauth)
        shown = {
            "X-HubSpot-RateLimit-Interval-Milliseconds": str(TEN_SECONDS_MS),
            "X-HubSpot-RateLimit-Max": str(rolling.most),
            "X-HubSpot-RateLimit-Remaining": str(rolling.left),
            "X-HubSpot-RateLimit-Secondly": str(rolling.most // 10),
            "X-HubSpot-RateLimit-Secondly-Remaining": str(rolling.left // 10),
        }
        if not oauth:
            used, most = self._daily_use(window, self._day(now_ms))
            shown["X-HubSpot-RateLimit-Daily"] = str(most)
            shown["X-HubSpot-RateLimit-Daily-Remaining"] = str(max(0, most - used))
        return shown

    def refusal(self, policy: str) -> Refusal:
        """The 429 of a policy: TEN_SECONDLY_ROLLING, SECONDLY or DAILY."""
        message = f"You have reached your {policy.lower()} limit."
        headers = (
            {"Retry-After": "10" if policy == "TEN_SECONDLY_ROLLING" else "1"}
            if self.switches.retry_after_on_429
            else {}
        )
        extra: dict[str, Any] = {"policyName": policy}
        if policy == "TEN_SECONDLY_ROLLING":
            extra["groupName"] = "publicapi:private-apps:api-calls"
        else:
            extra["requestId"] = str(uuid4())
        if self.switches.rate_limits_category:
            return Refusal(429, message, category="RATE_LIMITS", headers=headers, **extra)
        return Refusal(429, message, headers=headers, errorType="RATE_LIMIT", **extra)

    def spend_today(self, calls: int, now_ms: int) -> None:
        """Let the account look as if it had made this many calls today."""
        self._days[f"{self._day(now_ms)} {APP}"] = calls

    def used_today(self, now_ms: int) -> int:
        return self._daily_use(APP, self._day(now_ms))[0]

    @staticmethod
    def next_midnight_ms(now_ms: int) -> int:
        """When the account's day ends, in its own time zone."""
        today = datetime.fromtimestamp(now_ms / 1000, ZONE).date()
        return int(datetime.combine(today + timedelta(days=1), time(), ZONE).timestamp() * 1000)

    @staticmethod
    def utc_offset_ms(now_ms: int) -> int:
        offset = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(ZONE).utcoffset() or timedelta()
        return int(offset.total_seconds() * 1000)

    def _day(self, now_ms: int) -> str:
        return f"{datetime.fromtimestamp(now_ms / 1000, ZONE):%Y-%m-%d}"

    def _daily_use(self, window: str, day: str) -> tuple[int, int]:
        if window == ASSOCIATION:
            return self._days[f"{day} {ASSOCIATION}"], self.tier.association_daily
        return self._days[f"{day} {APP}"] + self._days[f"{day} {SEARCH}"], self.tier.daily

    def _window(self, window: str, app: str, oauth: bool) -> Rolling:
        if window == SEARCH:
            return self._search
        if window == ASSOCIATION:
            return self._association
        most = OAUTH_PER_TEN_SECONDS if oauth else self.tier.app
        return self._apps.setdefault(app, Rolling(most, TEN_SECONDS_MS))
