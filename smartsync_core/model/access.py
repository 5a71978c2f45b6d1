"""Who may do what: the roles, a key that lets a program in, and a person who logs in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

__all__ = ["ApiKey", "Identity", "Login", "Person", "Role"]


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


@dataclass(frozen=True, kw_only=True)
class Login:
    """The service at which people log in (OpenID Connect), and our registration there."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str  # where it sends people back to


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who somebody is, as that service says. Only issuer and subject together never change and are nobody else's."""

    issuer: str
    subject: str
    name: str
    email: str = ""  # "" where there is none, or it is not verified


@dataclass(frozen=True, kw_only=True)
class Person:
    """A row of `users` of somebody who logged in."""

    id: str
    org_id: str
    name: str
    email: str
    role: Role | None  # None = waits until an admin gives one
    created_at: datetime
    last_seen_at: datetime | None = None

    @property
    def called(self) -> str:
        """How History and the audit list name them."""
        return self.email or self.name
