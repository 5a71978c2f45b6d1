"""Persons who were sent to a CRM to let us in: who comes back does so with a state of ours, once, and soon."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe

import sqlalchemy as sa

from smartsync_core.store.database import Database
from smartsync_core.store.secrets import Secrets
from smartsync_core.store.tables import oauth_states as t

__all__ = ["Begun", "OAuthStates"]

_LIFE = timedelta(minutes=10)
_KIND = "oauth_verifier"


@dataclass(frozen=True, kw_only=True)
class Begun:
    """`state` travels through the browser; `verifier` never leaves us but in the call that gets the tokens."""

    state: str = field(repr=False)
    verifier: str = field(repr=False)
    crm_type: str
    name: str
    begun_by: str


class OAuthStates:
    """Bound to one org; a state of another one is unknown here."""

    def __init__(self, database: Database, org_id: str, secrets: Secrets) -> None:
        self._database = database
        self._org_id = org_id
        self._secrets = secrets

    def begin(self, crm_type: str, name: str, who: str) -> Begun:
        begun = Begun(
            state=token_urlsafe(32), verifier=token_urlsafe(64), crm_type=crm_type, name=name, begun_by=who
        )
        now = datetime.now(UTC)
        row = {
            "org_id": self._org_id,
            "state": _digest(begun.state),
            "crm_type": crm_type,
            "name": name,
            "verifier": self._secrets.seal(self._org_id, _KIND, begun.verifier),
            "begun_by": who,
            "begun_at": now,
        }
        with self._database.write() as conn:
            conn.execute(sa.delete(t).where(t.c.org_id == self._org_id, t.c.begun_at < now - _LIFE))
            conn.execute(sa.insert(t).values(row))
        return begun

    def take(self, state: str) -> Begun | None:
        """What began with this state; None where nothing did, or too long ago. From then on it is unknown."""
        here = (t.c.org_id == self._org_id, t.c.state == _digest(state))
        with self._database.write() as conn:
            row = conn.execute(sa.delete(t).where(*here).returning(t)).mappings().one_or_none()
        if row is None or row["begun_at"] < datetime.now(UTC) - _LIFE:
            return None
        return Begun(
            state=state,
            verifier=self._secrets.open(self._org_id, _KIND, row["verifier"]),
            crm_type=row["crm_type"],
            name=row["name"],
            begun_by=row["begun_by"],
        )


def _digest(state: str) -> str:
    return hashlib.sha256(state.encode()).hexdigest()
