"""Which company is meant."""

from __future__ import annotations

import pytest

from smartsync_core.enrichment.identity import Agreement, Identity, agree, identify, number_key, of_key


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ({"number": "7123456", "domain": "acme.example"}, "number:07123456"),
        ({"number": "sc 123456"}, "number:SC123456"),
        ({"domain": "https://www.Acme.example/about"}, "domain:acme.example"),
        ({"email": "ada@acme.example"}, "domain:acme.example"),
        ({"email": "ada@gmail.com", "name": "Acme"}, ""),
        ({"domain": "gmail.com"}, ""),
        ({"name": "ACME Ltd.", "postcode": "sw1a 1aa"}, "name:acme|SW1A1AA"),
        ({"name": "Acme"}, ""),
        ({}, ""),
    ],
)
def test_a_company_is_known_by_number_then_domain_then_name_with_postcode(
    said: dict[str, str], key: str
) -> None:
    assert identify(**said).key == key


@pytest.mark.parametrize(
    ("key", "company"),
    [
        ("name:acme|SW1A1AA", Identity(name="acme", postcode="SW1A1AA")),
        ("unsure:acme", Identity(name="acme")),
        ("unsure:forms | surfaces", Identity(name="forms | surfaces")),
    ],
)
def test_a_key_leads_back_to_its_company(key: str, company: Identity) -> None:
    assert of_key(key) == company


def test_a_domain_that_several_companies_share_recognises_none() -> None:
    assert identify(name="Acme", domain="mall.example", shared={"mall.example"}).key == ""


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (Identity(number="07123456"), Identity(number="07123456"), Agreement.SAME),
        (Identity(number="07123456", name="Acme"), Identity(number="07123457", name="Acme"), Agreement.DIFFERENT),
        (Identity(name="Acme Ltd", postcode="N11AA"), Identity(name="ACME", postcode="N11AA"), Agreement.SAME),
        (Identity(name="Acme", domain="a.example"), Identity(name="Acme Limited", domain="a.example"), Agreement.SAME),
        (Identity(name="Acme"), Identity(name="Acme Ltd"), Agreement.POSSIBLE),
        (Identity(name="Acme", postcode="N11AA"), Identity(name="Acme", postcode="N22BB"), Agreement.POSSIBLE),
        (Identity(name="Acme"), Identity(name="Bolt"), Agreement.DIFFERENT),
        (Identity(), Identity(), Agreement.DIFFERENT),
    ],
)  # fmt: skip
def test_the_name_alone_is_only_a_possible_match(
    ours: Identity, theirs: Identity, expected: Agreement
) -> None:
    assert agree(ours, theirs) is expected


@pytest.mark.parametrize("text", ["", "123456789", "ABC12345", "acme"])
def test_what_is_no_company_number_is_none(text: str) -> None:
    assert number_key(text) == ""
