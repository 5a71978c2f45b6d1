"""The twin's own SQLite file: what a request changed is written in one transaction, before the answer leaves.

One table of (kind, key, JSON) rows holds everything; the dictionaries in memory are the working state.
Without a file nothing is kept and nothing is written.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

LOCK_WAIT_S = 5  # an ending twin may still hold the file

_SCHEMA = "CREATE TABLE IF NOT EXISTS state (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key))"
_PUT = "INSERT INTO state (kind, key, body) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET body = excluded.body"
_DROP = "DELETE FROM state WHERE kind = ? AND key = ?"


class Journal:
    """Collects what a request changed; `commit` makes it durable as a whole."""

    def __init__(self, file: Path | None) -> None:
        self.revision = 0  # how many requests changed something
        self._changed: dict[tuple[str, str], Callable[[], Any] | None] = {}
        self._file = None if file is None else _open(file)

    def put(self, kind: str, key: str, body: Callable[[], Any]) -> None:
        """`body` is called at the commit, once, however often the row changed before."""
        self._changed[kind, key] = body

    def drop(self, kind: str, key: str) -> None:
        self._changed[kind, key] = None

    def forget(self) -> None:
        """What was noted since the last commit was no change: it came out of the file."""
        self._changed.clear()

    def commit(self) -> None:
        if not self._changed:
            return
        self.revision += 1
        if self._file is not None:
            self._write(self._file)
        self._changed.clear()

    def rows(self, kind: str) -> Iterator[tuple[str, Any]]:
        """What an earlier process left, in key order."""
        if self._file is not None:
            found = self._file.execute("SELECT key, body FROM state WHERE kind = ? ORDER BY key", (kind,))
            yield from ((key, json.loads(body)) for key, body in found)

    def clear(self) -> None:
        """Forget everything kept so far."""
        self._changed.clear()
        self.revision += 1
        if self._file is not None:
            self._file.execute("DELETE FROM state")

    def scrub(self) -> None:
        """What was dropped still stands in free places of the file and beside it: now it goes from there, too."""
        if self._file is not None:
            self._file.execute("VACUUM")
            self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()

    def _write(self, file: sqlite3.Connection) -> None:
        puts, drops = [], []
        for (kind, key), body in self._changed.items():
            if body is None:
                drops.append((kind, key))
            else:
                puts.append((kind, key, json.dumps(body(), separators=(",", ":"))))
        file.execute("BEGIN IMMEDIATE")
        file.executemany(_PUT, puts)
        file.executemany(_DROP, drops)
        file.execute("COMMIT")


def _open(path: Path) -> sqlite3.Connection:
    """Raises sqlite3.Error where it is no state file, or another twin holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = sqlite3.connect(path, isolation_level=None, timeout=LOCK_WAIT_S)
    file.execute("PRAGMA locking_mode = EXCLUSIVE")
    # A killed twin loses nothing; a power cut may cost the last calls, which a practice account can bear.
    file.execute("PRAGMA journal_mode = WAL")
    file.execute("PRAGMA synchronous = OFF")
    file.execute(_SCHEMA)
    return file
