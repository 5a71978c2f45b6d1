"""Who may do what: the roles, and a key that lets a program in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

__all__ = ["ApiKey", "Role"]


class Role(StrEnum):
    """Each may do what those before it may."""

    VIEWER = "viewer"  # look
    OPERATOR = "operator"  # import, write, repair, take back
    ADMIN = "admin"  # accounts, settings, keys

    def may(self, needed: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


@dataclass(frozen=True, kw_only=True)
class ApiKey:
    """A row of `api_keys`; the key itself is kept nowhere."""

    id: str
    org_id: str
    role: Role
    name: str  # what its caller is called in History
    created_by: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
