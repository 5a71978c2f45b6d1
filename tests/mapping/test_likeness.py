"""Which rows a person is asked about: they share a mark, and are alike. Everybody else is nobody's question."""

from __future__ import annotations

import pytest

from smartsync_core.mapping.identity import company_name_key
from smartsync_core.mapping.likeness import marks_of, what_they_share
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.plan import Draft


def company(
    row: int, name: str, domain: str = "", phone: str = "", postcode: str = "", country: str = ""
) -> Draft:
    values = {"name": name, "phone": phone, "zip": postcode}
    return Draft(
        row=row,
        object=ObjectName.COMPANIES,
        values={field: text for field, text in values.items() if text},
        domain=domain,
        name_key=company_name_key(name),
        country_key=country,
    )


def person(row: int, name: str, email: str = "", phone: str = "", firm: str = "") -> Draft:
    first, _, last = name.partition(" ")
    values = {"firstname": first, "lastname": last, "email": email, "phone": phone, "company": firm}
    return Draft(
        row=row,
        object=ObjectName.CONTACTS,
        values={field: text for field, text in values.items() if text},
        email=email,
    )


def marks(draft: Draft, firm: str = "") -> tuple[str, ...]:
    firm = firm or company_name_key(draft.values.get("company", ""))
    return marks_of(
        draft.object, draft.values, email=draft.email, domain=draft.domain, name_key=draft.name_key or firm
    )


def asked(one: Draft, other: Draft) -> list[str]:
    """What a person is told that the two share; nothing = they are not asked."""
    shared = [mark for mark in marks(one) if mark in marks(other)]
    return [why for mark in shared if (why := what_they_share(mark, one, other))]


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (("Acme Ltd", "acme.example"), ("ACME Limited",), "the same name"),
        (("Acme Foods", "acme.com"), ("Acme Food", "acme.co.uk"), "much the same domain"),
        (
            ("Birch Works", "", "+442079460001"),
            ("Birchworks", "", "+44 20 7946 0001"),
            "the same phone number",
        ),
        (("Alder Trading", "", "", "SW1A 1AA"), ("Alder Tradings", "", "", "sw1a1aa"), "the same postcode"),
        (("Cedar", "cedar.com"), ("Cedar Europe GmbH", "shop.cedar.com"), "much the same domain"),
    ],
)
def test_companies_that_are_asked_about(one: tuple[str, ...], other: tuple[str, ...], why: str) -> None:
    assert asked(company(2, *one), company(3, *other)) == [why]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Acme Ltd", "acme.example"), ("Acme Inc", "acme-tools.example")),  # each says its own domain
        (("Acme Ltd", "", "", "", "GB"), ("Acme Inc", "", "", "", "US")),
        (("Acme", "", "", "AB1 2CD"), ("Acme", "", "", "EF3 4GH")),
        (
            ("Store 12", "", "+442079460001"),
            ("Store 14", "", "+442079460001"),
        ),  # two branches, one switchboard
        (("Birch Works", "", "+442079460001"), ("Okoro Logistics", "", "+442079460001")),
        (("Birch Works", "", "", "SW1A 1AA"), ("Beech Foods", "", "", "SW1A 1AA")),
        (("", "acme.com"), ("", "acme.co.uk")),
    ],
)
def test_companies_that_are_not(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert asked(company(2, *one), company(3, *other)) == []


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (("Jon Smith", "jon.smith@acme.com"), ("John Smith", "john.smith@acme.com"), "addresses at acme.com"),
        (("Zoë Müller", "", "+49 30 901820"), ("Zoe Muller", "", "+4930901820"), "the same phone number"),
        (("J Smith", "js@acme.com"), ("John Smith", "john@acme.com"), "addresses at acme.com"),
        (
            ("Ada Birch", "ada.birch@acme.com"),
            ("Ada Birch", "ada.birch@acme.co.uk"),
            "the same name before the @",
        ),
        (
            ("Ada Birch", "ada.birch@acme.com"),
            ("Ada Birch", "ada.birch@gmail.com"),
            "the same name before the @",
        ),
        (("Ada Birch", "", "", "Acme Ltd"), ("Ada Birch", "", "", "ACME"), "the same company"),
        (
            ("Ada Birch", "ada.birch@gmail.com"),
            ("Ada Birch", "adabirch@gmail.com"),
            "e-mail addresses that differ by a letter or two",
        ),
    ],
)
def test_people_who_are_asked_about(one: tuple[str, ...], other: tuple[str, ...], why: str) -> None:
    assert asked(person(2, *one), person(3, *other)) == [why]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Ada Birch", "ada@acme.com"), ("Ada Birch", "birch@beta.com")),  # a name alone is no question
        (("Ada Birch", "", "+442079460001"), ("Tom Okoro", "", "+442079460001")),  # a switchboard
        (("Jane Smith", "jane@acme.com"), ("John Smith", "john@acme.com")),
        (("Ada Birch", "info@acme.com"), ("Ada Birch", "info@beta.com")),
        (("Ada Birch", "ada.birch@acme.com"), ("Ada Birch", "ada.birch@beta.com")),  # a name alone, twice
        (("Ada Birch", "ada@gmail.com"), ("Ada Birch", "birch1980@gmail.com")),
        (("Ada", "ada@acme.com"), ("Ada", "ada2@acme.com")),
    ],
)
def test_people_who_are_not(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    assert asked(person(2, *one), person(3, *other)) == []


def test_the_company_of_the_same_row_counts_as_the_persons() -> None:
    beside = company(2, "Acme Ltd", "acme.example")
    assert "firm:birch|a|acme" in marks(person(2, "Ada Birch"), beside.name_key)
