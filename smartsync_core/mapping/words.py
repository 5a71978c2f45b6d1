"""The words of column headers and what they mean, as data.

A *concept* is something a sheet says about a person or a company. Its `sure` words are taken in any case, spacing and
hyphenation; its `hints` are only ever suggested. Property names are the CRM's own, first one that its schema has.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from smartsync_core.mapping import words_abroad
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.mapping import Target

__all__ = ["COMPANYS_OWN", "CONCEPTS", "Concept", "header_key", "hinted", "known", "qualified"]

CONTACTS, COMPANIES = ObjectName.CONTACTS, ObjectName.COMPANIES

COMPANYS_OWN = frozenset({"name", "domain", "website", "industry", "annualrevenue", "numberofemployees"})
"""Properties that mean the company where a row holds both and the property exists on both."""


@dataclass(frozen=True, kw_only=True)
class Concept:
    name: str
    contacts: tuple[str, ...] = ()  # property names on the person; () = a person has none
    companies: tuple[str, ...] = ()
    home: ObjectName = CONTACTS  # whose it is in a row that holds both
    sure: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    def properties(self, object_name: ObjectName) -> tuple[str, ...]:
        return self.contacts if object_name is CONTACTS else self.companies


_ENGLISH: tuple[Concept, ...] = (
    Concept(
        name="e-mail address",
        contacts=("email",),
        sure=("email", "email address", "mail", "email addr", "email id", "contact email"),
        hints=("business email", "primary email", "company email", "login", "mailbox"),
    ),
    Concept(
        name="first name",
        contacts=("firstname",),
        sure=("first name", "given name", "first", "forename", "fname", "given names"),
        hints=("christian name",),
    ),
    Concept(
        name="last name",
        contacts=("lastname",),
        sure=("last name", "surname", "family name", "last", "lname"),
        hints=("second name",),
    ),
    Concept(
        name="full name",
        contacts=(Target.FULL_NAME,),
        sure=("full name", "contact name", "person name", "contact person", "contact full name", "lead name"),
        hints=("contact", "person", "name"),
    ),
    Concept(
        name="company name",
        contacts=("company",),
        companies=("name",),
        home=COMPANIES,
        sure=(
            "company",
            "company name",
            "organisation",
            "organization",
            "organisation name",
            "organization name",
            "account",
            "account name",
            "business name",
            "company or organisation",
            "company or organization",
            "company account",
        ),
        hints=(
            "business",
            "employer",
            "firm",
            "customer",
            "client",
            "customer name",
            "client name",
        ),
    ),
    Concept(
        name="website",
        contacts=("website",),
        companies=("website",),
        home=COMPANIES,
        sure=(
            "website",
            "web site",
            "url",
            "website url",
            "web address",
            "company website",
            "company url",
            "homepage",
            "home page",
        ),
        hints=(
            "web",
            "site",
            "www",
            "link",
        ),
    ),
    Concept(
        name="domain",
        contacts=("website",),
        companies=("domain",),
        home=COMPANIES,
        sure=(
            "domain",
            "company domain",
            "domain name",
            "company domain name",
            "website domain",
            "web domain",
        ),
        hints=("email domain",),
    ),
    Concept(
        name="phone number",
        contacts=("phone",),
        companies=("phone",),
        sure=(
            "phone",
            "telephone",
            "phone number",
            "telephone number",
            "tel",
            "tel no",
            "phone no",
            "telephone no",
            "work phone",
            "office phone",
        ),
        hints=(
            "business phone",
            "main phone",
            "direct phone",
            "direct dial",
            "landline",
            "switchboard",
        ),
    ),
    Concept(
        name="mobile phone number",
        contacts=("mobilephone",),
        companies=("phone",),
        sure=(
            "mobile",
            "mobile phone",
            "mobile number",
            "mobile phone number",
            "mobile no",
            "cell",
            "cell phone",
            "cell phone number",
            "cell number",
            "cellphone",
        ),
        hints=(),
    ),
    Concept(
        name="fax number",
        contacts=("fax",),
        sure=("fax", "fax number", "fax no", "telefax"),
        hints=("facsimile",),
    ),
    Concept(
        name="job title",
        contacts=("jobtitle",),
        sure=("job title", "title", "position", "contact title", "job position", "position title"),
        hints=("role", "job", "job role", "designation", "function", "occupation"),
    ),
    Concept(
        name="country",
        contacts=("country",),
        companies=("country",),
        sure=("country", "country region", "country name"),
        hints=(
            "country code",
            "nation",
        ),
    ),
    Concept(
        name="city",
        contacts=("city",),
        companies=("city",),
        sure=("city", "town", "city town", "town city"),
        hints=(
            "location",
            "locality",
            "place",
        ),
    ),
    Concept(
        name="street address",
        contacts=("address",),
        companies=("address",),
        sure=(
            "street",
            "address",
            "street address",
            "address line 1",
            "address 1",
            "address line",
            "street 1",
            "street name",
        ),
        hints=(),
    ),
    Concept(
        name="second address line",
        companies=("address2",),
        home=COMPANIES,
        hints=("address line 2", "address 2", "street 2", "street address 2"),
    ),
    Concept(
        name="postal code",
        contacts=("zip",),
        companies=("zip",),
        sure=(
            "postcode",
            "post code",
            "zip",
            "zip code",
            "postal code",
            "zip postal code",
            "postcode zip",
            "zip postcode",
        ),
        hints=("postal",),
    ),
    Concept(
        name="state or region",
        contacts=("state",),
        companies=("state",),
        sure=(
            "state",
            "region",
            "county",
            "province",
            "state province",
            "state region",
            "county state",
            "state county",
        ),
        hints=("territory", "area"),
    ),
    Concept(
        name="industry",
        contacts=("industry",),
        companies=("industry",),
        home=COMPANIES,
        sure=("industry", "company industry"),
        hints=("sector", "industry sector", "gics sector", "branch", "vertical"),
    ),
    Concept(
        name="number of employees",
        contacts=("numemployees",),
        companies=("numberofemployees",),
        home=COMPANIES,
        sure=(
            "employees",
            "number of employees",
            "no of employees",
            "employee count",
            "num employees",
            "headcount",
        ),
        hints=("company size", "size", "staff"),
    ),
    Concept(
        name="annual revenue",
        contacts=("annualrevenue",),
        companies=("annualrevenue",),
        home=COMPANIES,
        sure=("revenue", "annual revenue", "company revenue"),
        hints=(
            "turnover",
            "annual turnover",
            "sales",
        ),
    ),
    Concept(
        name="owner",
        contacts=("hubspot_owner_id",),
        companies=("hubspot_owner_id",),
        sure=("owner", "record owner", "owner name", "owner email", "lead owner"),
        hints=("account manager", "sales rep", "sales owner", "assigned to", "rep"),
    ),
    Concept(
        name="lead status",
        contacts=("hs_lead_status",),
        companies=("hs_lead_status",),
        hints=("status", "lead state"),
    ),
    Concept(name="lead source", contacts=("hs_analytics_source",), hints=("lead source", "source")),
    Concept(name="salutation", contacts=("salutation",), hints=("prefix",)),
    Concept(
        name="LinkedIn address",
        contacts=("hs_linkedin_url",),
        companies=("linkedin_company_page",),
        hints=("linkedin", "linkedin url", "linkedin profile", "linkedin page"),
    ),
    Concept(
        name="year founded",
        companies=("founded_year",),
        home=COMPANIES,
        sure=("founded", "year founded", "founded year"),
    ),
)

CONCEPTS: tuple[Concept, ...] = tuple(
    replace(
        one,
        sure=(*one.sure, *words_abroad.SURE.get(one.name, ())),
        hints=(*one.hints, *words_abroad.HINTS.get(one.name, ())),
    )
    for one in _ENGLISH
)

_QUALIFIERS: Mapping[str, ObjectName] = {
    "contact": CONTACTS,
    "person": CONTACTS,
    "lead": CONTACTS,
    "mailing": CONTACTS,
    "company": COMPANIES,
    "account": COMPANIES,
    "organisation": COMPANIES,
    "organization": COMPANIES,
    "billing": COMPANIES,
    "hq": COMPANIES,
    "headquarters": COMPANIES,
}
_WORD = re.compile(r"[^\W_]+")
_UNIT = re.compile(r"\s*\([^()]*\)\s*$")


@lru_cache(maxsize=16_384)  # asked for every field of an account, whenever columns are matched to them
def header_key(text: str) -> str:
    """A header without case, accents, spaces and punctuation: "E-Mail Address" and "email_address" are one."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(_WORD.findall("".join(char for char in plain if not unicodedata.combining(char))))


_KNOWN: Mapping[str, Concept] = {header_key(word): concept for concept in CONCEPTS for word in concept.sure}
_HINTED: Mapping[str, Concept] = {header_key(word): concept for concept in CONCEPTS for word in concept.hints}


def known(header: str) -> Concept | None:
    """The concept that this header names for sure."""
    return _KNOWN.get(header_key(header))


def hinted(header: str) -> Concept | None:
    """What a header may mean; a unit in parentheses at its end, as in "Revenue (USD)", is passed over."""
    bare = _UNIT.sub("", header)
    return _HINTED.get(header_key(header)) or (known(bare) or hinted(bare) if bare != header else None)


def qualified(header: str) -> tuple[ObjectName, Concept] | None:
    """ "Company City", "Billing Street": a word that says whose it is, before one that says what it is."""
    words = _WORD.findall(header.replace("'s", ""))
    if len(words) < 2 or words[0].casefold() not in _QUALIFIERS:
        return None
    concept = known(" ".join(words[1:]))
    return (_QUALIFIERS[words[0].casefold()], concept) if concept else None
