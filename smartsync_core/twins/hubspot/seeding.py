"""Filling an account from JSON lines, one record each, in any order:

    {"object": "companies", "ref": "works", "properties": {"name": "Works", "domain": "works.example"}}
    {"object": "contacts", "properties": {"email": "a@works.example"},
     "associations": [{"to_object": "companies", "to_ref": "works"}]}                      (on one line)

`properties` are checked as an API create checks them, but read-only ones may be given too. `ref` is a name
inside the file, `id` fixes the record's id; an association names its other end by `to_ref` or `to_id`, and is
the default one unless `type_id` is given. Search sees seeded records at once. A state file that already holds an
account is not seeded again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from smartsync_core.twins.hubspot.errors import Refusal
from smartsync_core.twins.hubspot.links import End
from smartsync_core.twins.hubspot.object_types import object_type
from smartsync_core.twins.hubspot.portal import Portal
from smartsync_core.twins.hubspot.writing import Writer

Line = dict[str, Any]


class BadSeed(ValueError):
    """A line that cannot be taken in; its text says which and why."""


def seed_file(portal: Portal, file: Path) -> int:
    """Seed from a file of JSON lines; returns how many records were made. Raises BadSeed."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadSeed(f"{file} cannot be read: {error.strerror}") from None
    lines: list[Line] = []
    for number, row in enumerate(text.splitlines(), start=1):
        if row.strip():
            try:
                lines.append(json.loads(row))
            except json.JSONDecodeError as error:
                raise BadSeed(f"{file}, line {number} is not JSON: {error.msg}") from None
    return seed(portal, lines)


def seed(portal: Portal, lines: Iterable[Line]) -> int:
    """Make every record, then every association. Raises BadSeed at the first line that cannot be."""
    made: list[tuple[End, Line]] = []
    refs: dict[str, str] = {}
    for number, line in enumerate(lines, start=1):
        try:
            end = _record(portal, line)
        except (Refusal, KeyError) as error:
            raise BadSeed(f"Record {number} of the seed cannot be made: {error}") from None
        made.append((end, line))
        if "ref" in line:
            refs[f"{end[0]}:{line['ref']}"] = end[1]
    for number, (end, line) in enumerate(made, start=1):
        for item in line.get("associations", []):
            _associate(portal, end, item, refs, number)
    portal.show_at_once()
    portal.commit()
    return len(made)


def _record(portal: Portal, line: Line) -> End:
    kind = object_type(line["object"])
    writer = Writer(portal, kind)
    shelf = writer.shelf
    given: dict[str, Any] = line.get("properties", {})
    defined = shelf.catalogue.live
    fixed = {name: str(value) for name, value in given.items() if name in defined and defined[name].read_only}
    draft = writer.new({name: value for name, value in given.items() if name not in fixed})
    if "id" in line:
        draft.id = str(int(line["id"]))
        if draft.id in shelf.live:
            raise Refusal(409, f"{kind.singular} {draft.id} exists already")
    writer.apply(draft)
    if fixed:
        shelf.change(shelf.live[draft.id], fixed, writer.now_ms)
    return kind.name, draft.id


def _associate(portal: Portal, end: End, item: Line, refs: dict[str, str], number: int) -> None:
    target = object_type(item["to_object"]).name
    to_id = refs.get(f"{target}:{item['to_ref']}") if "to_ref" in item else str(item.get("to_id"))
    if to_id is None or portal.record((target, to_id)) is None:
        wanted = item.get("to_ref", item.get("to_id"))
        raise BadSeed(f"Record {number} of the seed is associated with {target} {wanted}, which is not there")
    kind = (
        portal.links.type(end[0], target, None, int(item["type_id"]))
        if "type_id" in item
        else portal.links.default(end[0], target)
    )
    if kind is None:
        raise BadSeed(f"Record {number} of the seed: {end[0]} cannot be associated with {target} that way")
    now_ms = portal.clock.now_ms()
    touched = portal.links.add(end, (target, to_id), kind)
    if "type_id" not in item and portal.switches.first_company_is_primary:
        touched |= portal.links.add_first_primary(end, (target, to_id))
    portal.touch(touched, now_ms)
