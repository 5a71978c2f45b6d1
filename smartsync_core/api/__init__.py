"""The HTTP API, mounted under /api: a face on the same use cases as the screens and the command line."""

from smartsync_core.api.application import Ahead, create_api, under_api

__all__ = ["Ahead", "create_api", "under_api"]
