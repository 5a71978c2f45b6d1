"""Tokens at rest: encrypted with the org and the kind inside, so that a row copied elsewhere opens nothing.

The keys come from SMARTSYNC_KEYS, newest first, else from the file `keys` in the data folder (one a line,
newest first), which is made on first use for its owner alone and belongs in no backup of the database.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from smartsync_core.errors import NeedsPerson
from smartsync_core.settings import Settings

__all__ = ["Secrets"]


class Secrets:
    """Seals with the first key and opens with any. Says nothing of keys or values in repr or errors."""

    def __init__(self, keys: Sequence[str]) -> None:
        """`keys`: Fernet keys (32 bytes, url-safe base64), newest first. Raises NeedsPerson for others."""
        try:
            self._fernet = MultiFernet([Fernet(key) for key in keys])
        except ValueError:
            raise NeedsPerson(
                "A key that protects stored tokens cannot be read.",
                hint="Each must be a Fernet key: 44 characters, as `Fernet.generate_key()` makes them.",
            ) from None

    @classmethod
    def from_settings(cls, settings: Settings) -> Secrets:
        """Make the key file if there are no keys at all. Raises NeedsPerson if others may read it."""
        return cls(settings.keys or _key_file(settings.data_dir / "keys"))

    @classmethod
    def with_new_key(cls, settings: Settings) -> Secrets:
        """Those of `settings`, and a new key before them in the key file; keys of the environment are not added to."""
        if not settings.keys:
            file = settings.data_dir / "keys"
            _replace(file, [Fernet.generate_key().decode(), *_key_file(file)])
        return cls.from_settings(settings)

    @staticmethod
    def forget_old_keys(settings: Settings) -> None:
        """Keep the newest key of the key file only."""
        if not settings.keys:
            file = settings.data_dir / "keys"
            _replace(file, _key_file(file)[:1])

    def seal(self, org_id: str, kind: str, value: str) -> str:
        return self._fernet.encrypt(json.dumps([org_id, kind, value]).encode()).decode()

    def open(self, org_id: str, kind: str, sealed: str) -> str:
        """Raise NeedsPerson when no key opens it, or when it was sealed for another org or kind."""
        try:
            found_org, found_kind, value = json.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            raise NeedsPerson(
                "A stored token cannot be decrypted with the keys at hand.",
                hint="Put the key that it was saved with back into place, or connect the account again.",
            ) from None
        if (found_org, found_kind) != (org_id, kind):
            raise NeedsPerson("A stored token belongs elsewhere.", hint="Connect the account again.")
        return str(value)

    def rotate(self, sealed: str) -> str:
        """The same secret under the newest key; once all are, older keys can go. Raise NeedsPerson when no key opens it."""
        try:
            return self._fernet.rotate(sealed.encode()).decode()
        except InvalidToken:
            raise NeedsPerson(
                "A stored token cannot be decrypted with the keys at hand, and nothing was changed.",
                hint="Put the key that it was saved with back into place, or connect its account again.",
            ) from None


def _key_file(path: Path) -> list[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        _refuse_if_shared(path)
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(Fernet.generate_key().decode() + "\n")
    return path.read_text().split()


def _replace(path: Path, keys: Sequence[str]) -> None:
    """Whole or not at all, and on the disk when it returns."""
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write("".join(f"{key}\n" for key in keys))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def _refuse_if_shared(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise NeedsPerson(
            f"The key file {path} can be read by others on this machine.",
            hint=f"Take that right away, e.g. with: chmod 600 {path}",
        )
