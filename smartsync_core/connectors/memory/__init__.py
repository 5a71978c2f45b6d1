"""A CRM inside this process that keeps the same contract: the reference for tests, and no network when speed is measured."""

from smartsync_core.connectors.memory.connector import MemoryConnector
from smartsync_core.connectors.memory.crm import MemoryCRM

__all__ = ["MemoryCRM", "MemoryConnector"]
