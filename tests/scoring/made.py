"""Evidence and cards for tests, with everything that does not matter filled in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from smartsync_core.model.evidence import Evidence, Tier
from smartsync_core.scoring.card import Icp, ScoreCard, standard

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)  # a Monday
CASES = Path(__file__).parents[1] / "cases/scoring"
_TIERS = {"companies_house": Tier.REGISTRY, "sheet": Tier.OURS, "crm": Tier.OURS}

ICP = {
    "industry": {"primary": ["Software"], "secondary": ["Consulting"], "excluded": ["Gambling"]},
    "employees": {"core": [[50, 500]], "adjacent": [[20, 49]]},
    "country": {"covered": ["GB"]},
}


def fact(field: str, value: str, *, days_ago: int = 0, source: str = "website", url: str = "") -> Evidence:
    moment = NOW - timedelta(days=days_ago)
    return Evidence(
        source=source,
        url=url,
        field=field,
        value=value,
        as_of=moment.date(),
        fetched_at=NOW,
        tier=_TIERS.get(source, Tier.FIRST_PARTY),
    )


def card(icp: dict[str, Any] = ICP, **changes: Any) -> ScoreCard:
    return standard().model_copy(update={"icp": Icp.model_validate(icp), **changes})


def case(name: str) -> tuple[ScoreCard, list[Evidence], dict[str, Any]]:
    """Card, evidence and what is expected of a case file."""
    said = yaml.safe_load((CASES / f"{name}.yaml").read_text(encoding="utf-8"))
    return card(said["icp"]), [fact(**one) for one in said["facts"]], said["expect"]
