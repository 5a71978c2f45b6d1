"""The UK register of companies. 600 requests in 5 minutes per key; its data are under the Open Government Licence."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from smartsync_core.enrichment.fetch import Fetcher
from smartsync_core.enrichment.identity import Agreement, Identity, agree, identify
from smartsync_core.enrichment.results import SourceResult, SourceState, failed, not_checked
from smartsync_core.enrichment.sources.reading import Noting, get_json
from smartsync_core.enrichment.sources.sic import industry_of
from smartsync_core.errors import SkipRecord
from smartsync_core.model.evidence import Evidence, Tier

__all__ = ["BASE_URL", "NUMBER", "SOURCE", "look", "number_in", "service"]

SOURCE = "companies_house"
NUMBER = "company_number"  # the field that ties an entry to one company of the register
BASE_URL = "https://api.company-information.service.gov.uk"
_SEARCHED = 20  # a search for one item answers with none


def service(key: str, *, deadline_s: float = 8.0) -> Fetcher:
    """The key is the user name; there is no password."""
    said = base64.b64encode(f"{key}:".encode()).decode()
    return Fetcher.of_service(deadline_s=deadline_s, headers={"Authorization": f"Basic {said}"})


def look(
    company: Identity, fetcher: Fetcher | None, at: datetime, *, base_url: str = BASE_URL
) -> SourceResult:
    """By number, else by name with postcode; a namesake alone is named for a person to confirm. No fetcher = no key."""
    if fetcher is None:
        return not_checked(SOURCE, "No key for Companies House is set.")
    if not company.number and not company.name:
        return not_checked(SOURCE, "Neither a company number nor a name is known.")
    try:
        number = company.number or _number(company, fetcher, base_url)
        page, profile = get_json(fetcher, f"{base_url}/company/{quote(number, safe='')}", _is_profile)
        if profile is None:
            return SourceResult(
                source=SOURCE, state=SourceState.NONE, reason=f"The register has no number {number}."
            )
        found = list(_facts(profile, Noting(SOURCE, Tier.REGISTRY, at, page)))
        found += _filings(number, fetcher, base_url, at)
    except _Unsure as unsure:
        return SourceResult(source=SOURCE, state=SourceState.NONE, reason=str(unsure))
    except SkipRecord as error:
        return failed(SOURCE, error.message)
    return SourceResult(source=SOURCE, state=SourceState.FOUND, evidence=tuple(found))


def number_in(url: str) -> str:
    """Of the company that a page of the register is about; "" for none."""
    found = re.search(r"/company/([A-Z0-9]{8})(?:[/?]|$)", url)
    return found[1] if found else ""


class _Unsure(Exception):
    """The search names no company for sure."""


def _number(company: Identity, fetcher: Fetcher, base_url: str) -> str:
    url = f"{base_url}/search/companies?q={quote(company.name)}&items_per_page={_SEARCHED}"
    _, said = get_json(
        fetcher, url, lambda said: isinstance(said, dict) and isinstance(said.get("items"), list)
    )
    items = (said or {"items": []})["items"]
    candidates = [one for one in map(_identity, filter(_is_item, items)) if one.number not in company.denied]
    same = [one for one in candidates if agree(company, one) is Agreement.SAME]
    if len(same) == 1 and same[0].number:
        return same[0].number
    possible = [one for one in candidates if agree(company, one) is not Agreement.DIFFERENT]
    if possible:
        first = possible[0]
        raise _Unsure(f"Possible match, confirm: {first.name}, number {first.number}.")
    raise _Unsure("The register has no company of that name.")


def _is_item(item: Any) -> bool:
    return isinstance(item, dict)


def _identity(item: dict[str, Any]) -> Identity:
    address = item.get("address")
    postcode = address.get("postal_code") if isinstance(address, dict) else ""
    return identify(
        name=str(item.get("title", "")),
        number=str(item.get("company_number", "")),
        postcode=str(postcode or ""),
    )


def _is_profile(said: Any) -> bool:
    return isinstance(said, dict) and isinstance(said.get("company_status"), str)


def _facts(profile: dict[str, Any], noting: Noting) -> Iterator[Evidence]:
    status = profile.get("company_status_detail") or profile["company_status"]
    yield noting.fact("company_status", str(status), f"company_status: {status}")
    accounts, statement = _part(profile, "accounts"), _part(profile, "confirmation_statement")
    for field, part in (("accounts_overdue", accounts), ("confirmation_overdue", statement)):
        if isinstance(part.get("overdue"), bool):
            yield noting.fact(
                field, "yes" if part["overdue"] else "no", f"overdue: {part['overdue']}".lower()
            )
    kind = _part(accounts, "last_accounts").get("type")
    if isinstance(kind, str) and kind != "null":
        yield noting.fact("accounts_type", kind, f"last accounts: {kind}")
    if (founded := _day(profile.get("date_of_creation"))) is not None:
        yield noting.fact("founded", founded.isoformat(), f"date_of_creation: {founded}")
    if number := number_in(noting.page.url):
        yield noting.fact(NUMBER, number, f"company_number: {number}")
    if isinstance(name := profile.get("company_name"), str) and name:
        yield noting.fact("registered_name", name, f"company_name: {name}")
    codes = profile.get("sic_codes")
    named = [code for code in codes if isinstance(code, str)] if isinstance(codes, list) else []
    if named:
        yield noting.fact("sic", named[0], f"sic_codes: {', '.join(named)}")
    if industry := next(filter(None, map(industry_of, named)), ""):
        yield noting.fact("industry", industry, f"sic_codes: {', '.join(named)}")
    if str(profile.get("type", "")) not in ("", "oversea-company"):
        yield noting.fact("country", "GB", "registered in the United Kingdom")


def _filings(number: str, fetcher: Fetcher, base_url: str, at: datetime) -> list[Evidence]:
    url = f"{base_url}/company/{quote(number, safe='')}/filing-history?category=capital"
    page, said = get_json(
        fetcher, url, lambda said: isinstance(said, dict) and isinstance(said.get("items"), list)
    )
    noting = Noting(SOURCE, Tier.REGISTRY, at, page)
    items = [item for item in (said or {"items": []})["items"] if isinstance(item, dict)]
    dated = [(_day(item.get("date")), item) for item in items if item.get("type") == "SH01"]
    return [
        noting.fact("share_allotment", "SH01", f"SH01 of {day}", day) for day, _ in dated if day is not None
    ]


def _part(said: dict[str, Any], name: str) -> dict[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _day(said: Any) -> date | None:
    try:
        return date.fromisoformat(said)
    except (TypeError, ValueError):
        return None
