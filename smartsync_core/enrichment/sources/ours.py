"""What the sheet or the CRM says. It is there at once, and believed least."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from smartsync_core.enrichment.identity import Identity
from smartsync_core.enrichment.results import SourceResult, SourceState, not_checked
from smartsync_core.mapping.identity import country_code, email_domain, is_free_mail
from smartsync_core.mapping.numbers import AmbiguousNumber, NotANumber, number_text
from smartsync_core.model.evidence import Evidence, Tier

__all__ = ["look"]

_SENIORITY = (
    ("founder", r"founder|owner|inhaber"),
    ("executive", r"chief|c[eftimo]o|president|managing director|\bmd\b"),
    ("director", r"vp|vice president|director|head of"),
    ("manager", r"manager|lead"),
    ("student", r"student|intern|trainee"),
)


def look(source: str, company: Identity, values: Mapping[str, str], at: datetime) -> SourceResult:
    """`values` by our names: industry, employees, country, title, email, revenue. `source` is "sheet" or "crm"."""
    found = tuple(
        Evidence(
            source=source,
            field=field,
            value=value,
            quote=quote,
            as_of=at.date(),
            fetched_at=at,
            tier=Tier.OURS,
        )
        for field, value, quote in _facts(company, values)
    )
    if not found:
        return not_checked(source, "Nothing about the company stands there.")
    return SourceResult(source=source, state=SourceState.FOUND, evidence=found)


def _facts(company: Identity, values: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for field in ("employees", "revenue"):
        text = values.get(field, "").strip()
        if text and (number := _number(text, whole=field == "employees")):
            yield field, number, text
    if industry := values.get("industry", "").strip():
        yield "industry", industry, industry
    country = values.get("country", "").strip()
    if code := country_code(country):
        yield "country", code, country
    title = values.get("title", "").strip()
    for seniority, words in _SENIORITY:
        if re.search(rf"\b({words})\b", title, re.IGNORECASE):
            yield "seniority", seniority, title
            break
    email = values.get("email", "").strip()
    domain = email_domain(email)
    if domain and is_free_mail(domain):
        yield "email_kind", "free", domain
    elif domain and domain == company.domain:
        yield "email_kind", "company", domain


def _number(text: str, *, whole: bool) -> str:
    try:
        return number_text(text, whole=whole)
    except (AmbiguousNumber, NotANumber):
        return ""
