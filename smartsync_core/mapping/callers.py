"""The names that a program gives to the values of one contact or company: `firstName` and `first_name` are one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from smartsync_core.mapping.identity import domain_of, is_free_mail
from smartsync_core.mapping.words import header_key, known, qualified
from smartsync_core.model.crm import ObjectName, Schema
from smartsync_core.model.mapping import RecordType, Target

__all__ = ["COMPANY_ID", "canonical", "names_company", "subjects", "targets"]

COMPANY_ID = "companyId"  # the caller's own id of a company: how its links are named, whatever the spelling
_OWN_ID = header_key(COMPANY_ID)
_OF_A_DOMAIN = frozenset({"email", "domain", "website"})
_CONTACTS, _COMPANIES = ObjectName.CONTACTS, ObjectName.COMPANIES
_KNOWN = {
    RecordType.CONTACTS: {
        "email": (_CONTACTS, "email"),
        "firstname": (_CONTACTS, "firstname"),
        "lastname": (_CONTACTS, "lastname"),
        "phone": (_CONTACTS, "phone"),
        "title": (_CONTACTS, "jobtitle"),
        "jobtitle": (_CONTACTS, "jobtitle"),
    },
    RecordType.COMPANIES: {
        "name": (_COMPANIES, "name"),
        "company": (_COMPANIES, "name"),
        "domain": (_COMPANIES, "domain"),
        "website": (_COMPANIES, "website"),
        "phone": (_COMPANIES, "phone"),
    },
}
_KNOWN[RecordType.BOTH] = _KNOWN[RecordType.CONTACTS] | {"company": (_COMPANIES, "name")}


def canonical(given: Mapping[str, object]) -> dict[str, object]:
    """The same values with the own id under its one name, so that either spelling reaches the same link."""
    return {COMPANY_ID if header_key(name) == _OWN_ID else name: value for name, value in given.items()}


def names_company(name: str) -> bool:
    """Whether this name, beside a contact's, says something of its company."""
    if header_key(name) == _OWN_ID:
        return True
    concept = known(name)
    return concept.home is _COMPANIES if concept else qualified(_in_words(name)) is not None


def targets(
    names: Iterable[str], schemas: Mapping[ObjectName, Schema], record_type: RecordType
) -> dict[str, Target | None]:
    """Where the names that every caller knows go, for sure; the own id is a key and goes nowhere. Others are not listed."""
    found: dict[str, Target | None] = {}
    for name in names:
        object_name, property_name = _KNOWN[record_type].get(header_key(name), (_CONTACTS, ""))
        if name == COMPANY_ID:
            found[name] = None
        elif property_name and property_name in schemas[object_name]:
            found[name] = Target(object=object_name, property=property_name)
    return found


def subjects(given: Mapping[str, object], *, company: bool) -> set[str]:
    """What two records of one person would share, and with `company` of one company: colleagues have its domain in common.

    However an address is written; a host of free mail is nobody's.
    """
    telling = {_OWN_ID, "email", "company", "name", "domain", "website"} if company else {"email"}
    values = {
        (header_key(name), str(value).strip().casefold())
        for name, value in given.items()
        if value is not None and header_key(name) in telling
    }
    domains = {
        domain_of(value.rpartition("@")[2]) for name, value in values if company and name in _OF_A_DOMAIN
    }
    return {value for _, value in values if value} | {one for one in domains if one and not is_free_mail(one)}


def _in_words(name: str) -> str:
    """companyCity and company_city as "company City"."""
    return "".join(f" {char}" if char.isupper() else char for char in name).replace("_", " ").strip()
