"""People who logged in, and their roles. Who never did is not kept; the first migration's "local" is nobody."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from smartsync_core.errors import NotFound
from smartsync_core.model.access import Identity, Person, Role
from smartsync_core.store.database import Database
from smartsync_core.store.orgs import DEFAULT_USER_ID
from smartsync_core.store.tables import users as t

__all__ = ["People"]

_NOTED_EVERY = timedelta(minutes=1)  # when they were last seen
_WAITS = ""  # the role of somebody who has none yet


class People:
    """Bound to one org; a person of another one is unknown here."""

    def __init__(self, database: Database, org_id: str) -> None:
        self._database = database
        self._org_id = org_id

    def meet(self, identity: Identity) -> tuple[Person, bool]:
        """Who this is, by the name and address they have now; and whether they are here for the first time."""
        person_id, now = self._id(identity), datetime.now(UTC)
        told = {"name": identity.name, "email": identity.email or None}
        known = self._row(person_id)  # without the lock of writers: this is asked at every click
        if known and not _changed(known, told) and now - known["last_seen_at"] < _NOTED_EVERY:
            return _person(known), False
        with self._database.write() as conn:
            is_new = self._row(person_id, conn) is None
            if is_new:
                values = {"id": person_id, "org_id": self._org_id, "role": _WAITS, "created_at": now}
                conn.execute(sa.insert(t).values(**values, **told, last_seen_at=now))
            else:
                self._set(person_id, conn, **told, last_seen_at=now)
            return self.get(person_id, conn=conn), is_new

    def of(self, identity: Identity) -> Person | None:
        """Whom that service means; None where they were never met."""
        row = self._row(self._id(identity))
        return _person(row) if row else None

    def get(self, person_id: str, *, conn: sa.Connection | None = None) -> Person:
        """Raises NotFound."""
        row = self._row(person_id, conn)
        if row is None:
            raise NotFound("There is no such person.", hint="Choose one from the list of people.")
        return _person(row)

    def all(self, *, conn: sa.Connection | None = None) -> list[Person]:
        """Those without a role first, then as they came."""
        query = sa.select(t).where(*self._here()).order_by(t.c.role != _WAITS, t.c.created_at, t.c.id)
        with self._database.read(conn) as own:
            return [_person(row) for row in own.execute(query).mappings()]

    def set_role(self, person_id: str, role: Role | None, *, conn: sa.Connection | None = None) -> Person:
        """From their next click on. Raises NotFound."""
        self.get(person_id, conn=conn)
        self._set(person_id, conn, role=role.value if role else _WAITS)
        return self.get(person_id, conn=conn)

    def _id(self, identity: Identity) -> str:
        """The same for whoever is the same there, so that two who come at once are one row."""
        whole = "\n".join((self._org_id, identity.issuer, identity.subject))
        return hashlib.sha256(whole.encode()).hexdigest()[:32]

    def _here(self, *more: sa.ColumnElement[bool]) -> tuple[sa.ColumnElement[bool], ...]:
        return (t.c.org_id == self._org_id, t.c.id != DEFAULT_USER_ID, *more)

    def _row(self, person_id: str, conn: sa.Connection | None = None) -> sa.RowMapping | None:
        with self._database.read(conn) as own:
            return own.execute(sa.select(t).where(*self._here(t.c.id == person_id))).mappings().one_or_none()

    def _set(self, person_id: str, conn: sa.Connection | None, **values: Any) -> None:
        with self._database.write(conn) as own:
            own.execute(sa.update(t).where(*self._here(t.c.id == person_id)).values(**values))


def _changed(row: sa.RowMapping, told: dict[str, str | None]) -> bool:
    return any(row[name] != value for name, value in told.items())


def _person(row: sa.RowMapping) -> Person:
    return Person(
        id=row["id"],
        org_id=row["org_id"],
        name=row["name"],
        email=row["email"] or "",
        role=Role(row["role"]) if row["role"] else None,
        created_at=row["created_at"],
        last_seen_at=row["last_seen_at"],
    )
