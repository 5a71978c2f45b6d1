"""What two calls have in common: of those the second one waits for the first."""

from __future__ import annotations

from smartsync_core.mapping.callers import subjects

ADA = {"email": "Ada@acme.example ", "first_name": "Ada", "company": None}
BEN = {"email": "ben@acme.example", "firstName": "Ben"}


def test_one_person_is_one_subject_however_the_address_is_written() -> None:
    assert subjects(ADA, company=False) == subjects({"E-mail": "ada@ACME.example"}, company=False)


def test_colleagues_wait_for_each_other_only_where_their_company_is_written_too() -> None:
    assert not subjects(ADA, company=False) & subjects(BEN, company=False)
    assert subjects(ADA, company=True) & subjects(BEN, company=True) == {"acme.example"}


def test_what_is_blank_is_nobodys() -> None:
    assert subjects({"email": "", "name": None}, company=True) == set()


def test_one_company_is_one_subject_however_its_address_is_written() -> None:
    first = subjects({"name": "Acme", "website": "https://www.acme.example/en"}, company=True)
    assert "acme.example" in first & subjects({"name": "ACME Ltd", "domain": "acme.example"}, company=True)


def test_people_of_a_free_mail_host_do_not_wait_for_each_other() -> None:
    first, second = ({"email": f"{name}@gmail.com"} for name in ("ada", "ben"))
    assert not subjects(first, company=True) & subjects(second, company=True)
