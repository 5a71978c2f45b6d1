"""What changed since last time, by polling the search.

It returns at most 10,000 records per query, and bulk jobs can stamp more than that with one instant; then paging by time
alone goes round for ever (airbytehq/airbyte#43317), so such an instant is read by record id.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from smartsync_core.connectors.base import Page
from smartsync_core.connectors.hubspot import wire
from smartsync_core.connectors.hubspot.session import Session
from smartsync_core.model.crm import ObjectName, Record, Window

__all__ = ["changes"]

OVERLAP_MS: Final = 60_000  # the search index is behind the records by up to a minute

Filter = dict[str, str]
_Hits = list[Mapping[str, Any]]


def changes(
    session: Session, object_name: ObjectName, cursor: str | None, properties: Sequence[str]
) -> Iterator[Page]:
    """Pages of at most 200 records, oldest change first; begins a minute before the cursor, so records may come again."""
    modified = wire.MODIFIED[object_name]
    since_ms = max(0, int(json.loads(cursor)["since_ms"]) - OVERLAP_MS) if cursor else 0
    given: set[tuple[str, int]] = set()

    def page(hits: _Hits) -> Page:
        fresh = {(str(hit["id"]), _changed_ms(hit, modified)): hit for hit in hits}
        records = [
            wire.record(object_name, hit, properties) for key, hit in fresh.items() if key not in given
        ]
        given.update(fresh)
        return _page(records, max(changed_ms for _, changed_ms in fresh))

    while True:
        reached_ms, complete = since_ms, True
        for hits, is_last in _by_time(session, object_name, modified, since_ms, properties):
            yield page(hits)
            reached_ms, complete = max(_changed_ms(hit, modified) for hit in hits), is_last
        if complete:
            return
        if reached_ms > since_ms:
            since_ms = reached_ms
            continue
        for hits in _of_one_instant(session, object_name, modified, since_ms, properties):
            yield page(hits)
        since_ms += 1


def _by_time(
    session: Session, object_name: ObjectName, modified: str, since_ms: int, properties: Sequence[str]
) -> Iterator[tuple[_Hits, bool]]:
    """Pages up to HubSpot's cap; the second says whether this was everything."""
    filters = [_filter(modified, "GTE", since_ms)]
    after, cap = 0, session.limits["search_results"]
    while after + session.limits["search_page_size"] <= cap:
        told = _query(session, object_name, filters, modified, [*properties, modified], after)
        hits = wire.json_list(told, "results")
        after += len(hits)
        last = not hits or after >= int(told.get("total") or 0)
        if hits:
            yield hits, last
        if last:
            return


def _of_one_instant(
    session: Session, object_name: ObjectName, modified: str, at_ms: int, properties: Sequence[str]
) -> Iterator[_Hits]:
    last_id = 0
    while True:
        filters = [
            _filter(modified, "GTE", at_ms),
            _filter(modified, "LTE", at_ms),
            _filter("hs_object_id", "GT", last_id),
        ]
        told = _query(session, object_name, filters, "hs_object_id", [*properties, modified], 0)
        hits = wire.json_list(told, "results")
        if not hits:
            return
        yield hits
        last_id = max(last_id, *(int(hit["id"]) for hit in hits))


def _query(
    session: Session,
    object_name: ObjectName,
    filters: list[Filter],
    sort_by: str,
    properties: Sequence[str],
    after: int,
) -> Mapping[str, Any]:
    body = {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": sort_by, "direction": "ASCENDING"}],
        "properties": list(dict.fromkeys(properties)),
        "limit": session.limits["search_page_size"],
        "after": str(after),
    }
    told = session.post(session.paths.search(object_name), body, window=Window.SEARCH).body
    return told if isinstance(told, Mapping) else {}


def _filter(name: str, operator: str, value: int) -> Filter:
    return {"propertyName": name, "operator": operator, "value": str(value)}


def _changed_ms(hit: Mapping[str, Any], modified: str) -> int:
    at = wire.instant((hit.get("properties") or {}).get(modified) or hit.get("updatedAt"))
    return wire.milliseconds(at) if at else 0


def _page(records: Sequence[Record], reached_ms: int) -> Page:
    return Page(records=tuple(records), cursor=json.dumps({"since_ms": reached_ms}))
