"""Search filters: parsed, checked against the limits, and turned into one test per record (contract §5)."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate
from typing import Any

from smartsync_core.twins.hubspot.definitions import Definition
from smartsync_core.twins.hubspot.errors import invalid, wrong_shape
from smartsync_core.twins.hubspot.object_types import object_type
from smartsync_core.twins.hubspot.portal import Portal
from smartsync_core.twins.hubspot.records import Shelf
from smartsync_core.twins.hubspot.search_index import View
from smartsync_core.twins.hubspot.values import instant_ms

MOST_GROUPS, MOST_IN_GROUP, MOST_FILTERS, MOST_VALUES = 5, 6, 18, 100
Test = Callable[[View], bool]
Comparable = str | float
OPERATORS = (
    "EQ",
    "NEQ",
    "LT",
    "LTE",
    "GT",
    "GTE",
    "BETWEEN",
    "IN",
    "NOT_IN",
    "HAS_PROPERTY",
    "NOT_HAS_PROPERTY",
    "CONTAINS_TOKEN",
    "NOT_CONTAINS_TOKEN",
)


def matcher(portal: Portal, shelf: Shelf, groups: Any) -> Test:
    """Groups are ORed, the filters of a group ANDed; no groups match everything."""
    parsed = _checked(groups)
    tests = [[_test(portal, shelf, item) for item in group] for group in parsed]
    if not tests:
        return lambda view: True
    if len(tests) == 1 and len(tests[0]) == 1:
        return tests[0][0]
    return lambda view: any(all(test(view) for test in group) for group in tests)


def ordering(definition: Definition, value: str | None) -> Comparable | None:
    """What a property value is compared and sorted by; None for a value that is no number or date."""
    if value is None:
        return None
    if definition.type == "number":
        return _number(value)
    if definition.type in ("date", "datetime"):
        moment = instant_ms(value)
        return None if moment is None else float(moment)
    return value if definition.type == "enumeration" else value.lower()


def tokens(value: str) -> list[str]:
    """The words of a value, lower-cased; the whole value counts as one too."""
    lowered = value.lower()
    return [lowered, *re.split(r"[\s,;]+", lowered), *re.split(r"[^\w]+", lowered)]


def _checked(groups: Any) -> list[list[dict[str, Any]]]:
    if not isinstance(groups, list):
        raise wrong_shape("java.util.List<com.hubspot.search.FilterGroup>", groups)
    parsed: list[list[dict[str, Any]]] = []
    for group in groups:
        filters = group.get("filters") if isinstance(group, dict) else None
        if not isinstance(filters, list) or not all(isinstance(item, dict) for item in filters):
            raise wrong_shape("com.hubspot.search.FilterGroup", group)
        if len(filters) > MOST_IN_GROUP:
            raise invalid(f"There can be at most {MOST_IN_GROUP} filters in a filter group")
        parsed.append(filters)
    if len(parsed) > MOST_GROUPS:
        raise invalid(f"There can be at most {MOST_GROUPS} filter groups")
    if sum(map(len, parsed)) > MOST_FILTERS:
        raise invalid(f"There can be at most {MOST_FILTERS} filters in all filter groups")
    return [group for group in parsed if group]


def _test(portal: Portal, shelf: Shelf, item: dict[str, Any]) -> Test:
    name, operator = item.get("propertyName"), item.get("operator")
    if operator not in OPERATORS:
        raise invalid(f"Invalid operator: {operator}. Allowed: {', '.join(OPERATORS)}")
    if not isinstance(name, str):
        raise wrong_shape("java.lang.String", name)
    if name.startswith("associations."):
        return _associated(portal, shelf, name.removeprefix("associations."), item)
    definition = shelf.catalogue.live.get(name)
    if definition is None:
        raise invalid(f'Property "{name}" does not exist', context={"propertyName": [name]})
    if operator == "HAS_PROPERTY":
        return lambda view: name in view.properties
    if operator == "NOT_HAS_PROPERTY":
        return lambda view: name not in view.properties
    if definition.field_type == "phonenumber" and definition.type == "string":
        negative = operator in ("NEQ", "NOT_IN", "NOT_CONTAINS_TOKEN")
        return lambda view: negative  # only the calculated numbers can be searched
    if operator in ("IN", "NOT_IN"):
        return _one_of(definition, item, operator == "IN")
    if operator in ("CONTAINS_TOKEN", "NOT_CONTAINS_TOKEN"):
        return _holds_token(name, _value(item), operator == "CONTAINS_TOKEN")
    return _compared(definition, item, operator)


def _associated(portal: Portal, shelf: Shelf, spelling: str, item: dict[str, Any]) -> Test:
    target, source = object_type(spelling), shelf.kind.name
    wanted = {_value(item)} if item["operator"] == "EQ" else set(_values(item))
    if item["operator"] not in ("EQ", "IN"):
        raise invalid(f"associations.{spelling} supports only EQ and IN")
    return lambda view: not wanted.isdisjoint(portal.links.of((source, view.id), target.name))


def _one_of(definition: Definition, item: dict[str, Any], inside: bool) -> Test:
    """String values must come in lower case; what does not never matches."""
    wanted = _values(item)
    if definition.type in ("number", "date", "datetime"):
        numbers = {_bound(definition, value) for value in wanted}
        return lambda view: (ordering(definition, view.properties.get(definition.name)) in numbers) is inside
    chosen, name = set(wanted), definition.name
    if definition.multiple:
        return lambda view: (not chosen.isdisjoint(view.properties.get(name, "").split(";"))) is inside
    if definition.type == "enumeration":
        return lambda view: (view.properties.get(name) in chosen) is inside
    return lambda view: (view.properties.get(name, "\0").lower() in chosen) is inside


def _holds_token(name: str, pattern: str, inside: bool) -> Test:
    found = re.compile(translate(pattern.lower().replace("[", "[[]").replace("?", "[?]"))).match

    def test(view: View) -> bool:
        value = view.properties.get(name)
        return (value is not None and any(found(token) for token in tokens(value))) is inside

    return test


def _compared(definition: Definition, item: dict[str, Any], operator: str) -> Test:
    name, low = definition.name, _bound(definition, _value(item))
    if operator == "BETWEEN":
        high = _bound(definition, _value(item, "highValue"))
        return lambda view: _within(ordering(definition, view.properties.get(name)), low, high)
    if operator == "EQ":
        return lambda view: ordering(definition, view.properties.get(name)) == low
    if operator == "NEQ":
        return lambda view: ordering(definition, view.properties.get(name)) != low
    order: dict[str, Callable[[Any, Any], bool]] = {
        "LT": lambda left, right: left < right,
        "LTE": lambda left, right: left <= right,
        "GT": lambda left, right: left > right,
        "GTE": lambda left, right: left >= right,
    }
    compare = order[operator]

    def test(view: View) -> bool:
        value = ordering(definition, view.properties.get(name))
        return value is not None and compare(value, low)

    return test


def _within(value: Comparable | None, low: Any, high: Any) -> bool:
    return value is not None and bool(low <= value <= high)


def _bound(definition: Definition, value: str) -> Comparable:
    bound = ordering(definition, value)
    if bound is None:
        raise invalid(f"{value} is not a valid value for {definition.name} of type {definition.type}")
    return bound


def _value(item: dict[str, Any], key: str = "value") -> str:
    value = item.get(key)
    if value is None or isinstance(value, dict | list):
        raise invalid(f"operator {item['operator']} requires a {key}")
    return str(value).lower() if isinstance(value, bool) else str(value)


def _values(item: dict[str, Any]) -> list[str]:
    values = item.get("values")
    if not isinstance(values, list) or not values:
        raise invalid(f"operator {item['operator']} requires values")
    if len(values) > MOST_VALUES:
        raise invalid(f"operator {item['operator']} takes at most {MOST_VALUES} values")
    return [str(value) for value in values]


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
