"""An account that a person lets us into at HubSpot: there and back, tokens that renew themselves, and giving them back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import sqlalchemy as sa

from smartsync_core.errors import BadInput, NeedsPerson
from smartsync_core.model.connection import Connection
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.run import RunState
from smartsync_core.orchestrator import accounts, oauth
from smartsync_core.orchestrator.connect import test_connection as ask_account
from smartsync_core.orchestrator.context import Context
from smartsync_core.store.tables import crm_integrations, oauth_states
from tests.orchestrator.conftest import Imports
from tests.twin_process import CLIENT


def agrees(address: str) -> dict[str, str]:
    """A person lets us in on the page at `address`; what they come back with."""
    base, _, _ = address.partition("?")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    back = CLIENT.post(base, data=asked, follow_redirects=False).headers["Location"]
    return {name: values[0] for name, values in parse_qs(urlsplit(back).query).items()}


def connected(ctx: Context, name: str) -> Connection:
    return oauth.finish(ctx, **agrees(oauth.begin(ctx, name))).connection


def refresh_tokens_live(imports: Imports, token: str) -> bool:
    return CLIENT.get(f"{imports.twin.url}/oauth/v1/refresh-tokens/{token}").is_success


def test_the_way_back_connects_the_account_and_is_good_once(imports: Imports) -> None:
    ctx = imports.ctx
    told = agrees(oauth.begin(ctx, "OAuth once"))
    found = oauth.finish(ctx, **told)
    assert found.connection.by_oauth
    assert found.account.can_write
    with pytest.raises(BadInput) as again:
        oauth.finish(ctx, **told)
    assert again.value.code == "expired"
    assert ctx.audit.recent(1)[0]["what"] == "connection.saved"


@pytest.mark.parametrize("state", ["", "made up"])
def test_a_state_that_is_not_ours_connects_nothing(imports: Imports, state: str) -> None:
    code = agrees(oauth.begin(imports.ctx, "OAuth forged"))["code"]
    with pytest.raises(BadInput, match="used before"):
        oauth.finish(imports.ctx, state=state, code=code)


def test_a_state_is_good_for_ten_minutes(imports: Imports) -> None:
    told = agrees(oauth.begin(imports.ctx, "OAuth late"))
    with imports.ctx.database.write() as conn:
        conn.execute(sa.update(oauth_states).values(begun_at=datetime.now(UTC) - timedelta(minutes=11)))
    with pytest.raises(BadInput, match="ten minutes"):
        oauth.finish(imports.ctx, **told)


def test_a_code_without_our_verifier_is_worth_nothing(imports: Imports) -> None:
    stolen = agrees(oauth.begin(imports.ctx, "OAuth theirs"))["code"]
    state = agrees(oauth.begin(imports.ctx, "OAuth ours"))["state"]
    with pytest.raises(NeedsPerson, match="did not accept"):
        oauth.finish(imports.ctx, state=state, code=stolen)


def test_neither_tokens_nor_verifiers_can_be_read_in_the_database(imports: Imports) -> None:
    ctx = imports.ctx
    connection = connected(ctx, "OAuth sealed")
    oauth.begin(ctx, "OAuth begun")
    tokens = ctx.connections.tokens(connection.id)
    with ctx.database.read() as conn:
        kept = str([conn.execute(sa.select(table)).all() for table in (crm_integrations, oauth_states)])
    assert tokens.access not in kept
    assert tokens.refresh not in kept
    assert tokens.refresh not in repr(tokens)


def test_a_token_that_is_due_is_renewed_before_it_is_used_and_kept(imports: Imports) -> None:
    ctx = imports.ctx
    connection = connected(ctx, "OAuth due")
    before = ctx.connections.tokens(connection.id)
    with ctx.database.write() as conn:
        due = datetime.now(UTC) - timedelta(seconds=1)
        conn.execute(
            sa.update(crm_integrations)
            .where(crm_integrations.c.id == connection.id)
            .values(token_renew_at=due)
        )
    imports.twin.control(
        "PUT", "tokens", {before.access: {"scopes": []}}
    )  # with the old one nothing would work
    ask_account(ctx, connection)
    after = ctx.connections.tokens(connection.id)
    assert after.access != before.access
    assert after.renew_at is not None
    assert after.expires_at is not None
    assert datetime.now(UTC) < after.renew_at < after.expires_at


def test_a_token_that_expires_in_mid_run_is_renewed_and_every_row_lands(imports: Imports) -> None:
    ctx = imports.ctx
    imports.connection = connected(ctx, "OAuth mid-run")
    before = ctx.connections.tokens(imports.connection.id)
    people = "".join(f"midrun{n}@oauth.example\n" for n in range(250))
    run_id = imports.preview(imports.file(f"Email\n{people}")).run_id
    imports.twin.control(
        "PUT", "faults", {"next": [{"kind": "token_expiry", "path": "/batch/create", "after": 1}]}
    )
    done = imports.write(run_id)
    assert done.outcomes["created"] == 250
    assert imports.twin.state()["contacts"] == 250
    assert ctx.connections.tokens(imports.connection.id).access != before.access


def test_connecting_again_keeps_matched_records_and_history(imports: Imports) -> None:
    ctx = imports.ctx
    imports.connection = first = connected(ctx, "OAuth again")
    run_id = imports.run(imports.file("Email\nagain@oauth.example\n")).run_id
    accounts.disconnect(ctx, first.id)
    second = connected(ctx, "OAuth again")
    assert second.id == first.id
    assert ctx.links.lookup(second.id, ObjectName.CONTACTS, [("email", "again@oauth.example")])
    assert ctx.runs.get(run_id).integration_id == second.id


def test_another_account_is_refused_under_a_name_that_is_taken(imports: Imports) -> None:
    ctx = imports.ctx
    taken = ctx.connections.save(
        name="OAuth taken", crm_type="hubspot", base_url=imports.twin.url, token="pat-na1-x", portal_id="7"
    )
    told = agrees(oauth.begin(ctx, "OAuth taken"))
    with pytest.raises(BadInput) as refused:
        oauth.finish(ctx, **told)
    assert refused.value.code == "other_account"
    assert ctx.connections.get(taken.id) == taken


def test_disconnecting_gives_the_permission_back(imports: Imports) -> None:
    ctx = imports.ctx
    connection = connected(ctx, "OAuth left")
    refresh = ctx.connections.tokens(connection.id).refresh
    assert refresh_tokens_live(imports, refresh)
    accounts.disconnect(ctx, connection.id)
    assert not refresh_tokens_live(imports, refresh)
    assert ctx.audit.recent(1)[0]["details"] == {"name": "OAuth left", "given_back": True}


def test_an_account_whose_token_opens_no_more_can_still_be_disconnected(imports: Imports) -> None:
    ctx = imports.ctx
    connection = connected(ctx, "OAuth sealed by a lost key")
    with ctx.database.write() as conn:
        here = crm_integrations.c.id == connection.id
        conn.execute(sa.update(crm_integrations).where(here).values(refresh_token="lost"))
    accounts.disconnect(ctx, connection.id)
    assert ctx.audit.recent(1)[0]["details"] == {"name": connection.name, "given_back": False}


def test_where_hubspot_took_the_permission_back_a_person_is_asked_to_connect_again(imports: Imports) -> None:
    ctx = imports.ctx
    connection = connected(ctx, "OAuth revoked")
    tokens = ctx.connections.tokens(connection.id)
    CLIENT.delete(f"{imports.twin.url}/oauth/v1/refresh-tokens/{tokens.refresh}")
    imports.twin.control("PUT", "tokens", {tokens.access: {"expires_in": -1}})
    with pytest.raises(NeedsPerson, match="no longer lets SmartSync into this account"):
        ask_account(ctx, connection)


def test_where_the_permission_goes_in_mid_run_the_run_waits_until_somebody_connects_again(
    imports: Imports,
) -> None:
    ctx = imports.ctx
    imports.connection = account = connected(ctx, "OAuth taken away")
    people = "".join(f"away{n}@oauth.example\n" for n in range(250))
    run_id = imports.preview(imports.file(f"Email\n{people}")).run_id
    refresh = ctx.connections.tokens(account.id).refresh
    CLIENT.delete(f"{imports.twin.url}/oauth/v1/refresh-tokens/{refresh}")
    imports.twin.control(
        "PUT", "faults", {"next": [{"kind": "token_expiry", "path": "/batch/create", "after": 1}]}
    )
    waits = imports.write(run_id)
    assert ctx.runs.get(run_id).state is RunState.PAUSED
    assert "Connect it again" in ctx.runs.get(run_id).message
    assert "Connect it again" in ctx.connections.get(account.id).last_error
    assert waits.outcomes["created"] < 250
    assert connected(ctx, "OAuth taken away").id == account.id
    assert ctx.connections.get(account.id).last_error == ""
    done = imports.write(run_id)
    assert done.outcomes["created"] == 250
    assert imports.twin.state()["contacts"] == 250
