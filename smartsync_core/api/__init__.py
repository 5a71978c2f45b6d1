"""The HTTP API, mounted under /api: a face on the same use cases as the screens and the command line."""

from smartsync_core.api.application import create_api, under_api

__all__ = ["create_api", "under_api"]
