"""What to send to whoever manages the CRM, so that they make a key that is enough."""

from __future__ import annotations

from smartsync_core.connectors.registry import CRMConnectorFactory

__all__ = ["admin_request"]


def admin_request(crm_type: str) -> str:
    """Steps, permissions and why, as a message that can be sent as it is. "" where a key needs no permissions."""
    permissions = CRMConnectorFactory.permissions(crm_type)
    if not permissions:
        return ""
    manifest = CRMConnectorFactory.manifest(crm_type)
    crm = manifest.title
    lines = "\n".join(f"   - {name}: to {what}" for name, what in permissions.items())
    return f"""Hello,

I would like to bring spreadsheets into {crm} with SmartSync. It runs on our own computer, shows every change before it is \
written, reads every record back afterwards, and can undo an import. For that it needs a key:

1. In {crm}, open {manifest.key_place}.
2. Create a key called “SmartSync” with these permissions:
{lines}
3. Send it to me the way we send passwords, not in a message like this one. SmartSync keeps it encrypted and shows it to nobody.

Those to see are enough for a full preview that writes nothing; those to create and change are for the import itself; those \
to add fields are optional. You can take the key back in {crm} at any time.

Thank you!"""
