"""The records of one object type: live, archived and merged away, found by id and by unique value."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from smartsync_core.twins.clock import iso, short_iso
from smartsync_core.twins.hubspot.definitions import Catalogue
from smartsync_core.twins.hubspot.object_types import ObjectType
from smartsync_core.twins.hubspot.persistence import Journal
from smartsync_core.twins.hubspot.search_index import SearchIndex, View

MOST_VERSIONS = 20
Changes = dict[str, str]  # property → new value, "" clears it
History = dict[str, list[tuple[str, int]]]  # property → (value, when), newest first, at most MOST_VERSIONS


@dataclass(slots=True)
class Record:
    """`properties` holds no empty values and is replaced, never changed: search may keep the old one."""

    id: str
    properties: dict[str, str]
    created_ms: int
    updated_ms: int
    archived_ms: int | None = None
    history: History = field(default_factory=dict)

    def changed(self, changes: Changes, stamps: Changes, now_ms: int) -> None:
        """`stamps` are set beside the changes but leave no history."""
        held = self.properties
        fresh = {**held, **changes, **stamps}
        for name, value in changes.items():
            before = held.get(name, "")
            if value != before:
                past = self.history.setdefault(name, [(before, self.created_ms)] if before else [])
                past.insert(0, (value, now_ms))
                del past[MOST_VERSIONS:]
            if value == "":
                del fresh[name]
        self.properties = fresh

    def past(self, name: str) -> list[tuple[str, int]]:
        """Every value `name` ever had, newest first."""
        if name in self.history:
            return self.history[name]
        value = self.properties.get(name)
        return [] if value is None else [(value, self.created_ms)]

    def row(self) -> list[Any]:
        return [self.id, self.properties, self.created_ms, self.updated_ms, self.archived_ms, self.history]


class Shelf:
    """All records of one object type. Every change goes through `add`, `change`, `archive`, `retire`."""

    def __init__(
        self, kind: ObjectType, catalogue: Catalogue, journal: Journal, rng: Random, lag_ms: int
    ) -> None:
        self.kind = kind
        self.catalogue = catalogue
        self.live: dict[str, Record] = {}
        self.archived: dict[str, Record] = {}
        self.aliases: dict[str, str] = {}  # id that was merged away → survivor
        self.index = SearchIndex()
        self.lag_ms = lag_ms
        self._journal = journal
        self._rng = rng
        self._order: list[int] = []  # ids, ascending; may hold ids that are gone
        self.last_id = 100_000_000_000 + int(kind.type_id[2:]) * 1_000_000_000
        self._owners: dict[str, dict[str, str]] = {}  # looked-up property → value → id of its record
        self._looked_up: set[str] = set()

    # -- reading

    def new_id(self) -> str:
        self.last_id += 1 + self._rng.getrandbits(5)
        return str(self.last_id)

    def resolve(self, record_id: str) -> Record | None:
        """The live record of this id, also where a merge moved it."""
        return self.live.get(record_id) or self.live.get(self.aliases.get(record_id, ""))

    def owner(self, name: str, value: str) -> str | None:
        """The live record that took this value last (an e-mail address also as an additional one); its id."""
        return self._owners.get(name, {}).get(value)

    def ids_after(self, cursor: int) -> Iterator[str]:
        """Ids above `cursor`, ascending, gone ones included."""
        for position in range(bisect_right(self._order, cursor), len(self._order)):
            yield str(self._order[position])

    # -- changing

    def add(self, record: Record, now_ms: int) -> None:
        self.live[record.id] = record
        self.save_last_id()
        number = int(record.id)
        if not self._order or number > self._order[-1]:
            self._order.append(number)
        else:
            insort(self._order, number)
        self.last_id = max(self.last_id, number)
        self._claim(record.id, record.properties)
        self._note(record, now_ms)

    def change(self, record: Record, changes: Changes, now_ms: int) -> None:
        """Set `changes` and the modified date; an empty `changes` only touches the date."""
        looked_up = not changes.keys().isdisjoint(self._looked_up)
        if looked_up:
            self._release(record.id, record.properties)
        record.updated_ms = max(now_ms, record.updated_ms + 1)
        stamps = dict.fromkeys(self.kind.stamps, short_iso(record.updated_ms))
        record.changed(changes, stamps, now_ms)
        if looked_up:
            self._claim(record.id, record.properties)
        self._note(record, now_ms)

    def archive(self, record: Record, now_ms: int) -> None:
        del self.live[record.id]
        self.archived[record.id] = record
        record.archived_ms = now_ms
        self._release(record.id, record.properties)
        self._note(record, now_ms)

    def retire(self, record: Record, survivor_id: str | None, now_ms: int) -> None:
        """Take a record away for good; a merged one leaves its id behind as an alias of the survivor."""
        self.live.pop(record.id, None)
        self.archived.pop(record.id, None)
        self._release(record.id, record.properties)
        self._journal.drop(f"record:{self.kind.name}", record.id)
        self.index.note(record.id, None, now_ms + self.lag_ms)
        if survivor_id is not None:
            moved = [record.id, *(old for old, new in self.aliases.items() if new == record.id)]
            for old in moved:
                self.aliases[old] = survivor_id
                self._journal.put(f"alias:{self.kind.name}", old, lambda: survivor_id)

    def load(self) -> None:
        """Bring back what the state file kept; search shows it at once."""
        for _, row in self._journal.rows(f"record:{self.kind.name}"):
            record = Record(*row)
            if record.archived_ms is None:
                self.add(record, 0)
            else:
                self.archived[record.id] = record
                insort(self._order, int(record.id))
        self.aliases = dict(self._journal.rows(f"alias:{self.kind.name}"))
        kept = dict(self._journal.rows("last_id")).get(self.kind.name, 0)
        self.last_id = max([self.last_id, kept, *map(int, self.aliases)])

    def save_last_id(self) -> None:
        self._journal.put("last_id", self.kind.name, lambda: self.last_id)

    def look_up_by(self, name: str) -> None:
        """Let `owner` find records by this property; it is new, so nobody holds a value yet."""
        self._owners.setdefault(name, {})
        self._looked_up = {*self._owners, "hs_additional_emails"}

    # -- looked-up values and search

    def _keys(self, values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        for name in self._owners:
            value = values.get(name)
            if value:
                yield name, value
        for address in values.get("hs_additional_emails", "").split(";"):
            if address:
                yield "email", address

    def _claim(self, record_id: str, values: Mapping[str, str]) -> None:
        for name, value in self._keys(values):
            self._owners[name][value] = record_id

    def _release(self, record_id: str, values: Mapping[str, str]) -> None:
        for name, value in self._keys(values):
            if self._owners[name].get(value) == record_id:
                del self._owners[name][value]

    def _note(self, record: Record, now_ms: int) -> None:
        self._journal.put(f"record:{self.kind.name}", record.id, record.row)
        view = (
            View(record.id, record.properties, record.created_ms, record.updated_ms, None)
            if record.archived_ms is None
            else None
        )
        self.index.note(record.id, view, now_ms + self.lag_ms if now_ms else 0)


def rendered(
    record: Record | View, kind: ObjectType, names: Iterable[str] | None, portal_id: int
) -> dict[str, Any]:
    """A record as the API prints it; `names` None shows every property that has a value."""
    held = record.properties
    body: dict[str, Any] = {
        "id": record.id,
        "properties": held if names is None else {name: held.get(name) for name in names},
        "createdAt": iso(record.created_ms),
        "updatedAt": iso(record.updated_ms),
        "archived": record.archived_ms is not None,
        "url": f"https://app.hubspot.com/contacts/{portal_id}/record/{kind.type_id}/{record.id}",
    }
    if record.archived_ms is not None:
        body["archivedAt"] = iso(record.archived_ms)
    return body
