"""Who everything belongs to and who does it, as long as nobody has to log in. Migrating makes both."""

from __future__ import annotations

__all__ = ["DEFAULT_ORG_ID", "DEFAULT_USER_ID"]

DEFAULT_ORG_ID = "00000000000000000000000000000001"  # "My organisation"
DEFAULT_USER_ID = "00000000000000000000000000000002"  # "local"
