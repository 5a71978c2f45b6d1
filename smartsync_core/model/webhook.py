"""What a CRM tells of by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Change", "Taken"]


@dataclass(frozen=True, kw_only=True)
class Change:
    """A record in the CRM is no longer what it was; what it is now is to be read there."""

    key: str  # the same whenever the CRM tells of this change again
    portal_id: str  # the CRM's own name of the account
    kind: str  # as the CRM says, e.g. "contact.propertyChange"
    object_type: str  # "0-1"; "" where `kind` says it
    record_id: str
    field: str  # "" = not about one field
    source: str  # what made the change there, e.g. "INTEGRATION"
    source_id: str
    occurred_at: datetime


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of one delivery."""

    new: int  # changes that are kept now
    known: int  # told of before
    elsewhere: int  # of accounts that are not connected here
