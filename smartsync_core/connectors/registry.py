"""Which connectors there are. Adding one is its folder and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from smartsync_core.connectors.base import BaseCRMConnector, Manifest, Settings
from smartsync_core.connectors.hubspot import HubSpotConnector
from smartsync_core.connectors.memory import MemoryConnector
from smartsync_core.errors import NotFound

__all__ = ["CRMConnectorFactory"]


class CRMConnectorFactory:
    """Connectors by name. Names that users of the first SmartSync know; `register` takes one of their own."""

    _known: ClassVar[dict[str, type[BaseCRMConnector]]] = {
        "hubspot": HubSpotConnector,
        "memory": MemoryConnector,
    }

    @classmethod
    def register(cls, name: str, connector: type[BaseCRMConnector]) -> None:
        """Make `connector` available under `name`; a known name is replaced."""
        cls._known[name.lower()] = connector

    @classmethod
    def create(cls, crm_type: str, settings: Settings | None = None) -> BaseCRMConnector:
        """A connector of that type, connected where settings are given. Raises NotFound for an unknown type."""
        return cls._of(crm_type)(settings)

    @classmethod
    def manifest(cls, crm_type: str) -> Manifest:
        return cls._of(crm_type).manifest

    @classmethod
    def permissions(cls, crm_type: str) -> Mapping[str, str]:
        """What a key has to be allowed there."""
        return cls._of(crm_type).permissions

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(sorted(cls._known))

    @classmethod
    def offered(cls) -> dict[str, str]:
        """What people can connect an account of: {name: title}."""
        manifests = {name: cls._known[name].manifest for name in cls.names()}
        return {name: one.title for name, one in manifests.items() if not one.for_tests}

    @classmethod
    def _of(cls, crm_type: str) -> type[BaseCRMConnector]:
        found = cls._known.get(crm_type.lower())
        if found is None:
            raise NotFound(
                f"There is no CRM of the type “{crm_type}” here.", hint=f"Known: {', '.join(cls.names())}."
            )
        return found
