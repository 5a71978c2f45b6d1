"""Associations: read, added beside what is there or as the primary one, and taken away again. All of it may be repeated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from smartsync_core.connectors.hubspot import wire
from smartsync_core.connectors.hubspot.session import Session, chunks
from smartsync_core.model.crm import Association, Linkable, ObjectName, Window

__all__ = ["add", "linked", "remove"]

Pair = tuple[str, str]  # (from id, to id)
_SendBatch = Callable[[Session, str, Sequence[Association]], dict[Association, str]]

_DONE = ""
_UNCONFIRMED = "HubSpot did not confirm this association."
_ROUNDS = 3  # an association that was neither confirmed nor made is asked for again


def linked(
    session: Session, from_object: ObjectName, ids: Sequence[str], to_object: Linkable
) -> dict[str, list[Association]]:
    """{id: associations}; [] where HubSpot says there is none."""
    found: dict[str, list[Association]] = {one: [] for one in ids}
    answered: set[str] = set()
    for _ in range(2):  # a record that is neither found nor named as having none is asked for once more
        left = [one for one in found if one not in answered]
        for entry in _read(session, from_object, left, to_object, answered):
            found[str(entry["from"]["id"])] += wire.linked(from_object, to_object, entry)
    return found


def _read(
    session: Session, from_object: ObjectName, ids: Sequence[str], to_object: Linkable, answered: set[str]
) -> Iterator[Mapping[str, Any]]:
    """Entries for these records, every page of them; adds to `answered` whom the answers speak of."""
    path = session.paths.associations(from_object, to_object, "read")
    asked = set(ids)
    inputs = [{"id": one} for one in ids]

    def ask(some: Sequence[Mapping[str, str]]) -> Any:
        return session.post(path, {"inputs": some}, window=Window.ASSOCIATION).body

    while inputs:
        answers = session.each(ask, chunks(inputs, session.limits["association_batch_size"]))
        inputs = []
        for error in (error for answer in answers for error in wire.json_list(answer, "errors")):
            answered.update(str(one) for one in wire.json_list(error.get("context"), "fromObjectId"))
        for entry in (entry for answer in answers for entry in wire.json_list(answer, "results")):
            from_id = str(entry["from"]["id"])
            if from_id not in asked:
                continue
            answered.add(from_id)
            yield entry
            if after := ((entry.get("paging") or {}).get("next") or {}).get("after"):
                inputs.append({"id": from_id, "after": str(after)})


def add(session: Session, wanted: Sequence[Association]) -> list[str]:
    """One sentence per association, "" = done. Primary ones go first: the first of a record's companies leads by itself."""
    said = dict.fromkeys(wanted, _UNCONFIRMED)
    for _ in range(_ROUNDS):
        said |= _added(session, _unconfirmed(said))
        said |= _looked_up(session, _unconfirmed(said))
        if not _unconfirmed(said):
            break
    return [said[one] for one in wanted]


def _added(session: Session, wanted: Sequence[Association]) -> dict[Association, str]:
    said: dict[Association, str] = {}
    for (from_object, to_object, primary), some in _alike(wanted):
        path = session.paths.associations(
            from_object, to_object, "create" if primary else "associate/default"
        )
        batches = chunks(some, session.limits["link_batch_size"])
        for sentences in session.each(partial(_add_batch, session, path), batches):
            said |= sentences
    return said


def _unconfirmed(said: Mapping[Association, str]) -> list[Association]:
    return [one for one, sentence in said.items() if sentence == _UNCONFIRMED]


def remove(session: Session, unwanted: Sequence[Association]) -> list[str]:
    """One sentence per association, "" = done. Only types that we add are taken away; labels that people set stay."""
    said: dict[Association, str] = {}
    for (from_object, to_object, _), some in _alike(unwanted):
        path = session.paths.associations(from_object, to_object, "labels/archive")
        batches = chunks(dict.fromkeys(some), session.limits["unlink_batch_size"])
        for sentences in session.each(partial(_remove_batch, session, path), batches):
            said |= sentences
    return [said[one] for one in unwanted]


def _alike(
    associations: Iterable[Association],
) -> list[tuple[tuple[ObjectName, Linkable, bool], list[Association]]]:
    """Those that go into one call, primary ones first."""
    ordered = sorted(associations, key=lambda one: (not one.primary, one.from_object, one.to_object))
    groups = groupby(ordered, key=lambda one: (one.from_object, one.to_object, one.primary))
    return [(kind, list(some)) for kind, some in groups]


def _typed(one: Association, *, primary: bool) -> dict[str, Any]:
    return wire.pair(one) | {"types": wire.association_types(one.from_object, one.to_object, primary=primary)}


def _add_batch(session: Session, path: str, batch: Sequence[Association]) -> dict[Association, str]:
    inputs = [_typed(one, primary=True) if one.primary else wire.pair(one) for one in batch]
    answer = session.post(path, {"inputs": inputs}, window=Window.ASSOCIATION, writes=True, expect=(400, 404))
    if not answer.ok:
        return _refused(session, path, batch, answer.body, _add_batch)
    confirmed = {_ends(entry) for entry in wire.json_list(answer.body, "results")}
    errors = _by_id(wire.json_list(answer.body, "errors"))
    said = {}
    for one in batch:
        if (one.from_id, one.to_id) in confirmed:
            said[one] = _DONE
        else:
            said[one] = errors.get(one.to_id) or errors.get(one.from_id) or _UNCONFIRMED
    return said


def _remove_batch(session: Session, path: str, batch: Sequence[Association]) -> dict[Association, str]:
    inputs = [_typed(one, primary=True) for one in batch]
    answer = session.post(path, {"inputs": inputs}, window=Window.ASSOCIATION, writes=True, expect=(400, 404))
    if not answer.ok:
        return _refused(session, path, batch, answer.body, _remove_batch)
    return dict.fromkeys(batch, _DONE)


def _refused(
    session: Session, path: str, batch: Sequence[Association], told: object, send: _SendBatch
) -> dict[Association, str]:
    """A batch refused as a whole is halved until the guilty one stands alone; a smaller limit is met the same way."""
    if len(batch) == 1:
        message = told.get("message") if isinstance(told, Mapping) else ""
        return {batch[0]: str(message or "HubSpot refused this association.")}
    middle = len(batch) // 2
    return send(session, path, batch[:middle]) | send(session, path, batch[middle:])


def _looked_up(session: Session, doubtful: Sequence[Association]) -> dict[Association, str]:
    """Where an answer is silent about an association, the record itself says whether it is there."""
    said: dict[Association, str] = {}
    for (from_object, to_object, _), some in _alike(doubtful):
        there = linked(session, from_object, [one.from_id for one in some], to_object)
        for one in some:
            held = any(got.to_id == one.to_id and got.primary >= one.primary for got in there[one.from_id])
            said[one] = _DONE if held else _UNCONFIRMED
    return said


def _ends(entry: Mapping[str, Any]) -> Pair:
    """Default and labelled answers spell the two ends differently."""
    if isinstance(entry.get("from"), Mapping) and isinstance(entry.get("to"), Mapping):
        return str(entry["from"].get("id")), str(entry["to"].get("id"))
    return str(entry.get("fromObjectId")), str(entry.get("toObjectId"))


def _by_id(errors: Iterable[Any]) -> dict[str, str]:
    """{record id an error names: its sentence}."""
    said: dict[str, str] = defaultdict(str)
    for error in errors:
        context = error.get("context") or {}
        for key in ("id", "ids", "fromObjectId", "toObjectId"):
            for one in wire.json_list(context, key):
                said[str(one)] = str(error.get("message") or _UNCONFIRMED)
    return said
