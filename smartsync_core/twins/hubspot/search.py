"""Search: limits, filters, order and pages over the lagging index (contract §5)."""

from __future__ import annotations

from typing import Any

from smartsync_core.twins.hubspot.call import Answer, Call
from smartsync_core.twins.hubspot.errors import bad_json, invalid, wrong_shape
from smartsync_core.twins.hubspot.filters import matcher, ordering, tokens
from smartsync_core.twins.hubspot.object_types import object_type
from smartsync_core.twins.hubspot.portal import Portal
from smartsync_core.twins.hubspot.reading import shown_names
from smartsync_core.twins.hubspot.records import Shelf, rendered
from smartsync_core.twins.hubspot.search_index import View

LONGEST_BODY, MOST_RESULTS, PAGE = 3000, 10_000, 200


def search(portal: Portal, call: Call) -> Answer:
    if len(call.raw.decode("utf-8", "replace")) > LONGEST_BODY:
        raise invalid(f"The request body may have at most {LONGEST_BODY} characters")
    kind, body = object_type(call.params["type"]), call.object_body()
    shelf = portal.shelf(kind)
    start, limit = _window(body)
    matches = matcher(portal, shelf, body.get("filterGroups") or [])
    words = str(body.get("query") or "").lower().split()
    flapping = portal.rng if call.flapping else None
    found = [
        view
        for view in shelf.index.views(portal.clock.now_ms(), flapping)
        if matches(view) and (not words or _has_words(view, kind.searched, words))
    ]
    _sort(found, shelf, body.get("sorts") or [])
    names = shown_names(shelf, [str(name) for name in body.get("properties") or []])
    results = [rendered(view, kind, names, portal.id) for view in found[start : start + limit]]
    answer: dict[str, Any] = {"total": len(found), "results": results}
    if start + limit < len(found):
        answer["paging"] = call.next_page(str(start + limit))
    return Answer(200, answer)


def _window(body: dict[str, Any]) -> tuple[int, int]:
    limit = body.get("limit")
    limit = 10 if limit is None else _integer(limit)
    if not 1 <= limit <= PAGE:
        raise invalid(f"The limit must be between 1 and {PAGE}; found {limit}")
    start = _integer(body.get("after") or 0)
    if start + limit > MOST_RESULTS:
        raise invalid(f"Search can return at most {MOST_RESULTS} results; after + limit may not exceed 10000")
    return max(start, 0), limit


def _integer(given: Any) -> int:
    text = str(given)
    if isinstance(given, bool) or not text.lstrip("-").isdecimal() or abs(int(text)) > 2**31 - 1:
        raise bad_json(
            f'Cannot deserialize value of type `int` from String "{text}": not a valid `int` value'
        )
    return int(text)


def _has_words(view: View, searched: tuple[str, ...], words: list[str]) -> bool:
    """Each word begins a word of one of the searched properties."""
    held = [token for name in searched for token in tokens(view.properties.get(name, "")) if token]
    return all(any(token.startswith(word) for token in held) for word in words)


def _sort(found: list[View], shelf: Shelf, sorts: Any) -> None:
    """In place; oldest first unless one sort is given, as an object or as `name` / `-name`."""
    found.sort(key=lambda view: (view.created_ms, int(view.id)))
    if not isinstance(sorts, list):
        raise wrong_shape("java.util.List<com.hubspot.search.Sort>", sorts)
    if not sorts:
        return
    if len(sorts) > 1:
        raise invalid("Only one sort is supported")
    name, descending = _sort_key(sorts[0])
    definition = shelf.catalogue.live.get(name)
    if definition is None:
        raise invalid(f'Cannot sort by "{name}": the property does not exist')
    keyed = [(ordering(definition, view.properties.get(name)), view) for view in found]
    with_value: list[tuple[Any, View]] = [pair for pair in keyed if pair[0] is not None]
    with_value.sort(key=lambda pair: pair[0], reverse=descending)
    found[:] = [view for _, view in with_value] + [view for value, view in keyed if value is None]


def _sort_key(sort: Any) -> tuple[str, bool]:
    if isinstance(sort, str):
        return sort.lstrip("-+"), sort.startswith("-")
    if isinstance(sort, dict) and isinstance(sort.get("propertyName"), str):
        return sort["propertyName"], str(sort.get("direction", "ASCENDING")).upper().startswith("DESC")
    raise wrong_shape("com.hubspot.search.Sort", sort)
