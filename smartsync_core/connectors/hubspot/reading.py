"""Records by id and by key. Batch reads and single looks are consistent; only domain and name have to be searched for."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from smartsync_core.connectors.hubspot import wire
from smartsync_core.connectors.hubspot.session import Session, chunks
from smartsync_core.model.crm import ObjectName, Record, Version, Window

__all__ = ["find_by_search", "find_by_unique", "history", "read", "read_archived"]

_ALSO: Final = {
    (ObjectName.CONTACTS, "email"): "hs_additional_emails",
    (ObjectName.COMPANIES, "domain"): "hs_additional_domains",
}
"""Properties that hold further values of a key; a record answers to them as well."""


def read(
    session: Session, object_name: ObjectName, ids: Sequence[str], properties: Sequence[str]
) -> dict[str, Record]:
    """{id asked: record}. What the batch leaves out is looked at one by one: merged, in the recycle bin, or gone."""
    asked = [
        one for one in dict.fromkeys(ids) if one.isdigit()
    ]  # HubSpot's ids are; another refuses the whole batch
    batch = _batch_read(session, object_name, asked, properties)
    found = {str(told["id"]): wire.record(object_name, told, properties) for told in batch}
    left = [one for one in asked if one not in found]
    single = session.each(lambda one: _look_at(session, object_name, one, properties), left)
    found |= {one: record for one, record in zip(left, single, strict=True) if record}
    found |= read_archived(session, object_name, [one for one in left if one not in found], properties)
    return {one: found[one] for one in asked if one in found}


def read_archived(
    session: Session, object_name: ObjectName, ids: Sequence[str], properties: Sequence[str]
) -> dict[str, Record]:
    """{id asked: record} of those in the recycle bin."""
    asked = [one for one in dict.fromkeys(ids) if one.isdigit()]
    batch = _batch_read(session, object_name, asked, properties, params={"archived": "true"})
    return {
        str(told["id"]): wire.record(object_name, told | {"archived": True}, properties) for told in batch
    }


def history(
    session: Session, object_name: ObjectName, ids: Sequence[str], properties: Sequence[str]
) -> dict[str, dict[str, list[Version]]]:
    """{id: {property: versions}} of live records. HubSpot takes half as many ids at once for it."""

    def ask(some: Sequence[str]) -> list[dict[str, Any]]:
        asked = {"properties": [], "propertiesWithHistory": list(properties)}
        body = {**asked, "inputs": [{"id": one} for one in some]}
        return wire.json_list(session.post(session.paths.batch(object_name, "read"), body).body, "results")

    wanted = [one for one in dict.fromkeys(ids) if one.isdigit()]
    answers = session.each(ask, chunks(wanted, session.limits["history_batch_size"]))
    return {str(told["id"]): wire.versions(told, properties) for results in answers for told in results}


def find_by_unique(
    session: Session, object_name: ObjectName, field: str, values: Sequence[str], properties: Sequence[str]
) -> dict[str, list[Record]]:
    """{value: records} for values in lower case and without repeats; read by the property, never searched."""
    names = _key_names(object_name, field)
    asked_for = list(dict.fromkeys([*properties, *names]))

    def ask(some: Sequence[str]) -> tuple[list[dict[str, Any]], set[str]]:
        body = {"idProperty": field, "properties": asked_for, "inputs": [{"id": value} for value in some]}
        answer = session.post(session.paths.batch(object_name, "read"), body).body
        named = {str(one).lower() for error in wire.json_list(answer, "errors") for one in _ids(error)}
        return wire.json_list(answer, "results"), named

    told: list[dict[str, Any]] = []
    left = list(values)
    for _ in range(2):  # a value that is neither found nor named as missing is asked for once more
        answers = session.each(ask, chunks(left, session.limits["batch_size"]))
        told += [one for results, _ in answers for one in results]
        settled = {key for one in told for key in wire.keys_of(one, names)}.union(
            *(named for _, named in answers)
        )
        left = [value for value in left if value not in settled]
    return _by_key(object_name, told, names, values, properties)


def find_by_search(
    session: Session, object_name: ObjectName, field: str, values: Sequence[str], properties: Sequence[str]
) -> dict[str, list[Record]]:
    """{value: records} for values in lower case and without repeats. The search only says where to look:

    its index is behind the records, so those it names are read, and count only if they still answer to the value.
    """
    names = _key_names(object_name, field)
    searches = list(_cut_to_size(session, names, values))
    ids = [
        one
        for found in session.each(
            lambda some: _search(session, object_name, names, some), searches, window=Window.SEARCH
        )
        for one in found
    ]
    asked_for = list(dict.fromkeys([*properties, *names]))
    told, left = [], list(dict.fromkeys(ids))
    for _ in range(2):  # one that an answer leaves out is asked for once more; then it is gone
        told += _batch_read(session, object_name, left, asked_for)
        left = [one for one in left if one not in {str(record["id"]) for record in told}]
    return _by_key(object_name, told, names, values, properties)


def _batch_read(
    session: Session,
    object_name: ObjectName,
    ids: Sequence[str],
    properties: Sequence[str],
    params: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    def ask(some: Sequence[str]) -> list[dict[str, Any]]:
        body = {"properties": list(properties), "inputs": [{"id": one} for one in some]}
        answer = session.post(session.paths.batch(object_name, "read"), body, params=params)
        return wire.json_list(answer.body, "results")

    return [
        told for results in session.each(ask, chunks(ids, session.limits["batch_size"])) for told in results
    ]


def _look_at(
    session: Session, object_name: ObjectName, record_id: str, properties: Sequence[str]
) -> Record | None:
    """One record; a merged one answers with the id it has now."""
    params = {"properties": ",".join(properties)} if properties else None
    answer = session.get(session.paths.record(object_name, record_id), params, expect=(404,))
    return wire.record(object_name, answer.body, properties) if answer.ok else None


def _by_key(
    object_name: ObjectName,
    told: Iterable[Mapping[str, Any]],
    names: Sequence[str],
    values: Sequence[str],
    properties: Sequence[str],
) -> dict[str, list[Record]]:
    found: dict[str, dict[str, Record]] = defaultdict(dict)
    for one in told:
        record = wire.record(object_name, one, properties)
        for key in wire.keys_of(one, names):
            found[key][record.id] = record
    return {value: list(found[value].values()) for value in values}


def _key_names(object_name: ObjectName, field: str) -> list[str]:
    also = _ALSO.get((object_name, field))
    return [field, also] if also else [field]


def _ids(error: object) -> list[Any]:
    return wire.json_list(error.get("context") if isinstance(error, Mapping) else None, "ids")


# --- search -------------------------------------------------------------------------------------------------------------


def _search_body(names: Sequence[str], values: Sequence[str], limit: int) -> dict[str, Any]:
    groups = [
        {"filters": [{"propertyName": name, "operator": "IN", "values": list(values)}]} for name in names
    ]
    sorts = [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]
    return {"filterGroups": groups, "sorts": sorts, "properties": list(names), "limit": limit}


def _cut_to_size(session: Session, names: Sequence[str], values: Iterable[str]) -> Iterator[list[str]]:
    """Lists of values that fit into one search. A value that fits into none is no name HubSpot can be asked for."""
    limits = session.limits
    empty = (
        len(json.dumps(_search_body(names, [], limits["search_page_size"]), separators=(",", ":"))) + 20
    )  # `after`
    room = (limits["search_body_chars"] - empty) // len(names)
    chunk: list[str] = []
    used = 0
    for value in values:
        size = len(json.dumps(value, ensure_ascii=False).encode()) + 1
        if size > room:
            continue
        if used + size > room or len(chunk) == limits["search_values"]:
            yield chunk
            chunk, used = [], 0
        chunk.append(value)
        used += size
    if chunk:
        yield chunk


def _search(
    session: Session, object_name: ObjectName, names: Sequence[str], values: Sequence[str]
) -> list[str]:
    """Ids of the records that have one of the values; at most HubSpot's cap for a single value."""
    cap, body = (
        session.limits["search_results"],
        _search_body(names, values, session.limits["search_page_size"]),
    )
    ids: list[str] = []
    after = 0
    while True:
        answer = session.post(session.paths.search(object_name), body, window=Window.SEARCH).body
        total = answer.get("total") or 0
        if total > cap and len(values) > 1:
            middle = len(values) // 2
            return [
                one
                for half in (values[:middle], values[middle:])
                for one in _search(session, object_name, names, half)
            ]
        ids += [str(told["id"]) for told in wire.json_list(answer, "results")]
        told_next = ((answer.get("paging") or {}).get("next") or {}).get("after")
        if not told_next or not after < int(told_next) < cap:
            return ids
        after = int(told_next)
        body["after"] = str(after)
