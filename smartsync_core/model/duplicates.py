"""Records that may be one although nothing proves it: rows of a file, companies in the CRM; and what a person says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smartsync_core.model.crm import ObjectName

__all__ = ["CompanyDecision", "Decision", "LikelyPair"]


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


@dataclass(frozen=True, kw_only=True)
class CompanyDecision:
    """A person's word on a company that the CRM has only by its name. The key is that of its rows.

    What it says holds for the records that the person saw: another one of that name is asked about again.
    """

    key_field: str
    key_value: str
    crm_id: str = ""  # the record that it is; "" = a new company
    not_these: tuple[str, ...] = ()  # of a new company: the records of its name

    @property
    def key(self) -> tuple[str, str]:
        return self.key_field, self.key_value
