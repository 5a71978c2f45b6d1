"""All places that research asks, on one stand-in: every website, the register and the boards are this machine."""

from __future__ import annotations

from typing import Any

from smartsync_core.enrichment.fetch import Fetcher
from smartsync_core.enrichment.places import Places

BOARDS = ("greenhouse", "lever", "ashby", "workable")
HERE = Fetcher(resolve=lambda *_: ["127.0.0.1"], allowed=lambda address: address == "127.0.0.1", ports=None)


def places_on(stand_in: str, **changes: Any) -> Places:
    services = {name: f"{stand_in}/{name}" for name in BOARDS}
    given: dict[str, Any] = {
        "register_key": "key",
        "base_urls": services | {"companies_house": f"{stand_in}/companies-house"},
        "site": HERE,
        "site_scheme": "http",
        "site_port": f":{stand_in.rpartition(':')[2]}",
    }
    return Places(**{**given, **changes})
