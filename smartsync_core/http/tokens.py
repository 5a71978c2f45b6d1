"""A token that never changes."""

from __future__ import annotations

__all__ = ["FixedToken"]


class FixedToken:
    """The TokenSource of a key that is never refreshed."""

    def __init__(self, token: str) -> None:
        self._token = token

    def token(self) -> str:
        return self._token

    def refreshed(self, refused: str) -> str | None:
        return None

    def __repr__(self) -> str:
        return "FixedToken(***)"
