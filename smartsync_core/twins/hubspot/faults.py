"""Faults on demand: an even, seeded mix at a rate, or one exact fault on the n-th next call of a path.

{"rate": 0.05, "kinds": ["429", "slow"]}    without kinds: all but the daily limit
{"next": [{"kind": "reset_after_commit", "path": "batch/create", "after": 0}]}    fails the first such call
{"slow_s": 10}    how long a slow answer takes
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Any

from smartsync_core.twins.hubspot.call import Answer
from smartsync_core.twins.hubspot.errors import Refusal
from smartsync_core.twins.hubspot.limits import APP, FREE, SEARCH

REFUSED = (
    "429",
    "423",
    "477",
    "500",
    "502",
    "503",
    "504",
    "daily",
    "token_expiry",
)  # an error instead of an answer
BATCH_ONLY = ("silent_omission", "empty_207")
KINDS = (*REFUSED, *BATCH_ONLY, "slow", "reset_after_commit", "malformed_json", "search_flap")
MIX = tuple(kind for kind in KINDS if kind not in ("daily", "503"))
MIGRATION_WAIT_S = 2
GATEWAY_PAGE = "<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
GATEWAY = {"502": "502 Bad Gateway", "503": "503 Service Unavailable", "504": "504 Gateway Time-out"}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`committed`: the work is done before the call fails. `coin` decides between two ways to fail."""

    kind: str
    committed: bool
    coin: bool


@dataclass(kw_only=True)
class Planned:
    kind: str
    path: str  # part of the request's path; "" = any
    after: int  # calls of this path still to let through
    committed: bool | None


@dataclass(frozen=True, kw_only=True)
class Target:
    """What the plan needs to know of a call."""

    path: str
    window: str
    method: str
    is_batch_write: bool
    oauth: bool


class Faults:
    def __init__(self, rate: float, seed: int | None) -> None:
        self.rate = rate
        self.kinds: tuple[str, ...] = MIX
        self.slow_s = 3.0
        self._planned: list[Planned] = []
        self._rng = Random(seed)

    def set(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Returns what holds now; raises ValueError, naming what is wrong."""
        if "rate" in wanted:
            self.rate = float(wanted["rate"])
            self.kinds = _known(wanted.get("kinds") or MIX)
        elif "kinds" in wanted:
            self.kinds = _known(wanted["kinds"] or MIX)
        if "slow_s" in wanted:
            self.slow_s = float(wanted["slow_s"])
        if "next" in wanted:
            self._planned = [_planned(item) for item in wanted["next"]]
        return self.shown()

    def shown(self) -> dict[str, Any]:
        return {
            "rate": self.rate,
            "kinds": list(self.kinds),
            "slow_s": self.slow_s,
            "next": len(self._planned),
        }

    def for_call(self, target: Target) -> Fault | None:
        """The fault this call meets, if any; planned ones come first."""
        planned = self._due(target)
        if planned is not None:
            return self._fault(planned.kind, planned.committed)
        if not self.rate or self._rng.random() >= self.rate:
            return None
        fitting = [kind for kind in self.kinds if _fits(kind, target)]
        return self._fault(self._rng.choice(fitting), None) if fitting else None

    def _due(self, target: Target) -> Planned | None:
        for planned in self._planned:
            if planned.path not in target.path:
                continue
            if planned.after <= 0:
                self._planned.remove(planned)
                return planned
            planned.after -= 1
        return None

    def _fault(self, kind: str, committed: bool | None) -> Fault:
        coin = self._rng.random() < 0.5
        if committed is None:
            committed = kind == "504" or (kind == "502" and coin)
        return Fault(kind=kind, committed=committed, coin=coin)


def refusal(kind: str, policy: Refusal, expired: Refusal) -> Refusal | Answer:
    """The error of a kind in REFUSED; `policy` and `expired` are the account's own 429 and 401."""
    if kind in GATEWAY:
        return Answer(int(kind), GATEWAY_PAGE.format(title=GATEWAY[kind]), {"Content-Type": "text/html"})
    if kind in ("429", "daily"):
        return policy
    if kind == "token_expiry":
        return expired
    if kind == "423":
        return Refusal(
            423, "The record is locked by another write. Please try again later.", category="LOCKED"
        )
    if kind == "477":
        wait = {"Retry-After": str(MIGRATION_WAIT_S)}
        return Refusal(477, "This account is being migrated between data centres.", headers=wait)
    return Refusal(500, "internal error")


def _fits(kind: str, target: Target) -> bool:
    if kind in BATCH_ONLY:
        return target.is_batch_write
    if kind == "search_flap":
        return target.window == SEARCH
    if kind == "token_expiry":
        return target.oauth and target.window != FREE
    if kind in ("429", "daily"):
        return target.window != FREE
    if kind == "423":
        return target.window == APP and target.method != "GET"
    return True


def _planned(item: dict[str, Any]) -> Planned:
    (kind,) = _known([item["kind"]])
    return Planned(
        kind=kind, path=item.get("path", ""), after=int(item.get("after", 0)), committed=item.get("committed")
    )


def _known(kinds: Iterable[str]) -> tuple[str, ...]:
    chosen = tuple(kinds)
    unknown = [kind for kind in chosen if kind not in KINDS]
    if unknown:
        raise ValueError(f"Unknown fault {unknown[0]!r}; known are {', '.join(KINDS)}")
    return chosen
