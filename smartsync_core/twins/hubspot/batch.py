"""Batch calls of up to 100 records (contract §4.4, §4.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from smartsync_core.twins.clock import iso
from smartsync_core.twins.hubspot.call import Answer, Call
from smartsync_core.twins.hubspot.errors import Refusal, contact_exists, invalid, missing_records, wrong_shape
from smartsync_core.twins.hubspot.object_types import object_type
from smartsync_core.twins.hubspot.portal import Portal
from smartsync_core.twins.hubspot.reading import folded, found, located, shown_names, unique_key, with_history
from smartsync_core.twins.hubspot.records import Record, Shelf
from smartsync_core.twins.hubspot.writing import Draft, Writer

MOST, MOST_WITH_HISTORY = 100, 50
Input = dict[str, Any]
Drafted = Draft | None  # None: the input is quietly left alone
Outcome = Drafted | Refusal


def read(portal: Portal, call: Call) -> Answer:
    """Misses come back as one error that lists them all; ids that were merged away are just absent."""
    shelf, body = portal.shelf(object_type(call.params["type"])), call.object_body()
    history = _names(body, "propertiesWithHistory")
    if history and len(call.inputs()) > MOST_WITH_HISTORY:
        raise invalid(
            "The maximum number of inputs supported in a batch request for property histories is "
            f"{MOST_WITH_HISTORY}"
        )
    inputs = _limited(call)
    id_property = body.get("idProperty") or ""
    if id_property:
        unique_key(portal, shelf, id_property)
    names = shown_names(shelf, _names(body, "properties"))
    hits: dict[str, Record] = {}
    missing: list[str] = []
    for item in inputs:
        given = _id(item)
        record = found(shelf, id_property, given, archived=call.flag("archived"))
        if record is not None:
            hits[record.id] = record
        elif given not in shelf.aliases:
            missing.append(given)
    results = [with_history(portal, shelf, record, names, history) for record in hits.values()]
    errors = [missing_records(shelf.kind.label, list(dict.fromkeys(missing))).entry()] if missing else []
    return completed(portal, 200, results, errors)


def create(portal: Portal, call: Call) -> Answer:
    writer = Writer(portal, object_type(call.params["type"]))

    def draft(item: Input) -> Drafted:
        return writer.new(item.get("properties", {}), item.get("associations"))

    return _write(portal, writer, _limited(call), draft, 201)


def update(portal: Portal, call: Call) -> Answer:
    writer, inputs = Writer(portal, object_type(call.params["type"])), _limited(call)
    shelf = writer.shelf
    _refuse_repeats(inputs)

    def draft(item: Input) -> Drafted:
        given, id_property = _id(item), item.get("idProperty") or ""
        record = found(shelf, id_property, given)
        if record is not None:
            return writer.change(record, item.get("properties", {}))
        if not id_property and ("@" in given or given in shelf.aliases):
            return None  # answers success and changes nothing (contract §4.4 rule 7)
        raise missing_records(shelf.kind.label, [given])

    _check_keys(portal, shelf, inputs)
    return _write(portal, writer, inputs, draft, 200)


def upsert(portal: Portal, call: Call) -> Answer:
    writer, inputs = Writer(portal, object_type(call.params["type"])), _limited(call)
    shelf = writer.shelf
    for item in inputs:
        if not item.get("idProperty"):
            raise invalid("idProperty is required for upsert")
        if item.get("associations"):
            raise wrong_shape("com.hubspot.request.UpsertInput", item["associations"])
    _check_keys(portal, shelf, inputs)
    _refuse_repeats(inputs)

    def draft(item: Input) -> Drafted:
        given, id_property = _id(item), item["idProperty"]
        record = located(shelf, id_property, given)
        properties = item.get("properties", {})
        if record is not None:
            return writer.change(record, properties)
        if not isinstance(properties, dict):
            raise wrong_shape("java.util.Map<java.lang.String,java.lang.String>", properties)
        return writer.new({**properties, id_property: properties.get(id_property) or given})

    return _write(portal, writer, inputs, draft, 200, says_new=True)


def archive(portal: Portal, call: Call) -> Answer:
    kind = object_type(call.params["type"])
    shelf, now_ms = portal.shelf(kind), portal.clock.now_ms()
    for item in _limited(call):
        record = shelf.live.get(_id(item))
        if record is not None:
            portal.archive(kind, record, now_ms)
    return Answer(204)


def completed(portal: Portal, status: int, results: list[Any], errors: list[Any]) -> Answer:
    """The common envelope: results in no particular order (contract §4.4 rule 1), 207 with errors."""
    portal.rng.shuffle(results)
    now = iso(portal.clock.now_ms())
    body: dict[str, Any] = {"status": "COMPLETE", "results": results, "startedAt": now, "completedAt": now}
    if errors:
        body |= {"requestedAt": now, "numErrors": len(errors), "errors": errors}
        status = 207 if portal.switches.partial_status_207 else status
    return Answer(status, body)


# -- writing


def _write(
    portal: Portal,
    writer: Writer,
    inputs: list[Input],
    draft: Callable[[Input], Drafted],
    status: int,
    *,
    says_new: bool = False,
) -> Answer:
    """With a unique trace id on every input each stands alone; without, one bad input refuses them all."""
    outcomes = [_outcome(draft, item) for item in inputs]
    traced = _all_traced(inputs)
    if not traced:
        _refuse_all(outcomes)
    results: list[dict[str, Any]] = []
    for outcome in outcomes:
        if isinstance(outcome, Draft):
            shown = writer.apply(outcome)
            results.append({**shown, "new": outcome.record is None} if says_new else shown)
    errors = [
        _entry(portal, outcome, item)
        for item, outcome in zip(inputs, outcomes, strict=True)
        if isinstance(outcome, Refusal)
    ]
    return completed(portal, status, results, errors)


def _outcome(draft: Callable[[Input], Drafted], item: Input) -> Outcome:
    try:
        return draft(item)
    except Refusal as refusal:
        if refusal.category is None:
            raise  # a body of the wrong shape is refused as a whole
        return refusal


def _all_traced(inputs: Iterable[Input]) -> bool:
    traces = [item.get("objectWriteTraceId") for item in inputs]
    return all(isinstance(trace, str) and trace for trace in traces) and len(set(traces)) == len(traces)


def _refuse_all(outcomes: list[Outcome]) -> None:
    refusals = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    if not refusals:
        return
    conflicts = [refusal for refusal in refusals if refusal.status == 409]
    raise contact_exists(None) if refusals[0].status == 409 and len(conflicts) > 1 else refusals[0]


def _entry(portal: Portal, refusal: Refusal, item: Input) -> dict[str, Any]:
    if portal.switches.trace_ids_in_errors:
        return refusal.entry(objectWriteTraceId=[item["objectWriteTraceId"]])
    return refusal.entry(ids=[str(item.get("id", ""))])


# -- inputs


def _limited(call: Call) -> list[Input]:
    inputs = call.inputs()
    if len(inputs) > MOST:
        raise invalid(
            f"The maximum number of inputs supported in a batch is {MOST}. "
            "Please reduce the number of items and try again"
        )
    return inputs


def _id(item: Input) -> str:
    given = item.get("id")
    if isinstance(given, bool) or not isinstance(given, str | int):
        raise wrong_shape("java.lang.String", given)
    return str(given)


def _names(body: dict[str, Any], name: str) -> list[str]:
    names = body.get(name) or []
    if not isinstance(names, list):
        raise wrong_shape("java.util.List<java.lang.String>", names)
    return [str(one) for one in names]


def _check_keys(portal: Portal, shelf: Shelf, inputs: list[Input]) -> None:
    for id_property in {item["idProperty"] for item in inputs if item.get("idProperty")}:
        unique_key(portal, shelf, id_property)


def _refuse_repeats(inputs: list[Input]) -> None:
    seen: set[tuple[str, str]] = set()
    repeated: list[str] = []
    for item in inputs:
        id_property = item.get("idProperty") or ""
        key = (id_property, folded(id_property, _id(item)))
        if key in seen:
            repeated.append(key[1])
        seen.add(key)
    if repeated:
        ids = list(dict.fromkeys(repeated))
        raise invalid(
            f"Duplicate IDs found in batch input: [{', '.join(ids)}]. IDs must be unique",
            context={"ids": ids},
        )
