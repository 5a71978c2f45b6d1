"""All that names one e-mail address or domain: shown, and removed for ever, from the recycle bin and from history too.

HubSpot itself has nothing like it (§4.7 removes one contact and blocks its address); here nothing of the text stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from smartsync_core.twins.hubspot.portal import Portal
from smartsync_core.twins.hubspot.records import Record, Shelf


def naming(portal: Portal, text: str) -> list[dict[str, Any]]:
    """The records that name it as a whole, as {"object", "id", "properties"}."""
    return [
        {"object": shelf.kind.name, "id": record.id, "properties": record.properties}
        for shelf, record in _found(portal, text)
    ]


def forget(portal: Portal, text: str) -> int:
    """Remove them; how many there were. The state file holds none of their bytes afterwards."""
    found = list(_found(portal, text))
    now_ms = portal.clock.now_ms()
    for shelf, record in found:
        touched = portal.links.detach((shelf.kind.name, record.id))
        shelf.retire(record, None, now_ms)
        portal.touch(touched, now_ms)
    for address in [one for one in portal.blocked_emails if _pattern(text).search(one)]:
        portal.unblock_email(address)
    portal.show_at_once()
    portal.commit()
    portal.journal.scrub()
    return len(found)


def _found(portal: Portal, text: str) -> Iterator[tuple[Shelf, Record]]:
    pattern = _pattern(text)
    for shelf in portal.shelves.values():
        for record in (*shelf.live.values(), *shelf.archived.values()):
            past = (value for versions in record.history.values() for value, _ in versions)
            if any(pattern.search(value) for value in (*record.properties.values(), *past)):
                yield shelf, record


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.+%-]){re.escape(text)}(?![\w-]|\.\w)", re.IGNORECASE)
