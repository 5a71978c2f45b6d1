"""Changes that a CRM told of, kept per organisation."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from smartsync_core.errors import BadInput
from smartsync_core.model.webhook import Change, Taken
from smartsync_core.store.connections import Connections
from smartsync_core.store.database import Database
from smartsync_core.store.privacy import REMOVED, Privacy
from smartsync_core.store.secrets import Secrets
from smartsync_core.store.suppressions import Suppressions
from smartsync_core.store.webhooks import APART, Webhooks
from tests.running_app import PROJECT

CHANGE = Change(
    key="k1",
    portal_id="62515",
    kind="contact.creation",
    object_type="",
    record_id="123",
    field="",
    source="CRM",
    source_id="",
    occurred_at=datetime(2026, 11, 25, tzinfo=UTC),
)


def connected(database: Database, org_id: str, portal_id: str = "62515") -> str:
    connections = Connections(database, org_id, Secrets([Fernet.generate_key().decode()]))
    return connections.save(
        name="Main", crm_type="hubspot", base_url="", token="pat-na1-x", portal_id=portal_id
    ).id


def test_a_change_is_kept_once_and_comes_back_as_it_was(database: Database) -> None:
    account, webhooks = connected(database, "one"), Webhooks(database, "one")
    assert webhooks.take("hubspot", "first", [CHANGE, CHANGE]) == Taken(new=1, known=1, elsewhere=0)
    assert webhooks.take("hubspot", "second", [CHANGE]) == Taken(new=0, known=1, elsewhere=0)
    assert webhooks.kept(account) == [CHANGE]


def test_a_delivery_is_taken_once(database: Database) -> None:
    connected(database, "one")
    webhooks = Webhooks(database, "one")
    webhooks.take("hubspot", "first", [CHANGE])
    with pytest.raises(BadInput, match="taken before"):
        webhooks.take("hubspot", "first", [CHANGE])


def test_nothing_reaches_another_organisation(database: Database) -> None:
    ours, theirs = connected(database, "one"), connected(database, "two", portal_id="1")
    one, two = Webhooks(database, "one"), Webhooks(database, "two")
    assert one.take("hubspot", "first", [CHANGE]).new == 1
    assert two.take("hubspot", "first", [CHANGE]) == Taken(new=0, known=0, elsewhere=1)
    assert two.kept(ours) == two.kept(theirs) == []
    two.drop_old()
    assert one.kept(ours) == [CHANGE]


def test_a_delivery_waits_for_no_import_that_writes(database: Database) -> None:
    account, webhooks = connected(database, "one"), Webhooks(database, "one")
    suppressions = Suppressions(database, "one")
    with ThreadPoolExecutor(1) as pool, database.together():
        suppressions.add("email", ["ada@one.example"])
        assert pool.submit(webhooks.take, "hubspot", "first", [CHANGE]).result().new == 1
    assert webhooks.kept(account) == [CHANGE]


def test_whoever_is_removed_is_removed_from_what_a_crm_told_of_in_the_turn_of_deliveries(
    database: Database,
) -> None:
    account, webhooks = connected(database, "one"), Webhooks(database, "one")
    webhooks.take("hubspot", "first", [replace(CHANGE, source_id="ada@one.example")])
    with ThreadPoolExecutor(1) as pool:
        with database.write_apart(APART):
            removed = pool.submit(Privacy(database, "one").purge, "ada@one.example")
            with pytest.raises(TimeoutError):
                removed.result(0.5)
        assert removed.result() == 1
    assert webhooks.kept(account) == [replace(CHANGE, source_id=REMOVED)]


_KILLED = """
import os, signal, sys
from smartsync_core.store.database import Database
from smartsync_core.store.suppressions import Suppressions
from smartsync_core.store.webhooks import Webhooks
from tests.store.test_webhooks import CHANGE
from concurrent.futures import ThreadPoolExecutor

database = Database(sys.argv[1])
with ThreadPoolExecutor(1) as pool, database.together():
    Suppressions(database, "one").add("email", ["ada@one.example"])
    pool.submit(Webhooks(database, "one").take, "hubspot", "first", [CHANGE]).result()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_was_taken_stands_though_the_app_is_killed_while_an_import_writes(database: Database) -> None:
    if not database.is_duckdb:
        pytest.skip("PostgreSQL is not killed with the app")
    account = connected(database, "one")
    database.close()
    url = str(database.engine.url)
    killed = subprocess.run([sys.executable, "-c", _KILLED, url], cwd=PROJECT, check=False)
    assert killed.returncode == -signal.SIGKILL
    again = Database(url)
    try:
        assert Webhooks(again, "one").kept(account) == [CHANGE]
        with pytest.raises(BadInput, match="taken before"):
            Webhooks(again, "one").take("hubspot", "first", [CHANGE])
        assert Suppressions(again, "one").add("email", ["ada@one.example"]) == 1, "it was never committed"
    finally:
        again.close()


def test_deliveries_that_wait_leave_connections_to_others(database: Database) -> None:
    connected(database, "one")
    webhooks, many = Webhooks(database, "one"), 80  # more than a database has connections

    def deliver(number: int) -> int:
        return webhooks.take("hubspot", f"{number}", [CHANGE]).new

    with ThreadPoolExecutor(many) as pool:
        with database.write_apart("webhooks"):
            delivered = [pool.submit(deliver, number) for number in range(many)]
            assert not wait(delivered, timeout=1).done
            with database.read() as conn:
                conn.execute(sa.select(1))
        assert sum(one.result() for one in delivered) == 1


def test_of_deliveries_at_the_same_moment_each_change_is_kept_once(database: Database) -> None:
    account, webhooks = connected(database, "one"), Webhooks(database, "one")
    told = [replace(CHANGE, key=f"k{number}") for number in range(5)]
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda number: webhooks.take("hubspot", f"{number}", told), range(16)))
    assert sum(one.new for one in taken) == len(told)
    assert sum(one.known for one in taken) == 15 * len(told)
    assert {change.key for change in webhooks.kept(account)} == {one.key for one in told}
