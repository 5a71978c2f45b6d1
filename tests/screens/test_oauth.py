"""The Accounts page where our app at HubSpot is configured, and where it is not."""

from __future__ import annotations

import pytest

from smartsync_core.orchestrator import oauth
from tests.screens.conftest import Open, Person, all_texts


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBSPOT_CLIENT_ID", "our-app")
    monkeypatch.setenv("HUBSPOT_CLIENT_SECRET", "its-secret")


def test_without_an_app_at_hubspot_nothing_is_offered(open_page: Open, person: Person) -> None:
    assert "without a key" not in all_texts(open_page("accounts.py"))


@pytest.mark.usefixtures("configured")
def test_the_way_to_hubspot_is_shown_once_it_is_asked_for(open_page: Open, person: Person) -> None:
    at = open_page("accounts.py")
    assert not at.get("link_button")
    at.text_input(key="oauth-name").set_value("HubSpot Europe")
    at.button(key="FormSubmitter:connect-oauth-Continue").click().run()
    (link,) = at.get("link_button")
    assert link.proto.url.startswith(f"{person.twin.url}/oauth/authorize?client_id=our-app")
    assert "its-secret" not in link.proto.url


@pytest.mark.usefixtures("configured")
def test_an_account_without_a_name_is_one_sentence(open_page: Open, person: Person) -> None:
    at = open_page("accounts.py").button(key="FormSubmitter:connect-oauth-Continue").click().run()
    assert [one.value for one in at.error] == ["Choose one that says which account it is."]


@pytest.mark.usefixtures("configured")
@pytest.mark.parametrize("what", ["refused", "expired", "other_account", "failed", "<script>"])
def test_whoever_comes_back_without_an_account_is_told_why_in_words_of_ours(
    open_page: Open, person: Person, what: str
) -> None:
    at = open_page("accounts.py", hubspot=what, account="anything")
    assert len(at.error) == 1
    assert "script" not in at.error[0].value


@pytest.mark.usefixtures("configured")
def test_only_accounts_that_were_connected_so_can_be_reconnected(open_page: Open, person: Person) -> None:
    connection = person.connects()
    assert f"again-{connection.id}" not in [one.key for one in open_page("accounts.py").button]
    assert oauth.is_offered(person.ctx)
