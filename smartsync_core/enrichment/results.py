"""What a source answers: nothing found, not looked and could not look are three different things."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from smartsync_core.model.evidence import Evidence

__all__ = ["SourceResult", "SourceState", "failed", "not_checked"]


class SourceState(StrEnum):
    FOUND = "found"
    NONE = "none"  # looked, and there is nothing
    NOT_CHECKED = "not checked"
    FAILED = "failed"


@dataclass(frozen=True, kw_only=True)
class SourceResult:
    source: str
    state: SourceState
    reason: str = ""  # for a person, unless found
    evidence: tuple[Evidence, ...] = ()
    boards: Mapping[str, str] = field(default_factory=dict)  # job boards that the company's own site links to


def not_checked(source: str, reason: str) -> SourceResult:
    return SourceResult(source=source, state=SourceState.NOT_CHECKED, reason=reason)


def failed(source: str, reason: str) -> SourceResult:
    return SourceResult(source=source, state=SourceState.FAILED, reason=reason)
