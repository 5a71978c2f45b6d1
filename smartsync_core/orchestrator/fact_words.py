"""Facts as a person reads them, and where a row or record of ours that told one stands. What is stored stays as it was given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from smartsync_core.enrichment.identity import of_key
from smartsync_core.enrichment.sources import ours
from smartsync_core.mapping.countries import country_name
from smartsync_core.model.evidence import Evidence
from smartsync_core.model.score import Score
from smartsync_core.orchestrator.context import Context
from smartsync_core.scoring.rules import number
from smartsync_core.scoring.words import spoken

__all__ = ["Origin", "missing", "origins", "value_words"]

_CURRENCY = re.compile(r"[£$€¥]|\b(?:GBP|USD|EUR|CHF|JPY|AUD|CAD)\b", re.IGNORECASE)
_SIZES = ((Decimal(10) ** 9, "bn"), (Decimal(10) ** 6, "m"), (Decimal(1000), "k"))
_WORDS = frozenset(
    ["seniority", "department", "email_kind", "company_status", "accounts_type", "parent", "bounce"]
)
_YES_NO = {"yes": "Yes", "no": "No"}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """“leads.csv, row 12”, and the import that it came with; "" for none."""

    told: str
    run_id: str = ""


def value_words(one: Evidence) -> str:
    """“United Kingdom”, “Computer software”, “£1.2m”."""
    if one.field == "country":
        return country_name(one.value)
    if one.field == "industry":
        return spoken(one.value)
    if one.field == "revenue":
        return _money(one)
    if one.field in ("employees", "openings") and (count := number(one.value)) is not None:
        return f"{count:,f}"
    if one.field in _WORDS:
        return one.value.replace("-", " ").replace("_", " ").capitalize()
    return _YES_NO.get(one.value, one.value)


def missing(score: Score) -> str:
    """Why there is no overall. The card's checks are the facts that a person counts."""
    return score.missing.replace(" checks", " facts known")


def origins(ctx: Context, company: str, evidence: tuple[Evidence, ...]) -> dict[str, Origin]:
    """Of the facts that our own rows and records told, by the fact's id."""
    told = [one for one in evidence if one.source in ours.SOURCES]
    domain = of_key(company).domain
    if not told or not domain:
        return {}
    rows = {
        ours.SHEET: ctx.own_rows.of_imports(domain, until=datetime.now(UTC)),
        ours.CRM: ctx.own_rows.of_crm(domain),
    }
    found = {}
    for one in told:
        said = one.quote or one.value
        for row in rows[one.source]:
            if row.at.date() == one.as_of and said in {text.strip() for text in row.values.values()}:
                found[one.id] = Origin(told=row.place, run_id=row.run_id)
                break
    return found


def _money(one: Evidence) -> str:
    """In the currency that it was written in, where it was."""
    amount = number(one.value)
    if amount is None:
        return one.value
    sign = _CURRENCY.search(one.quote)
    size, letter = next(((size, letter) for size, letter in _SIZES if abs(amount) >= size), (Decimal(1), ""))
    short = f"{(amount / size).quantize(Decimal('0.1')):f}".removesuffix(".0") + letter
    if sign is None:
        return f"{short}, currency not told"
    mark = sign.group().upper()
    return f"{mark}{short}" if len(mark) == 1 else f"{mark} {short}"
