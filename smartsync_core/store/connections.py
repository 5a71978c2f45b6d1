"""Connections: the configured accounts and their tokens, which leave here only through a TokenSource."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, Unpack
from uuid import uuid4

import sqlalchemy as sa

from smartsync_core.errors import NeedsPerson, NotFound, RetryLater, SmartSyncError
from smartsync_core.model.connection import Connection, OAuthTokens, Switches, SyncDirection, SyncFrequency
from smartsync_core.model.crm import AccountKind, TokenSource
from smartsync_core.store.database import Database
from smartsync_core.store.secrets import Secrets
from smartsync_core.store.tables import crm_integrations as t

__all__ = ["Connections", "Renew", "StoredTokens"]

Renew = Callable[[str], OAuthTokens]
"""New tokens for a refresh token. Raises RetryLater, or NeedsPerson where there are no more."""


_SPARED = timedelta(seconds=30)  # after a renewal that failed; what has to be asked takes as long


@dataclass(frozen=True, kw_only=True)
class StoredTokens:
    """`renew_at` None = a key, which nobody renews."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_at: datetime | None
    renew_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class _Failed:
    """A renewal that did not work, so that the next calls fail at once instead of asking again each."""

    refresh: str = field(repr=False)  # another one, after somebody connected again, is tried at once
    until: datetime
    error: SmartSyncError


class Connections:
    """Bound to one org. Names are unique in it, whether a connection is active or not."""

    def __init__(self, database: Database, org_id: str, secrets: Secrets) -> None:
        self._database = database
        self._org_id = org_id
        self._secrets = secrets
        self._locks: defaultdict[str, Lock] = defaultdict(Lock)
        self._failed: dict[str, _Failed] = {}

    def save(
        self,
        *,
        name: str,
        crm_type: str,
        base_url: str,
        token: str,
        portal_id: str = "",
        kind: AccountKind = AccountKind.PRODUCTION,
        refresh_token: str = "",
        token_expires_at: datetime | None = None,
        token_renew_at: datetime | None = None,
        conn: sa.Connection | None = None,
        **switches: Unpack[Switches],
    ) -> Connection:
        """Make the connection `name`, or give the one that has it this account and token and activate it.

        `switches` are the sync_* and auto_* fields of Connection; those not named keep what they are. Our
        fields count as added only as long as the account (`portal_id`) stays the same.
        """
        now = datetime.now(UTC)
        given = {
            "crm_type": crm_type,
            "name": name,
            "base_url": base_url,
            "portal_id": portal_id,
            "kind": kind.value,
            "access_token": self._sealed("access_token", token),
            "refresh_token": self._sealed("refresh_token", refresh_token),
            "token_expires_at": token_expires_at,
            "token_renew_at": token_renew_at,
            "is_active": True,
            "last_error": None,
            "updated_at": now,
            **switches,
        }
        with self._database.write(conn) as own:
            known = self._row(own, t.c.name == name)
            if known is None:
                defaults = {"id": uuid4().hex, "org_id": self._org_id, "created_at": now, **_DEFAULTS}
                own.execute(sa.insert(t).values(defaults | given))
            else:
                kept = known["fields_added"] and known["portal_id"] == portal_id
                own.execute(sa.update(t).where(t.c.id == known["id"]).values(given | {"fields_added": kept}))
            return _connection(self._row(own, t.c.name == name))

    def get(self, connection_id: str, *, conn: sa.Connection | None = None) -> Connection:
        """Raise NotFound."""
        with self._database.read(conn) as own:
            return _connection(self._row(own, t.c.id == connection_id))

    def by_name(self, name: str, *, conn: sa.Connection | None = None) -> Connection:
        """Raise NotFound, naming those there are."""
        with self._database.read(conn) as own:
            row = self._row(own, t.c.name == name)
            if row is not None:
                return _connection(row)
            query = sa.select(t.c.name).where(t.c.org_id == self._org_id, t.c.is_active).order_by(t.c.name)
            known = ", ".join(f'"{other}"' for other in own.execute(query).scalars())
        hint = f"There is {known}." if known else "Connect one first."
        raise NotFound(f'No account is connected under the name "{name}".', hint=hint)

    def all(self, *, inactive: bool = False) -> list[Connection]:
        """By name; those that were deactivated only if asked for."""
        query = sa.select(t).where(t.c.org_id == self._org_id).order_by(t.c.name)
        if not inactive:
            query = query.where(t.c.is_active)
        with self._database.read() as conn:
            return [_connection(row) for row in conn.execute(query).mappings()]

    def set_fields_added(self, connection_id: str, added: bool = True) -> None:
        self._set(connection_id, fields_added=added)

    def set_base_url(self, connection_id: str, base_url: str) -> None:
        """The practice account has a new address at each start."""
        self._set(connection_id, base_url=base_url)

    def set_switches(self, connection_id: str, **switches: Unpack[Switches]) -> None:
        """Those not named stay."""
        self._set(connection_id, **switches)

    def deactivate(self, connection_id: str) -> None:
        """Take it off the lists and forget its tokens; its links and runs stay."""
        self._set(connection_id, is_active=False, access_token=None, refresh_token=None, token_renew_at=None)

    def record_sync(self, connection_id: str, *, error: str = "", conn: sa.Connection | None = None) -> None:
        """Note that a run or a call just ended, and why it failed if it did (one sentence, no secrets)."""
        self._set(
            connection_id,
            conn,
            last_sync_at=datetime.now(UTC),
            sync_count=t.c.sync_count + 1,
            last_error=error or None,
        )

    def note_refusal(self, connection_id: str, error: SmartSyncError) -> None:
        """It does not answer as it should; since when stays as it was noted first."""
        now, said = datetime.now(UTC), error.sentence()
        where = (t.c.org_id == self._org_id, t.c.id == connection_id, t.c.last_error.is_distinct_from(said))
        values = {"last_error": said, "last_sync_at": now, "updated_at": now}
        with self._database.write() as conn:
            conn.execute(sa.update(t).where(*where).values(values))

    def note_answer(self, connection_id: str) -> None:
        """It answers: what was wrong before is past."""
        self._set(connection_id, last_error=None)

    def token_source(self, connection_id: str, renew: Renew | None = None) -> TokenSource:
        """The connection's token, read when it is first needed. `renew` gets new ones for a refresh token."""
        return _StoredToken(self, connection_id, renew)

    def tokens(self, connection_id: str) -> StoredTokens:
        """As they are stored now. Raise NeedsPerson when there is none or no key opens it."""
        with self._database.read() as conn:
            row = self._row(conn, t.c.id == connection_id)
        connection = _connection(row)
        if row is None or not row["access_token"]:
            raise NeedsPerson(f'The account "{connection.name}" has no token.', hint="Connect it again.")
        refresh = row["refresh_token"]
        return StoredTokens(
            access=self._secrets.open(self._org_id, "access_token", row["access_token"]),
            refresh=self._secrets.open(self._org_id, "refresh_token", refresh) if refresh else "",
            expires_at=row["token_expires_at"],
            renew_at=row["token_renew_at"],
        )

    def keep_tokens(self, connection_id: str, tokens: OAuthTokens) -> None:
        """In the place of those before."""
        self._set(
            connection_id,
            access_token=self._sealed("access_token", tokens.access),
            refresh_token=self._sealed("refresh_token", tokens.refresh),
            token_expires_at=tokens.expires_at,
            token_renew_at=tokens.renew_at,
        )

    def note_failure(self, connection_id: str, refresh: str, error: SmartSyncError) -> None:
        """Its token could not be renewed with `refresh`; where only a person can help, the account says so."""
        self._failed[connection_id] = _Failed(refresh=refresh, until=datetime.now(UTC) + _SPARED, error=error)
        if isinstance(error, NeedsPerson):
            self._set(connection_id, last_error=error.sentence())

    def failure(self, connection_id: str, refresh: str) -> SmartSyncError | None:
        """Why `refresh` gave no token a moment ago; None where that is long past, or never was."""
        found = self._failed.get(connection_id)
        fits = found is not None and found.refresh == refresh and datetime.now(UTC) < found.until
        return found.error if found and fits else None

    def lock_of(self, connection_id: str) -> Lock:
        """Whoever renews this connection's token holds it."""
        return self._locks[connection_id]

    def rotate(self, secrets: Secrets, *, conn: sa.Connection | None = None) -> int:
        """Seal every token anew with the newest key of `secrets`, and use those from now on; how many there were."""
        with self._database.write(conn) as own:
            count = 0
            for kind in ("access_token", "refresh_token"):
                query = sa.select(t.c.id, t.c[kind]).where(t.c.org_id == self._org_id, t.c[kind].is_not(None))
                for found in own.execute(query).all():
                    self._set(found.id, own, **{kind: secrets.rotate(found[1])})
                    count += 1
        self._secrets = secrets
        return count

    def _sealed(self, kind: str, token: str) -> str | None:
        return self._secrets.seal(self._org_id, kind, token) if token else None

    def _row(self, conn: sa.Connection, where: sa.ColumnElement[bool]) -> Mapping[Any, Any] | None:
        query = sa.select(t).where(t.c.org_id == self._org_id, where)
        return conn.execute(query).mappings().one_or_none()

    def _set(self, connection_id: str, conn: sa.Connection | None = None, **values: object) -> None:
        where = (t.c.org_id == self._org_id, t.c.id == connection_id)
        with self._database.write(conn) as own:
            own.execute(sa.update(t).where(*where).values(updated_at=datetime.now(UTC), **values))


class _StoredToken:
    """Renewed some time before it expires, under one lock of all who use the connection, and saved before it is used."""

    def __init__(self, connections: Connections, connection_id: str, renew: Renew | None) -> None:
        self._connections = connections
        self._connection_id = connection_id
        self._renew = renew
        self._lock = connections.lock_of(connection_id)
        self._held: StoredTokens | None = None

    def token(self) -> str:
        with self._lock:
            if self._held is None or self._is_due(self._held):
                self._held = self._current()
            return self._held.access

    def refreshed(self, refused: str) -> str | None:
        with self._lock:
            stored = self._connections.tokens(self._connection_id)
            if stored.access == refused:
                if self._renew is None or not stored.refresh:
                    return None
                stored = self._renewed(self._renew, stored)
            self._held = stored
            return stored.access

    def _current(self) -> StoredTokens:
        stored = self._connections.tokens(self._connection_id)
        if self._renew is None or not stored.refresh or not self._is_due(stored):
            return stored
        try:
            return self._renewed(self._renew, stored)
        except RetryLater:
            if stored.expires_at is None or stored.expires_at <= datetime.now(UTC):
                raise
            return stored  # good for a while yet

    def _renewed(self, renew: Renew, stored: StoredTokens) -> StoredTokens:
        if failed := self._connections.failure(self._connection_id, stored.refresh):
            raise failed.with_traceback(None)
        try:
            given = renew(stored.refresh)
        except SmartSyncError as error:
            self._connections.note_failure(self._connection_id, stored.refresh, error)
            raise
        self._connections.keep_tokens(self._connection_id, given)
        return StoredTokens(
            access=given.access, refresh=given.refresh, expires_at=given.expires_at, renew_at=given.renew_at
        )

    @staticmethod
    def _is_due(tokens: StoredTokens) -> bool:
        return tokens.renew_at is not None and tokens.renew_at <= datetime.now(UTC)


_DEFAULTS: Mapping[str, object] = {
    "fields_added": False,
    "sync_direction": SyncDirection.TO_CRM.value,
    "sync_frequency": SyncFrequency.MANUAL.value,
    "auto_enrich": False,
    "auto_score": False,
    "auto_assign": False,
    "auto_create_tasks": False,
    "sync_count": 0,
}


def _connection(row: Mapping[Any, Any] | None) -> Connection:
    if row is None:
        raise NotFound("There is no such account.", hint="Choose one from the list of accounts.")
    plain = {name: row[name] for name in _PLAIN}
    return Connection(
        **plain,
        kind=AccountKind(row["kind"]),
        sync_direction=SyncDirection(row["sync_direction"]),
        sync_frequency=SyncFrequency(row["sync_frequency"]),
        last_error=row["last_error"] or "",
        by_oauth=row["token_renew_at"] is not None,
    )


_PLAIN = (
    "id", "org_id", "crm_type", "name", "base_url", "portal_id", "is_active", "fields_added", "auto_enrich",
    "auto_score", "auto_assign", "auto_create_tasks", "last_sync_at", "sync_count", "created_at",
)  # fmt: skip
