"""Where each area of HubSpot's API lives: one table, one row per version. Moving on is a new row here.

Dated versions live 18 months (2026-09 until March 2028); v4 is unsupported from 30 March 2027, v3 from September 2027.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smartsync_core.errors import NeedsPerson
from smartsync_core.model.crm import Linkable, ObjectName

__all__ = ["DEFAULT_VERSION", "KEY_INFO", "VERSIONS", "Paths", "paths_of"]

DEFAULT_VERSION: Final = "2026-09"
KEY_INFO: Final = "/oauth/v2/private-apps/get/access-token-info"  # the only place; also for service keys


@dataclass(frozen=True, kw_only=True)
class Paths:
    """The areas of one version."""

    objects_root: str
    properties_root: str
    associations_root: str
    owners: str
    deal_pipelines: str
    account_root: str

    def record(self, object_name: ObjectName, record_id: str) -> str:
        return f"{self.objects_root}/{object_name}/{record_id}"

    def batch(self, object_name: ObjectName, call: str) -> str:
        return f"{self.objects_root}/{object_name}/batch/{call}"

    def search(self, object_name: ObjectName) -> str:
        return f"{self.objects_root}/{object_name}/search"

    def properties(self, object_name: ObjectName, below: str = "") -> str:
        return f"{self.properties_root}/{object_name}{below}"

    def associations(self, from_object: ObjectName, to_object: Linkable, call: str) -> str:
        return f"{self.associations_root}/{from_object}/{to_object}/batch/{call}"

    @property
    def account(self) -> str:
        return f"{self.account_root}/details"


VERSIONS: Final = {
    "2026-09": Paths(
        objects_root="/crm/objects/2026-09",
        properties_root="/crm/properties/2026-09",
        associations_root="/crm/associations/2026-09",
        owners="/crm/owners/2026-09",
        deal_pipelines="/crm/pipelines/2026-09/deals",
        account_root="/account-info/2026-09",
    ),
    "classic": Paths(
        objects_root="/crm/v3/objects",
        properties_root="/crm/v3/properties",
        associations_root="/crm/v4/associations",
        owners="/crm/v3/owners",
        deal_pipelines="/crm/v3/pipelines/deals",
        account_root="/account-info/v3",
    ),
}


def paths_of(version: str) -> Paths:
    """The table's row; NeedsPerson for a version it does not have."""
    if version not in VERSIONS:
        raise NeedsPerson(
            f"This account is set to HubSpot's API version “{version}”, which SmartSync does not speak.",
            hint=f"Choose one of: {', '.join(VERSIONS)}.",
        )
    return VERSIONS[version]
