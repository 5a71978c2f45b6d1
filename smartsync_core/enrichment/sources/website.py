"""The company's own website: what it says of itself for machines, and which job board it links to. robots.txt is respected."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from protego import Protego
from selectolax.lexbor import LexborHTMLParser

from smartsync_core.enrichment.fetch import USER_AGENT, Fetched, Fetcher
from smartsync_core.enrichment.results import SourceResult, SourceState, failed, not_checked
from smartsync_core.enrichment.sources.boards import board_in
from smartsync_core.enrichment.sources.reading import Noting
from smartsync_core.errors import SkipRecord
from smartsync_core.mapping.identity import country_code
from smartsync_core.model.evidence import Evidence, Tier

__all__ = ["SOURCE", "look"]

SOURCE = "website"
_ORGANISATIONS = frozenset(
    {"Organization", "Corporation", "LocalBusiness", "NGO", "ProfessionalService", "OnlineBusiness"}
)
_MOST_PEOPLE = 3_000_000  # no employer is larger; beyond it the page is wrong
_FOUNDED = re.compile(r"(1[5-9]|20)\d\d(-\d\d-\d\d)?")


def look(
    domain: str, fetcher: Fetcher, at: datetime, *, scheme: str = "https", port: str = ""
) -> SourceResult:
    """Reads robots.txt and the first page. `scheme` and `port` are for tests."""
    if not domain:
        return not_checked(SOURCE, "No website is known.")
    root = f"{scheme}://{domain}{port}"
    try:
        if not _may(fetcher, root):
            return not_checked(SOURCE, "Its robots.txt asks not to be read.")
        page = fetcher.get(f"{root}/")
    except SkipRecord as error:
        return failed(SOURCE, error.message)
    if page.status != 200:
        return failed(SOURCE, f"It answered with status {page.status}.")
    return _read(page, at)


def _may(fetcher: Fetcher, root: str) -> bool:
    robots = fetcher.get(f"{root}/robots.txt")
    if robots.status >= 500:
        raise SkipRecord("Its robots.txt cannot be read now.", code="fetch_failed")
    return robots.status != 200 or Protego.parse(robots.text()).can_fetch(f"{root}/", USER_AGENT)


def _read(page: Fetched, at: datetime) -> SourceResult:
    tree = LexborHTMLParser(page.text())
    noting = Noting(SOURCE, Tier.FIRST_PARTY, at, page)
    found = [fact for said in _organisations(tree) for fact in _facts(said, noting)]
    for name, field in (("description", "description"), ("og:site_name", "site_name")):
        if text := _meta(tree, name):
            found.append(noting.fact(field, text, text))
    links = (board_in(node.attributes.get("href") or "") for node in tree.css("a[href]"))
    boards = dict(link for link in links if link is not None)
    if not found and not boards:
        return SourceResult(
            source=SOURCE, state=SourceState.NONE, reason="The first page says nothing of the company."
        )
    return SourceResult(source=SOURCE, state=SourceState.FOUND, evidence=tuple(found), boards=boards)


def _organisations(tree: LexborHTMLParser) -> Iterator[dict[str, Any]]:
    """One broken block costs only itself."""
    for node in tree.css('script[type="application/ld+json"]'):
        try:
            said = json.loads(node.text())
        except (ValueError, RecursionError):
            continue
        said = said.get("@graph", said) if isinstance(said, dict) else said
        for one in said if isinstance(said, list) else [said]:
            if isinstance(one, dict) and _kinds(one) & _ORGANISATIONS:
                yield one


def _kinds(said: dict[str, Any]) -> set[str]:
    kinds = said.get("@type")
    return {kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)}


def _facts(said: dict[str, Any], noting: Noting) -> Iterator[Evidence]:
    if people := _people(said.get("numberOfEmployees")):
        yield noting.fact("employees", people, f"numberOfEmployees: {people}")
    founded = said.get("foundingDate")
    if isinstance(founded, str) and _FOUNDED.fullmatch(founded) and _is_day(founded):
        yield noting.fact("founded", founded, f"foundingDate: {founded}")
    address = said.get("address")
    country = address.get("addressCountry") if isinstance(address, dict) else None
    if isinstance(country, str) and (code := country_code(country)):
        yield noting.fact("country", code, f"addressCountry: {country}")


def _people(said: Any) -> str:
    count = said.get("value") if isinstance(said, dict) else said
    text = str(count).strip() if isinstance(count, (int, str)) and not isinstance(count, bool) else ""
    return text if text.isdecimal() and len(text) < 8 and 0 < int(text) <= _MOST_PEOPLE else ""


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text if len(text) > 4 else f"{text}-01-01")
    except ValueError:
        return False
    return True


def _meta(tree: LexborHTMLParser, name: str) -> str:
    node = tree.css_first(f'meta[name="{name}"]') or tree.css_first(f'meta[property="{name}"]')
    return " ".join((node.attributes.get("content") or "").split()) if node else ""
