"""HubSpot: what it is and allows stands in manifest.toml, how finished this is in quality.toml."""

from smartsync_core.connectors.hubspot.connector import HubSpotConnector

__all__ = ["HubSpotConnector"]
