"""What a record is recognised by: tests/cases/mapping/identity.toml."""

import socket

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given, settings
from hypothesis import strategies as st

from smartsync_core.mapping import identity
from smartsync_core.mapping.free_mail import FREE_MAIL_DOMAINS
from tests.mapping.cases import cases

CASES = [(name, text, key) for name, table in cases("identity").items() for text, key in table.items()]


@pytest.mark.parametrize(("function", "text", "key"), CASES)
def test_a_text_and_what_it_is_recognised_by(function: str, text: str, key: str) -> None:
    assert getattr(identity, function)(text) == key


@pytest.mark.parametrize(
    "function", ["domain_of", "email_key", "email_domain", "company_name_key", "country_code", "own_key"]
)
@settings(deadline=None)
@given(text=st.text(max_size=30))
def test_any_text_has_a_key_or_none(function: str, text: str) -> None:
    key = getattr(identity, function)(text)
    assert isinstance(key, str)
    if function in ("domain_of", "email_key", "own_key"):
        assert getattr(identity, function)(key) == key, "a key is its own key"


@pytest.mark.parametrize(
    "domain", ["gmail.com", "GMX.de", "web.de", "orange.fr", "btinternet.com", "www.hotmail.co.uk"]
)
def test_a_mail_provider_is_known(domain: str) -> None:
    assert identity.is_free_mail(domain)


@pytest.mark.parametrize("domain", ["example.com", "bt.com", "", "gmail.com.example.com"])
def test_a_company_is_not_taken_for_a_mail_provider(domain: str) -> None:
    assert not identity.is_free_mail(domain)


def test_the_list_of_mail_providers_is_long_and_canonical() -> None:
    assert len(FREE_MAIL_DOMAINS) >= 80
    assert all(identity.domain_of(domain) == domain for domain in FREE_MAIL_DOMAINS)


def test_nothing_here_asks_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert identity.domain_of("https://never-seen-before.example.org") == "never-seen-before.example.org"
    assert identity.email_key("ada@never-seen-before.example.org")


@given(
    mailbox=st.text("aB1._+-", min_size=1, max_size=70),
    host=st.sampled_from(
        ["acme.example", "ACME.Example", "localhost", "a..b", "münchen.example", "-x.example"]
    ),
)
@settings(deadline=None)
def test_a_plain_address_is_what_the_library_says_it_is(mailbox: str, host: str) -> None:
    address = f"{mailbox}@{host}"
    try:
        valid = validate_email(address, check_deliverability=False, test_environment=True)
        said = valid.normalized.lower() if "." in valid.domain else ""
    except EmailNotValidError:
        said = ""
    assert identity.email_key(address) == said
