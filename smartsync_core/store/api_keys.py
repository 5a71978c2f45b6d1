"""Keys of the API: only their digests are kept, so that whoever reads the database cannot use them."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from smartsync_core.errors import NotFound
from smartsync_core.model.access import ApiKey, Role
from smartsync_core.store.database import Database
from smartsync_core.store.tables import api_keys as t

__all__ = ["ApiKeys"]

_SHAPE = re.compile(r"ssk_([0-9a-f]{12})_[\w-]{43}", re.ASCII)
_NOTED_EVERY = timedelta(minutes=1)  # a write per call would make every caller wait for the others


class ApiKeys:
    """Bound to one org; a key of another one is unknown here."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id
        self._known: dict[str, ApiKey] = {}  # digest → the key as it was last looked up
        self._doubted: set[str] = set()  # ids of keys that are looked up at each call: somebody revokes them

    def make(
        self, role: Role, name: str, by: str, *, conn: sa.Connection | None = None
    ) -> tuple[ApiKey, str]:
        """A new key, and its text, which can be read this once."""
        key_id = uuid4().hex[:12]
        text = f"ssk_{key_id}_{token_urlsafe(32)}"
        row = {
            "id": key_id,
            "org_id": self._org_id,
            "name": name,
            "role": role.value,
            "digest": _digest(text),
            "created_by": by,
            "created_at": datetime.now(UTC),
        }
        with self._database.write(conn) as own:
            own.execute(sa.insert(t).values(row))
        return self.get(key_id, conn=conn), text

    def get(self, key_id: str, *, conn: sa.Connection | None = None) -> ApiKey:
        """Raises NotFound."""
        row = self._row(key_id, conn)
        if row is None:
            raise NotFound(f"There is no API key {key_id}.", hint="`apikey list` names those there are.")
        return _key(row)

    def all(self) -> list[ApiKey]:
        """Oldest first, the revoked ones too."""
        query = sa.select(t).where(t.c.org_id == self._org_id).order_by(t.c.created_at, t.c.id)
        with self._database.read() as conn:
            return [_key(row) for row in conn.execute(query).mappings()]

    def recognise(self, text: str) -> ApiKey | None:
        """The key that reads so, unless it was revoked. Notes that it was used."""
        if (known := self.known(text)) is not None:
            return known
        found, digest, now = _SHAPE.fullmatch(text), _digest(text), datetime.now(UTC)
        row = self._row(found[1]) if found else None
        if row is None or not hmac.compare_digest(row["digest"], digest) or row["revoked_at"]:
            return None
        key = _key(row)
        if key.last_used_at is None or now - key.last_used_at >= _NOTED_EVERY:
            key = replace(key, last_used_at=now)
            self._set(key.id, last_used_at=now)
        if self._database.is_duckdb:  # else another process may revoke it
            self._known[digest] = key
        return key

    def known(self, text: str) -> ApiKey | None:
        """As `recognise`, but None where that has to look into the database: at first, once a minute, after a revocation."""
        key = self._known.get(_digest(text))
        if key is None or key.last_used_at is None or key.id in self._doubted:
            return None
        return key if datetime.now(UTC) - key.last_used_at < _NOTED_EVERY else None

    def revoke(self, key_id: str, *, conn: sa.Connection | None = None) -> ApiKey:
        """From now on it opens nothing; revoking it again changes nothing. Raises NotFound."""
        self._doubted.add(key_id)
        if self.get(key_id, conn=conn).revoked_at is None:
            self._set(key_id, conn, revoked_at=datetime.now(UTC))
        return self.get(key_id, conn=conn)

    def _row(self, key_id: str, conn: sa.Connection | None = None) -> sa.RowMapping | None:
        query = sa.select(t).where(t.c.org_id == self._org_id, t.c.id == key_id)
        with self._database.read(conn) as own:
            return own.execute(query).mappings().one_or_none()

    def _set(self, key_id: str, conn: sa.Connection | None = None, **values: Any) -> None:
        here = (t.c.org_id == self._org_id, t.c.id == key_id)
        with self._database.write(conn) as own:
            own.execute(sa.update(t).where(*here).values(**values))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _key(row: sa.RowMapping) -> ApiKey:
    plain = {name: row[name] for name in row if name not in ("digest", "role")}
    return ApiKey(**plain, role=Role(row["role"]))
