"""The configured accounts and their tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from smartsync_core.errors import NeedsPerson, NotFound, RetryLater, SmartSyncError
from smartsync_core.model.connection import Connection, OAuthTokens, SyncDirection
from smartsync_core.model.crm import AccountKind
from smartsync_core.store.connections import Connections
from smartsync_core.store.database import Database
from smartsync_core.store.secrets import Secrets
from smartsync_core.store.tables import crm_integrations

_KEY = Fernet.generate_key().decode()


@pytest.fixture
def connections(database: Database) -> Connections:
    return Connections(database, "org", Secrets([_KEY]))


def save(connections: Connections, **other: Any) -> Connection:
    plain: dict[str, Any] = {
        "name": "Sales",
        "crm_type": "hubspot",
        "base_url": "",
        "token": "pat-na1-a",
        "portal_id": "7",
    }
    return connections.save(**(plain | other))


def test_what_is_saved_is_found_by_id_and_by_name(connections: Connections) -> None:
    saved = save(connections, kind=AccountKind.PRACTICE, auto_score=True)
    assert connections.get(saved.id) == saved == connections.by_name("Sales")
    assert (saved.kind, saved.auto_score, saved.is_active) == (AccountKind.PRACTICE, True, True)
    assert saved.sync_direction is SyncDirection.TO_CRM


def test_a_known_name_is_updated_and_keeps_its_id_and_switches(connections: Connections) -> None:
    first = save(connections, auto_score=True)
    again = save(connections, token="pat-na1-b", sync_direction=SyncDirection.BIDIRECTIONAL)
    assert (again.id, again.auto_score, again.sync_direction) == (first.id, True, SyncDirection.BIDIRECTIONAL)
    assert connections.token_source(first.id).token() == "pat-na1-b"
    assert connections.all() == [again]


@pytest.mark.parametrize(("portal_id", "kept"), [("7", True), ("8", False)])
def test_our_fields_count_as_added_only_in_the_account_they_were_added_to(
    connections: Connections, portal_id: str, kept: bool
) -> None:
    connections.set_fields_added(save(connections).id)
    assert save(connections, portal_id=portal_id).fields_added is kept


def test_the_token_is_not_in_the_row_nor_in_the_value(connections: Connections, database: Database) -> None:
    assert "pat-na1-a" not in repr(save(connections))
    with database.read() as conn:
        assert "pat-na1-a" not in str(conn.execute(sa.select(crm_integrations)).all())


def test_a_refused_token_is_refreshed_only_by_a_newer_one(connections: Connections) -> None:
    source = connections.token_source(save(connections).id)
    assert source.refreshed(source.token()) is None
    save(connections, token="pat-na1-b")
    assert source.refreshed("pat-na1-a") == "pat-na1-b" == source.token()


def test_another_org_sees_nothing(connections: Connections, database: Database) -> None:
    saved = save(connections)
    others = Connections(database, "other org", Secrets([_KEY]))
    assert others.all(inactive=True) == []
    with pytest.raises(NotFound):
        others.get(saved.id)
    others.deactivate(saved.id)
    assert connections.get(saved.id).is_active


def test_a_name_that_nobody_has_is_answered_with_those_there_are(connections: Connections) -> None:
    save(connections)
    with pytest.raises(NotFound) as unknown:
        connections.by_name("Sale")
    assert unknown.value.sentence() == 'No account is connected under the name "Sale". There is "Sales".'


def test_a_deactivated_account_has_no_token_until_it_is_saved_again(connections: Connections) -> None:
    saved = save(connections)
    connections.deactivate(saved.id)
    assert connections.all() == []
    with pytest.raises(NeedsPerson, match="has no token"):
        connections.token_source(saved.id).token()
    assert save(connections).id == saved.id


def test_syncs_are_counted_and_the_last_error_is_that_of_the_last_one(connections: Connections) -> None:
    saved = save(connections)
    connections.record_sync(saved.id, error="The token was refused.")
    assert connections.get(saved.id).last_error == "The token was refused."
    connections.record_sync(saved.id)
    after = connections.get(saved.id)
    assert (after.sync_count, after.last_error) == (2, "")
    assert after.last_sync_at is not None


_GONE = NeedsPerson("HubSpot no longer lets SmartSync into this account.", hint="Connect it again.")


class Renewals:
    """Gives no tokens, and counts who asks."""

    def __init__(self, error: SmartSyncError) -> None:
        self.error = error
        self.asked: list[str] = []

    def __call__(self, refresh: str) -> OAuthTokens:
        self.asked.append(refresh)
        raise self.error


def due(connections: Connections, refresh: str = "first", *, expires_in_s: float = -1) -> Connection:
    now = datetime.now(UTC)
    return save(
        connections,
        refresh_token=refresh,
        token_renew_at=now - timedelta(seconds=1),
        token_expires_at=now + timedelta(seconds=expires_in_s),
    )


@pytest.mark.parametrize("error", [_GONE, RetryLater("HubSpot does not answer.", after_s=30)])
def test_after_a_renewal_that_failed_the_next_calls_fail_at_once(
    connections: Connections, error: SmartSyncError
) -> None:
    renew = Renewals(error)
    account = due(connections)
    for _ in range(3):
        with pytest.raises(type(error), match=error.message):
            connections.token_source(account.id, renew).token()
    assert renew.asked == ["first"]


def test_an_account_that_lets_us_in_no_more_says_so_until_it_is_connected_again(
    connections: Connections,
) -> None:
    renew = Renewals(_GONE)
    account = due(connections)
    with pytest.raises(NeedsPerson):
        connections.token_source(account.id, renew).token()
    assert connections.get(account.id).last_error == _GONE.sentence()
    assert due(connections, "second").last_error == ""
    with pytest.raises(NeedsPerson):
        connections.token_source(account.id, renew).token()
    assert renew.asked == ["first", "second"], "a new permission is tried at once"


def test_a_token_that_is_good_for_a_while_yet_is_used_where_none_can_be_had(connections: Connections) -> None:
    renew = Renewals(RetryLater("HubSpot does not answer.", after_s=30))
    account = due(connections, expires_in_s=600)
    assert connections.token_source(account.id, renew).token()
    assert connections.token_source(account.id, renew).token()
    assert renew.asked == ["first"]
