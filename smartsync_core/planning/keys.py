"""The key a create carries in `smartsync_key`, so that a create whose answer was lost is recognised as ours."""

from __future__ import annotations

import hashlib

from smartsync_core.model.crm import Field, FieldType, ObjectName

__all__ = ["KEY_FIELD", "create_key", "key_field_definition"]

KEY_FIELD = "smartsync_key"


def create_key(
    connection_id: str, object_name: ObjectName, key_field: str, key_value: str, generation: int
) -> str:
    """Stable over runs for the same key; `generation` rises each time we took such a record back."""
    parts = [connection_id, str(object_name), key_field, key_value, str(generation)]
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


def key_field_definition() -> Field:
    return Field(
        name=KEY_FIELD,
        label="SmartSync key",
        type=FieldType.STRING,
        unique=True,
        custom=True,
        group="smartsync",
        description="Set once by SmartSync so that a record is never created twice. Please leave it as it is.",
    )
