"""Rows of one file that may be one record although nothing proves it, and what a person says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smartsync_core.model.crm import ObjectName

__all__ = ["Decision", "LikelyPair"]


@dataclass(frozen=True, kw_only=True)
class LikelyPair:
    """The records of two rows look alike. `row` stands above `later` in the file; each is the first row of its record."""

    object: ObjectName
    row: int
    later: int
    why: str  # what they share, as half a sentence


@dataclass(frozen=True, kw_only=True)
class Decision:
    """A person's word on the records of two rows. `survivors`: of one record, property → the row whose value counts."""

    object: ObjectName
    row: int
    later: int
    same: bool
    survivors: Mapping[str, int] = field(
        default_factory=dict
    )  # no entry = the earlier row's, where it has one
