"""One configured account: where it is, what it may do by itself. Secrets are not part of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypedDict

from smartsync_core.model.automation import Extra
from smartsync_core.model.crm import AccountKind

__all__ = ["Connection", "OAuthApp", "OAuthTokens", "Switches", "SyncDirection", "SyncFrequency"]


class SyncDirection(StrEnum):
    TO_CRM = "to_crm"
    FROM_CRM = "from_crm"
    BIDIRECTIONAL = "bidirectional"


class SyncFrequency(StrEnum):
    REALTIME = "realtime"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MANUAL = "manual"


@dataclass(frozen=True, kw_only=True)
class Connection:
    """A row of crm_integrations without its tokens."""

    id: str
    org_id: str
    crm_type: str  # registry name: "hubspot", "memory"
    name: str  # the account's name on screens; unique in an org
    base_url: str  # "" = the vendor's real host
    portal_id: str = ""
    kind: AccountKind = AccountKind.PRODUCTION
    is_active: bool = True
    by_oauth: bool = False  # a person let our app in; the token is renewed by itself
    fields_added: bool = False  # smartsync_key and the oppspot_* fields are there
    sync_direction: SyncDirection = SyncDirection.TO_CRM
    sync_frequency: SyncFrequency = SyncFrequency.MANUAL
    auto_enrich: bool = False
    auto_score: bool = False
    auto_assign: bool = False
    auto_create_tasks: bool = False
    last_sync_at: datetime | None = None
    sync_count: int = 0
    last_error: str = ""
    created_at: datetime | None = None

    @property
    def extras(self) -> frozenset[Extra]:
        """What its owner wants done beside the rows: of itself where nobody is asked, as a proposal where somebody is."""
        wished = {
            Extra.ENRICH: self.auto_enrich,
            Extra.SCORES: self.auto_score,
            Extra.TASKS: self.auto_create_tasks,
            Extra.DEALS: self.auto_create_tasks,
            Extra.OWNERS: self.auto_assign,
        }
        return frozenset(extra for extra, on in wished.items() if on)


class Switches(TypedDict, total=False):
    """What of a connection its owner chooses."""

    sync_direction: SyncDirection
    sync_frequency: SyncFrequency
    auto_enrich: bool
    auto_score: bool
    auto_assign: bool
    auto_create_tasks: bool


@dataclass(frozen=True, kw_only=True)
class OAuthApp:
    """Our app at the vendor, into which people let it."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True, kw_only=True)
class OAuthTokens:
    """What the vendor gave: use `access` until it expires, then ask for another one with `refresh`."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime  # UTC
    renew_at: datetime  # UTC; some time before
