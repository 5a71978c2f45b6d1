"""What the sheet or the CRM says. It is there at once, and believed least."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from types import MappingProxyType

from smartsync_core.enrichment.identity import Identity
from smartsync_core.enrichment.results import SourceResult, SourceState, not_checked
from smartsync_core.mapping.identity import company_name_key, country_code, email_domain, is_free_mail
from smartsync_core.mapping.numbers import AmbiguousNumber, NotANumber, number_text
from smartsync_core.mapping.transforms.base import CannotRead
from smartsync_core.mapping.transforms.figures import plain_number
from smartsync_core.model.crm import ObjectName
from smartsync_core.model.evidence import Evidence, OwnRow, Tier

__all__ = ["CRM", "SHEET", "SOURCES", "gather", "look", "names", "postcode"]

SHEET, CRM = "sheet", "crm"
SOURCES = (SHEET, CRM)
_PROPERTIES = {
    ObjectName.COMPANIES: {
        "industry": "industry",
        "numberofemployees": "employees",
        "annualrevenue": "revenue",
        "country": "country",
    },
    ObjectName.CONTACTS: {"jobtitle": "title", "email": "email", "country": "country"},
}

_SENIORITY = (
    ("founder", r"founder|owner|inhaber"),
    ("executive", r"chief|c[eftimo]o|president|managing director|\bmd\b"),
    ("director", r"vp|vice president|director|head of"),
    ("manager", r"manager|lead"),
    ("student", r"student|intern|trainee"),
)


def look(
    source: str,
    company: Identity,
    values: Mapping[str, str],
    at: datetime,
    days: Mapping[str, date] = MappingProxyType({}),
) -> SourceResult:
    """`values` by our names: industry, employees, country, title, email, revenue; `days` = since when each stands there."""
    found = tuple(
        Evidence(
            source=source,
            field=field,
            value=value,
            quote=values[said_by].strip(),
            as_of=days.get(said_by, at.date()),
            fetched_at=at,
            tier=Tier.OURS,
        )
        for field, value, said_by in _facts(company, values)
    )
    if not found and not company.domain:
        return not_checked(source, "Nothing about the company stands there.")
    if not found:
        return SourceResult(
            source=source, state=SourceState.NONE, reason="Nothing about the company stands there."
        )
    return SourceResult(source=source, state=SourceState.FOUND, evidence=found)


def gather(rows: Iterable[OwnRow]) -> tuple[dict[str, str], dict[str, date]]:
    """Values and their days, as `look` takes them: of several the first, of titles the most senior.

    A person's country counts as the company's only where no company's row has one.
    """
    values: dict[str, str] = {}
    days: dict[str, date] = {}
    for row in sorted(rows, key=lambda row: row.object is not ObjectName.COMPANIES):
        for name, value in row.values.items():
            ours = _PROPERTIES.get(row.object, {}).get(name, "")
            if not ours or not value.strip():
                continue
            if ours not in values or (ours == "title" and _rank(value) < _rank(values[ours])):
                values[ours], days[ours] = value, row.at.date()
    return values, days


def names(rows: Iterable[OwnRow]) -> list[str]:
    """Of each differently named company its name, as its first row has it."""
    told = (row.values.get("name", "").strip() for row in rows if row.object is ObjectName.COMPANIES)
    found: dict[str, str] = {}
    for name in filter(None, told):
        found.setdefault(company_name_key(name), name)
    return list(found.values())


def postcode(rows: Iterable[OwnRow]) -> str:
    """The company's, else that of its people: believed only where the register agrees. "" for none."""
    ranked = sorted(rows, key=lambda row: row.object is not ObjectName.COMPANIES)
    return next((text for row in ranked if (text := row.values.get("zip", "").strip())), "")


def _facts(company: Identity, values: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """(field, value, which of `values` says so)."""
    for field in ("employees", "revenue"):
        text = values.get(field, "").strip()
        if text and (number := _number(text, whole=field == "employees")):
            yield field, number, field
    if industry := values.get("industry", "").strip():
        yield "industry", industry, "industry"
    country = values.get("country", "").strip()
    if code := country_code(country):
        yield "country", code, "country"
    if (rank := _rank(values.get("title", ""))) < len(_SENIORITY):
        yield "seniority", _SENIORITY[rank][0], "title"
    email = values.get("email", "").strip()
    domain = email_domain(email)
    if domain and is_free_mail(domain):
        yield "email_kind", "free", "email"
    elif domain and domain == company.domain:
        yield "email_kind", "company", "email"


def _rank(title: str) -> int:
    """0 = the most senior; as many as there are kinds = none of them."""
    found = (
        rank
        for rank, (_, words) in enumerate(_SENIORITY)
        if re.search(rf"\b({words})\b", title, re.IGNORECASE)
    )
    return next(found, len(_SENIORITY))


def _number(text: str, *, whole: bool) -> str:
    """Also with a magnitude, "£12m"; "" where it cannot be read for sure."""
    try:
        return number_text(text, whole=whole)
    except (AmbiguousNumber, NotANumber):
        pass
    try:
        return f"{plain_number(text).normalize():f}"
    except CannotRead:
        return ""
